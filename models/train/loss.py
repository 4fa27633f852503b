"""What the net is taught by: cross-entropy and dice per map, and the worst pixels of pictures without a tattoo."""

from __future__ import annotations

import torch
from torch.nn import functional

from .net import MAPS

IGNORE = 255
_TATTOO = MAPS.index("tattoo")
_WEIGHTS = (0.6, 0.5, 2.0, 0.9)
"""What each map counts: body and skin are nearly one and easy, tattoos are what the net is for."""
_WORST = 0.01
"""Share of a picture's pixels that count as its worst: one false spot is what makes a photo go wrong."""


def losses(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """One loss per map, in the order of `MAPS`.

    `logits` are batch x 4 x h x w; `labels` batch x 4 x 4h x 4w uint8 in {0, 1, 255 = ignore}.
    """
    valid = (labels != IGNORE).float()
    weight = functional.avg_pool2d(valid, 4)
    target = functional.avg_pool2d(labels.float() * valid, 4) / weight.clamp(min=1 / 16)
    entropy = functional.binary_cross_entropy_with_logits(logits, target, reduction="none") * weight
    mean = entropy.sum((0, 2, 3)) / weight.sum((0, 2, 3)).clamp(min=1)
    return torch.tensor(_WEIGHTS, device=logits.device) * (
        mean + _dice(logits, target, weight) + _false_tattoos(entropy, target)
    )


def _dice(logits: torch.Tensor, target: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    found = torch.sigmoid(logits) * weight
    wanted = target * weight
    both, either = (found * target).sum((2, 3)), (found + wanted).sum((2, 3))
    # Over the batch, not per picture: many pictures have nothing of a map, and their dice says nothing.
    dice = 1 - (2 * both.sum(0) + 10) / (either.sum(0) + 10)
    inked = wanted[:, _TATTOO].sum((1, 2)) > 0
    if inked.any():
        # But each picture with ink counts alike in half of it, or sleeves would be all that matters.
        each = 1 - (2 * both[inked, _TATTOO] + 1) / (either[inked, _TATTOO] + 1)
        dice = torch.cat((dice[:_TATTOO], (dice[_TATTOO] + each.mean())[None] / 2, dice[_TATTOO + 1 :]))
    return dice


def _false_tattoos(entropy: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    extra = torch.zeros(len(MAPS), device=entropy.device)
    without = target[:, _TATTOO].amax((1, 2)) == 0
    if without.any():
        wrong = entropy[without, _TATTOO].flatten(1)
        worst = wrong.topk(max(1, int(wrong.shape[1] * _WORST)), dim=1).values
        extra[_TATTOO] = 0.5 * worst.mean() * without.float().mean()
    return extra

"""Trains the body net on composed pictures, on a GPU where there is one: a schedule by the clock."""

from __future__ import annotations

import copy
import json
import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .loss import losses
from .net import MAPS, BodyNet
from .pictures import SIDES, Pictures
from .taken_up import taken_up

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"


@dataclass(frozen=True)
class Plan:
    """One training run."""

    folder: Path
    """Where the checkpoint and the log go. A run that was stopped goes on from its checkpoint."""
    minutes: float
    cache: Path | None
    """What `sources` gathered; None for the small set of pictures that needs no gathering."""
    start: Path | None = None
    """Checkpoint of another run, or an exported net, whose weights this one begins with, instead of ImageNet's."""
    pace: float = 1.0
    """Times the learning rates; less to go on from weights that are good already."""
    composers: int = 1
    """Processes that compose pictures, beside the one that learns."""
    batch: int = 8
    """Pictures of 256 x 256 per step."""
    seed: int = 4


_LEARN_DECODER, _LEARN_BACKBONE = 1e-3, 3e-4
_AVERAGE = 0.995
"""How much of the averaged weights stays with each step; the averaged ones are exported."""
_FRESH = {"cpu": 0.25, "cuda": 1.0}
"""Share of a batch that may be newly composed. Beside a GPU that costs nothing; on a CPU it takes the learner's time,
and the rest was composed before and is seen from another side."""
_SEARCHES = 10
"""Searches for photos that the net wrongly finds tattoos in, during a run."""
_LOOKED_THROUGH = 400
"""Negatives that one search looks at."""
_SHOWN = 12
"""Batches that an exported net is shown when it is taken up."""
_SAVE_EVERY = 300.0


def train(plan: Plan) -> Path:
    """Run the plan to its end and give back its checkpoint."""
    plan.folder.mkdir(parents=True, exist_ok=True)
    before = _read(plan.folder / CHECKPOINT)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    seed = (plan.seed, 0 if before is None else before["step"])
    with Pictures(seed, plan.composers, plan.cache, _FRESH[device]) as pictures:
        _Run(plan, pictures, torch.device(device), before).to_the_end()
    return plan.folder / CHECKPOINT


def averaged(checkpoint: Path) -> BodyNet:
    """The net with the averaged weights of `checkpoint`, ready to look at pictures."""
    net = BodyNet(pretrained=False)
    net.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["average"])
    return net.eval()


class _Run:
    """What the learner holds."""

    def __init__(
        self, plan: Plan, pictures: Pictures, device: torch.device, before: dict[str, Any] | None
    ) -> None:
        self.plan, self.pictures, self.device = plan, pictures, device
        self.file = plan.folder / CHECKPOINT
        torch.manual_seed(plan.seed)
        net = _begun(plan, pictures).to(device, memory_format=torch.channels_last)
        self.net, self.average = net, copy.deepcopy(net).eval()
        self.optimizer = torch.optim.AdamW(
            [
                {"params": net.decoder_parameters(), "peak": _LEARN_DECODER},
                {"params": net.backbone_parameters(), "peak": _LEARN_BACKBONE},
            ],
            lr=0.0,
            weight_decay=1e-4,
        )
        self.step, self.before = 0, 0.0
        if before is not None:
            net.load_state_dict(before["net"])
            self.average.load_state_dict(before["average"])
            self.optimizer.load_state_dict(before["optimizer"])
            self.pictures.mine.remember(before["odds"])
            self.step, self.before = before["step"], before["seconds"]
        self.rng = np.random.default_rng((plan.seed, self.step))

    def to_the_end(self) -> None:
        begun = saved = time.monotonic()
        seconds, whole = self.before, 60 * self.plan.minutes
        searched = int(seconds / whole * _SEARCHES)
        if self.step == 0 and self.plan.start is not None:
            searched -= 1  # a net that knows something has its own mistakes from the first step on
        with ThreadPoolExecutor(1) as ahead:
            coming = ahead.submit(self._batch)
            while seconds < whole:
                if int(seconds / whole * _SEARCHES) > searched:
                    searched = int(seconds / whole * _SEARCHES)
                    self.pictures.mine.search(self.average, self.rng, _LOOKED_THROUGH)
                pictures, labels = coming.result()
                coming = ahead.submit(self._batch)
                per_map = self._learn(pictures, labels, self.plan.pace * _rate(seconds / whole))
                self._report(seconds, per_map)
                seconds = self.before + time.monotonic() - begun
                if time.monotonic() - saved > _SAVE_EVERY:
                    self._save(seconds)
                    saved = time.monotonic()
            coming.result()
        self._save(seconds)

    def _batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        side = int(self.pictures.rng.choice(list(SIDES), p=list(SIDES.values())))
        return self.pictures.batch(side, self.plan.batch)

    def _learn(self, pictures: torch.Tensor, labels: torch.Tensor, rate: float) -> torch.Tensor:
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * rate
        given = pictures.to(self.device).float().contiguous(memory_format=torch.channels_last)
        self.net.train()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            logits = self.net(given)
        per_map = losses(logits.float(), labels.to(self.device))
        self.optimizer.zero_grad()
        per_map.sum().backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimizer.step()
        self.step += 1
        # At the beginning the average follows quickly, so that it does not remember the random start.
        keep = min(_AVERAGE, (1 + self.step) / (10 + self.step))
        now = self.net.state_dict()
        for name, mean in self.average.state_dict().items():
            if mean.is_floating_point():
                mean.lerp_(now[name], 1 - keep)
        return per_map.detach()

    def _report(self, seconds: float, per_map: torch.Tensor) -> None:
        line = {"step": self.step, "seconds": round(seconds, 1)}
        line |= {name: round(loss, 4) for name, loss in zip(MAPS, per_map.tolist(), strict=True)}
        with (self.plan.folder / LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")

    def _save(self, seconds: float) -> None:
        state = {
            "net": self.net.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "odds": self.pictures.mine.odds,
            "step": self.step,
            "seconds": seconds,
        }
        fresh = self.file.with_suffix(".new")
        torch.save(state, fresh)
        fresh.replace(self.file)


def _read(checkpoint: Path) -> dict[str, Any] | None:
    return torch.load(checkpoint, map_location="cpu", weights_only=True) if checkpoint.exists() else None


def _begun(plan: Plan, pictures: Pictures) -> BodyNet:
    """The net as the plan begins with it."""
    if plan.start is None:
        return BodyNet()
    if plan.start.suffix != ".onnx":
        return averaged(plan.start)
    return taken_up(plan.start, (pictures.batch(256, 8)[0].float() for _ in range(_SHOWN)))


def _rate(progress: float) -> float:
    """Share of the peak learning rate: up within a fiftieth of the time, then down along a cosine."""
    return min(1.0, progress * 50 + 0.02) * max(0.01, 0.5 * (1 + math.cos(math.pi * progress)))

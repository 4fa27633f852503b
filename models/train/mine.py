"""Hard negatives: photos without a tattoo in which the net, as it is now, finds one."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from .compose import Sample
from .loss import IGNORE
from .net import MAPS, BodyNet
from .pools import Pools

Picture = NDArray[np.uint8]
_GREY = 0.15
"""Share of grey pictures."""
_BODY, _SKIN, _TATTOO = (MAPS.index(name) for name in ("body", "skin", "tattoo"))


@dataclass(frozen=True)
class Negative:
    """A whole photo (RGB uint8) without a tattoo, and where its wound is (uint8 in {0, 1}), if it has one."""

    picture: Picture
    wound: Picture | None


def negatives(pools: Pools) -> list[Negative]:
    """Every clinical photo, every ordinary picture and everyone in clothes of the pools."""
    found = []
    if pools.photos is not None:
        for picture, wound, (height, width) in zip(
            pools.photos.picture, pools.photos.wound, pools.photos.size, strict=True
        ):
            found.append(Negative(picture[:height, :width], wound[:height, :width]))
    return found + [Negative(picture, None) for pool in (pools.background, pools.people) for picture in pool]


def peak(net: BodyNet, picture: Picture) -> float:
    """How sure `net` is of a tattoo at the place in `picture` where it is surest, 0 to 1."""
    scale = 384 / max(picture.shape[:2])
    width, height = (max(32, round(side * scale / 32) * 32) for side in (picture.shape[1], picture.shape[0]))
    resized = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    device = next(net.parameters()).device
    batch = torch.from_numpy(resized.transpose(2, 0, 1)[None]).to(device).float()
    with torch.inference_mode():
        return float(torch.sigmoid(net(batch)[0, _TATTOO]).max())


class Mine:
    """Draws from `pool` what the net is most wrong about; at first, all of it alike.

    `odds` (one float64 per picture, not normed) lie in memory that processes share: what one rates, all draw by.
    """

    def __init__(self, pool: list[Negative], odds: torch.Tensor | None = None) -> None:
        self.pool = pool
        self.odds = torch.ones(len(pool), dtype=torch.float64).share_memory_() if odds is None else odds

    def search(self, net: BodyNet, rng: np.random.Generator, count: int) -> None:
        """Look through `count` pictures of the pool for what `net` takes for a tattoo."""
        for number in rng.permutation(len(self.pool))[:count]:
            self.odds[number] = 0.1 + 10 * peak(net, self.pool[number].picture) ** 2

    def remember(self, odds: torch.Tensor) -> None:
        """Go on with the odds of another run, if it had as many pictures."""
        if len(odds) == len(self.pool):
            self.odds.copy_(odds)

    def draw(self, rng: np.random.Generator, side: int) -> Sample:
        """A part of one picture, turned, lit and sized at random, all of it labelled as no tattoo."""
        odds = self.odds.numpy().copy()  # may be rated anew at any time
        negative = self.pool[rng.choice(len(self.pool), p=odds / odds.sum())]
        height, width = negative.picture.shape[:2]
        cut = int(min(height, width) * rng.uniform(0.5, 1.0))
        top, left = rng.integers(height - cut + 1), rng.integers(width - cut + 1)
        window = np.s_[top : top + cut, left : left + cut]
        how = cv2.INTER_AREA if cut > side else cv2.INTER_LINEAR
        picture = cv2.resize(np.ascontiguousarray(negative.picture[window]), (side, side), interpolation=how)
        if rng.random() < _GREY:  # folds and shadows without a colour look like ink the most
            picture = np.repeat(picture.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
        labels = np.full((len(MAPS), side, side), IGNORE, np.uint8)
        labels[_TATTOO] = 0
        if negative.wound is not None:
            wound = np.ascontiguousarray(negative.wound[window] == 1).astype(np.uint8)
            inside = cv2.resize(wound, (side, side), interpolation=cv2.INTER_NEAREST) == 1
            labels[_BODY][inside] = labels[_SKIN][inside] = 1
        return turned(Sample(picture, labels, np.nan), rng)


def turned(sample: Sample, rng: np.random.Generator) -> Sample:
    """The sample mirrored, turned by quarters, and in a little other light, all at random."""
    quarters, mirrored = int(rng.integers(4)), bool(rng.integers(2))
    light = rng.uniform(0.8, 1.2) * rng.uniform(0.93, 1.07, 3)
    picture = np.rot90(sample.picture, quarters, (0, 1))
    labels = np.rot90(sample.labels, quarters, (1, 2))
    if mirrored:
        picture, labels = picture[:, ::-1], labels[:, :, ::-1]
    lit = np.clip(picture * light, 0, 255).astype(np.uint8)
    return Sample(lit, np.ascontiguousarray(labels), sample.ita)

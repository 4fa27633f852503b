"""Batches to learn from: processes of their own compose pictures and draw hard negatives, one process learns."""

from __future__ import annotations

import queue
from collections import deque
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np
import torch
from torch import multiprocessing

from .compose import Sample, compose
from .mine import Mine, negatives, turned
from .pools import Pools, built_in, gathered

SIDES = {256: 0.7, 384: 0.3}
"""Sides of the pictures, and how often a batch has them."""
_NEGATIVES = 0.2
"""Share of hard negatives in what is made anew."""
_FINER = 0.25
"""Share of composed pictures made twice as large and then reduced, as a photo is before the net looks at it."""
_KEPT = 512
"""Pictures of each side that are kept to be seen from another side, where new ones come too slowly."""
_AHEAD = 64
"""Pictures of each side that wait for the learner."""
_PATIENCE = 120.0
"""Seconds for which one side waits for the other: for the very first pictures a process has to start."""


class Pictures:
    """A context: its processes end with it."""

    def __init__(self, seed: tuple[int, ...], composers: int, cache: Path | None, fresh: float) -> None:
        """`fresh` is the share of a batch that may be new: all of it, or less where composing holds up learning."""
        self.rng, self.fresh = np.random.default_rng(seed), fresh
        self.mine = Mine(negatives(_pools(cache)))
        self.kept: dict[int, deque[Sample]] = {side: deque(maxlen=_KEPT) for side in SIDES}
        context = multiprocessing.get_context("spawn")
        self.waiting = {side: context.Queue(_AHEAD) for side in SIDES}
        self.composers = [
            context.Process(
                target=_composing, args=((*seed, number), cache, self.mine.odds, self.waiting), daemon=True
            )
            for number in range(1, composers + 1)
        ]

    def __enter__(self) -> Self:
        for composer in self.composers:
            composer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for composer in self.composers:
            composer.terminate()
            composer.join()

    def batch(self, side: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Pictures (n x 3 x side x side) and labels (n x 4 x side x side), uint8, about as many pixels as `size`
        pictures of 256 x 256 have. Raises RuntimeError where a composing process has ended.
        """
        kept, count = self.kept[side], max(2, size * 256 * 256 // (side * side))
        samples: list[Sample] = []
        while len(samples) < count:
            sample = self._new(side, wait=not kept) if len(samples) < self.fresh * count else None
            if sample is None:
                samples.append(turned(kept[self.rng.integers(len(kept))], self.rng))
            else:
                kept.append(sample)
                samples.append(sample)
        pictures = np.stack([sample.picture.transpose(2, 0, 1) for sample in samples])
        return torch.from_numpy(pictures), torch.from_numpy(np.stack([sample.labels for sample in samples]))

    def _new(self, side: int, wait: bool) -> Sample | None:
        if not all(composer.is_alive() for composer in self.composers):
            raise RuntimeError("A process that composes pictures has ended; its error stands above.")
        try:
            return self.waiting[side].get(wait, _PATIENCE)
        except queue.Empty:
            return None


def _pools(cache: Path | None) -> Pools:
    return built_in() if cache is None else gathered(cache, "train")


def _composing(
    seed: tuple[int, ...], cache: Path | None, odds: torch.Tensor, waiting: dict[int, multiprocessing.Queue]
) -> None:
    """What one process does as long as there is a learner: pictures of any side of which not enough wait."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    rng, pools = np.random.default_rng(seed), _pools(cache)
    mine, learner = Mine(negatives(pools), odds), multiprocessing.parent_process()
    for each in waiting.values():
        each.cancel_join_thread()  # nobody takes what is left when the learner has gone
    while learner is not None and learner.is_alive():
        side = int(rng.choice([each for each in SIDES if not waiting[each].full()] or list(SIDES)))
        sample = mine.draw(rng, side) if rng.random() < _NEGATIVES else _composed(rng, side, pools)
        with suppress(queue.Full):
            waiting[side].put(sample, timeout=_PATIENCE)


def _composed(rng: np.random.Generator, side: int, pools: Pools) -> Sample:
    if rng.random() >= _FINER:
        return compose(rng, side, pools)
    fine = compose(rng, 2 * side, pools)
    picture = cv2.resize(fine.picture, (side, side), interpolation=cv2.INTER_AREA)
    return Sample(picture, np.ascontiguousarray(fine.labels[:, ::2, ::2]), fine.ita)

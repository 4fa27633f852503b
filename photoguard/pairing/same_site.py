"""Which photos of a batch show the same site of a body, found without laying every photo on every other.

The points of a thousand photos stand in one index (FLANN's k-d trees). Each point of every photo asks for its nearest
neighbours in it, and each neighbour is a vote for its photo; only photos with enough votes for each other are
registered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..features import Features, Registration, register
from ..photo import Pixels

_TREES, _CHECKS, _NEIGHBOURS = 4, 64, 6
_BLOCK = 1000
"""Photos whose points stand in one index at a time, so that memory does not grow with a run."""
_NEAR = 0.72
"""Distance of two RootSIFT descriptors up to which they can be the same point."""
_VOTES = 12
_AGREE = 12
"""Points that have to agree."""
_ALIKE = 0.7
"""Correlation of the details of two pictures, once laid on each other, from which on they are one photo: saved again,
cut and relit they reach 0.89 at least. Of 43 couples of photos of one wound on two days none passed 0.52."""
_FINE, _COARSE = 2.0, 6.0
"""Pixels: noise below and shapes above are taken out before details are compared."""
_OVERLAP = 0.2
"""Share of the second picture that the first one must cover to be compared with it."""


def alike(photos: Sequence[Features]) -> Iterator[tuple[int, int, Registration]]:
    """Pairs of photos that show the same thing, as ascending positions, and how the first lies on the second."""
    for (one, other), votes in sorted(_votes(photos).items()):
        if votes >= _VOTES:
            laid = register(photos[one], photos[other])
            if laid is not None and laid.points >= _AGREE:
                yield one, other, laid


def one_photo(first: Pixels, second: Pixels, laid: Registration) -> bool:
    """Whether two pictures (H x W x 3, RGB) that show the same thing are one photo, saved or cut in two ways."""
    side, onto = max(first.shape[:2]), max(second.shape[:2])
    move = laid.move.astype(np.float64) * onto
    move[:, :2] /= side
    height, width = second.shape[:2]
    details, covered = _details(first), np.full(first.shape[:2], 255, np.uint8)
    there = cv2.warpAffine(details, move, (width, height))
    inside = cv2.erode(cv2.warpAffine(covered, move, (width, height)), np.ones((9, 9), np.uint8)) > 0
    if inside.mean() < _OVERLAP:
        return False
    one, two = there[inside], _details(second)[inside]
    if min(one.std(), two.std()) < 0.5:
        return False
    return float(np.corrcoef(one, two)[0, 1]) >= _ALIKE


def _details(picture: Pixels) -> np.ndarray[Any, np.dtype[np.float32]]:
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), _FINE)
    return np.asarray(grey - cv2.GaussianBlur(grey, (0, 0), _COARSE), np.float32)


def _votes(photos: Sequence[Features]) -> Counter[tuple[int, int]]:
    """For each two photos, how many points of the one have a neighbour in the other."""
    votes: Counter[tuple[int, int]] = Counter()
    blocks = [range(start, min(start + _BLOCK, len(photos))) for start in range(0, len(photos), _BLOCK)]
    for here in blocks:
        owner, points = _stacked(photos, here)
        if len(points) <= _NEIGHBOURS:
            continue
        cv2.setRNGSeed(7)
        index: Any = cv2.flann.Index(points, {"algorithm": 1, "trees": _TREES})
        for there in blocks:
            asker, asked = _stacked(photos, there)
            near, squares = index.knnSearch(asked, _NEIGHBOURS, params={"checks": _CHECKS})
            asks, place = np.nonzero(squares <= _NEAR**2)
            told = np.unique(np.stack([asks, owner[near[asks, place]]], axis=1), axis=0)
            ends = np.sort(np.stack([asker[told[:, 0]], told[:, 1]], axis=1), axis=1)
            couples, counts = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0, return_counts=True)
            for (one, other), count in zip(couples.tolist(), counts.tolist(), strict=True):
                votes[one, other] += count
    return votes


def _stacked(photos: Sequence[Features], some: range) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Whose each point is (N), and the points' descriptors (N x 128)."""
    owner = np.repeat(np.asarray(some), [len(photos[number].descriptors) for number in some])
    return owner, np.concatenate([photos[number].rooted() for number in some])

"""Which photos of a batch show the same site of a body, found without laying every photo on every other.

The points of a block of photos stand in one index (FLANN's k-d trees). Each point of every photo asks for its nearest
neighbours in it, and each neighbour is a vote for its photo; only photos with enough votes for each other are
registered.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..features import Features, Registration, register
from ..photo import Pixels

_TREES, _CHECKS = 4, 64
_NEIGHBOURS, _FEW, _MORE_NEIGHBOURS = 6, 1000, 10
"""How many neighbours a point asks for, and from how many photos on it asks for more: in a large index it has more
neighbours by chance. 60 photos shown anew among 1,940: of 2,000 in one index 58 were suspected so, 57 without, and 59
when they stood in two.
"""
_BLOCK = 4000
"""Photos whose points stand in one index at a time (300 MB), so that memory does not grow with a run."""
_PIECE = 250
"""Photos that ask at once, each piece in a thread of its own: OpenCV works outside of Python's lock."""
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
    for one, other in sorted(_suspected(photos)):
        laid = register(photos[one], photos[other], _AGREE)
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


def _suspected(photos: Sequence[Features]) -> list[tuple[int, int]]:
    """Couples of photos, ascending, of whose points enough have a neighbour in the other."""
    couples, votes = np.zeros(0, np.int64), np.zeros(0, np.int64)
    count = _NEIGHBOURS if len(photos) <= _FEW else _MORE_NEIGHBOURS
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for here in _ranges(len(photos), _BLOCK):
            owner, points = _stacked([photos[number] for number in here], here)
            if len(points) <= count:
                continue
            cv2.setRNGSeed(7)
            index: Any = cv2.flann.Index(points, {"algorithm": 1, "trees": _TREES})
            told = threads.map(partial(_told, photos, index, owner, count), _ranges(len(photos), _PIECE))
            couples, which = np.unique(np.concatenate([couples, *told]), return_inverse=True)
            more = np.ones(len(which), np.int64)
            more[: len(votes)] = votes
            votes = np.bincount(which, more).astype(np.int64)
    one, other = np.divmod(couples[votes >= _VOTES], len(photos))
    return list(zip(one.tolist(), other.tolist(), strict=True))


def _told(
    photos: Sequence[Features], index: Any, owner: NDArray[np.intp], count: int, there: range
) -> NDArray[np.int64]:
    """The couples that points of these photos vote for, a number (one x all + other) for each vote."""
    asker, asked = _stacked([photos[number] for number in there], there)
    if not len(asked):
        return np.zeros(0, np.int64)
    near, squares = index.knnSearch(asked, count, params={"checks": _CHECKS})
    asks, place = np.nonzero(squares <= _NEAR**2)
    told = np.unique(np.stack([asks, owner[near[asks, place]]], axis=1), axis=0)
    ends = np.sort(np.stack([asker[told[:, 0]], told[:, 1]], axis=1), axis=1).astype(np.int64)
    ends = ends[ends[:, 0] != ends[:, 1]]
    return np.asarray(ends[:, 0] * len(photos) + ends[:, 1], np.int64)


def _ranges(count: int, size: int) -> list[range]:
    return [range(start, min(start + size, count)) for start in range(0, count, size)]


def _stacked(features: Sequence[Features], some: range) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Whose each point is (N), and the points' descriptors (N x 128)."""
    owner = np.repeat(np.asarray(some), [len(one.descriptors) for one in features])
    return owner, np.concatenate([one.rooted() for one in features])

"""Which photos of a batch may show one site, by the points that they share: none is laid on another for it.

Where few photos are new, each of their points is compared with every point of all. Else there is an index:
points that are alike lie in one region, and there is a region for each 500 photos. The points of a region stand in one
index (FLANN's k-d trees). Each point asks for its nearest neighbours in its own region and in the two next ones, and
each neighbour is a vote for its photo. A small batch is one region; in a larger one a photo costs some three times as
much, however many there are. Points and votes wait in files, so that memory does not grow either.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ..features import Features, rooted
from .drawers import Drawers, Rows

_TREES, _CHECKS = 4, 64
_NEIGHBOURS = 6
"""That a point asks for in a region."""
_ALONE, _EACH, _MOST = 1000, 500, 500
"""Photos that are one region, for how many of more there is one, and how many regions there are at most."""
_ASKED = 3
"""Regions that a point asks."""
_SAMPLE = 400
"""Photos by whose points regions are found."""
_BLOCK = 150_000
"""Points that stand in one index at a time, of 190 MB while it is made. Most regions are half as large."""
_READ, _PIECE = 100, 8192
"""Photos that are sorted, and points that ask, at once. Each piece asks in a thread: OpenCV works outside of Python's
lock."""
_NEAR = 0.72
"""Distance of two RootSIFT descriptors up to which they can be the same point."""
_VOTES = 12
_COUNTED = 256
"""Photos whose votes are counted at once."""
_FEW = 30
"""New photos up to which comparing all points takes less time than an index."""

_POINT = np.dtype([("photo", np.int32), ("descriptor", np.uint8, 128)])
_Floats: TypeAlias = NDArray[np.float32]


def suspected(photos: Sequence[Features], folder: Path, new: Set[int]) -> Iterator[tuple[int, int]]:
    """Couples of photos, ascending, of whose points enough have a neighbour in the other, and of which one is new.

    The folder is for files that are needed meanwhile, some 80 kB for each photo. Raises OSError.
    """
    if len(new) > _FEW:
        yield from (couple for couple in _by_index(photos, folder) if not new.isdisjoint(couple))
    elif new:
        yield from _one_by_one(photos, new)


def _one_by_one(photos: Sequence[Features], new: Set[int]) -> Iterator[tuple[int, int]]:
    """The same without an index: each new point votes for the photos, of 500 at a time, that have its nearest ones."""
    asking = {number: photos[number].rooted() for number in new}
    found = set()
    for some in _ranges(len(photos), _EACH):
        points = _points(photos, some)
        owners, starts = np.unique(points["photo"], return_index=True)
        if not len(owners):
            continue
        there = rooted(points["descriptor"]).T
        for number, mine in asking.items():
            # The product of points of length 1 is the greater the nearer they are.
            like = np.maximum.reduceat(mine @ there, starts, axis=1)
            best = np.argsort(-like, axis=1)[:, :_NEIGHBOURS]
            near = np.take_along_axis(like, best, axis=1) >= 1 - _NEAR**2 / 2
            votes = np.bincount(best[near], minlength=len(owners))
            # The other photo's points are not asked, so half as many votes have to do.
            for other in owners[2 * votes >= _VOTES].tolist():
                if other != number:
                    found.add((min(number, other), max(number, other)))
    yield from sorted(found)


def _by_index(photos: Sequence[Features], folder: Path) -> Iterator[tuple[int, int]]:
    homes, guests = Drawers(folder, "home", _POINT), Drawers(folder, "guest", _POINT)
    votes = Drawers(folder, "votes", np.int64)
    _sort(photos, homes, guests)
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for region in homes.numbers():
            for block in _even(homes.count(region), _BLOCK):
                for told in _asked(homes, guests, region, block, len(photos), threads):
                    votes.put(told // len(photos) // _COUNTED, told)
            homes.empty(region)
            guests.empty(region)
    for some in votes.numbers():
        couples, counts = np.unique(votes.rows(some), return_counts=True)
        votes.empty(some)
        one, other = np.divmod(couples[counts >= _VOTES], len(photos))
        yield from zip(one.tolist(), other.tolist(), strict=True)


def _sort(photos: Sequence[Features], homes: Drawers, guests: Drawers) -> None:
    """Put all points into their regions, and as guests into those that they ask beside."""
    middles = _middles(photos)
    for some in _ranges(len(photos), _READ):
        points = _points(photos, some)
        if len(middles) == 1:
            homes.put(np.zeros(len(points), np.intp), points)
            continue
        nearest = np.argsort(-(rooted(points["descriptor"]) @ middles.T), axis=1, kind="stable")[:, :_ASKED]
        homes.put(nearest[:, 0], points)
        for beside in nearest.T[1:]:
            guests.put(beside, points)


def _middles(photos: Sequence[Features]) -> _Floats:
    """Of each region (K x 128)."""
    count = min(-(-len(photos) // _EACH), _MOST)
    if len(photos) <= _ALONE:
        return np.zeros((1, 128), np.float32)
    sample = rooted(_points(photos, range(0, len(photos), -(-len(photos) // _SAMPLE)))["descriptor"])
    if len(sample) < count:
        return np.zeros((1, 128), np.float32)
    cv2.setRNGSeed(7)  # the same photos give the same answer
    end = (cv2.TERM_CRITERIA_MAX_ITER, 20, 0.0)
    _, _, middles = cv2.kmeans(sample, count, np.zeros(0, np.int32), end, 1, cv2.KMEANS_PP_CENTERS)
    # Of length 1, as points are: the nearest is the one with the largest product.
    return np.asarray(middles / np.linalg.norm(middles, axis=1, keepdims=True), np.float32)


class _Index:
    """Points among which neighbours are looked for."""

    def __init__(self, points: Rows) -> None:
        self._owner = points["photo"]
        cv2.setRNGSeed(7)
        self._trees: Any = cv2.flann.Index(rooted(points["descriptor"]), {"algorithm": 1, "trees": _TREES})

    def near(self, asking: Rows) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
        """Which of the asking points have neighbours, and in which photos; each of those once for a point."""
        asked = rooted(asking["descriptor"])
        near, squares = self._trees.knnSearch(asked, _NEIGHBOURS, params={"checks": _CHECKS})
        asks, place = np.nonzero(squares <= _NEAR**2)
        told = np.unique(np.stack([asks, self._owner[near[asks, place]]], axis=1), axis=0)
        return told[:, 0], told[:, 1]


def _asked(
    homes: Drawers, guests: Drawers, region: int, block: range, photos: int, threads: ThreadPoolExecutor
) -> Iterator[NDArray[np.int64]]:
    """What all points that ask in a region vote for, of the block of its points."""
    if len(block) > _NEIGHBOURS:
        index = _Index(homes.rows(region, block))
        for asking in (homes, guests):
            ask = partial(_told, index, asking, region, photos)
            yield from threads.map(ask, _ranges(asking.count(region), _PIECE))


def _told(index: _Index, asking: Drawers, region: int, photos: int, piece: range) -> NDArray[np.int64]:
    """The couples that these points vote for, a number (one x all + other) for each vote."""
    points = asking.rows(region, piece)
    asks, answer = index.near(points)
    ends = np.sort(np.stack([points["photo"][asks], answer], axis=1), axis=1).astype(np.int64)
    ends = ends[ends[:, 0] != ends[:, 1]]
    return np.asarray(ends[:, 0] * photos + ends[:, 1], np.int64)


def _points(photos: Sequence[Features], some: range) -> Rows:
    """The points of these photos, one after the other."""
    each = [photos[number].descriptors for number in some]
    points = np.zeros(sum(map(len, each)), _POINT)
    points["photo"] = np.repeat(np.asarray(some), [len(descriptors) for descriptors in each])
    points["descriptor"] = np.concatenate(each)
    return points


def _ranges(count: int, size: int) -> list[range]:
    return [range(start, min(start + size, count)) for start in range(0, count, size)]


def _even(count: int, most: int) -> list[range]:
    """As few ranges as can be, and none much smaller than the others."""
    return _ranges(count, -(-count // -(-count // most)))

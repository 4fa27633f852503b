"""Which photos of a batch show the same site of a body, found without comparing every photo with every other.

All photos' points stand in one index (FLANN's k-d trees). Each point asks for its nearest neighbours in it, and each
neighbour is a vote for its photo; only photos with enough votes for each other are laid on one another. The work grows
with the number of photos, not with its square.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import cv2
import numpy as np

from .laid import agreeing
from .sketch import Sketch

_TREES, _CHECKS, _NEIGHBOURS = 4, 64, 6
_NEAR = 0.72
"""Distance of two RootSIFT descriptors up to which they can be the same point."""
_VOTES = 8
_AGREE = 10
"""Points that have to agree: measured, see docs/measured.md."""


def alike(sketches: Sequence[Sketch]) -> Iterator[tuple[int, int]]:
    """Pairs of photos, as ascending positions in `sketches`, that show the same thing."""
    votes = _votes(sketches)
    for (one, other), matched in sorted(votes.items()):
        if len(matched) < _VOTES:
            continue
        rows = np.array(sorted(matched.items()))
        if agreeing(sketches[one].places[rows[:, 0]], sketches[other].places[rows[:, 1]]) >= _AGREE:
            yield one, other


def _votes(sketches: Sequence[Sketch]) -> dict[tuple[int, int], dict[int, int]]:
    """For each two photos: which point of the first may be which of the second."""
    every = [sketch.descriptors for sketch in sketches]
    owner = np.repeat(np.arange(len(every)), [len(each) for each in every])
    number = np.concatenate([np.arange(len(each)) for each in every] or [np.zeros(0, np.int64)])
    votes: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)
    if len(owner) <= _NEIGHBOURS:
        return votes
    stacked = np.concatenate(every)
    cv2.setRNGSeed(7)
    index: Any = cv2.flann.Index(stacked, {"algorithm": 1, "trees": _TREES})
    near, squares = index.knnSearch(stacked, _NEIGHBOURS, params={"checks": _CHECKS})
    asks, place = np.nonzero(squares <= _NEAR**2)
    for asking, found in zip(asks, near[asks, place], strict=True):
        one, other = int(owner[asking]), int(owner[found])
        if one != other:
            first, second = (asking, found) if one < other else (found, asking)
            votes[min(one, other), max(one, other)].setdefault(int(number[first]), int(number[second]))
    return votes

"""How much of a picture, or of a box in it, lies under masks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..photo import Box, Finding, Method, Region
from .cells import CELL, touched

_Boxes: TypeAlias = NDArray[np.int64]
"""N x 4: x0, y0, x1, y1. They may overlap."""


def touches(regions: Sequence[Region], keep: Sequence[Box]) -> bool:
    """Whether the masked cells of any region overlap any of the boxes by at least one pixel."""
    return any(covers(regions, box) > 0 for box in keep)


def covered_share(regions: Sequence[Region], size: tuple[int, int]) -> float:
    """Share of a picture (width, height) that lies under the union of the regions, 0..1."""
    return covers(regions, (0, 0, *size))


def covers(regions: Sequence[Region], box: Box) -> float:
    """Share of a box that lies under the union of the regions, 0..1; 0 for a box without area."""
    return _share(_boxes(regions), np.array([box]))


def hides(regions: Sequence[Region], finding: Finding, size: tuple[int, int]) -> float:
    """Share of a finding's own shape that lies under the union of the regions, 0..1.

    `size` is the picture's width and height. 0 for a finding outside the picture or without area.
    """
    if not any(finding.outline):
        return covers(regions, finding.box)
    shape = touched(finding.outline, size, CELL)
    if shape is None:
        return 0.0
    return _share(_boxes(regions), _boxes([Region(shape[0], Method.KEEP, (), shape[1], CELL)]))


def _boxes(regions: Sequence[Region]) -> _Boxes:
    return np.array([box for region in regions for box in region.boxes()], np.int64).reshape(-1, 4)


def _share(cover: _Boxes, wanted: _Boxes) -> float:
    """Share of the union of `wanted` that lies in the union of `cover`."""
    low, high = wanted[:, :2].min(axis=0), wanted[:, 2:].max(axis=0)
    cover = np.hstack((np.maximum(cover[:, :2], low), np.minimum(cover[:, 2:], high)))
    cover = cover[(cover[:, :2] < cover[:, 2:]).all(axis=1)]
    # The edges cut the plane into rectangles, each of them wholly in or out of either union.
    xs, ys = (np.unique(np.vstack((cover, wanted))[:, side::2]) for side in (0, 1))
    area = np.outer(np.diff(ys), np.diff(xs))
    there = _drawn(wanted, xs, ys)
    whole = (area * there).sum()
    return float((area * (there & _drawn(cover, xs, ys))).sum() / whole) if whole else 0.0


def _drawn(boxes: _Boxes, xs: NDArray[np.int64], ys: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which rectangles between these edges lie in the boxes."""
    drawn = np.zeros((len(ys) - 1, len(xs) - 1), dtype=bool)
    lefts, rights = np.searchsorted(xs, boxes[:, 0]), np.searchsorted(xs, boxes[:, 2])
    tops, bottoms = np.searchsorted(ys, boxes[:, 1]), np.searchsorted(ys, boxes[:, 3])
    for left, top, right, bottom in zip(lefts, tops, rights, bottoms, strict=True):
        drawn[top:bottom, left:right] = True
    return drawn

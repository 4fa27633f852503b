"""How much of a picture, or of a box in it, lies under masks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..photo import Box, Region


def touches(regions: Sequence[Region], keep: Sequence[Box]) -> bool:
    """Whether any region overlaps any of the boxes by at least one pixel."""
    return any(_common(region.box, box) is not None for region in regions for box in keep)


def covered_share(regions: Sequence[Region], size: tuple[int, int]) -> float:
    """Share of a picture (width, height) that lies under the union of the regions, 0..1."""
    return covers(regions, (0, 0, *size))


def covers(regions: Sequence[Region], box: Box) -> float:
    """Share of a box that lies under the union of the regions, 0..1; 0 for a box without area."""
    x0, y0, x1, y1 = box
    if x1 <= x0 or y1 <= y0:
        return 0.0
    parts = [part for region in regions if (part := _common(region.box, box)) is not None]
    return _union_area(parts) / ((x1 - x0) * (y1 - y0))


def _common(a: Box, b: Box) -> Box | None:
    x0, y0, x1, y1 = max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def _union_area(boxes: Sequence[Box]) -> int:
    # The boxes' edges cut the plane into few rectangles, each of them wholly in or out of the union.
    if not boxes:
        return 0
    x0, y0, x1, y1 = np.array(boxes, dtype=np.int64).T
    xs, ys = np.unique((x0, x1)), np.unique((y0, y1))
    taken = np.zeros((len(ys) - 1, len(xs) - 1), dtype=bool)
    for left, top, right, bottom in zip(
        *(np.searchsorted(e, v) for e, v in ((xs, x0), (ys, y0), (xs, x1), (ys, y1))), strict=True
    ):
        taken[top:bottom, left:right] = True
    return int(np.diff(ys) @ taken @ np.diff(xs))

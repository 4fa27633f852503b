"""Cells of the block grid: which an outline touches, and what lies within them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ..photo import Box, Region, Ring

Cells = NDArray[np.bool_]
"""Rows x columns."""

CELL = (8, 8)
"""Width and height in pixels of a cell where the picture has no blocks of its own. An edge that followed each pixel
would draw what it hides."""

_BEYOND = 1024
"""Pixels by which an outline may leave the picture and still be followed exactly; farther points are moved there."""


def touched(
    outline: Sequence[Ring], size: tuple[int, int], cell: tuple[int, int], beyond: int = 0
) -> tuple[Box, Cells | None] | None:
    """The smallest box of whole cells around an outline, and which of its cells have a pixel of it.

    With them count those that are up to `beyond` cells away. The box is clipped to the picture (width, height). No
    cells where all are touched, None where the outline lies outside the picture.
    """
    rings = [np.clip(ring, -_BEYOND, np.add(size, _BEYOND)).astype(np.int32) for ring in outline if ring]
    points = np.concatenate(rings)
    start, stop = points.min(axis=0) // cell - beyond, points.max(axis=0) // cell + 1 + beyond
    (left, top), (columns, rows) = (start * cell).tolist(), (stop - start).tolist()
    # Drawn whole and then cut: OpenCV bends lines that leave what it draws on.
    inside = np.zeros((rows * cell[1], columns * cell[0]), np.uint8)
    cv2.fillPoly(inside, rings, (1,), offset=(-left, -top))
    for lines, first, end in ((inside, top, size[1]), (inside.T, left, size[0])):
        lines[: max(0, -first)] = 0
        lines[max(0, end - first) :] = 0
    bands = inside.reshape(rows, cell[1], -1).max(axis=1)
    cells = bands.reshape(rows, columns, cell[0]).max(axis=2)
    if beyond:
        side = 2 * beyond + 1
        cells = cv2.dilate(cells, np.ones((side, side), np.uint8)).astype(np.uint8, copy=False)
        for lines, first, end, step in ((cells, top, size[1], cell[1]), (cells.T, left, size[0], cell[0])):
            lines[: max(0, -first // step)] = 0
            lines[max(0, -((first - end) // step)) :] = 0
    return _trimmed(cells.astype(bool), (left, top), size, cell)


def contains(outer: Region, inner: Region) -> bool:
    """Whether every pixel of one region lies in the other."""
    x0, y0, x1, y1 = outer.box
    left, top, right, bottom = inner.box
    if left < x0 or top < y0 or right > x1 or bottom > y1:
        return False
    if outer.cells is None:
        return True
    width, height = outer.cell
    return all(
        outer.cells[
            (top - y0) // height : -((y0 - bottom) // height), (left - x0) // width : -((x0 - right) // width)
        ].all()
        for left, top, right, bottom in inner.boxes()
    )


def _trimmed(
    cells: Cells, corner: tuple[int, int], size: tuple[int, int], cell: tuple[int, int]
) -> tuple[Box, Cells | None] | None:
    """The same without empty rows and columns around."""
    rows, columns = np.flatnonzero(cells.any(axis=1)), np.flatnonzero(cells.any(axis=0))
    if not rows.size:
        return None
    left, top, right, bottom = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    box = (
        corner[0] + left * cell[0],
        corner[1] + top * cell[1],
        min(corner[0] + right * cell[0], size[0]),
        min(corner[1] + bottom * cell[1], size[1]),
    )
    kept = cells[top:bottom, left:right].copy()
    kept.setflags(write=False)
    return box, None if kept.all() else kept

"""From marked cells of a grid over the whole photo to outlines in its pixels."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..photo import Box, Finding, Kind, Ring
from .found import Floats

Marked = NDArray[np.bool_]


def parts(marked: Marked) -> list[Marked]:
    """Its connected parts, each as a mask of its own; corners connect."""
    count, labels = cv2.connectedComponents(marked.astype(np.uint8))
    return [labels == number for number in range(1, count)]


def grown(marked: Marked, cells: float) -> Marked:
    """The marked cells and all within this distance."""
    reach = round(cells)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return cv2.dilate(marked.astype(np.uint8), kernel).astype(bool)


def filled(marked: Marked, smallest: float) -> Marked:
    """Without holes of fewer than this many cells."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((~marked).astype(np.uint8), connectivity=4)
    height, width = marked.shape
    left, top, wide, high, area = stats[:count].T
    at_edge = (left == 0) | (top == 0) | (left + wide == width) | (top + high == height)
    small = (area < smallest) & ~at_edge
    small[0] = True  # what is marked stays so
    whole: Marked = small[labels]
    return whole


def rings(marked: Marked, size: tuple[int, int]) -> tuple[Ring, ...]:
    """The outlines of what is marked, in a photo of this size (width, height) that the grid covers."""
    lines, _ = cv2.findContours(marked.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    grid = np.array(marked.shape[::-1])
    return tuple(
        tuple((x, y) for x, y in _in_photo(line[:, 0], grid, np.array(size)).tolist()) for line in lines
    )


def _in_photo(line: NDArray[Any], grid: NDArray[np.int_], size: NDArray[np.int_]) -> NDArray[np.int_]:
    """Middles of cells as pixels; those at the grid's rim lie at the photo's, so that no rim is left out."""
    middles = np.rint((line + 0.5) * size / grid - 0.5)
    at_end = np.where(line == grid - 1, size - 1, middles)
    return np.where(line == 0, 0, at_end).astype(int)


def finding(
    kind: Kind, marked: Marked, score: float, size: tuple[int, int], detector: str, *, sure: bool = True
) -> Finding:
    """What is marked as one finding in a photo of this size; at least one cell must be."""
    outline = rings(marked, size)
    points = np.array([point for ring in outline for point in ring])
    (x0, y0), (x1, y1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    box: Box = (x0, y0, x1 + 1, y1 + 1)
    return Finding(kind, box, score, detector, outline=outline, sure=sure)


def cells_of(box: Box, size: tuple[int, int], shape: tuple[int, ...]) -> tuple[slice, slice]:
    """The rows and columns of a grid of this shape that a box in a photo of this size touches."""
    height, width = shape[0], shape[1]
    x0, x1 = box[0] * width // size[0], -(-box[2] * width // size[0])
    y0, y1 = box[1] * height // size[1], -(-box[3] * height // size[1])
    return slice(max(0, y0), max(y0 + 1, y1)), slice(max(0, x0), max(x0 + 1, x1))


def enlarged(plane: Floats, times: int) -> Floats:
    """A finer grid with smooth values in between."""
    height, width = plane.shape
    fine = cv2.resize(plane, (width * times, height * times), interpolation=cv2.INTER_LINEAR)
    return fine.astype(np.float32, copy=False)

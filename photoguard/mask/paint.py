"""What is painted over a region.

Nothing under a mask can be brought back, because hardly anything of it is used. Regions that overlap or
touch form one group, however many detections a face has. Of a whole group only these numbers go on: the
average brightness of at most 2 x 2 cells of its bounding box, and its average tint (two numbers, as the
third follows). They are coarsely rounded and get noise on top. What looks like frosted glass or like a
mosaic is noise too: it does not come from the photo. `solid` uses nothing at all.

Edges are hard and masks are opaque: a feathered edge lets the original show through.

benchmarks/masks.py measures how little this tells a face recogniser, and one who masks a whole gallery in the
same way to compare (McPherson, Shokri, Shmatikov 2016, arXiv 1609.00408, on how common mosaics lose to that).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ..photo import Box, Method, Pixels, Region

CELLS = 2
"""Cells along each side of a group, at most."""
SMALLEST_CELL = 32
"""Pixels along each side of a cell, at least: a line of text thus has one cell in height."""
BRIGHTNESS_STEP, BRIGHTNESS_NOISE = 32, 12.0
"""What brightness is rounded to, and the standard deviation of what is added, in levels of 256."""
TINT_STEP, TINT_NOISE = 8, 4.0
"""The same for the tint."""
SOLID = 128
"""Level of red, green and blue: the same for every photo, and no coefficient at all in a JPEG."""

_LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601, as in JPEG
# The look: grains along a group's short side, and how they are drawn.
_GRAINS = {Method.BLUR: 48, Method.PIXELATE: 36}
_DRAWN = {Method.BLUR: cv2.INTER_CUBIC, Method.PIXELATE: cv2.INTER_NEAREST}
_SMALLEST_GRAIN = 2
_GRAIN_NOISE = 18.0

_Soft = tuple[Box, Method]


def apply(pixels: Pixels, regions: Sequence[Region], noise: np.random.Generator | None = None) -> Pixels:
    """A copy of the picture (H x W x 3, RGB, 0..255) with the regions, as `plan` gives them, painted over.

    The order of the regions makes no difference. `noise` is for tests that need the same noise twice; by
    default it is freshly seeded from the operating system. What lies under `solid` has no effect on any
    pixel, not even where a weaker region overlaps it.
    """
    noise = noise or np.random.default_rng()
    painted = pixels.copy()
    solid = [region.box for region in regions if region.method is Method.SOLID]
    soft = sorted({(region.box, region.method) for region in regions if region.method in _GRAINS})
    _fill(painted, solid)
    for group in _groups(soft):
        _paint(painted, group, noise)
    _fill(painted, solid)
    return painted


def _fill(painted: Pixels, boxes: Sequence[Box]) -> None:
    for x0, y0, x1, y1 in boxes:
        painted[y0:y1, x0:x1] = SOLID


def _groups(regions: Sequence[_Soft]) -> list[list[_Soft]]:
    """Regions that overlap or touch, directly or through others."""
    left = list(regions)
    groups = []
    while left:
        group = [left.pop(0)]
        for member in group:  # grows while it is walked
            joined = [other for other in left if _meet(member[0], other[0])]
            left = [other for other in left if other not in joined]
            group += joined
        groups.append(group)
    return groups


def _meet(a: Box, b: Box) -> bool:
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]


def _paint(painted: Pixels, group: Sequence[_Soft], noise: np.random.Generator) -> None:
    left, top = (min(box[side] for box, _ in group) for side in (0, 1))
    right, bottom = (max(box[side] for box, _ in group) for side in (2, 3))
    brightness, tint = _numbers(painted[top:bottom, left:right], noise)
    for method in _GRAINS:
        members = [box for box, chosen in group if chosen is method]
        if members:
            cover = _cover((right - left, bottom - top), method, brightness, tint, noise)
            for x0, y0, x1, y1 in members:
                painted[y0:y1, x0:x1] = cover[y0 - top : y1 - top, x0 - left : x1 - left]


def _numbers(area: Pixels, noise: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """All that is used of an area: brightness per cell (at most 2 x 2), one tint (RGB minus brightness)."""
    rows, columns = (_edges(length) for length in area.shape[:2])
    colours = np.array(
        [[cv2.mean(area[y0:y1, x0:x1])[:3] for x0, x1 in pairwise(columns)] for y0, y1 in pairwise(rows)]
    )
    brightness = colours @ _LUMA
    tint = colours.mean(axis=(0, 1)) - brightness.mean()
    return (
        np.round(brightness / BRIGHTNESS_STEP) * BRIGHTNESS_STEP
        + noise.normal(0, BRIGHTNESS_NOISE, brightness.shape),
        np.round(tint / TINT_STEP) * TINT_STEP + noise.normal(0, TINT_NOISE, tint.shape),
    )


def _edges(length: int) -> list[int]:
    cells = min(CELLS, max(1, length // SMALLEST_CELL))
    return [length * cell // cells for cell in range(cells + 1)]


def _cover(
    size: tuple[int, int],
    method: Method,
    brightness: NDArray[np.float64],
    tint: NDArray[np.float64],
    noise: np.random.Generator,
) -> Pixels:
    grain = max(min(size) / _GRAINS[method], _SMALLEST_GRAIN)
    grains = (max(1, round(size[0] / grain)), max(1, round(size[1] / grain)))
    grey = cv2.resize(brightness, grains, interpolation=cv2.INTER_LINEAR)
    grey = grey + noise.normal(0, _GRAIN_NOISE, grey.shape)
    small = np.clip(grey[..., None] + tint, 0, 255).astype(np.uint8)
    return cv2.resize(small, size, interpolation=_DRAWN[method]).astype(np.uint8, copy=False)

"""What is painted over a region.

Nothing under a mask can be brought back, because hardly anything of it is used. Regions that overlap or
touch form one group, however many detections a face has, and of a whole group one average colour goes on:
three numbers, coarsely rounded and with noise on top. What looks like frosted glass or like a mosaic is noise
too: it does not come from the photo. `solid` uses nothing at all.

Not even a grid of 2 x 2 averages is used. Measured with half of this rounding, one who owns the photos found
the right face among 55 from 80 % of such masks and the right digit of ten from 47 %; what the one colour leaves
is in benchmarks/masks.py. The attack is that of McPherson, Shokri, Shmatikov 2016 (arXiv 1609.00408).

Edges are hard and masks are opaque: a feathered edge lets the original show through.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ..photo import Box, Method, Pixels, Region

BRIGHTNESS_STEP, BRIGHTNESS_NOISE = 64, 20.0
"""What a group's brightness is rounded to, and the standard deviation of what is added, in levels of 256."""
TINT_STEP, TINT_NOISE = 16, 6.0
"""The same for each of red, green and blue, less the brightness."""
SOLID = 128
"""Level of red, green and blue: the same for every photo, and no coefficient at all in a JPEG."""

_LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601, as in JPEG
# The look: grains along a group's short side, and how they are drawn.
_GRAINS = {Method.BLUR: 64, Method.PIXELATE: 40}
_DRAWN = {Method.BLUR: cv2.INTER_CUBIC, Method.PIXELATE: cv2.INTER_NEAREST}
_SMALLEST_GRAIN = 2
_GRAIN_NOISE = 14.0

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
    colour = _colour(painted[top:bottom, left:right], noise)
    for method in _GRAINS:
        members = [box for box, chosen in group if chosen is method]
        if members:
            cover = _cover((right - left, bottom - top), method, colour, noise)
            for x0, y0, x1, y1 in members:
                painted[y0:y1, x0:x1] = cover[y0 - top : y1 - top, x0 - left : x1 - left]


def _colour(area: Pixels, noise: np.random.Generator) -> NDArray[np.float64]:
    """All that is used of an area: its average colour, rounded and with noise."""
    average = np.array(cv2.mean(area)[:3])
    brightness = average @ _LUMA
    tint = np.round((average - brightness) / TINT_STEP) * TINT_STEP + noise.normal(0, TINT_NOISE, 3)
    rounded = np.round(brightness / BRIGHTNESS_STEP) * BRIGHTNESS_STEP + noise.normal(0, BRIGHTNESS_NOISE)
    colour: NDArray[np.float64] = tint + rounded
    return colour


def _cover(
    size: tuple[int, int], method: Method, colour: NDArray[np.float64], noise: np.random.Generator
) -> Pixels:
    width, height = size
    grain = max(min(size) / _GRAINS[method], _SMALLEST_GRAIN)
    grains = noise.normal(0, _GRAIN_NOISE, (max(1, round(height / grain)), max(1, round(width / grain)), 1))
    small = np.clip(colour + grains, 0, 255).astype(np.uint8)
    return cv2.resize(small, size, interpolation=_DRAWN[method]).astype(np.uint8, copy=False)

"""What is painted over a region.

Nothing under a mask can be brought back, because hardly anything of it is used. Regions that overlap or
touch form one group, however many detections a face has, and of a whole group one average colour goes on:
three numbers, coarsely rounded and with noise on top. What looks like frosted glass or like a mosaic is noise
too: it does not come from the photo. `solid` uses nothing at all.

Blurred background is one smooth surface, in groups of its own behind all others. What others cover does not
count for its colour, so that a face before a wall gives no more away than one without. Nor does what is to be
`solid`; where that lies wholly within, it goes under in the surface and shows no patch of its own.

Not even a grid of 2 x 2 averages is used. Measured with half of this rounding, one who owns the photos found
the right face among 55 from 80 % of such masks and the right digit of ten from 47 %; what the one colour leaves
is in benchmarks/masks.py. The attack is that of McPherson, Shokri, Shmatikov 2016 (arXiv 1609.00408).

Edges are hard and masks are opaque: a feathered edge lets the original show through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..photo import Box, Kind, Method, Pixels, Region
from .cells import contains

BRIGHTNESS_STEP, BRIGHTNESS_NOISE = 64, 20.0
"""What a group's brightness is rounded to, and the standard deviation of what is added, in levels of 256."""
TINT_STEP, TINT_NOISE = 16, 6.0
"""The same for each of red, green and blue, less the brightness."""
SOLID = 128
"""Level of red, green and blue: the same for every photo, and no coefficient at all in a JPEG."""

_LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601, as in JPEG


@dataclass(frozen=True, slots=True)
class _Look:
    """How noise is drawn over a colour."""

    grains: int
    """Along a group's short side."""
    deviation: float
    """In levels of 256."""
    drawn: int
    """OpenCV's interpolation between grains."""


_FROSTED = _Look(64, 14.0, cv2.INTER_CUBIC)
_MOSAIC = _Look(40, 14.0, cv2.INTER_NEAREST)
_SURFACE = _Look(4, 3.0, cv2.INTER_CUBIC)
_LOOKS = (_SURFACE, _FROSTED, _MOSAIC)
"""The weakest first: what comes later is seen."""
_SOFT = (Method.BLUR, Method.PIXELATE)
_SMALLEST_GRAIN = 2
_COARSE = 16
"""Larger grains are drawn at a size this much smaller first: from few pixels to very many, OpenCV is ten times
slower."""


def apply(pixels: Pixels, regions: Sequence[Region], noise: np.random.Generator | None = None) -> Pixels:
    """A copy of the picture (H x W x 3, RGB, 0..255) with the regions, as `plan` gives them, painted over.

    The order of the regions makes no difference. `noise` is for tests that need the same noise twice; by
    default it is freshly seeded from the operating system. What lies under a `solid` region has no effect on
    any pixel, not even where a weaker region overlaps it.
    """
    noise = noise or np.random.default_rng()
    painted = pixels.copy()
    solid = [region for region in regions if region.method is Method.SOLID]
    surfaces = [region for region in regions if _is_surface(region)]
    others = [region for region in regions if region.method in _SOFT and not _is_surface(region)]
    _fill(painted, solid)
    for group in _groups(surfaces):
        _paint(painted, group, [*others, *solid], noise)
    for group in _groups(others):
        _paint(painted, group, (), noise)
    _fill(painted, [region for region in solid if not any(contains(surface, region) for surface in surfaces)])
    return painted


def _is_surface(region: Region) -> bool:
    return region.method is Method.BLUR and region.kinds[:1] == (Kind.BACKGROUND,)


def _fill(painted: Pixels, regions: Sequence[Region]) -> None:
    for region in regions:
        for x0, y0, x1, y1 in region.boxes():
            painted[y0:y1, x0:x1] = SOLID


def _groups(regions: Sequence[Region]) -> list[list[Region]]:
    """Regions that overlap or touch, directly or through others, in an order that depends only on them."""
    left = sorted(set(regions))
    groups = []
    while left:
        group = [left.pop(0)]
        for member in group:  # grows while it is walked
            joined = [other for other in left if _meet(member, other)]
            left = [other for other in left if other not in joined]
            group += joined
        groups.append(group)
    return groups


def _meet(one: Region, other: Region) -> bool:
    """Whether they share a pixel, an edge or a corner."""
    if not _adjoin(one.box, np.array([other.box])):
        return False
    few, many = sorted((one.boxes(), other.boxes()), key=len)
    others = np.array(many)
    return any(_adjoin(box, others) for box in few)


def _adjoin(box: Box, others: NDArray[np.int_]) -> bool:
    x0, y0, x1, y1 = others.T
    return bool(((box[0] <= x1) & (x0 <= box[2]) & (box[1] <= y1) & (y0 <= box[3])).any())


def _paint(
    painted: Pixels, group: Sequence[Region], hiding: Sequence[Region], noise: np.random.Generator
) -> None:
    left, top = (min(region.box[side] for region in group) for side in (0, 1))
    right, bottom = (max(region.box[side] for region in group) for side in (2, 3))
    area = painted[top:bottom, left:right]
    seen = np.zeros(area.shape[:2], np.uint8)
    for value, regions in ((1, group), (0, hiding)):
        for region in regions:
            for x0, y0, x1, y1 in region.boxes():
                seen[max(0, y0 - top) : max(0, y1 - top), max(0, x0 - left) : max(0, x1 - left)] = value
    colour = _colour(area, seen, noise)
    for look in _LOOKS:
        boxes = [box for region in group if _look(region) is look for box in region.boxes()]
        if boxes:
            cover = _cover((right - left, bottom - top), look, colour, noise)
            for x0, y0, x1, y1 in boxes:
                painted[y0:y1, x0:x1] = cover[y0 - top : y1 - top, x0 - left : x1 - left]


def _look(region: Region) -> _Look:
    if region.method is Method.PIXELATE:
        return _MOSAIC
    return _SURFACE if _is_surface(region) else _FROSTED


def _colour(area: Pixels, seen: Pixels, noise: np.random.Generator) -> NDArray[np.float64]:
    """All that is used of an area: the average colour of what is not 0 in `seen`, rounded and with noise."""
    average = np.array(cv2.mean(area, seen)[:3])
    brightness = average @ _LUMA
    tint = np.round((average - brightness) / TINT_STEP) * TINT_STEP + noise.normal(0, TINT_NOISE, 3)
    rounded = np.round(brightness / BRIGHTNESS_STEP) * BRIGHTNESS_STEP + noise.normal(0, BRIGHTNESS_NOISE)
    colour: NDArray[np.float64] = tint + rounded
    return colour


def _cover(
    size: tuple[int, int], look: _Look, colour: NDArray[np.float64], noise: np.random.Generator
) -> Pixels:
    width, height = size
    grain = max(min(size) / look.grains, _SMALLEST_GRAIN)
    grains = noise.normal(0, look.deviation, (max(1, round(height / grain)), max(1, round(width / grain)), 1))
    small = np.clip(colour + grains, 0, 255).astype(np.uint8)
    if grain > _COARSE:
        coarse = max(1, width // _COARSE), max(1, height // _COARSE)
        small = cv2.resize(small, coarse, interpolation=look.drawn).astype(np.uint8, copy=False)
    return cv2.resize(small, size, interpolation=look.drawn).astype(np.uint8, copy=False)

"""What is painted over a region.

Nothing under a mask can be brought back, because nothing of it is used. Regions that overlap or touch form one
group, and the group takes the average colour of what stays to be seen around it. What looks like frosted glass
or like a mosaic is noise: it does not come from the photo. `solid` is the same grey for every photo, and so is
the group where all around it is masked too.

Blurred background is one smooth grey surface behind all other masks, as a studio's backdrop is: the colour of
what stays to be seen, which is the patient, would blur the patient's outline. What is to be `solid` and lies
wholly within it goes under in the surface and shows no patch of its own.

Not even an average is used. Of 2 x 2 averages one who owns the photos found the right face among 55 from 80 % of
such masks and the right digit of ten from 47 %; of one coarsely rounded, noisy colour still from every tenth mask.
benchmarks/attacks.py tries both, and more. The attack is that of McPherson, Shokri, Shmatikov 2016 (arXiv 1609.00408).

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

SOLID = 128
"""Level of red, green and blue: the same for every photo, and no coefficient at all in a JPEG."""

_AROUND = 4
"""The colour comes from as far around a group as this part of its short side, and from this many pixels at least."""
_BLEED = 1
"""Pixels beside a mask that do not count for its colour: JPEG decoders mix what is under the mask into their chroma."""


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

    What lies under the regions has no effect on any pixel. Their order makes no difference. `noise` is for tests
    that need the same noise twice; by default it is freshly seeded from the operating system.
    """
    noise = noise or np.random.default_rng()
    painted = pixels.copy()
    solid = [region for region in regions if region.method is Method.SOLID]
    surfaces = [region for region in regions if _is_surface(region)]
    others = [region for region in regions if region.method in _SOFT and not _is_surface(region)]
    seen = np.ones(pixels.shape[:2], np.uint8)
    _fill(seen, regions, 0, _BLEED)
    for group in _groups(surfaces):
        _paint(painted, group, np.full(3, float(SOLID)), noise)
    for group in _groups(others):
        _paint(painted, group, _colour(pixels, seen, _around(group)), noise)
    _fill(
        painted,
        [region for region in solid if not any(contains(surface, region) for surface in surfaces)],
        SOLID,
    )
    return painted


def _is_surface(region: Region) -> bool:
    return region.method is Method.BLUR and region.kinds[:1] == (Kind.BACKGROUND,)


def _fill(picture: Pixels, regions: Sequence[Region], level: int, beyond: int = 0) -> None:
    for region in regions:
        for x0, y0, x1, y1 in region.boxes():
            picture[max(0, y0 - beyond) : y1 + beyond, max(0, x0 - beyond) : x1 + beyond] = level


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


def _around(group: Sequence[Region]) -> Box:
    return (
        min(region.box[0] for region in group),
        min(region.box[1] for region in group),
        max(region.box[2] for region in group),
        max(region.box[3] for region in group),
    )


def _paint(
    painted: Pixels, group: Sequence[Region], colour: NDArray[np.float64], noise: np.random.Generator
) -> None:
    left, top, right, bottom = _around(group)
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


def _colour(pixels: Pixels, seen: Pixels, box: Box) -> NDArray[np.float64]:
    """The average colour of what stays to be seen in and around a box; SOLID where that is nothing."""
    x0, y0, x1, y1 = box
    margin = max(_AROUND, min(x1 - x0, y1 - y0) // _AROUND)
    near = np.s_[max(0, y0 - margin) : y1 + margin, max(0, x0 - margin) : x1 + margin]
    if not seen[near].any():
        return np.full(3, float(SOLID))
    return np.array(cv2.mean(pixels[near], seen[near])[:3])


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

"""Whether one picture is a comparison by itself: two pictures side by side, or one above the other.

Two things have to come together. A seam: a straight line from edge to edge, in the middle part, where the picture
changes all along, or a bar of one colour. And likeness: what is on its two sides can be laid on one another. A door
frame is a seam without likeness, a pair of hands likeness without a seam.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from ..features import agreement, of_pixels
from ..photo import Photo, Pixels

_SIDE = 960
"""Long side, in pixels, of the picture in which parts are looked for."""
_MIDDLE = 0.3, 0.7
"""Where a seam may lie, in sides."""
_STEP = 14.0
"""Levels of 255 by which the two sides of a seam differ in a row, at least."""
_ALL_ALONG = 0.6
"""Share of the rows in which they do. Where both sides are the same white wall, they do not."""
_SHARPER = 3.0
"""How much larger the step at a seam is than those beside it."""
_PLAIN = 5.0
"""Levels by which a bar's own pixels may vary."""
_LEAST = 32
"""Pixels that a part is wide and high at least."""
_AGREE = 8
"""Points of the two parts that must agree."""


def seams(picture: Pixels) -> Iterator[tuple[Literal["beside", "above"], int, int]]:
    """Where a picture (H x W x 3, RGB) may be put together: how its parts lie, and first and last pixel of the seam."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(np.float32)
    for lies, turned in (("beside", lab), ("above", lab.transpose(1, 0, 2))):
        yield from ((lies, first, last) for first, last in _upright(turned))  # type: ignore[misc]


def is_collage(photo: Photo) -> bool:
    """Whether a photo holds two pictures of the same thing, side by side or one above the other."""
    picture = photo.scaled(min(1.0, _SIDE / max(photo.size)))
    for lies, first, last in seams(picture):
        one, other = (
            (picture[:, :first], picture[:, last:]) if lies == "beside" else (picture[:first], picture[last:])
        )
        if _alike(np.ascontiguousarray(one), np.ascontiguousarray(other)):
            return True
    return False


def _upright(lab: NDArray[np.float32]) -> Iterator[tuple[int, int]]:
    """Upright seams: the column before, and the column behind."""
    width = lab.shape[1]
    first, last = int(width * _MIDDLE[0]), int(width * _MIDDLE[1])
    steps = np.abs(np.diff(lab, axis=1)).sum(axis=2)  # H x W-1
    share = (steps > _STEP).mean(axis=0)
    typical = np.median(steps, axis=0)
    for column in range(max(4, first), min(last, width - 5)):
        beside = np.concatenate([typical[column - 4 : column - 1], typical[column + 2 : column + 5]])
        if share[column] >= _ALL_ALONG and typical[column] >= _SHARPER * max(1.0, float(np.median(beside))):
            yield column + 1, column + 1
    plain = lab.std(axis=0).max(axis=1) <= _PLAIN
    begins = None
    for column in range(first, last + 1):
        if plain[column] and begins is None:
            begins = column
        elif not plain[column] and begins is not None:
            if 2 <= column - begins <= width * 0.12:
                yield begins, column
            begins = None


def _alike(one: Pixels, other: Pixels) -> bool:
    """Whether two pictures show the same thing: enough points agree."""
    if min(*one.shape[:2], *other.shape[:2]) < _LEAST:
        return False
    return agreement(of_pixels(one), of_pixels(other)) >= _AGREE

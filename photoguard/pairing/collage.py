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
    lab = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2LAB), np.uint8)
    yield from (("beside", first, last) for first, last in _upright(lab))
    yield from (("above", first, last) for first, last in _upright(np.asarray(cv2.transpose(lab), np.uint8)))


def is_collage(photo: Photo) -> bool:
    """Whether a photo holds two pictures of the same thing, side by side or one above the other."""
    picture = photo.scaled(min(1.0, _SIDE / max(photo.size)))
    if min(picture.shape[:2]) < _LEAST:
        return False
    for lies, first, last in seams(picture):
        one, other = (
            (picture[:, :first], picture[:, last:]) if lies == "beside" else (picture[:first], picture[last:])
        )
        if _alike(np.ascontiguousarray(one), np.ascontiguousarray(other)):
            return True
    return False


def _upright(lab: Pixels) -> Iterator[tuple[int, int]]:
    """Upright seams: the column before, and the column behind."""
    width = lab.shape[1]
    first, last = int(width * _MIDDLE[0]), int(width * _MIDDLE[1])
    # OpenCV, for it sums up three channels and columns ten times as quickly as NumPy does.
    steps = np.asarray(cv2.transform(cv2.absdiff(lab[:, 1:], lab[:, :-1]), np.ones((1, 3), np.float32)))
    share = _mean((steps > _STEP).astype(np.float32))
    for column in np.flatnonzero(share[:, 0] >= _ALL_ALONG):
        if max(4, first) <= column < min(last, width - 5):
            typical = np.median(steps[:, column - 4 : column + 5], axis=0)
            beside = np.concatenate([typical[:3], typical[6:]])
            if typical[4] >= _SHARPER * max(1.0, float(np.median(beside))):
                yield int(column) + 1, int(column) + 1
    values = lab.astype(np.float32)
    variance = (_mean(values * values) - _mean(values) ** 2).max(axis=1)
    plain = variance <= _PLAIN**2
    begins = None
    for column in range(first, last + 1):
        if plain[column] and begins is None:
            begins = column
        elif not plain[column] and begins is not None:
            if 2 <= column - begins <= width * 0.12:
                yield begins, column
            begins = None


def _mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """W x C: of each column of H x W x C."""
    mean = np.asarray(cv2.reduce(values, 0, cv2.REDUCE_AVG), np.float32)
    return mean.reshape(values.shape[1], -1)


def _alike(one: Pixels, other: Pixels) -> bool:
    """Whether two pictures show the same thing: enough points agree."""
    large = min(*one.shape[:2], *other.shape[:2]) >= _LEAST
    return large and agreement(of_pixels(one), of_pixels(other)) >= _AGREE

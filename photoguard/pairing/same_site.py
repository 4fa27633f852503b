"""Which photos of a batch show the same site of a body, found without laying every photo on every other: those that
share enough points are registered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ..features import Features, Registration, register
from ..photo import Pixels
from .suspected import suspected

Details: TypeAlias = NDArray[np.float16]
"""H x W; half as large as with 32 bits, for many are kept at a time."""

_AGREE = 12
"""Points that have to agree."""
_ALIKE = 0.7
"""Correlation of the details of two pictures, once laid on each other, from which on they are one photo: saved again,
cut and relit they reach 0.89 at least. Of 43 couples of photos of one wound on two days none passed 0.52."""
_FINE, _COARSE = 2.0, 6.0
"""Pixels: noise below and shapes above are taken out before details are compared."""
_OVERLAP = 0.2
"""Share of the second picture that the first one must cover to be compared with it."""


def alike(photos: Sequence[Features], folder: Path, new: Set[int]) -> Iterator[tuple[int, int, Registration]]:
    """Pairs of photos that show the same thing, as ascending positions, and how the first lies on the second: those
    with a new photo, and those with one that shows the same as a new one.

    Files lie in the folder meanwhile, as `suspected` says. Raises OSError.
    """
    beside = set[int]()
    for pair in _laid(photos, suspected(photos, folder, new)):
        beside |= {*pair[:2]} - new
        yield pair
    known = (couple for couple in suspected(photos, folder, beside) if new.isdisjoint(couple))
    yield from _laid(photos, known)


def _laid(
    photos: Sequence[Features], couples: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, int, Registration]]:
    for one, other in couples:
        laid = register(photos[one], photos[other], _AGREE)
        if laid is not None and laid.points >= _AGREE:
            yield one, other, laid


def details(picture: Pixels) -> Details:
    """What two pictures are compared by, of one (H x W x 3, RGB): neither noise nor shapes."""
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), _FINE)
    return (grey - cv2.GaussianBlur(grey, (0, 0), _COARSE)).astype(np.float16)


def one_photo(first: Details, second: Details, laid: Registration) -> bool:
    """Whether two pictures that show the same thing are one photo, saved or cut in two ways; by their details."""
    side, onto = max(first.shape), max(second.shape)
    move = laid.move.astype(np.float64) * onto
    move[:, :2] /= side
    height, width = second.shape
    covered = np.full(first.shape, 255, np.uint8)
    there = cv2.warpAffine(first.astype(np.float32), move, (width, height))
    inside = cv2.erode(cv2.warpAffine(covered, move, (width, height)), np.ones((9, 9), np.uint8)) > 0
    if inside.mean() < _OVERLAP:
        return False
    one, two = (values - values.mean() for values in (there[inside], second.astype(np.float32)[inside]))
    spread = float(one.std()), float(two.std())
    # NumPy's own `corrcoef` copies both, three times over, and this is asked of each two photos of a series.
    return min(spread) >= 0.5 and float(one @ two) / len(one) >= _ALIKE * spread[0] * spread[1]

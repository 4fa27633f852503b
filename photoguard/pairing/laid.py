"""Whether one set of points can be laid on another by moving, turning and scaling it."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from .sketch import Floats

_NEAR = 0.015
"""How far, in long sides, a point may lie from where it should: skin is neither flat nor still."""
_LARGEST, _TURNED = 2.0, math.radians(45)
_CELL = 40
"""Points that agree are counted once in each of so many columns: one hair gives many."""
_SPREAD = 0.012
"""The least area, in squares of the long side, that agreeing points span: a label or a logo is smaller."""


def agreeing(places: Floats, onto: Floats) -> int:
    """How many of N matched points (N x 2 each, in long sides) agree on one similarity; 0 where it is implausible.

    RANSAC (Fischler and Bolles 1981). The same points give the same number.
    """
    if len(places) < 4:
        return 0
    cv2.setRNGSeed(7)
    found, inliers = cv2.estimateAffinePartial2D(
        places, onto, method=cv2.RANSAC, ransacReprojThreshold=_NEAR, maxIters=1000
    )
    if found is None:
        return 0
    scale = math.hypot(found[0, 0], found[1, 0])
    turned = abs(math.atan2(found[1, 0], found[0, 0]))
    if not 1 / _LARGEST <= scale <= _LARGEST or turned > _TURNED:
        return 0
    kept = inliers.ravel().astype(bool)
    if min(_area(places[kept]), _area(onto[kept])) < _SPREAD:
        return 0
    return min(_cells(places[kept]), _cells(onto[kept]))


def _cells(places: Floats) -> int:
    return len({(int(x * _CELL), int(y * _CELL)) for x, y in places})


def _area(places: NDArray[np.float32]) -> float:
    return float(cv2.contourArea(cv2.convexHull(places))) if len(places) > 2 else 0.0

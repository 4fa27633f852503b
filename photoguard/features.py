"""What two photos are registered by: points of detail, and how many of them agree on one way to lay photo on photo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from .photo import Photo, Pixels

_Floats: TypeAlias = NDArray[np.float32]

_SIDE = 1024
"""Long side, in pixels, of the picture in which points are looked for."""
_MOST = 2000
_CONTRAST = 0.015
"""Skin is smooth: SIFT's own 0.04 leaves too little of it."""
_RATIO = 0.85
_NEAR = 0.025
"""How far, in long sides, a point may lie from where it should: skin is neither flat nor still."""
_ANGLE, _SCALE = 30.0, 1.7
_LARGER = 4.0
"""No photo of a pair shows its site more than so many times larger than the other."""
_CELL = 64
"""Points that agree are counted once in each of so many columns: one hair gives many."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """The points of detail of one photo. Small enough to be kept for every photo of a run once `strongest`."""

    places: _Floats
    """N x 4: x and y in long sides from the top left corner, angle in degrees, size in long sides."""
    descriptors: NDArray[np.uint8]
    """N x 128: SIFT (Lowe 2004), 4 rows of 4 cells with 8 directions each."""
    width: float
    """Of the picture, in long sides."""

    def flipped(self) -> Features:
        """The features of the mirrored photo: the same points, each descriptor read in the mirror."""
        places = self.places.copy()
        places[:, 0] = self.width - places[:, 0]
        places[:, 2] = (180 - places[:, 2]) % 360
        cells = self.descriptors.reshape(-1, 4, 4, 8)[:, ::-1][..., -np.arange(8) % 8]
        return Features(places, cells.reshape(-1, 128), self.width)

    def rooted(self) -> _Floats:
        """N x 128: what its points are compared by."""
        return rooted(self.descriptors)

    def strongest(self, count: int) -> Features:
        """The `count` points that stand out most, without the memory of the others."""
        return Features(self.places[:count].copy(), self.descriptors[:count].copy(), self.width)


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """How one photo lies on another."""

    points: int
    """How many distinct points of both agree on it."""
    move: _Floats
    """2 x 3: takes x and y of the first photo, in its long sides, to the second's."""


def rooted(descriptors: NDArray[np.uint8]) -> _Floats:
    """N x 128: RootSIFT (Arandjelovic and Zisserman 2012), of length 1. Hellinger's distance, not Euclid's."""
    values = descriptors.astype(np.float32)
    values /= np.maximum(1, values.sum(axis=1, keepdims=True))
    return np.sqrt(values, out=values)


def features(photo: Photo) -> Features:
    """The points of detail of a photo, strongest first; none where it has no texture."""
    return of_pixels(photo.scaled(min(1.0, _SIDE / max(photo.size))))


def of_pixels(picture: Pixels) -> Features:
    """The points of detail of a picture (H x W x 3, RGB) as it is, strongest first."""
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
    side = float(max(grey.shape))
    sift: Any = cv2.SIFT.create(nfeatures=_MOST, contrastThreshold=_CONTRAST)
    found, descriptors = sift.detectAndCompute(grey, None)
    if descriptors is None:
        return Features(np.zeros((0, 4), np.float32), np.zeros((0, 128), np.uint8), grey.shape[1] / side)
    order = np.argsort([-point.response for point in found], kind="stable")[:_MOST]
    places = np.array(
        [(*np.divide(found[i].pt, side), found[i].angle, found[i].size / side) for i in order], np.float32
    )
    return Features(places, descriptors[order].astype(np.uint8), grey.shape[1] / side)


def agreement(first: Features, second: Features) -> int:
    """How many distinct points of two photos agree on one shift, turn and scale that lays one on the other."""
    laid = register(first, second)
    return 0 if laid is None else laid.points


def register(first: Features, second: Features, least: int = 4) -> Registration | None:
    """The shift, turn and scale that lay the first photo on the second; None where not `least` points can agree on one.

    Mutual nearest neighbours that pass Lowe's ratio test, RANSAC for a similarity, and then only those whose
    own turn and size are the similarity's as well: that leaves next to nothing to chance.
    """
    pairs = _matches(first.rooted(), second.rooted())
    if len(pairs) < least:
        return None
    here, there = first.places[pairs[:, 0]], second.places[pairs[:, 1]]
    cv2.setRNGSeed(7)  # the same photos give the same answer
    found, _ = cv2.estimateAffinePartial2D(
        here[:, :2].copy(), there[:, :2].copy(), ransacReprojThreshold=_NEAR, maxIters=3000, confidence=0.999
    )
    if found is None:
        return None
    scale = float(np.hypot(found[0, 0], found[1, 0]))
    if not 1 / _LARGER < scale < _LARGER:
        return None
    turn = np.degrees(np.arctan2(found[1, 0], found[0, 0]))
    off = np.linalg.norm(here[:, :2] @ found[:, :2].T + found[:, 2] - there[:, :2], axis=1)
    turned = np.abs((there[:, 2] - here[:, 2] - turn + 180) % 360 - 180)
    grown = np.abs(np.log(there[:, 3] / (here[:, 3] * scale)))
    agree = (off < _NEAR * max(1.0, scale)) & (turned < _ANGLE) & (grown < np.log(_SCALE))
    points = min(len(np.unique(np.floor(side[agree, :2] * _CELL), axis=0)) for side in (here, there))
    return Registration(points, np.asarray(found, np.float32))


def _matches(first: _Floats, second: _Floats) -> NDArray[np.intp]:
    """N x 2: indices of points that are each other's nearest and clearly nearer than the next."""
    if min(len(first), len(second)) < 2:
        return np.zeros((0, 2), np.intp)
    alike = first @ second.T
    best = np.argpartition(-alike, 1, axis=1)[:, :2]
    rows = np.arange(len(first))
    swap = alike[rows, best[:, 0]] < alike[rows, best[:, 1]]
    best[swap] = best[swap][:, ::-1]
    distances = np.sqrt(np.maximum(0, 2 - 2 * alike[rows[:, None], best]))
    mutual = np.argmax(alike, axis=0)[best[:, 0]] == rows
    kept = mutual & (distances[:, 0] < _RATIO * distances[:, 1])
    return np.stack([rows[kept], best[kept, 0]], axis=1)

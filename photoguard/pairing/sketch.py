"""What is kept of a photo to compare it with thousands of others: a few hundred points of detail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ..photo import Pixels

Floats: TypeAlias = NDArray[np.float32]

SIDE = 480
"""Long side, in pixels, of the picture in which points are looked for."""
MOST = 250
_CONTRAST = 0.02
"""Skin is smooth: SIFT's own 0.04 leaves too little of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """A photo's points of detail, strongest first."""

    places: Floats
    """N x 2: x and y in long sides of the photo."""
    descriptors: Floats
    """N x 128: SIFT (Lowe 2004) as RootSIFT (Arandjelovic and Zisserman 2012), of length 1."""


def small(pixels: Pixels, side: int = SIDE) -> Pixels:
    """H x W x 3 RGB at a long side of at most `side`."""
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return pixels
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def sketch(pixels: Pixels, most: int = MOST) -> Sketch:
    """The points of a picture (H x W x 3, RGB, upright); none where it has no texture."""
    grey = cv2.cvtColor(small(pixels), cv2.COLOR_RGB2GRAY)
    sift: Any = cv2.SIFT.create(nfeatures=most, contrastThreshold=_CONTRAST)
    points, found = sift.detectAndCompute(grey, None)
    if found is None:
        return Sketch(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32))
    rooted = np.sqrt(found / np.maximum(found.sum(axis=1, keepdims=True), 1e-6))
    places = np.array([point.pt for point in points], np.float32) / max(grey.shape)
    return Sketch(places[:most], rooted[:most].astype(np.float32))

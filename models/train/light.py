"""Light, lens and file: what a camera makes of a scene."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .scene import noise

Real = NDArray[np.float32]


def photographed(picture: Real, rng: np.random.Generator) -> NDArray[np.uint8]:
    """`picture` (RGB 0..255 float32) as a camera would give it: uint8."""
    side = picture.shape[0]
    kind = rng.random()
    if kind < 0.12:  # tungsten
        picture = picture * np.array((1.12, 0.98, 0.72), np.float32) * rng.uniform(0.75, 1.05)
    elif kind < 0.2:  # blue light
        picture = picture * np.array((0.75, 0.92, 1.18), np.float32) * rng.uniform(0.7, 1.0)
    elif kind < 0.35:  # dark
        picture = picture * rng.uniform(0.3, 0.75)
    elif kind < 0.5:  # flash from the middle, falling off
        rows, cols = (np.mgrid[:side, :side].astype(np.float32) / side) - rng.uniform(
            0.25, 0.75, (2, 1, 1)
        ).astype(np.float32)
        fall = np.exp(-(rows**2 + cols**2) * rng.uniform(0.5, 3))
        picture = picture * (0.55 + 0.75 * fall)[..., None]
    elif kind < 0.6:  # a shadow or a lamp across
        picture = picture * (1 + noise(rng, side, 2) * rng.uniform(0.1, 0.4))[..., None]
    picture = picture * np.exp(rng.normal(0, 0.06, 3)).astype(np.float32)
    contrast = np.exp(rng.normal(0, 0.12))
    picture = (picture - 120) * contrast + 120 + rng.normal(0, 8)
    if rng.random() < 0.06:
        picture = np.repeat(picture.mean(axis=2, keepdims=True), 3, axis=2)
    if rng.random() < 0.3:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.8) * side / 256)
    if rng.random() < 0.5:
        picture = picture + rng.normal(0, rng.uniform(1, 9), (side, side, 1)).astype(np.float32)
    taken = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 96))]
        _, file = cv2.imencode(".jpg", taken[..., ::-1], quality)
        taken = np.ascontiguousarray(cv2.imdecode(file, cv2.IMREAD_COLOR)[..., ::-1])
    return taken


def framed(picture: NDArray[np.uint8], labels: NDArray[np.uint8], rng: np.random.Generator) -> None:
    """Bands of one colour along two sides, as screenshots and squared pictures have; nothing is there. In place."""
    side = picture.shape[0]
    first, last = (int(side * max(0.0, rng.uniform(-0.1, 0.25))) for _ in range(2))
    colour = 0 if rng.random() < 0.7 else int(rng.integers(256))
    for band in (np.s_[:first], np.s_[side - last :]):
        picture[band] = colour
        labels[:, band] = 0

"""Body and skin masks of clinical photos that come with the wound's mask only: GrabCut, then doubt.

The wound lies on the patient's skin, so the skin's colour is read from a ring around it; GrabCut
(Rother, Kolmogorov, Blake, 2004) grows the body from there. What neither side owns for sure is marked as doubt.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
DOUBT = 255


@dataclass(frozen=True)
class BodyMask:
    """`body`, `skin`: height x width uint8 in {0, 1, 255 = doubt}; `quality` 0..1, how far the masks are trusted."""

    body: Picture
    skin: Picture
    quality: float


def without_padding(picture: Picture) -> tuple[slice, slice]:
    """Rows and columns of `picture` (RGB) that are not black padding at its edges."""
    bright = picture.max(axis=2) > 24
    return _lit(bright.mean(axis=1) > 0.02), _lit(bright.mean(axis=0) > 0.02)


def _lit(lines: NDArray[np.bool_]) -> slice:
    """From the first to the last lit line, less three where padding was: its edge rings with JPEG noise."""
    lit = np.flatnonzero(lines)
    if not len(lit):
        return slice(0, len(lines))
    first = int(lit[0]) + 3 if lit[0] > 1 else 0
    last = int(lit[-1]) - 2 if lit[-1] < len(lines) - 2 else len(lines)
    return slice(first, last) if last - first > 8 else slice(0, len(lines))


def body_mask(picture: Picture, wound: Picture) -> BodyMask:
    """Body and skin of a clinical photo (RGB uint8) whose wound (uint8, > 127 inside) is outlined."""
    height, width = picture.shape[:2]
    scale = 256 / max(height, width)
    size = (round(width * scale), round(height * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    inside = (cv2.resize(wound, size, interpolation=cv2.INTER_AREA) > 100).astype(np.uint8)
    if not inside.any():
        nothing = np.full((height, width), DOUBT, np.uint8)
        return BodyMask(nothing, nothing, 0.0)
    lab = cv2.cvtColor(cv2.bilateralFilter(small, 5, 30, 5), cv2.COLOR_RGB2LAB).astype(np.float32)
    near = cv2.dilate(inside, np.ones((5, 5), np.uint8))
    ring = cv2.dilate(near, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (25, 25))) - near
    likeness = _skin_likeness(lab, ring > 0)

    seeds = np.full(inside.shape, cv2.GC_PR_BGD, np.uint8)
    seeds[likeness > 0.35] = cv2.GC_PR_FGD
    seeds[(ring > 0) & (likeness > 0.15)] = cv2.GC_PR_FGD
    seeds[(likeness < 0.02) & (cv2.dilate(near, np.ones((41, 41), np.uint8)) == 0)] = cv2.GC_BGD
    seeds[inside > 0] = cv2.GC_FGD
    if not (seeds == cv2.GC_BGD).any():
        seeds[0, 0] = cv2.GC_BGD
    bgd, fgd = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(1)
    cv2.grabCut(cv2.cvtColor(small, cv2.COLOR_RGB2BGR), seeds, None, bgd, fgd, 6, cv2.GC_INIT_WITH_MASK)
    front = ((seeds == cv2.GC_FGD) | (seeds == cv2.GC_PR_FGD)).astype(np.uint8)
    front = cv2.morphologyEx(front, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))
    front |= inside
    _, parts = cv2.connectedComponents(front)
    touching = np.unique(parts[inside > 0])
    body = np.isin(parts, touching[touching > 0]).astype(np.uint8)
    body = cv2.morphologyEx(body, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9)))
    body = _without_holes(body)

    # doubt: other parts that GrabCut took for foreground, skin-coloured remains, and the outline itself
    doubtful = ((front > 0) | (likeness > 0.15)) & (body == 0)
    outline = cv2.dilate(body, np.ones((5, 5), np.uint8)) - cv2.erode(body, np.ones((3, 3), np.uint8))
    labels = body.copy()
    labels[doubtful | (outline > 0)] = DOUBT
    share = float(body.mean())
    inner = cv2.erode(body, np.ones((5, 5), np.uint8)) > 0
    alike = float((likeness[inner] > 0.1).mean()) if inner.any() else 0.0
    compact = 1 - min(1.0, float(doubtful.mean()) * 3)
    quality = alike * compact if 0.08 < share < 0.97 else 0.0
    full = cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST)
    return BodyMask(full, full.copy(), quality)


def _skin_likeness(lab: NDArray[np.float32], ring: NDArray[np.bool_]) -> NDArray[np.float32]:
    """How near each pixel's colour is to the ring's: chroma strictly, lightness loosely (shadows, flash)."""
    sample = lab[ring]
    middle = np.median(sample, axis=0)
    spread = np.maximum(np.median(np.abs(sample - middle), axis=0) * 1.5, (14.0, 4.5, 5.0))
    distance = (lab - middle) / (spread * np.array((2.2, 1.3, 1.3), np.float32))
    return np.exp(-0.5 * (distance**2).sum(axis=2)).astype(np.float32)


def _without_holes(mask: Picture) -> Picture:
    around = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    cv2.floodFill(around, None, (0, 0), 2)
    return (around[1:-1, 1:-1] != 2).astype(np.uint8)

"""Motifs for the painted tattoos: planes of 0 (skin) to 1 (ink)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage
from skimage import data

Plane = NDArray[np.float32]

_SIDE = 640


def compass() -> Plane:
    """A compass rose in a rope of rings: half of each point is solid, half is hatched."""
    y, x = np.mgrid[-1 : 1 : _SIDE * 1j, -1 : 1 : _SIDE * 1j]
    angle, radius = np.arctan2(x, -y), np.hypot(x, y)
    ink = _ring(radius, 0.94, 0.020) + _ring(radius, 0.60, 0.013) + _ring(radius, 0.54, 0.007)
    ticks = np.abs((angle * 36 / np.pi + 0.5) % 1 - 0.5) < 0.10
    ink += ticks * _ring(radius, 0.89, 0.03)
    for points, turn, length, width in ((4, np.pi / 4, 0.60, 0.34), (4, 0.0, 0.86, 0.36)):
        sector = 2 * np.pi / points
        off = (angle - turn + sector / 2) % sector - sector / 2
        half = width * np.clip(1 - radius / length, 0, 1) * np.minimum(1, radius / 0.12)
        star = np.abs(np.sin(off)) * radius < half * 0.5
        ink = np.where(star, 0, ink)
        edge = star & (np.abs(np.abs(np.sin(off)) * radius - half * 0.5) < 0.012)
        hatched = star & (off < 0) & (np.sin(120 * (x - y)) > 0.5)
        ink = ink + (star & (off >= 0)) + edge + hatched
    return np.clip(ink, 0, 1).astype(np.float32)


def horse() -> Plane:
    """scikit-image's horse, solid, with a shaded outline around it."""
    body = np.pad(1 - np.asarray(data.horse(), np.float32), 40)
    away = ndimage.distance_transform_edt(body < 0.5)
    halo = np.clip(1 - np.abs(away - 14) / 3.5, 0, 1)
    return np.clip(body + 0.85 * halo, 0, 1).astype(np.float32)


def lettering(*lines: str) -> Plane:
    """Lines of letters, centred."""
    font = ImageFont.load_default(150)
    plate = Image.new("L", (int(max(font.getlength(line) for line in lines)) + 60, 190 * len(lines) + 30))
    draw = ImageDraw.Draw(plate)
    for number, line in enumerate(lines):
        draw.text((plate.width / 2, 100 + 190 * number), line, fill=255, font=font, anchor="mm")
    return np.asarray(plate, np.float32) / 255


def band() -> Plane:
    """A band of interlaced waves between two lines, to be laid round a limb."""
    y, x = np.mgrid[-1:1:240j, 0 : 8 * np.pi : 1800j]
    waves = [np.abs(y - 0.48 * np.sin(x + shift)) < 0.13 for shift in (0, 2 * np.pi / 3, 4 * np.pi / 3)]
    edges = (np.abs(y) > 0.80) & (np.abs(y) < 0.95)
    return np.clip(np.sum(waves, axis=0) + edges, 0, 1).astype(np.float32)


def _ring(radius: NDArray[np.float64], at: float, half: float) -> NDArray[np.bool_]:
    ring: NDArray[np.bool_] = np.abs(radius - at) < half
    return ring

"""How a tattooist would carry artwork out: lines, shading, dots, hatching, flat colour; photos as portraits.

One-colour artwork is an ink density and its extent, side x side x 2 uint8: the extent is what a person would
outline, small gaps filled. Coloured artwork is RGBA, alpha being the ink's density.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.uint8]
Real = NDArray[np.float32]
SIDE = 192
SHEET = 320
VIVID = (  # flat colours, RGB: teal, blue, red, green, yellow, orange, violet, pink, brown, white, black
    *((0, 140, 140), (0, 165, 160), (20, 95, 150), (30, 60, 170), (60, 130, 210)),
    *((205, 20, 35), (170, 10, 30), (235, 60, 50), (20, 130, 50), (90, 160, 40)),
    *((240, 200, 20), (250, 220, 90), (230, 110, 20), (130, 40, 140), (235, 120, 160)),
    *((110, 60, 30), (200, 200, 205), (15, 15, 18)),
)


def disc(radius: float) -> Array:
    """Elliptic structuring element."""
    n = 2 * max(1, round(radius)) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (n, n))


def with_extent(density: Array, gap: float) -> Array:
    """`density` (side x side) with its extent: gaps narrower than 2 * gap * side are bridged."""
    pad = int(gap * len(density)) + 2
    ink = cv2.copyMakeBorder((density > 60).astype(np.uint8), pad, pad, pad, pad, cv2.BORDER_CONSTANT)
    closed = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, disc(gap * len(density)))[pad:-pad, pad:-pad]
    return np.stack((density, closed * 255), axis=2)


def _field(rng: np.random.Generator, side: int, cells: int) -> Real:
    coarse = rng.random((cells + 2, cells + 2)).astype(np.float32)
    return np.clip(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC), 0, 1)


def _ramp(rng: np.random.Generator, side: int) -> Real:
    """0..1, from one side to the other, from the middle, or cloudy."""
    rows, cols = np.mgrid[:side, :side].astype(np.float32) / side - 0.5
    kind = rng.random()
    if kind < 0.4:
        turn = rng.uniform(0, 2 * np.pi)
        return np.clip(0.5 + (rows * np.sin(turn) + cols * np.cos(turn)) * rng.uniform(0.9, 1.8), 0, 1)
    if kind < 0.6:
        ring = np.clip(np.hypot(rows, cols) * rng.uniform(1.6, 2.6), 0, 1)
        return ring if rng.random() < 0.6 else 1 - ring
    return _field(rng, side, int(rng.integers(2, 6)))


def dots(tone: Real, rng: np.random.Generator) -> Real:
    """`tone` 0..1 as stipple, halftone grid or engraver's lines."""
    side = len(tone)
    kind = rng.random()
    if kind < 0.5:  # stipple: noise smoothed to the size of a dot
        grain = rng.random((side, side)).astype(np.float32)
        size = rng.uniform(0.6, 1.1)
        grain = cv2.GaussianBlur(grain, (0, 0), size)
        order = np.argsort(np.argsort(grain.ravel())).reshape(side, side) / grain.size
        return (order < tone * 0.9).astype(np.float32)
    rows, cols = np.mgrid[:side, :side].astype(np.float32)
    turn, period = rng.uniform(0, np.pi), rng.uniform(4, 9)
    a = (cols * np.cos(turn) + rows * np.sin(turn)) * 2 * np.pi / period
    if kind < 0.75:
        b = (-cols * np.sin(turn) + rows * np.cos(turn)) * 2 * np.pi / period
        screen = 0.5 + 0.25 * (np.sin(a) + np.sin(b))
    else:
        screen = 0.5 + 0.5 * np.sin(a + 3 * _field(rng, side, 3))
    return np.clip((tone - screen) * 4 + 0.5, 0, 1)


def drawn_as(silhouette: Array, rng: np.random.Generator, plain: float = 0.3) -> Array:
    """One-colour artwork in a technique drawn at random (plain with probability `plain`); side x side x 2."""
    side = len(silhouette)
    full = silhouette.astype(np.float32) / 255
    width = int(rng.integers(2, 5))
    line = cv2.morphologyEx(full, cv2.MORPH_GRADIENT, disc(width / 2))
    kind = rng.random()
    if kind < plain:
        density = full
    elif kind < plain + 0.18:
        density = line
    elif kind < plain + 0.42:
        density = np.maximum(line * (rng.random() < 0.8), full * _ramp(rng, side))
    elif kind < plain + 0.56:
        density = np.maximum(line * (rng.random() < 0.6), full * dots(_ramp(rng, side), rng))
    else:  # the skin is the picture: ink round it
        around = cv2.dilate(full, disc(rng.uniform(5, 16)))
        around = cv2.morphologyEx(around, cv2.MORPH_CLOSE, disc(14))
        shade = _ramp(rng, side) if rng.random() < 0.6 else np.ones((side, side), np.float32)
        density = np.clip(around - full, 0, 1) * np.clip(shade + 0.25, 0, 1)
    return with_extent((density * 255).astype(np.uint8), 0.05)


def vivid(silhouette: Array, rng: np.random.Generator) -> Array:
    """Flat colour: the filled shape, the drawing within in another colour or in skin, mostly with a dark line."""
    side = len(silhouette)
    ink = (silhouette > 100).astype(np.uint8)
    shape = cv2.morphologyEx(
        cv2.copyMakeBorder(ink, 40, 40, 40, 40, cv2.BORDER_CONSTANT), cv2.MORPH_CLOSE, disc(24)
    )
    if rng.random() < 0.4:
        shape = cv2.dilate(shape, disc(rng.uniform(2, 10)))
    shape = shape[40:-40, 40:-40]
    first, second, third = (
        np.array(VIVID[int(k)], np.float32) for k in rng.choice(len(VIVID), 3, replace=False)
    )
    picture = np.zeros((side, side, 4), np.float32)
    mix = _ramp(rng, side)[..., None] if rng.random() < 0.6 else np.zeros((side, side, 1), np.float32)
    picture[..., :3] = first * (1 - mix) + third * mix
    picture[..., 3] = shape * 255
    if rng.random() < 0.75:
        picture[ink > 0, :3] = second
    elif rng.random() < 0.4:
        picture[ink > 0, 3] = 0
    if rng.random() < 0.75:
        line = cv2.morphologyEx(shape, cv2.MORPH_GRADIENT, disc(int(rng.integers(1, 3))))
        line |= cv2.morphologyEx(ink, cv2.MORPH_GRADIENT, disc(1)) * int(rng.random() < 0.6)
        picture[line > 0] = (18, 18, 22, 255)
    return picture.astype(np.uint8)


def portrait(photo: Array, alpha: Array | None, rng: np.random.Generator) -> Array:
    """A photo (RGB) in shades of ink: smooth, stippled, screened or engraved; side x side x 2."""
    grey = cv2.resize(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    grey = cv2.createCLAHE(rng.uniform(1.5, 4), (4, 4)).apply(grey)
    shape = _shape(alpha, rng)
    inside = grey[shape > 0.5]
    low, high = np.percentile(inside, (3, 92)) if len(inside) else (0, 255)
    tone = np.clip((high - grey.astype(np.float32)) / max(high - low, 30), 0, 1) ** rng.uniform(0.7, 1.4)
    if rng.random() < 0.45:
        tone = dots(tone, rng)
    density = tone * shape
    if alpha is not None and rng.random() < 0.6:
        density = np.maximum(density, cv2.morphologyEx(shape, cv2.MORPH_GRADIENT, disc(1)))
    extent = ((shape > 0.4) * 255).astype(np.uint8)
    return np.stack(((density * 255).astype(np.uint8), extent), axis=2)


def coloured_portrait(photo: Array, alpha: Array | None, rng: np.random.Generator) -> Array:
    """A photo as a tattoo in colour: saturated, highlights left to the skin; RGBA."""
    small = cv2.resize(photo, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    hsv = cv2.cvtColor(small, cv2.COLOR_RGB2HSV).astype(np.float32)
    hsv[..., 1] = np.clip(hsv[..., 1] * rng.uniform(1.1, 1.8), 0, 255)
    shape = _shape(alpha, rng)
    cover = np.clip(1.25 - hsv[..., 2] / 255 * (1 - hsv[..., 1] / 255) * rng.uniform(0.7, 1.1), 0.15, 1)
    colour = cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB)
    return np.dstack((colour, (cover * shape * 255).astype(np.uint8)))


def _shape(alpha: Array | None, rng: np.random.Generator) -> Real:
    if alpha is not None:
        return cv2.resize(alpha, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    rows, cols = np.mgrid[:SIDE, :SIDE].astype(np.float32) / SIDE - 0.5
    reach = np.hypot(rows / rng.uniform(0.36, 0.48), cols / rng.uniform(0.3, 0.48))
    soft = rng.uniform(3, 14)
    return np.clip((1 - reach + (_field(rng, SIDE, 5) - 0.5) * rng.uniform(0, 0.6)) * soft, 0, 1)


def sheet(mono: Array, colour: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """A sleeve's worth: many motifs side by side, the gaps shaded with smoke, waves or dots.

    Returns RGBA (SHEET x SHEET) and its extent; its edge is uneven, its faintest parts belong to it.
    """
    black = rng.uniform(8, 50, 3)
    full_colour = rng.random() < 0.45
    density = np.zeros((SHEET, SHEET), np.float32)
    rgb = np.broadcast_to(black, (SHEET, SHEET, 3)).astype(np.float32).copy()
    for _ in range(int(rng.integers(8, 26))):
        size = int(rng.uniform(0.18, 0.55) * SHEET)
        y, x = (rng.uniform(-0.15, 0.95, 2) * SHEET).astype(int)
        turn = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), rng.uniform(0, 360), size / SIDE)
        turn[:, 2] += np.array((x, y)) - SIDE / 2 + size / 2
        coloured = full_colour and rng.random() < 0.7
        art = colour[int(rng.integers(len(colour)))] if coloured else mono[int(rng.integers(len(mono)))]
        laid = cv2.warpAffine(np.ascontiguousarray(art), turn, (SHEET, SHEET)).astype(np.float32)
        ink = laid[..., 3] / 255 if coloured else laid[..., 0] / 255
        cover = ink if coloured else laid[..., 1] / 255
        # the later motif lies before the earlier ones
        density = density * (1 - cover) + ink * (cover if not coloured else 1)
        share = ink[..., None]
        rgb = rgb * (1 - share) + (laid[..., :3] if coloured else black) * share
    gap = density < 0.15
    tone = _ramp(rng, SHEET) * _field(rng, SHEET, int(rng.integers(3, 9))) * rng.uniform(0.5, 1.5)
    if rng.random() < 0.3:
        tone = dots(np.clip(tone, 0, 1), rng)
    near = cv2.GaussianBlur(density, (0, 0), SHEET * 0.03)
    if rng.random() < 0.85:
        filled = np.clip(tone + near * rng.uniform(0, 0.6), 0, 0.95)
        if full_colour and rng.random() < 0.5:
            rgb[gap] = np.array(VIVID[int(rng.integers(len(VIVID)))]) * 0.8
        density = np.where(gap, np.maximum(density, filled), density)
    rows, cols = np.mgrid[:SHEET, :SHEET].astype(np.float32) / SHEET - 0.5
    border = 0.5 - np.maximum(np.abs(rows), np.abs(cols)) + (_field(rng, SHEET, 7) - 0.6) * 0.12
    inside = np.clip(border * 25, 0, 1)
    density *= inside
    return np.dstack((rgb, density * 255)).astype(np.uint8), ((inside > 0.5) * 255).astype(np.uint8)

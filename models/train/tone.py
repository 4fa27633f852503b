"""Skin colours: drawn by ITA so that no tone is rare, measured by ITA, and laid on real or made skin.

ITA, the individual typology angle, is atan((L* - 50) / b*) in degrees (Chardon et al., 1991): above 55 very
light, 41 light, 28 intermediate, 10 tan, -30 brown, below -30 dark.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float32]
DARK = 10.0  # degrees: skin below counts as dark (tan, brown and dark together)


def lab(rgb: Real) -> Real:
    """CIE L*a*b* of RGB 0..255 (any float32 picture)."""
    return cv2.cvtColor(np.clip(rgb / 255, 0, 1).astype(np.float32), cv2.COLOR_RGB2LAB)


def rgb(lab_picture: Real) -> Real:
    """RGB 0..255 of L*a*b*."""
    return cv2.cvtColor(lab_picture, cv2.COLOR_LAB2RGB) * 255


def ita(skin: Real) -> float:
    """ITA in degrees of RGB pixels 0..255 (N x 3), from their median colour."""
    middle = np.median(lab(skin.reshape(1, -1, 3))[0], axis=0)
    return float(np.degrees(np.arctan2(middle[0] - 50, max(float(middle[2]), 1.0))))


def draw(rng: np.random.Generator) -> Real:
    """L*, a*, b* of a skin, a good third of them darker than DARK."""
    angle = rng.uniform(-62, 8) if rng.random() < 0.42 else rng.uniform(8, 68)
    if angle < -30:
        b = rng.uniform(9, 16)
    elif angle < 28:
        b = rng.uniform(13, 24)
    else:
        b = rng.uniform(8, 20)
    lightness = np.clip(50 + b * np.tan(np.radians(angle)), 22, 84)
    return np.array((lightness, rng.uniform(5, 16), b), np.float32)


def recolour(picture: Real, weight: Real, source: Real, target: Real, wound: Real) -> Real:
    """`picture` (RGB) with skin of L*a*b* `source` turned to `target` where `weight` is 1.

    Lightness is scaled, so that light, shadow and structure stay; wounds keep most of their own colour.
    """
    colours = lab(picture)
    share = weight[..., None]
    ratio = float(np.clip(target[0] / max(float(source[0]), 5), 0.3, 1.8))
    shift = (target[1:] - source[1:]) * (1 - 0.7 * wound[..., None])
    lightness = colours[..., :1]
    # towards white the scale falls off: highlights of flash and water stay highlights
    scaled = (
        lightness * ratio if ratio < 1 else 100 - (100 - lightness) * (100 - target[0]) / (100 - source[0])
    )
    changed = np.concatenate((scaled, colours[..., 1:] + shift), axis=2)
    return rgb((colours * (1 - share) + changed * share).astype(np.float32))

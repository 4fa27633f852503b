"""Small photos in which nothing needs a mask or a person, and nothing identifies anyone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from photoguard.photo import Pixels

SKIN = Path(__file__).parents[1] / "sample_images" / "pairs" / "back before.jpg"
"""Skin fills the frame."""


def skin(seed: int, width: int = 320) -> Pixels:
    """A small copy of it, three quarters as high as wide (RGB), with noise of its own for each seed."""
    height = width * 3 // 4
    noise = np.random.default_rng(seed).integers(-9, 10, (height, width, 3))
    with Image.open(SKIN) as picture:
        small = np.asarray(picture.convert("RGB").resize((width, height)), int)
    return np.clip(small + noise, 0, 255).astype(np.uint8)

"""Photos for the batch tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import piexif
from PIL import Image

SKIN = Path(__file__).parents[2] / "sample_images" / "pairs" / "back before.jpg"


def save_photo(path: Path, seed: int = 0, orientation: int = 1) -> None:
    """A small photo of skin that fills the frame, with noise and camera metadata: nothing in it identifies anyone."""
    noise = np.random.default_rng(seed).integers(-9, 10, (240, 320, 3))
    with Image.open(SKIN) as skin:
        small = np.asarray(skin.convert("RGB").resize((320, 240)), int)
    picture = np.clip(small + noise, 0, 255).astype(np.uint8)
    exif = piexif.dump(
        {
            "0th": {piexif.ImageIFD.Make: b"Acme Optics", piexif.ImageIFD.Orientation: orientation},
            "GPS": {
                piexif.GPSIFD.GPSLatitudeRef: b"N",
                piexif.GPSIFD.GPSLatitude: ((46, 1), (56, 1), (0, 1)),
            },
        }
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, quality=90, exif=exif)

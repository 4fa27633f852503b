"""Photos for the batch tests, and consents for them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import piexif
from PIL import Image

from photoguard.consent.intake import add
from photoguard.consent.registry import Registry
from photoguard.home import Home
from photoguard.store import Place

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


def with_consent(
    home: Path, folder: Place, *names: str, channels: tuple[str, ...] = ("social-media",)
) -> str:
    """A signed consent of one patient for these photos; its id."""
    form = home.parent / "form.pdf"
    form.write_bytes(b"%PDF-1.4 a signed form")
    record = add(
        Registry(Home.at(home)),
        form,
        patient="P-1",
        photos=[folder / name for name in names],
        channels=channels,
        signed_on=date(2026, 1, 1),
        valid_until=date(2099, 1, 1),
        grantor="patient",
        attested_by="Dr. A. Example",
        language="en",
        statements=["all"],
        capacity="yes",
        born=date(1980, 1, 1),
    )
    return record.id

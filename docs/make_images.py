"""Makes the README's picture with photoguard itself: `python docs/make_images.py`."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageOps

import photoguard

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "sample_images" / "tattoos" / "arm.jpg"
SIDE, GAP = 640, 20


def side_by_side(before: Image.Image, after: Image.Image) -> Image.Image:
    """Two pictures of one size beside each other on white."""
    both = [ImageOps.exif_transpose(picture).convert("RGB") for picture in (before, after)]
    height = round(SIDE * both[0].height / both[0].width)
    sheet = Image.new("RGB", (2 * SIDE + GAP, height), "white")
    for number, upright in enumerate(both):
        sheet.paste(upright.resize((SIDE, height), Image.Resampling.LANCZOS), (number * (SIDE + GAP), 0))
    return sheet


if __name__ == "__main__":
    cleaned = photoguard.clean(SAMPLE)
    if cleaned.data is None:
        raise SystemExit(f"the sample was held back: {cleaned.outcome.reasons}")
    sheet = side_by_side(Image.open(SAMPLE), Image.open(io.BytesIO(cleaned.data)))
    sheet.save(ROOT / "docs" / "images" / "before_after.jpg", quality=88, optimize=True)

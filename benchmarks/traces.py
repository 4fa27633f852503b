"""What a masked area has left in the rest of the picture, by the format that the photo comes in.

    python benchmarks/traces.py    (half a minute of one core)

Lossy files mix: a pixel beside a mask is not quite what it would be if something else had stood there. Two photos that
differ inside one area only are saved and read as photoguard reads them; the table says by how many levels of 255 they
differ outside it, on average, by distance from its edge in pixels.
"""

from __future__ import annotations

import io
from itertools import pairwise

import cv2
import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console
from rich.table import Table
from skimage import data

from photoguard import ingest
from photoguard.photo import Box, Pixels

AREA: Box = (320, 64, 576, 384)
"""The astronaut's head, in whole blocks of any of these formats."""
SIDE = 1024
FORMATS: dict[str, tuple[str, dict[str, object]]] = {
    "JPEG, quality 92": ("JPEG", {"quality": 92, "subsampling": "4:2:0"}),
    "HEIC, quality 75": ("HEIF", {"quality": 75}),
    "HEIC, quality 90": ("HEIF", {"quality": 90}),
    "AVIF, quality 75": ("AVIF", {"quality": 75}),
    "WebP, quality 85": ("WEBP", {"quality": 85}),
    "PNG": ("PNG", {}),
}
RINGS = (0, 8, 16, 32, 64, 128, SIDE)


def main() -> None:
    """Prints the table."""
    pillow_heif.register_heif_opener()
    pictures, away = photos(), _away()
    table = Table(title="levels of 255 by which two photos differ outside the area in which they do")
    table.add_column("")
    for near, far in pairwise(RINGS):
        table.add_column(f"{near} to {far} px" if far < SIDE else f"beyond {near}", justify="right")
    for name, (kind, settings) in FORMATS.items():
        one, other = (_read(picture, kind, settings) for picture in pictures)
        apart = np.abs(one - other).mean(axis=2)
        rings = (apart[(away >= near) & (away < far)].mean() for near, far in pairwise(RINGS))
        table.add_row(name, *(f"{mean:.2f}" for mean in rings))
    Console(width=110).print(table)


def photos() -> tuple[Pixels, Pixels]:
    """The astronaut, and the same photo with a cat's head for hers."""
    whole = cv2.resize(data.astronaut(), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    other, (x0, y0, x1, y1) = whole.copy(), AREA
    other[y0:y1, x0:x1] = cv2.resize(data.chelsea()[20:280, 90:290], (x1 - x0, y1 - y0))
    return whole, other


def _away() -> NDArray[np.int64]:
    """Each pixel's distance from the area's edge; negative inside."""
    y, x = np.mgrid[:SIDE, :SIDE]
    x0, y0, x1, y1 = AREA
    return np.maximum(np.maximum(x0 - 1 - x, x - x1), np.maximum(y0 - 1 - y, y - y1))


def _read(picture: Pixels, kind: str, settings: dict[str, object]) -> NDArray[np.float64]:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, kind, **settings)
    return ingest.read(file.getvalue(), 100).pixels.astype(np.float64)


if __name__ == "__main__":
    main()

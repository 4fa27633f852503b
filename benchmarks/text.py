"""Share of text found by the height of its letters, on labels and as ink on the photo, in photos of 12 megapixels.

    python benchmarks/text.py [--photos N]

Words of names, dates and numbers are set onto scikit-image's photos, enlarged and with a sensor's noise, at any of
four turns. Found: at least half of the word lies under masks. Letters' height is that of a capital, in pixels.
"""

from __future__ import annotations

import argparse

import cv2
import numpy as np
import skimage.data
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.table import Table

from photoguard import mask
from photoguard.detect.text import TextDetector
from photoguard.photo import Box, CaptureFacts, Container, Photo, Pixels
from photoguard.policy import Masking

SIZE = (4032, 3024)
HEIGHTS = (12, 16, 20, 28, 40, 80)
WORDS = (
    *("Müller", "Jean", "12.03.1961", "Patient", "Geburtsdatum", "Rossi"),
    *("Giovanna", "Dupont", "4711-8822", "Hôpital", "Zürich", "00482913"),
)
PER_ROW, ROWS = 3, 4


def backgrounds() -> list[Pixels]:
    chance = np.random.default_rng(1)
    pictures = [skimage.data.coffee(), skimage.data.chelsea(), skimage.data.retina()]
    large = [cv2.resize(picture, SIZE, interpolation=cv2.INTER_CUBIC) for picture in pictures]
    return [
        np.clip(picture + chance.normal(0, 3, picture.shape), 0, 255).astype(np.uint8) for picture in large
    ]


def place(
    photo: Pixels, height: int, corner: tuple[int, int], label: bool, chance: np.random.Generator
) -> Box:
    """Write a random word into the photo, and say where its ink is."""
    font = ImageFont.load_default(size=round(height / 0.72))  # the share of a capital in the font's size
    word, turn, pad = str(chance.choice(WORDS)), int(chance.integers(4)), height if label else 2
    left, top, right, bottom = font.getbbox(word)
    ink = Image.new("L", (round(right - left) + 2 * pad, round(bottom - top) + 2 * pad))
    ImageDraw.Draw(ink).text((pad - left, pad - top), word, fill=255, font=font)
    strength = np.rot90(cv2.GaussianBlur(np.asarray(ink), (0, 0), 0.7), turn)[..., None] / 255
    x, y = corner
    rows, columns = strength.shape[:2]
    area = photo[y : y + rows, x : x + columns]
    ground = np.full_like(area, 225) if label else area
    colour = 40 if label or np.median(area) > 120 else 235
    area[:] = ground * (1 - strength) + colour * strength
    return x + pad, y + pad, x + columns - pad, y + rows - pad


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--photos", type=int, default=3, help="backgrounds, at most 3")
    count = asked.parse_args().photos
    detector, chance = TextDetector(), np.random.default_rng(12)
    found: dict[tuple[int, bool], list[bool]] = {}
    for ground in backgrounds()[:count]:
        for height in HEIGHTS:
            photo, words = ground.copy(), []
            for cell in range(PER_ROW * ROWS):
                corner = (
                    cell % PER_ROW * SIZE[0] // PER_ROW + int(chance.integers(20, 400)),
                    cell // PER_ROW * SIZE[1] // ROWS + int(chance.integers(20, 80)),
                )
                label = cell % 2 == 0
                words.append((place(photo, height, corner, label, chance), label))
            findings = detector.find(Photo(photo, Container.ARRAY, CaptureFacts(SIZE)))
            regions = mask.plan(findings, Masking(), SIZE, (1, 1))
            for box, label in words:
                found.setdefault((height, label), []).append(mask.covers(regions, box) >= 0.5)
    table = Table(title="Words found in photos of 12 megapixels, by the height of a capital")
    for column in ("height", "on a label", "ink on the photo"):
        table.add_column(column, justify="right")
    for height in HEIGHTS:
        cells = (found[height, label] for label in (True, False))
        table.add_row(f"{height} px", *(f"{np.mean(cell):.0%} of {len(cell)}" for cell in cells))
    Console(width=100).print(table)


if __name__ == "__main__":
    main()

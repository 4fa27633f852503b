"""The photos that the mirror check is measured on, and what phones, editors and time do to them."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from zlib import crc32

import cv2
import numpy as np
import piexif
import pillow_heif
import skimage.data
import zxingcpp
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from photoguard import ingest
from photoguard.errors import UnreadablePhoto
from photoguard.photo import CaptureFacts, Container, Photo, Pixels

SAMPLES = Path(__file__).resolve().parents[1] / "sample_images"
DATA = Path(os.environ.get("PHOTOGUARD_DATA", SAMPLES.parents[1] / "shared" / "data"))
HALVES = ("tuning", "final")
SCENES = ("astronaut", "chelsea", "coffee", "rocket", "retina", "camera", "brick", "grass", "gravel", "moon")
_AGAIN = re.compile(r"(landscape|portrait)_[2-8]\.jpg")
"""One picture in metadata/, stored once more with each orientation."""
WORDS = """Müller;Patient;Geburtsdatum;Giovanna;Dupont;Hôpital;Radiologie;Befund;left knee;rechte Schulter
ginocchio sinistro;Sample Clinic;Orthopädie;Kontrolle;sterile dressing;avant traitement;dopo l'intervento;Cutimed
Betadine;Verbandwechsel;12.03.1957;4711-8822;MRN 40072942;LOT 4G2276;EXP 2027-05;Ward 7;Station 3b;Dr. Keller
Day 14;REF 7236""".replace("\n", ";").split(";")
CODES = {"QRCode": "PAT 4711 / 1957-03-12", "DataMatrix": "PAT 4711", "Aztec": "PAT 4711 left knee"}
Chance = np.random.Generator


def pictures(half: str) -> list[Pixels]:
    """The distinct photos of one half, RGB, long side 1200 px at most.

    A photo's half depends on its name alone; one that is there twice is in the tuning half only.
    """
    named: list[tuple[str, Callable[[], NDArray[np.uint8]]]] = [
        (name, getattr(skimage.data, name)) for name in SCENES
    ]
    for folder in ("skin", "faces", "metadata"):
        for file in sorted((DATA / folder).glob("*.jpg")):
            if folder != "metadata" or not _AGAIN.fullmatch(file.name):
                named.append((file.name, lambda file=file: np.asarray(ingest.read(file.read_bytes()).pixels)))
    chosen, seen = [], set()
    for part in HALVES:
        for name, load in named:
            if HALVES[crc32(name.encode()) % 2] != part:
                continue
            try:
                pixels = load()
            except UnreadablePhoto:  # some of the metadata photos are damaged on purpose
                continue
            content = sha256(np.ascontiguousarray(pixels)).digest()
            if min(pixels.shape[:2]) >= 256 and content not in seen and part == half:
                chosen.append(resized(rgb(pixels), min(1.0, 1200 / max(pixels.shape[:2]))))
            seen.add(content)
        if part == half:
            break
    return chosen


def straight_files() -> Iterator[tuple[str, bytes]]:
    """Every photo that is known to be the right way round, as the file it is: name and content."""
    for name in SCENES:
        yield f"scikit-image/{name}", jpeg(rgb(getattr(skimage.data, name)()), 92)
    for folder in ("skin", "faces", "metadata"):
        for file in sorted((DATA / folder).iterdir()):
            if file.suffix.casefold() in {".jpg", ".heic", ".tiff"}:
                yield f"{folder}/{file.name}", file.read_bytes()
    for file in sorted(SAMPLES.rglob("*")):
        picture = file.suffix.casefold() in {".jpg", ".heic", ".webp", ".avif", ".png", ".tif"}
        if picture and "mirrored" not in file.parts and file.name != "heel_after.jpg":
            yield f"samples/{file.name}", file.read_bytes()


def as_photo(pixels: Pixels) -> Photo:
    """Pixels as a photo of which nothing else is known."""
    return Photo(
        np.ascontiguousarray(pixels), Container.ARRAY, CaptureFacts((pixels.shape[1], pixels.shape[0]))
    )


def passed_on(pixels: Pixels, number: int) -> Pixels:
    """As a phone or an editor passes it on, in turn: saved again, for a messenger, cropped, a screenshot."""
    height, width = pixels.shape[:2]
    if number % 4 == 0:
        return saved(pixels, 75)
    if number % 4 == 1:
        return saved(resized(pixels, 0.8), 70)
    if number % 4 == 2:
        return saved(pixels[height // 12 : -height // 12, width // 12 : -width // 14], 85)
    small = resized(pixels, min(1.0, 900 / width, 900 / height))
    screen = np.zeros((1950, 900, 3), np.uint8)
    top, left = (1950 - small.shape[0]) // 2, (900 - small.shape[1]) // 2
    screen[top : top + small.shape[0], left : left + small.shape[1]] = small
    return screen


def sent_again(pixels: Pixels, number: int) -> Pixels:
    """The same photo in a run once more: relit, and in turn saved again, made smaller, or cut by some 4 %."""
    height, width = pixels.shape[:2]
    light = np.clip(255 * (pixels / 255) ** 1.15, 0, 255).astype(np.uint8)
    cut = light[height // 60 : height - height // 50, width // 50 : width - width // 60]
    return (saved(light, 70), saved(resized(light, 0.6), 70), saved(cut, 80))[number % 3]


def another_day(pixels: Pixels, chance: Chance) -> Pixels:
    """Another view of the site, up to 15 degrees and a third of the size apart, the middle healed, other light."""
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D(
        (width / 2, height / 2), chance.uniform(-15, 15), chance.uniform(0.7, 1.35)
    )
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    seen = corners + chance.normal(0, 0.03 * width, corners.shape).astype(np.float32)
    view = cv2.getPerspectiveTransform(corners, seen) @ np.vstack([turn, [0, 0, 1]])
    colour = tuple(int(value) for value in chance.integers(0, 255, 3))
    later = cv2.warpPerspective(pixels, view, (width, height), borderValue=colour).astype(np.float32)
    healed = np.zeros((height, width), np.float32)
    middle = (int(width * chance.uniform(0.35, 0.65)), int(height * chance.uniform(0.35, 0.65)))
    cv2.circle(healed, middle, int(0.15 * width), 1.0, -1)
    healed = cv2.GaussianBlur(healed, (0, 0), 0.04 * width)[..., None]
    later = later * (1 - healed) + cv2.GaussianBlur(later, (0, 0), 0.06 * width) * healed
    later = later[height // 10 : -height // 10, width // 10 : -width // 10]
    slope = np.linspace(*chance.uniform(0.6, 1, 2), later.shape[1])[None, :, None]
    lit = 255 * (np.clip(later / 255, 0, 1) ** chance.uniform(0.7, 1.4)) * slope * chance.uniform(0.9, 1.1, 3)
    noisy = cv2.GaussianBlur(lit, (0, 0), chance.uniform(0.3, 1)) + chance.normal(0, 4, lit.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def label(chance: Chance) -> Pixels:
    """A printed label: one to three lines of names, dates and words in four languages."""
    lines = [
        " ".join(chance.choice(WORDS, chance.integers(1, 3), replace=False))
        for _ in range(chance.integers(1, 4))
    ]
    size = int(chance.integers(22, 64))
    font = ImageFont.load_default(size)
    words, gap = "\n".join(lines), size // 2
    box = ImageDraw.Draw(Image.new("RGB", (4, 4))).multiline_textbbox((0, 0), words, font=font, spacing=gap)
    paper, ink = (tuple(int(value) for value in chance.integers(low, low + 55, 3)) for low in (200, 5))
    label = Image.new("RGB", (round(box[2]) + 2 * size, round(box[3]) + 2 * size), paper)
    ImageDraw.Draw(label).multiline_text((size, size), words, font=font, fill=ink, spacing=gap)
    return np.asarray(label)


def code(number: int, chance: Chance) -> Pixels:
    """A printed code of one of the kinds that have a handedness, in turn."""
    name = list(CODES)[number % len(CODES)]
    barcode = zxingcpp.create_barcode(CODES[name], getattr(zxingcpp.BarcodeFormat, name))
    drawn = np.asarray(barcode.to_image(scale=int(chance.integers(5, 9))))
    return rgb(np.pad(drawn, 24, constant_values=245))


def laid(pixels: Pixels, label: Pixels, chance: Chance) -> Pixels:
    """The label somewhere in the photo, 1200 px wide: turned, slanted, in its light, a little out of focus."""
    pixels = resized(pixels, 1200 / max(pixels.shape[:2]))
    height, width = pixels.shape[:2]
    high, wide = label.shape[:2]
    scale = min(1.0, 0.8 * width / wide, 0.8 * height / high)
    corners = np.array([(0, 0), (wide, 0), (wide, high), (0, high)], np.float32)
    angle = np.radians(chance.normal(0, 12))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    placed = (corners - (wide / 2, high / 2)) * scale @ turn + chance.normal(0, 0.02 * high * scale, (4, 2))
    room = np.array([width, height]) - np.ptp(placed, axis=0)
    placed += chance.uniform(0, 1, 2) * np.maximum(0, room) - placed.min(axis=0)
    view = cv2.getPerspectiveTransform(corners, placed.astype(np.float32))
    lit = np.clip(label * chance.uniform(0.75, 1), 0, 255).astype(np.uint8)
    seen = cv2.warpPerspective(lit, view, (width, height), flags=cv2.INTER_AREA)
    there = cv2.warpPerspective(np.full((high, wide), 255, np.uint8), view, (width, height)) > 127
    whole = np.where(there[..., None], seen, pixels)
    blurred = cv2.GaussianBlur(whole, (0, 0), chance.uniform(0.4, 1.1)) + chance.normal(0, 3, whole.shape)
    return np.clip(blurred, 0, 255).astype(np.uint8)


def thumbnail(pixels: Pixels, bars: bool) -> bytes:
    """A camera's thumbnail of 160 px, in some cameras with bars to make it 4:3."""
    small = Image.fromarray(np.ascontiguousarray(pixels))
    small.thumbnail((160, 120) if bars else (160, 160))
    whole = Image.new("RGB", (160, 120) if bars else small.size)
    whole.paste(small, ((whole.width - small.width) // 2, (whole.height - small.height) // 2))
    return jpeg(np.asarray(whole), 75)


def with_thumbnail(pixels: Pixels, small: bytes) -> bytes:
    """A JPEG whose EXIF block holds that thumbnail."""
    told = {"0th": {piexif.ImageIFD.Make: "Camera"}, "1st": {piexif.ImageIFD.Compression: 6}}
    return jpeg(pixels, 85, exif=piexif.dump({**told, "thumbnail": small}))


def with_preview(pixels: Pixels, preview: Pixels) -> bytes:
    """A multi-picture file (MPF): the preview lies behind the picture."""
    written = io.BytesIO()
    second = Image.fromarray(np.ascontiguousarray(preview))
    Image.fromarray(np.ascontiguousarray(pixels)).save(
        written, "MPO", save_all=True, append_images=[second], quality=85
    )
    return written.getvalue()


def with_own_thumbnail(pixels: Pixels) -> bytes:
    """A HEIC file with a thumbnail of its picture."""
    written = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(np.ascontiguousarray(pixels))).save(
        written, quality=70, thumbnails=[256]
    )
    return written.getvalue()


def jpeg(pixels: Pixels, quality: int, **more: object) -> bytes:
    written = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(written, "JPEG", quality=quality, **more)
    return written.getvalue()


def saved(pixels: Pixels, quality: int) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(jpeg(pixels, quality))))


def resized(pixels: Pixels, scale: float) -> Pixels:
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, size, interpolation=how), np.uint8)


def rgb(pixels: NDArray[np.uint8]) -> Pixels:
    return np.repeat(pixels[..., None], 3, axis=2) if pixels.ndim == 2 else pixels[..., :3]

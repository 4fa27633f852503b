"""JPEG files of every kind, made from a public-domain photo, for the tests of what reads and writes them."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import jpeglib
import numpy as np
import piexif
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from photoguard import jpegfile
from photoguard.egress import scans

SAMPLINGS: dict[str, Sequence[tuple[int, int]]] = {
    "444": [(1, 1), (1, 1), (1, 1)],
    "422": [(2, 1), (1, 1), (1, 1)],
    "440": [(1, 2), (1, 1), (1, 1)],
    "420": [(2, 2), (1, 1), (1, 1)],
    "411": [(4, 1), (1, 1), (1, 1)],
    "441": [(1, 4), (1, 1), (1, 1)],
    "410": [(4, 2), (1, 1), (1, 1)],
    "uneven": [(2, 2), (2, 1), (1, 1)],
    "grey": [(1, 1)],
    "cmyk": [(1, 1), (1, 1), (1, 1), (1, 1)],
    "ycck": [(2, 2), (1, 1), (1, 1), (2, 2)],
}
"""Horizontal and vertical factors of each component."""


def picture(width: int, height: int) -> NDArray[np.uint8]:
    """A piece of a photo (H x W x 3, RGB) with a dark upper left corner, so that every turn looks different."""
    piece = np.array(data.astronaut()[:height, 60 : 60 + width])
    piece[: height // 4, : width // 4] //= 4
    return piece


def make_jpeg(
    kind: str = "420",
    size: tuple[int, int] = (151, 103),
    *,
    progressive: bool = False,
    orientation: int = 1,
    quality: int = 90,
) -> bytes:
    """A JPEG file of a kind named in SAMPLINGS, with or without an EXIF orientation."""
    pixels = picture(*size)
    if kind == "grey":
        pixels = np.array(Image.fromarray(pixels).convert("L"))[..., None]
    if kind in ("cmyk", "ycck"):
        pixels = 255 - np.array(Image.fromarray(pixels).convert("CMYK"))
    cmyk = jpeglib.JCS_CMYK if pixels.shape[2] == 4 else None
    image = jpeglib.from_spatial(np.ascontiguousarray(pixels), in_color_space=cmyk)
    if cmyk:
        image.jpeg_color_space = jpeglib.JCS_YCCK if kind == "ycck" else jpeglib.JCS_CMYK
    image.samp_factor = np.array([(v, h) for h, v in SAMPLINGS[kind]])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "source.jpg")
        image.write_spatial(str(path), qt=quality, flags=["+PROGRESSIVE_MODE"] if progressive else [])
        written = path.read_bytes()
    return written if orientation == 1 else with_segment(written, 0xE1, exif(orientation))


def exif(orientation: int) -> bytes:
    """The payload of an EXIF segment that tells an orientation and some more."""
    told = {"0th": {piexif.ImageIFD.Orientation: orientation, piexif.ImageIFD.Make: b"Testcamera"}}
    return bytes(piexif.dump(told))


def with_segment(jpeg: bytes, marker: int, payload: bytes) -> bytes:
    """The file with a segment more, right after SOI."""
    return jpeg[:2] + bytes((0xFF, marker)) + (len(payload) + 2).to_bytes(2, "big") + payload + jpeg[2:]


def coefficients(jpeg: bytes) -> list[NDArray[np.int16]]:
    """Each component's quantized DCT coefficients, read by jpeglib's own objects."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "any.jpg")
        path.write_bytes(jpeg)
        image = jpeglib.read_dct(str(path))
        planes = [image.Y, image.Cb, image.Cr, image.K]
    return [np.array(plane) for plane in planes if plane is not None]


def kept_scans(source: bytes, output: bytes) -> bool:
    """Whether both pictures' entropy-coded data and what it is decoded with are the same, byte for byte."""
    one, other = jpegfile.parse(source), jpegfile.parse(output)
    return scans.needed(one) == scans.needed(other)

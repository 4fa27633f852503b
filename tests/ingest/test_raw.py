"""Cameras' raw files: what they show at once is a small preview, which must never pass for the photo."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import skimage.data
import tifffile
from PIL import Image

from photoguard import ingest
from photoguard.errors import UnreadablePhoto

PREVIEW = np.ascontiguousarray(skimage.data.astronaut()[:96:2, :128:2])
SENSOR = np.arange(64 * 96, dtype=np.uint16).reshape(64, 96)
DNG_VERSION = (0xC612, 1, 4, (1, 4, 0, 0), False)
PATTERN = [(0x828D, 3, 2, (2, 2), False), (0x828E, 1, 4, (0, 1, 1, 2), False)]
TIFF_EP = (0x9216, 1, 4, (1, 0, 0, 0), False)


def written(write: Callable[[tifffile.TiffWriter], None]) -> bytes:
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as tiff:
        write(tiff)
    return out.getvalue()


def sensor(tiff: tifffile.TiffWriter, **options: Any) -> None:
    tiff.write(SENSOR, photometric="cfa", extratags=PATTERN, subfiletype=0, **options)


def adobe_dng(tiff: tifffile.TiffWriter) -> None:
    """A preview first, the sensor's values below it, as cameras and converters write it."""
    tiff.write(PREVIEW, photometric="rgb", subfiletype=1, subifds=1, extratags=[DNG_VERSION])
    sensor(tiff)


def dng_of_a_full_size_preview(tiff: tifffile.TiffWriter) -> None:
    """The first directory calls itself the main picture."""
    tiff.write(PREVIEW, photometric="rgb", subfiletype=0, subifds=1, extratags=[DNG_VERSION])
    sensor(tiff)


def dng_without_a_preview(tiff: tifffile.TiffWriter) -> None:
    tiff.write(SENSOR, photometric="cfa", extratags=[DNG_VERSION, *PATTERN])


def linear_dng(tiff: tifffile.TiffWriter) -> None:
    """As telephones write it: three linear values per pixel."""
    tiff.write(PREVIEW, photometric="rgb", subfiletype=0, subifds=1)
    tiff.write(PREVIEW.astype(np.uint16), photometric="linear_raw", subfiletype=0)


def nef(tiff: tifffile.TiffWriter) -> None:
    tiff.write(PREVIEW, photometric="rgb", subfiletype=1, subifds=1, extratags=[TIFF_EP])
    sensor(tiff)


def arw(tiff: tifffile.TiffWriter) -> None:
    """No mark in the first directory but the sensor's values below."""
    tiff.write(PREVIEW, photometric="rgb", subfiletype=0, subifds=1)
    sensor(tiff)


def pef(tiff: tifffile.TiffWriter) -> None:
    """The sensor's values on a page of its own."""
    tiff.write(PREVIEW, photometric="rgb", subfiletype=0)
    sensor(tiff)


TIFF_LIKE = {
    write.__name__: written(write)
    for write in (adobe_dng, dng_of_a_full_size_preview, dng_without_a_preview, linear_dng, nef, arw, pef)
}
TIFF_LIKE["cr2"] = TIFF_LIKE["adobe_dng"][:8] + b"CR\x02\0" + TIFF_LIKE["adobe_dng"][12:]
OTHERS = {
    "orf": b"IIRO\x08\0\0\0" + bytes(40),
    "orf-2": b"MMOR\0\0\0\x08" + bytes(40),
    "rw2": b"IIU\0\x18\0\0\0" + bytes(40),
    "raf": b"FUJIFILMCCD-RAW 0201FF389501",
    "x3f": b"FOVb" + bytes(40),
    "mrw": b"\0MRM" + bytes(40),
    "crw": b"II\x1a\0\0\0HEAPCCDR" + bytes(40),
    "cr3": b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(40),
}


def code(data: bytes) -> str:
    with pytest.raises(UnreadablePhoto) as caught:
        ingest.read(data)
    return caught.value.code


@pytest.mark.parametrize("name", [*TIFF_LIKE, *OTHERS])
def test_a_raw_file_says_what_to_do_with_it(name: str) -> None:
    assert code((TIFF_LIKE | OTHERS)[name]) == "RAW_PHOTO"


@pytest.mark.parametrize("tag", [0x828D, 0x828E, 0x9216, 0xC612])
def test_each_mark_of_a_sensor_is_enough(tag: int) -> None:
    marked = written(
        lambda tiff: tiff.write(PREVIEW, photometric="rgb", extratags=[(tag, 1, 4, (1, 1, 0, 0), False)])
    )
    assert code(marked) == "RAW_PHOTO"


@pytest.mark.parametrize("compression", [32767, 34713, 65535, 32770])
def test_a_makers_own_compression_is_enough(compression: int) -> None:
    plain = written(lambda tiff: tiff.write(PREVIEW, photometric="rgb"))
    entry = (0x0103).to_bytes(2, "little") + (3).to_bytes(2, "little") + (1).to_bytes(4, "little")
    assert code(plain.replace(entry + b"\1\0", entry + compression.to_bytes(2, "little"))) == "RAW_PHOTO"


def test_a_tiff_of_an_image_program_is_still_a_photo() -> None:
    plain = written(lambda tiff: tiff.write(PREVIEW, photometric="rgb"))
    assert np.array_equal(ingest.read(plain).pixels, PREVIEW)


@pytest.mark.parametrize("name", ["adobe_dng", "dng_of_a_full_size_preview", "nef"])
def test_what_pillow_opens_of_a_raw_file_is_not_taken_for_the_photo(name: str) -> None:
    with Image.open(io.BytesIO(TIFF_LIKE[name])) as image, pytest.raises(UnreadablePhoto) as caught:
        ingest.from_image(image)
    assert caught.value.code == "RAW_PHOTO"

"""Writes JPEG files through an allow-list, keeping the camera's own coding wherever it can be kept."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import simplejpeg
from PIL import Image

from .. import jpegfile, profiles
from ..errors import UnreadablePhoto, UnwritablePhoto
from ..jpegfile import (
    APP2,
    COM,
    DHT,
    DQT,
    DRI,
    ICC_PREFIX,
    JFIF,
    SOF0,
    SOF1,
    SOF2,
    SOS,
    Colour,
    JpegFile,
    Segment,
    adobe_segment,
)
from ..orientation import TURNS
from ..photo import Container, Photo, Pixels, Profile, Region
from . import dct, scans

ALLOWED_CODING = {
    DQT: "quantization tables",
    DHT: "Huffman tables",
    DRI: "restart interval",
    SOF0: "baseline frame",
    SOF1: "extended frame",
    SOF2: "progressive frame",
    SOS: "scan",
}
"""What pixels are decoded from."""

ALLOWED_BEFORE = (
    (),  # CMYK that never had Adobe's segment
    (JFIF,),
    (adobe_segment(0),),
    (adobe_segment(2),),
)
"""What may stand before it, to the byte: how colours are coded. Then one of our own colour profiles."""

ALLOWED_PROFILES = (Profile.SRGB, Profile.DISPLAY_P3, Profile.ADOBE_RGB)

_QUALITY = 95
"""For pictures that were no JPEG, or one whose components can't be kept."""
_PILLOW_SAMPLINGS = {(1, 1): "4:4:4", (2, 1): "4:2:2", (2, 2): "4:2:0"}


def write(photo: Photo, pixels: Pixels, regions: Sequence[Region], quality: int = _QUALITY) -> bytes:
    """The photo as a JPEG file that holds what the allow-list names and nothing else.

    `pixels` are the upright pixels with masks painted (H x W x 3, RGB), `regions` what is masked, aligned
    to `photo.block`. The first of three routes that is possible is taken:

    1. The source is a JPEG, upright, and nothing is masked: its own scans, bit for bit, with the tables that they
       use. Not where they hold more than a picture (see `scans`).
    2. The source is a JPEG: its own DCT coefficients, turned and with the masked blocks coded anew.
       Not where a side that becomes the left or upper edge does not end with a whole MCU.
    3. All others are encoded from `pixels`: a JPEG with its own quantization tables and its sampling (4:4:4
       where the encoder has no such sampling), anything else with `quality` and 4:4:4.

    Raises UnwritablePhoto (INTERNAL_ERROR) where the picture can't be a JPEG: too large, or not opaque.
    """
    if photo.alpha is not None:
        raise UnwritablePhoto("INTERNAL_ERROR", "A picture with transparent parts can't be written as JPEG.")
    if not regions and (kept := as_it_is(photo)) is not None:
        return kept
    colour, adobe = Colour.YCC, None
    coding: Sequence[Segment] | None = None
    source = jpegfile.parse(photo.source) if photo.container is Container.JPEG else None
    if source is not None and photo.native:
        colour, adobe = source.colour, source.adobe
        coding = dct.recode(source, TURNS[photo.facts.orientation], pixels, regions)
    if coding is None:
        encoded = jpegfile.parse(_encode(photo, pixels, source, quality))
        colour, adobe, coding = encoded.colour, None, encoded.coding
    return _joined(photo, colour, adobe, coding)


def as_it_is(photo: Photo) -> bytes | None:
    """The photo with its own scans, bit for bit, as `write` does first; None where that is not possible."""
    if (
        photo.container is not Container.JPEG
        or not photo.native
        or TURNS[photo.facts.orientation] != TURNS[1]
    ):
        return None
    source = jpegfile.parse(photo.source)
    tidy = replace(source, segments=tuple(scans.needed(source)))
    if not scans.hold_only_the_picture(tidy):
        return None
    return _joined(photo, source.colour, source.adobe, tidy.segments)


def _joined(photo: Photo, colour: Colour, adobe: int | None, coding: Sequence[Segment]) -> bytes:
    return jpegfile.join([*jpegfile.colour_segments(colour, adobe), *_profile(photo.profile), *coding])


def keeps_coding(photo: Photo) -> bool:
    """Whether what is outside the masks can keep the coefficients it has, where the photo is a JPEG.

    If not, it is encoded from pixels, into which each block of the source has mixed a little of all that is in it.
    """
    turn = TURNS[photo.facts.orientation]
    sides = zip((turn.flip_x, turn.flip_y), photo.size, photo.block, strict=True)
    return photo.native and not any(flip and side % step for flip, side, step in sides)


def structure(data: bytes) -> list[str]:
    """What stands in a JPEG file that the allow-list does not name; empty where it is clean.

    The names tell kinds of segments only, never what they hold.
    """
    try:
        picture = jpegfile.parse(data)
        _ = picture.tables
    except UnreadablePhoto as error:
        return [f"not a whole JPEG picture ({error.code})"]
    found = []
    if picture.end != len(data):
        found.append("bytes after the picture")
    if picture.stray:
        found.append("bytes between segments")
    coding = next((i for i, s in enumerate(picture.segments) if s.marker in ALLOWED_CODING), 0)
    before, after = picture.segments[:coding], picture.segments[coding:]
    if before not in _allowed_headers():
        known = {segment for header in _allowed_headers() for segment in header}
        strange = [_name(segment) for segment in before if segment not in known]
        found += strange or ["headers that do not belong together"]
    found += [_name(segment) for segment in after if segment.marker not in ALLOWED_CODING]
    if any(segment.marker == DHT and not _whole_huffman_tables(segment.payload) for segment in after):
        found.append("bytes after a Huffman table")
    if any(segment.marker == DRI and len(segment.payload) != 2 for segment in after):
        found.append("bytes after a restart interval")
    return found or scans.strange(picture)


def _encode(photo: Photo, pixels: Pixels, source: JpegFile | None, quality: int) -> bytes:
    try:
        if source is None or source.colour not in (Colour.YCC, Colour.GREY):
            return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), quality, "RGB", "444"))
        turn = TURNS[photo.facts.orientation]
        tables = [(table.T if turn.transpose else table).ravel().tolist() for table in source.tables]
        image = Image.fromarray(pixels)
        if source.colour is Colour.GREY:
            image = image.convert("L")
        out = io.BytesIO()
        image.save(out, "JPEG", qtables=tables, subsampling=_sampling(source, turn.transpose))
        return out.getvalue()
    except (ValueError, OSError):
        raise UnwritablePhoto("INTERNAL_ERROR", "The picture can't be written as JPEG.") from None


def _sampling(source: JpegFile, transposed: bool) -> str:
    first, *others = source.frame.components
    if any((c.h, c.v) != (1, 1) for c in others):
        return "4:4:4"
    return _PILLOW_SAMPLINGS.get((first.v, first.h) if transposed else (first.h, first.v), "4:4:4")


def _profile(profile: Profile) -> list[Segment]:
    """Our own ICC profile; none for sRGB, which is what a picture without one is taken for."""
    if profile is Profile.SRGB:
        return []
    return [Segment(APP2, ICC_PREFIX + b"\x01\x01" + profiles.icc(profile))]


@cache
def _allowed_headers() -> frozenset[tuple[Segment, ...]]:
    return frozenset(
        (*before, *_profile(profile)) for before in ALLOWED_BEFORE for profile in ALLOWED_PROFILES
    )


def _whole_huffman_tables(payload: bytes) -> bool:
    position = 0
    while position < len(payload):
        position += 17 + sum(payload[position + 1 : position + 17])
    return position == len(payload)


def _name(segment: Segment) -> str:
    if 0xE0 <= segment.marker <= 0xEF:
        return f"APP{segment.marker - 0xE0}"
    return "comment" if segment.marker == COM else f"marker {segment.marker:02X}"

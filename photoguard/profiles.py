"""The colour profiles photoguard knows: made here, never copied from a file.

A profile inside a photo can name its maker, its screen and its date. So what is written is always one of
three of our own; a photo's profile is either recognised as one of these or its pixels are converted to sRGB.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from .photo import Profile

_Matrix = NDArray[np.float64]

_D65 = (0.3127, 0.3290)
_D50 = (0xF6D6, 0x10000, 0xD32D)
"""The profile connection space's white, as s15Fixed16 (ICC.1:2022, 7.2.16)."""


@dataclass(frozen=True, slots=True)
class _Space:
    """An RGB colour space: its primaries' x and y, and the ICC parametric curve to linear light."""

    name: str
    red: tuple[float, float]
    green: tuple[float, float]
    blue: tuple[float, float]
    curve: tuple[float, ...]


_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)

_SPACES = {
    # IEC 61966-2-1
    Profile.SRGB: _Space("sRGB", (0.640, 0.330), (0.300, 0.600), (0.150, 0.060), _SRGB_CURVE),
    # Primaries of SMPTE EG 432-1 with the white and curve of sRGB, as phones use it
    Profile.DISPLAY_P3: _Space("Display P3", (0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _SRGB_CURVE),
    # Adobe RGB (1998) Color Image Encoding, version 2005-05: gamma 2.19921875
    Profile.ADOBE_RGB: _Space(
        "Compatible with Adobe RGB (1998)", (0.640, 0.330), (0.210, 0.710), (0.150, 0.060), (563 / 256,)
    ),
}

# The linearised Bradford cone response (ICC.1:2022, annex E)
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])

_MODES = {b"RGB ": "RGB", b"GRAY": "L", b"CMYK": "CMYK", b"Lab ": "LAB"}
"""The Pillow mode that a profile of each colour space speaks of."""

_SAME = 1
"""Levels of 255 by which a profile may differ from ours and still be the same: the rounding of 8 bits."""


@cache
def icc(profile: Profile) -> bytes:
    """The profile as ICC.1:2010 (version 4.3) bytes: matrix and curves, always the same, under 700 bytes."""
    space = _SPACES[profile]
    adaptation, colorants = _to_d50(space)
    curve = _parametric(space.curve)
    tags = {
        b"desc": _text(space.name),
        b"cprt": _text("CC0"),
        b"wtpt": _xyz(_D50),
        b"chad": b"sf32" + bytes(4) + struct.pack(">9i", *adaptation),
        b"rXYZ": _xyz(colorants[0]),
        b"gXYZ": _xyz(colorants[1]),
        b"bXYZ": _xyz(colorants[2]),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    placed: dict[bytes, int] = {}
    for name, content in tags.items():
        if content not in placed:
            placed[content] = start + len(body)
            body += content + bytes(-len(content) % 4)
        table += struct.pack(">4sII", name, placed[content], len(content))
    date = (2026, 1, 1, 0, 0, 0)
    header = struct.pack(
        ">I4sI4s4s4s6H4s28x3I48x",
        start + len(body), bytes(4), 0x04300000, b"mntr", b"RGB ", b"XYZ ", *date, b"acsp", *_D50,
    )  # fmt: skip
    return header + table + body


@lru_cache(maxsize=16)
def recognise(icc_bytes: bytes | None) -> Profile | None:
    """The built-in profile that does the same as this one, whoever wrote it; None where there is none.

    Asked by showing both the same colours: they are the same where no channel differs by more than one
    level of 255. No profile, or one that can't be read, counts as sRGB, as it does in viewers.
    """
    if icc_bytes is None:
        return Profile.SRGB
    theirs = _opened(icc_bytes)
    if theirs is None:
        return Profile.SRGB
    mode = _MODES.get(icc_bytes[16:20])
    if mode == "L":
        candidates, shown = [Profile.SRGB], Image.frombytes("L", (256, 1), bytes(range(256)))
    elif mode == "RGB":
        candidates, shown = list(Profile), _sample()
    else:
        return None
    wanted = np.asarray(shown.convert("RGB"), np.int16)
    for candidate in candidates:
        seen = _converted(shown, theirs, candidate)
        if seen is not None and np.abs(np.asarray(seen, np.int16) - wanted).max() <= _SAME:
            return candidate
    return None


def to_srgb(image: Image.Image, icc_bytes: bytes) -> Image.Image:
    """An RGB, L, CMYK or LAB image in the colours of `icc_bytes`, as RGB in sRGB.

    A profile that can't be read or speaks of other channels than the image has is left aside.
    """
    theirs = _opened(icc_bytes)
    mode = _MODES.get(icc_bytes[16:20])
    if mode == "RGB" and image.mode == "L":
        image = image.convert("RGB")
    if theirs is not None and mode == image.mode:
        converted = _converted(image, theirs, Profile.SRGB)
        if converted is not None:
            return converted
    return image.convert("RGB")


def _opened(icc_bytes: bytes) -> ImageCms.ImageCmsProfile | None:
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(icc_bytes))
    except (OSError, ValueError, TypeError):
        return None


def _converted(image: Image.Image, theirs: ImageCms.ImageCmsProfile, ours: Profile) -> Image.Image | None:
    target = ImageCms.ImageCmsProfile(io.BytesIO(icc(ours)))
    try:
        # Relative colorimetric with black point compensation: colours in the gamut stay what they are,
        # and shadows of print profiles do not drown.
        return ImageCms.profileToProfile(
            image,
            theirs,
            target,
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, ValueError):
        return None


def _sample() -> Image.Image:
    """A cube of 9 x 9 x 9 colours and every grey, as one line of pixels."""
    cube = list(product([0, 32, 64, 96, 128, 160, 192, 224, 255], repeat=3))
    colours = np.array(cube + [(level, level, level) for level in range(256)], np.uint8)
    return Image.fromarray(colours[None])


def _to_d50(space: _Space) -> tuple[tuple[int, ...], list[tuple[int, ...]]]:
    """The adaptation from D65 to D50 (row by row) and the colorants under D50, as s15Fixed16."""
    primaries = np.array([_lifted(space.red), _lifted(space.green), _lifted(space.blue)]).T
    white = _lifted(_D65)
    d50 = np.array(_D50) / 65536
    response = (_BRADFORD @ d50) / (_BRADFORD @ white)
    adaptation = np.linalg.inv(_BRADFORD) @ np.diag(response) @ _BRADFORD
    matrix = adaptation @ (primaries * np.linalg.solve(primaries, white))
    red, green = (_fixed(matrix[:, channel]) for channel in (0, 1))
    # Rounded so that the three add up to the white exactly: grey stays grey.
    blue = tuple(w - r - g for w, r, g in zip(_D50, red, green, strict=True))
    return _fixed(adaptation.ravel()), [red, green, blue]


def _lifted(xy: tuple[float, float]) -> _Matrix:
    x, y = xy
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _fixed(values: _Matrix) -> tuple[int, ...]:
    return tuple(round(float(value) * 65536) for value in values)


def _xyz(values: tuple[int, ...]) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *values)


def _parametric(values: tuple[float, ...]) -> bytes:
    function = {1: 0, 5: 3}[len(values)]  # ICC.1:2022, table 68
    return b"para" + bytes(4) + struct.pack(f">HH{len(values)}i", function, 0, *_fixed(np.array(values)))


def _text(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    return b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(encoded), 28) + encoded

"""Writes WebP files (RFC 9649) and tells what else stands in one."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image

from .. import profiles
from ..photo import Pixels, Profile

ALLOWED = (
    (b"VP8 ",),
    (b"VP8L",),
    (b"VP8X", b"VP8L"),
    (b"VP8X", b"VP8 "),
    (b"VP8X", b"ALPH", b"VP8 "),
    (b"VP8X", b"ICCP", b"VP8 "),
    (b"VP8X", b"ICCP", b"VP8L"),
    (b"VP8X", b"ICCP", b"ALPH", b"VP8 "),
)
"""The chunks of an output, in their order. ICCP holds one of our own profiles, to the byte."""

_ALLOWED_FLAGS = 0x30  # VP8X: a profile, alpha

_QUALITY = 95
# Lossless means lossless at every effort; more effort takes four times as long and saves a fifth.
_QUICK = {"quality": 0, "method": 0}


def write(pixels: Pixels, alpha: Pixels | None, profile: Profile, lossless: bool) -> bytes:
    """Upright RGB pixels (H x W x 3) and alpha (H x W) as a WebP. Raises ValueError or OSError."""
    image = Image.fromarray(pixels if alpha is None else np.dstack((pixels, alpha)))
    effort = _QUICK if lossless else {"quality": _QUALITY, "method": 2}
    icc = b"" if profile is Profile.SRGB else profiles.icc(profile)
    out = io.BytesIO()
    # exact: what is written under full transparency is our black, not what the encoder finds handy.
    image.save(out, "WEBP", lossless=lossless, exact=True, icc_profile=icc, exif=b"", xmp=b"", **effort)
    return out.getvalue()


def is_lossless(source: bytes) -> bool:
    """Whether a WebP file's picture (or its animation's first) is stored without loss."""
    for name, content in _chunks(source, 12):
        if name == b"ANMF":
            return is_lossless(bytes(12) + content[16:])
        if name in (b"VP8 ", b"VP8L"):
            return name == b"VP8L"
    return False


def structure(data: bytes, profile: Profile) -> list[str]:
    """What stands in a WebP file that the allow-list does not name; empty where it is clean."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or int.from_bytes(data[4:8], "little") != len(data) - 8:
        return ["not a whole WebP picture"]
    chunks = list(_chunks(data, 12))
    found = []
    if sum(8 + len(content) + len(content) % 2 for _, content in chunks) != len(data) - 12:
        found.append("bytes between blocks")
    if tuple(name for name, _ in chunks) not in ALLOWED:
        known = {name for names in ALLOWED for name in names}
        strange = [f"block {name.decode('latin-1').strip()}" for name, _ in chunks if name not in known]
        found += strange or ["blocks that do not belong together"]
    parts = dict(chunks)
    if b"VP8X" in parts and (len(parts[b"VP8X"]) != 10 or parts[b"VP8X"][0] & ~_ALLOWED_FLAGS):
        found.append("marks of further blocks")
    if parts.get(b"ICCP", b"") != (b"" if profile is Profile.SRGB else profiles.icc(profile)):
        found.append("a colour profile that is not our own")
    return found


def _chunks(data: bytes, place: int) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each chunk that is there in full."""
    while place + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, place)
        if place + 8 + length > len(data):
            return
        yield name, data[place + 8 : place + 8 + length]
        place += 8 + length + length % 2

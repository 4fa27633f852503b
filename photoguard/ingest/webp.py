"""WebP (RFC 9649): lossy, lossless, with alpha, animated."""

from __future__ import annotations

import struct

from PIL import WebPImagePlugin

from ..photo import Container, Disclosure, Photo
from . import raster
from .facts import from_exif
from .refusal import check_size, refusal

_PICTURE = (b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP")


def read(data: bytes, max_megapixels: float) -> Photo:
    """The Photo in a WebP file; of an animation, its first frame.

    Raises UnreadablePhoto; whatever else a decoder raises means damage.
    """
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise refusal("FILE_DAMAGED")
    chunks = _walk(data, end)
    width, height = _size(chunks)
    check_size(width, height, max_megapixels)
    first = dict(reversed(chunks))
    facts = from_exif(
        first.get(b"EXIF"),
        stored_size=(width, height),
        xmp=first.get(b"XMP "),
        other=[
            Disclosure("content", "WebP", f"block {name.decode('latin-1').strip()}, {len(content)} bytes")
            for name, content in chunks
            if name not in (*_PICTURE, b"EXIF", b"XMP ")
        ],
        frames=max(1, sum(name == b"ANMF" for name, _ in chunks)),
        trailer_bytes=len(data) - end,
    )
    image = raster.decode(WebPImagePlugin.WebPImageFile, data[:end], (width, height))
    return raster.to_photo(
        image,
        container=Container.WEBP,
        facts=facts,
        icc=first.get(b"ICCP"),
        source=data,
        orientation=facts.orientation,
    )


def _walk(data: bytes, end: int) -> list[tuple[bytes, bytes]]:
    chunks, place = [], 12
    while place + 8 <= end:
        name, length = struct.unpack_from("<4sI", data, place)
        if place + 8 + length > end:
            raise refusal("FILE_DAMAGED")
        chunks.append((name, data[place + 8 : place + 8 + length]))
        place += 8 + length + length % 2
    return chunks


def _size(chunks: list[tuple[bytes, bytes]]) -> tuple[int, int]:
    """Width and height of the canvas as the first chunk announces them."""
    name, content = chunks[0] if chunks else (b"", b"")
    if name == b"VP8X" and len(content) >= 10:
        return int.from_bytes(content[4:7], "little") + 1, int.from_bytes(content[7:10], "little") + 1
    if name == b"VP8L" and len(content) >= 5:
        bits = int.from_bytes(content[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if name == b"VP8 " and len(content) >= 10:
        width, height = struct.unpack_from("<HH", content, 6)
        return width & 0x3FFF, height & 0x3FFF
    raise refusal("FILE_DAMAGED")

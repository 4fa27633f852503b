"""PNG (ISO/IEC 15948, third edition) and its animations."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

from PIL import PngImagePlugin

from ..photo import Container, Disclosure, Photo
from . import raster
from .facts import from_exif
from .refusal import check_size, refusal

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_DECODED = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
"""All that pixels are decoded from. What else stands in the file never reaches the decoder."""
_TELLS_NOTHING = (
    b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"cICP", b"mDCV", b"cLLI", b"sBIT", b"bKGD", b"hIST", b"pHYs",
    b"sPLT", b"acTL", b"fcTL", b"fdAT", b"iDOT", b"vpAg",
)  # fmt: skip

_MOST_CHUNKS = 200_000
_LONGEST_TEXT = 1 << 20
_LONGEST_PROFILE = 4 << 20
"""Compressed blocks are unpacked up to here and no further."""


@dataclass(slots=True)
class _File:
    chunks: list[tuple[bytes, bytes]] = field(default_factory=list)
    decoded: bytearray = field(default_factory=lambda: bytearray(SIGNATURE))
    damaged: bool = False
    end: int = 0


def read(data: bytes, max_megapixels: float) -> Photo:
    """The Photo in a PNG file. Of an animation it is the picture that stands for it.

    Raises UnreadablePhoto; whatever else a decoder raises means damage.
    """
    file = _walk(data)
    if not file.chunks or file.chunks[0][0] != b"IHDR" or len(file.chunks[0][1]) != 13:
        raise refusal("FILE_DAMAGED")
    width, height, bits = struct.unpack_from(">IIB", file.chunks[0][1])
    check_size(width, height, max_megapixels)
    icc, exif, xmp, told, frames = None, None, None, [], 0
    for name, content in file.chunks:
        if name == b"iCCP" and icc is None:
            icc = _unpacked(content.partition(b"\0")[2][1:], _LONGEST_PROFILE)
        elif name == b"cICP" and len(content) == 4:
            icc = raster.profile_of_code(content[0], content[1])
        elif name == b"eXIf":
            exif = content
        elif name == b"tIME" and len(content) == 7:
            told.append(Disclosure("time", "PNG", "changed: {}-{:02}-{:02} {:02}:{:02}:{:02}".format(
                *struct.unpack(">H5B", content))))  # fmt: skip
        elif name in (b"tEXt", b"zTXt", b"iTXt"):
            keyword, text = _text(name, content)
            if keyword == "XML:com.adobe.xmp":
                xmp = text.encode()
            else:
                told.append(Disclosure("content", "PNG text", f"{keyword}: {text[:1000].strip()}"))
                told += _packed_exif(keyword, text)
        elif name == b"fcTL":
            frames += 1
        elif name not in _DECODED + _TELLS_NOTHING:
            told.append(Disclosure("content", "PNG", f"block {name.decode('latin-1')}, {len(content)} bytes"))
    names = [name for name, _ in file.chunks]
    if frames and b"IDAT" in names and b"fcTL" not in names[: names.index(b"IDAT")]:
        frames += 1  # the picture that stands for the animation is not part of it
    facts = from_exif(
        exif,
        stored_size=(width, height),
        xmp=xmp,
        other=told,
        frames=max(frames, 1),
        trailer_bytes=len(data) - file.end,
        damaged=file.damaged,
    )
    image = raster.decode(PngImagePlugin.PngImageFile, bytes(file.decoded), (width, height))
    return raster.to_photo(
        image,
        container=Container.PNG,
        facts=facts,
        icc=icc,
        source=data,
        orientation=facts.orientation,
        bits=16 if bits == 16 else 8,
    )


def _walk(data: bytes) -> _File:
    """All chunks up to IEND; the bytes of IDAT are only in `decoded`."""
    file, place = _File(), len(SIGNATURE)
    while len(file.chunks) < _MOST_CHUNKS:
        if place + 12 > len(data):
            raise refusal("FILE_DAMAGED")
        length, name = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        if end > len(data):
            raise refusal("FILE_DAMAGED")
        content = data[place + 8 : end - 4]
        sound = zlib.crc32(content, zlib.crc32(name)) == int.from_bytes(data[end - 4 : end], "big")
        needed = name in _DECODED
        if not sound and needed:
            raise refusal("FILE_DAMAGED")
        if not needed and not name[0] & 0x20:
            raise refusal("FORMAT_UNSUPPORTED")  # what decoders must know and we do not (Apple's CgBI)
        file.damaged |= not sound
        if sound:
            file.chunks.append((name, b"" if name == b"IDAT" else content))
        if needed:
            file.decoded += data[place:end]
        place = end
        if name == b"IEND":
            file.end = place
            return file
    raise refusal("FILE_DAMAGED")


def _unpacked(packed: bytes, most: int) -> bytes | None:
    try:
        return zlib.decompressobj().decompress(packed, most)
    except zlib.error:
        return None


def _text(name: bytes, content: bytes) -> tuple[str, str]:
    keyword, _, rest = content.partition(b"\0")
    packed, code = name == b"zTXt", "latin-1"
    if packed:
        rest = rest[1:]
    if name == b"iTXt":
        packed, code = rest[:1] == b"\x01", "utf-8"
        rest = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    text = (_unpacked(rest, _LONGEST_TEXT) or b"") if packed else rest
    return keyword.decode("latin-1"), text.decode(code, "replace")


def _packed_exif(keyword: str, text: str) -> tuple[Disclosure, ...]:
    """What ImageMagick's way of keeping EXIF, as hexadecimal text, gives away. Viewers don't turn by it."""
    if keyword not in ("Raw profile type exif", "Raw profile type APP1"):
        return ()
    try:
        block = bytes.fromhex("".join(text.split("\n")[3:]))
    except ValueError:
        return ()
    return from_exif(block, stored_size=(0, 0)).disclosures

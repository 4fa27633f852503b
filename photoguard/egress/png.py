"""Writes PNG files (ISO/IEC 15948) and tells what else stands in one."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import cv2
import numpy as np

from .. import profiles
from ..photo import Pixels, Profile

ALLOWED = (b"IHDR", b"iCCP", b"IDAT", b"IEND")
"""The chunks of an output, in their order. iCCP holds one of our own profiles, to the byte."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PROFILE_NAME = b"ICC\0\0"  # a name, and the only compression there is
_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}
_COMPRESSION = [cv2.IMWRITE_PNG_COMPRESSION, 3, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_DEFAULT]
"""On photos three times as quick as Pillow's default, at the same size."""


def write(pixels: Pixels, alpha: Pixels | None, profile: Profile) -> bytes:
    """Upright RGB pixels (H x W x 3) and alpha (H x W) as a PNG of 8 bits per channel.

    Grey pixels are written as one channel where the profile is sRGB. Raises ValueError where it can't be done.
    """
    if alpha is not None:
        picture = cv2.cvtColor(np.dstack((pixels, alpha)), cv2.COLOR_RGBA2BGRA)
    elif profile is Profile.SRGB and is_grey(pixels):
        picture = pixels[:, :, 0]
    else:
        picture = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    done, encoded = cv2.imencode(".png", picture, _COMPRESSION)
    if not done:
        raise ValueError("no PNG")
    parts = [_SIGNATURE]
    for name, content in _chunks(encoded.tobytes()):
        if name not in ALLOWED:
            continue
        parts.append(_chunk(name, content))
        if name == b"IHDR" and profile is not Profile.SRGB:
            parts.append(_chunk(b"iCCP", _PROFILE_NAME + zlib.compress(profiles.icc(profile), 9)))
    return b"".join(parts)


def structure(data: bytes, profile: Profile) -> list[str]:
    """What stands in a PNG file that the allow-list does not name; empty where it is clean."""
    if not data.startswith(_SIGNATURE):
        return ["not a PNG picture"]
    try:
        chunks = list(_chunks(data))
    except ValueError:
        return ["not a whole PNG picture"]
    found = [f"block {name.decode('latin-1')}" for name, _ in chunks if name not in ALLOWED]
    order = [name for i, (name, _) in enumerate(chunks) if i == 0 or name != chunks[i - 1][0]]
    expected = [name for name in ALLOWED if name != b"iCCP" or profile is not Profile.SRGB]
    if not found and (
        order != expected or sum(name != b"IDAT" for name in map(_name, chunks)) != len(expected) - 1
    ):
        found.append("blocks that do not belong together")
    for name, content in chunks:
        if name == b"iCCP" and not _is_ours(content, profile):
            found.append("a colour profile that is not our own")
        if name == b"IEND" and content:
            found.append("bytes in the last block")
    if not found and not _holds_only_pixels(chunks):
        found.append("bytes beside the pixels")
    return found


def _holds_only_pixels(chunks: list[tuple[bytes, bytes]]) -> bool:
    """Whether the compressed data is as long as the pixels need, and nothing follows it."""
    header = chunks[0][1]
    if len(header) != 13:
        return False
    width, height, bits, kind, *methods = struct.unpack(">IIBBBBB", header)
    if bits != 8 or kind not in _CHANNELS or any(methods):
        return False
    size = height * (1 + width * _CHANNELS[kind])
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(b"".join(content for name, content in chunks if name == b"IDAT"), size + 1)
    except zlib.error:
        return False
    return len(raw) == size and unpacker.eof and not unpacker.unused_data


def _is_ours(content: bytes, profile: Profile) -> bool:
    ours = profiles.icc(profile)
    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(content.removeprefix(_PROFILE_NAME), len(ours) + 1)
    except zlib.error:
        return False
    return (
        content.startswith(_PROFILE_NAME) and unpacked == ours and unpacker.eof and not unpacker.unused_data
    )


def is_grey(pixels: Pixels) -> bool:
    """Whether red, green and blue are the same everywhere (H x W x 3)."""
    red, green, blue = pixels[:, :, 0], pixels[:, :, 1], pixels[:, :, 2]
    # Colour shows in the middle row nearly always; a look at all pixels is for the rest.
    middle = pixels.shape[0] // 2
    return bool((red[middle] == green[middle]).all() and (red == green).all() and (green == blue).all())


def _name(chunk: tuple[bytes, bytes]) -> bytes:
    return chunk[0]


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each chunk. Raises ValueError where they do not fill the file to its last byte."""
    place = len(_SIGNATURE)
    while place < len(data):
        if place + 12 > len(data):
            raise ValueError("a chunk is cut off")
        length, name = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        content = data[place + 8 : end - 4]
        if end > len(data) or data[end - 4 : end] != struct.pack(">I", zlib.crc32(name + content)):
            raise ValueError("a chunk is damaged")
        yield name, content
        place = end

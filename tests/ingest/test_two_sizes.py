"""A file that says two sizes is not read: the limit was compared with one of them only."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image, PngImagePlugin, WebPImagePlugin

from photoguard import ingest
from photoguard.errors import UnreadablePhoto
from photoguard.ingest import raster


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def header(width: int, height: int) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))


@pytest.mark.parametrize("second", [(2000, 1000), (8, 4)])
def test_a_png_with_two_headers_is_damaged(second: tuple[int, int]) -> None:
    width, height = second
    pixels = chunk(b"IDAT", zlib.compress(bytes((width + 1) * height)))
    data = b"\x89PNG\r\n\x1a\n" + header(8, 8) + header(*second) + pixels + chunk(b"IEND", b"")
    with pytest.raises(UnreadablePhoto) as caught:
        ingest.read(data, 1.0)
    assert caught.value.code == "FILE_DAMAGED"


@pytest.mark.parametrize("plugin", [PngImagePlugin.PngImageFile, WebPImagePlugin.WebPImageFile])
def test_nothing_is_decoded_that_has_another_size_than_was_checked(plugin: type[Image.Image]) -> None:
    out = io.BytesIO()
    Image.new("RGB", (9, 8)).save(out, plugin.format)
    assert raster.decode(plugin, out.getvalue(), (9, 8)).size == (9, 8)  # type: ignore[arg-type]
    with pytest.raises(UnreadablePhoto):
        raster.decode(plugin, out.getvalue(), (8, 8))  # type: ignore[arg-type]

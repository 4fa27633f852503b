from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
import skimage.data
from PIL import Image

from photoguard import profiles
from photoguard.egress import png
from photoguard.photo import Profile

RGB = np.ascontiguousarray(skimage.data.astronaut()[100:147, 200:261])
ALPHA = np.tile(np.arange(61, dtype=np.uint8) * 4, (47, 1))


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def names(data: bytes) -> list[bytes]:
    found, place = [], 8
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        found.append(data[place + 4 : place + 8])
        place += 12 + length
    return found


def pixel_data(data: bytes) -> bytes:
    place = data.index(b"IDAT") - 4
    (length,) = struct.unpack_from(">I", data, place)
    return data[place + 8 : place + 8 + length]


def with_pixel_data(data: bytes, content: bytes) -> bytes:
    place = data.index(b"IDAT") - 4
    (length,) = struct.unpack_from(">I", data, place)
    return data[:place] + chunk(b"IDAT", content) + data[place + 12 + length :]


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("alpha", [None, ALPHA])
def test_png_holds_the_pixels_exactly_and_nothing_else(profile: Profile, alpha: np.ndarray | None) -> None:
    data = png.write(RGB, alpha, profile)
    profiled = [] if profile is Profile.SRGB else [b"iCCP"]
    assert [name for name in names(data) if name != b"IDAT"] == [b"IHDR", *profiled, b"IEND"]
    assert png.structure(data, profile) == []
    with Image.open(io.BytesIO(data)) as image:
        assert np.array_equal(np.asarray(image)[..., :3], RGB)
        assert (image.mode == "RGBA") == (alpha is not None)
        if alpha is not None:
            assert np.array_equal(np.asarray(image)[..., 3], alpha)
        assert image.info.get("icc_profile") == (None if profile is Profile.SRGB else profiles.icc(profile))


def test_grey_pixels_are_written_as_one_channel() -> None:
    grey = np.repeat(RGB[..., :1], 3, axis=2)
    with Image.open(io.BytesIO(png.write(grey, None, Profile.SRGB))) as image:
        assert image.mode == "L"
        assert np.array_equal(np.asarray(image.convert("RGB")), grey)
    almost = grey.copy()
    almost[3, 5] = (1, 2, 3)
    with Image.open(io.BytesIO(png.write(almost, None, Profile.SRGB))) as image:
        assert np.array_equal(np.asarray(image), almost)
    assert png.structure(png.write(grey, None, Profile.DISPLAY_P3), Profile.DISPLAY_P3) == []


@pytest.mark.parametrize(
    "name",
    [b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME", b"pHYs", b"caBX", b"acTL", b"PLTE", b"tRNS", b"sRGB"],
)
@pytest.mark.parametrize("before", [b"IDAT", b"IEND"])
def test_a_chunk_that_is_not_on_the_list_is_found(name: bytes, before: bytes) -> None:
    data = png.write(RGB, None, Profile.SRGB)
    place = data.index(before) - 4
    planted = data[:place] + chunk(name, b"Anna Beispiel") + data[place:]
    assert png.structure(planted, Profile.SRGB) == [f"block {name.decode()}"]


def test_bytes_around_the_chunks_are_found() -> None:
    data = png.write(RGB, None, Profile.SRGB)
    for planted in (
        data + b"\0",
        data + b"trailer of more than twelve bytes",
        b"x" + data,
        data[:-1],
        data + data,
    ):
        assert png.structure(planted, Profile.SRGB)
    assert png.structure(data[:-12] + chunk(b"IEND", b"Anna"), Profile.SRGB)
    assert png.structure(data.replace(b"IHDR", b"IHDQ"), Profile.SRGB)


def test_bytes_beside_the_pixels_are_found() -> None:
    data = png.write(RGB, None, Profile.SRGB)
    packed = pixel_data(data)
    assert png.structure(with_pixel_data(data, zlib.compress(zlib.decompress(packed))), Profile.SRGB) == []
    beyond = zlib.compress(zlib.decompress(packed) + b"Anna Beispiel")
    for content in (packed + b"Anna", beyond, packed[:-5], b""):
        assert png.structure(with_pixel_data(data, content), Profile.SRGB) == ["bytes beside the pixels"]


def test_a_profile_that_is_not_ours_is_found() -> None:
    plain = png.write(RGB, None, Profile.SRGB)
    place = plain.index(b"IDAT") - 4

    def with_profile(name: bytes, icc: bytes, tail: bytes = b"") -> bytes:
        return plain[:place] + chunk(b"iCCP", name + b"\0\0" + zlib.compress(icc) + tail) + plain[place:]

    ours = profiles.icc(Profile.DISPLAY_P3)
    assert png.structure(with_profile(b"ICC", ours), Profile.DISPLAY_P3) == []
    for planted in (
        with_profile(b"Anna's screen", ours),
        with_profile(b"ICC", ours + b"Anna"),
        with_profile(b"ICC", ours, b"Anna"),
        with_profile(b"ICC", profiles.icc(Profile.ADOBE_RGB)),
        plain,
    ):
        assert png.structure(planted, Profile.DISPLAY_P3)
    assert png.structure(with_profile(b"ICC", ours), Profile.SRGB)


@pytest.mark.parametrize("place", [8, 9])
def test_other_depths_and_palettes_are_no_output_of_ours(place: int) -> None:
    data = png.write(RGB, None, Profile.SRGB)
    content = bytearray(data[16:29])
    content[place] = 3
    assert png.structure(data[:8] + chunk(b"IHDR", bytes(content)) + data[33:], Profile.SRGB)

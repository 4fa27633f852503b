from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import skimage.data
from PIL import Image

from photoguard import profiles
from photoguard.egress import webp
from photoguard.photo import Profile

RGB = np.ascontiguousarray(skimage.data.astronaut()[100:147, 200:261])
ALPHA = np.tile(np.arange(61, dtype=np.uint8) * 4, (47, 1))


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def with_chunk(data: bytes, added: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(data) - 8 + len(added)) + data[8:] + added


def saved(**options: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(RGB).save(out, "WEBP", **options)
    return out.getvalue()


@pytest.mark.parametrize("lossless", [True, False])
@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("alpha", [None, ALPHA])
def test_webp_holds_the_picture_and_nothing_else(
    lossless: bool, profile: Profile, alpha: np.ndarray | None
) -> None:
    data = webp.write(RGB, alpha, profile, lossless)
    assert webp.structure(data, profile) == []
    assert webp.is_lossless(data) is lossless
    with Image.open(io.BytesIO(data)) as image:
        seen = np.asarray(image)
        assert image.info.get("icc_profile") == (None if profile is Profile.SRGB else profiles.icc(profile))
    assert np.abs(seen[..., :3].astype(int) - RGB)[ALPHA > 0].mean() <= (0 if lossless else 6)
    if alpha is not None:
        assert np.array_equal(seen[..., 3], alpha)


def test_black_under_full_transparency_stays_black() -> None:
    hidden = RGB.copy()
    alpha = np.full(RGB.shape[:2], 255, np.uint8)
    alpha[:20] = 0
    hidden[:20] = 0
    with Image.open(io.BytesIO(webp.write(hidden, alpha, Profile.SRGB, lossless=True))) as image:
        assert not np.asarray(image)[:20, :, :3].any()


@pytest.mark.parametrize("name", [b"EXIF", b"XMP ", b"ANIM", b"ANMF", b"JUNK"])
@pytest.mark.parametrize("lossless", [True, False])
def test_a_chunk_that_is_not_on_the_list_is_found(name: bytes, lossless: bool) -> None:
    data = webp.write(RGB, None, Profile.SRGB, lossless)
    found = webp.structure(with_chunk(data, chunk(name, b"Anna Beispiel")), Profile.SRGB)
    assert found == [f"block {name.decode().strip()}"]


def test_bytes_around_the_chunks_are_found() -> None:
    data = webp.write(RGB, None, Profile.SRGB, lossless=True)
    picture = data[12:]
    for planted in (
        data + b"Anna",
        data[:-2],
        with_chunk(data, b"Anna"),
        with_chunk(data, picture),
        b"x" + data,
    ):
        assert webp.structure(planted, Profile.SRGB)


def test_marks_of_further_blocks_are_found() -> None:
    data = bytearray(webp.write(RGB, ALPHA, Profile.SRGB, lossless=False))
    data[data.index(b"VP8X") + 8] |= 0x08
    assert webp.structure(bytes(data), Profile.SRGB) == ["marks of further blocks"]


def test_a_profile_that_is_not_ours_is_found() -> None:
    other = profiles.icc(Profile.DISPLAY_P3) + b"Anna"
    data = saved(lossless=True, icc_profile=other)
    assert webp.structure(data, Profile.DISPLAY_P3) == ["a colour profile that is not our own"]
    ours = webp.write(RGB, None, Profile.DISPLAY_P3, lossless=True)
    assert webp.structure(ours, Profile.SRGB) == ["a colour profile that is not our own"]


def test_lossless_sources_are_known() -> None:
    second = [Image.fromarray(RGB[::-1])]
    assert webp.is_lossless(saved(lossless=True))
    assert not webp.is_lossless(saved(lossless=False))
    assert webp.is_lossless(saved(lossless=True, save_all=True, append_images=second))
    assert not webp.is_lossless(saved(lossless=False, save_all=True, append_images=second))
    assert not webp.is_lossless(b"")

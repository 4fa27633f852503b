from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from photoguard import profiles
from photoguard.photo import Profile

# CSS Color Module 4, "Sample code for color conversions": linear light to linear sRGB
TO_LINEAR_SRGB = {
    Profile.DISPLAY_P3: [[1.2249, -0.2247, 0], [-0.0420, 1.0419, 0], [-0.0197, -0.0786, 1.0979]],
    Profile.ADOBE_RGB: [[1.3984, -0.3984, 0], [0, 1, 0], [0, -0.0429, 1.0429]],
}


def cube(step: int = 15) -> np.ndarray:
    levels = np.arange(0, 256, step, dtype=np.uint8)
    return np.stack(np.meshgrid(levels, levels, levels), -1).reshape(1, -1, 3)


def to_linear(encoded: np.ndarray) -> np.ndarray:
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def from_linear(light: np.ndarray) -> np.ndarray:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055)


def with_gamma(gamma: float) -> bytes:
    """Our Adobe RGB with another curve."""
    ours = profiles.icc(Profile.ADOBE_RGB)
    return ours.replace(struct.pack(">i", 563 * 256), struct.pack(">i", round(gamma * 65536)))


@pytest.mark.parametrize("profile", Profile)
def test_every_built_in_profile_is_valid_small_and_always_the_same(profile: Profile) -> None:
    first = profiles.icc(profile)
    profiles.icc.cache_clear()
    assert profiles.icc(profile) == first
    assert len(first) < 700
    assert int.from_bytes(first[:4], "big") == len(first)
    opened = ImageCms.ImageCmsProfile(io.BytesIO(first)).profile
    assert opened.version == pytest.approx(4.3)
    assert (opened.device_class, opened.xcolor_space.strip(), opened.connection_space.strip()) == (
        "mntr",
        "RGB",
        "XYZ",
    )
    assert opened.media_white_point_temperature == pytest.approx(5000, abs=10)


@pytest.mark.parametrize("profile", Profile)
def test_grey_stays_grey_in_every_built_in_profile(profile: Profile) -> None:
    greys = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    seen = np.asarray(profiles.to_srgb(Image.fromarray(greys), profiles.icc(profile)), np.int16)
    assert np.ptp(seen, axis=2).max() <= 1


def test_our_srgb_does_what_littlecms_own_does() -> None:
    theirs = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    colours = cube()
    seen = np.asarray(profiles.to_srgb(Image.fromarray(colours), theirs), np.int16)
    assert np.abs(seen - colours).max() <= 1


@pytest.mark.parametrize("profile", TO_LINEAR_SRGB)
def test_conversion_follows_the_published_matrices(profile: Profile) -> None:
    colours = cube()
    encoded = colours / 255
    light = encoded ** (563 / 256) if profile is Profile.ADOBE_RGB else to_linear(encoded)
    wanted = from_linear(light @ np.array(TO_LINEAR_SRGB[profile]).T) * 255
    inside = ((wanted > 4) & (wanted < 254.5)).all(axis=2)  # out of the gamut, engines clip as they like
    seen = np.asarray(profiles.to_srgb(Image.fromarray(colours), profiles.icc(profile)), float)
    assert inside.sum() > 1000
    assert np.abs(seen - wanted)[inside].max() <= 1.5


@pytest.mark.parametrize("profile", Profile)
def test_a_built_in_profile_is_recognised_whoever_wrote_it(profile: Profile) -> None:
    ours = profiles.icc(profile)
    renamed = ours.replace("C".encode("utf-16-be") + "C0".encode("utf-16-be"), "ACM".encode("utf-16-be"))
    assert renamed != ours
    assert profiles.recognise(ours) is profile
    assert profiles.recognise(renamed) is profile


def test_littlecms_srgb_is_recognised() -> None:
    theirs = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert theirs != profiles.icc(Profile.SRGB)
    assert profiles.recognise(theirs) is Profile.SRGB


@pytest.mark.parametrize("nothing", [None, b"", b"junk" * 100, profiles.icc(Profile.DISPLAY_P3)[:200]])
def test_no_profile_and_a_broken_one_count_as_srgb(nothing: bytes | None) -> None:
    assert profiles.recognise(nothing) is Profile.SRGB
    colours = Image.fromarray(cube(51))
    assert np.array_equal(np.asarray(profiles.to_srgb(colours, nothing or b"")), np.asarray(colours))


@pytest.mark.parametrize(("gamma", "wanted"), [(2.2, Profile.ADOBE_RGB), (1.8, None), (2.4, None)])
def test_another_tone_curve_is_another_profile(gamma: float, wanted: Profile | None) -> None:
    assert profiles.recognise(with_gamma(gamma)) is wanted


def test_an_unknown_profile_is_converted() -> None:
    grey = Image.new("RGB", (2, 2), (100, 100, 100))
    seen = profiles.to_srgb(grey, with_gamma(1.8)).getpixel((0, 0))
    wanted = from_linear(np.array((100 / 255) ** 1.8)) * 255
    assert np.abs(np.array(seen) - wanted).max() <= 1


def grey_profile(curve: bytes) -> bytes:
    """A profile for one channel, made from ours."""
    tags = {b"wtpt": b"XYZ " + bytes(4) + struct.pack(">3I", 0xF6D6, 0x10000, 0xD32D), b"kTRC": curve}
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += struct.pack(">4sII", name, 132 + 12 * len(tags) + len(body), len(content))
        body += content
    header = bytearray(profiles.icc(Profile.SRGB)[:128])
    header[:4] = struct.pack(">I", 128 + len(table) + len(body))
    header[16:20] = b"GRAY"
    return bytes(header) + table + body


def test_a_grey_profile_is_respected() -> None:
    linear = grey_profile(b"para" + bytes(4) + struct.pack(">HHi", 0, 0, 65536))
    assert profiles.recognise(linear) is None
    seen = profiles.to_srgb(Image.new("L", (2, 2), 55), linear).getpixel((0, 0))
    assert max(abs(level - 128) for level in seen) <= 1
    ours = profiles.icc(Profile.SRGB)
    place = ours.index(b"para")
    assert profiles.recognise(grey_profile(ours[place : place + 32])) is Profile.SRGB


def test_a_colour_profile_in_a_grey_image_is_respected() -> None:
    seen = profiles.to_srgb(Image.new("L", (2, 2), 100), with_gamma(1.8)).getpixel((0, 0))
    assert seen == profiles.to_srgb(Image.new("RGB", (2, 2), (100,) * 3), with_gamma(1.8)).getpixel((0, 0))


def test_cmyk_with_a_profile_of_other_channels_is_converted_without_it() -> None:
    ink = Image.new("CMYK", (2, 2), (0, 255, 255, 0))
    assert profiles.to_srgb(ink, profiles.icc(Profile.SRGB)).getpixel((0, 0)) == (255, 0, 0)


def test_lab_becomes_rgb() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    white = profiles.to_srgb(Image.new("LAB", (2, 2), (255, 128, 128)), lab).getpixel((0, 0))
    assert min(white) >= 253

from __future__ import annotations

import io
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import jpeglib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jpeg_sources import SAMPLINGS, coefficients, exif, kept_scans, make_jpeg, picture, with_segment
from numpy.typing import NDArray
from PIL import Image
from shapes import raster

from photoguard import jpegfile, profiles
from photoguard.egress import jpeg
from photoguard.errors import UnwritablePhoto
from photoguard.ingest.jpeg import read
from photoguard.orientation import TURNS
from photoguard.photo import Box, CaptureFacts, Container, Kind, Method, Photo, Profile, Region

COLOUR = (200, 60, 90)


def opened(data: bytes) -> Photo:
    return read(data, 200)


def aligned(photo: Photo, mcus: Box) -> Region:
    """A region of whole MCUs, counted in MCUs, cut at the picture's edges as the mask planner does."""
    (width, height), (across, down) = photo.size, photo.block
    x0, y0, x1, y1 = mcus
    box = (x0 * across, y0 * down, min(x1 * across, width), min(y1 * down, height))
    return Region(box, Method.SOLID, (Kind.FACE,))


def shaped(photo: Photo, seed: int = 4) -> Region:
    """A region of half of the MCUs here and there, with holes, which reaches all four edges."""
    rows, columns = (
        -(-side // block) for side, block in zip(photo.size[::-1], photo.block[::-1], strict=True)
    )
    cells = np.random.default_rng(seed).random((rows, columns)) < 0.5
    cells[0, 0] = cells[-1, -1] = True
    cells[0, -1] = cells[-1, 0] = False
    return Region((0, 0, *photo.size), Method.SOLID, (Kind.BACKGROUND,), cells, photo.block)


def painted(photo: Photo, *regions: Region) -> NDArray[np.uint8]:
    pixels = photo.pixels.copy()
    pixels[raster(regions, photo.size)] = COLOUR
    return pixels


def turned(blocks: NDArray[np.int16], orientation: int) -> NDArray[np.int16]:
    """Coefficients of the upright picture: a transposed cosine is its own, a mirrored odd one changes sign."""
    alternating = (-1) ** np.arange(8)
    turn = TURNS[orientation]
    if turn.transpose:
        blocks = np.swapaxes(np.swapaxes(blocks, 0, 1), 2, 3)
    if turn.flip_x:
        blocks = np.flip(blocks, 1) * alternating
    if turn.flip_y:
        blocks = np.flip(blocks, 0) * alternating[:, None]
    return blocks


def blocks_outside(
    photo: Photo, kind: str, region: Region, planes: list[NDArray[np.int16]]
) -> Iterator[NDArray[np.bool_]]:
    """Per component, which blocks lie outside a region of MCUs."""
    transposed = TURNS[photo.facts.orientation].transpose
    mcus = raster([region], photo.size)[:: photo.block[1], :: photo.block[0]]
    for plane, (h, v) in zip(planes, SAMPLINGS[kind], strict=True):
        across, down = (v, h) if transposed else (h, v)
        rows, columns = plane.shape[:2]
        yield ~mcus.repeat(down, axis=0).repeat(across, axis=1)[:rows, :columns]


def expected_colour(kind: str) -> tuple[int, int, int]:
    grey = Image.new("RGB", (1, 1), COLOUR).convert("L").getpixel((0, 0))
    return (grey, grey, grey) if kind == "grey" else COLOUR


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("progressive", [False, True], ids=["baseline", "progressive"])
@pytest.mark.parametrize("kind", SAMPLINGS)
def test_a_masked_jpeg_keeps_every_block_outside_the_masks(
    kind: str, progressive: bool, orientation: int
) -> None:
    source = make_jpeg(kind, (128, 96), progressive=progressive, orientation=orientation)
    photo = opened(source)
    check_blocks(source, photo, aligned(photo, (1, 1, 2, 3)), kind)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", SAMPLINGS)
def test_a_mask_of_any_shape_keeps_every_block_outside_it(kind: str, orientation: int) -> None:
    source = make_jpeg(kind, (128, 96), orientation=orientation)
    photo = opened(source)
    check_blocks(source, photo, shaped(photo), kind)


def check_blocks(source: bytes, photo: Photo, region: Region, kind: str) -> None:
    pixels = painted(photo, region)
    written = jpeg.write(photo, pixels, [region])
    before = [turned(plane, photo.facts.orientation) for plane in coefficients(source)]
    after = coefficients(written)
    for was, now, kept in zip(before, after, blocks_outside(photo, kind, region, after), strict=True):
        assert kept.any()
        assert not kept.all()
        assert np.array_equal(was[kept], now[kept])
        assert not now[~kept][:, 1:, 1:].any(), "a mask of one colour has no detail"
    assert jpeg.structure(written) == []
    check_picture(photo, opened(written).pixels, region, kind)


def check_picture(photo: Photo, written: NDArray[np.uint8], region: Region, kind: str) -> None:
    """Inside the mask stands its colour, and away from it the photo (turned blocks round differently)."""
    under = raster([region], photo.size).astype(np.uint8)
    inner = cv2.erode(under, np.ones((5, 5))) > 0
    away = cv2.dilate(under, np.ones((9, 9))) == 0
    assert inner.any()
    assert np.abs(written[inner].astype(int) - expected_colour(kind)).max() <= 8
    difference = np.abs(written[away].astype(int) - photo.pixels[away])
    assert difference.max(initial=0) <= (0 if photo.facts.orientation == 1 else 10)
    assert not difference.size or difference.mean() < 0.5


@pytest.mark.parametrize("progressive", [False, True], ids=["baseline", "progressive"])
@pytest.mark.parametrize("orientation", [1, 5])
@pytest.mark.parametrize("kind", SAMPLINGS)
def test_sides_that_end_within_a_block_are_no_obstacle_unless_flipped(
    kind: str, orientation: int, progressive: bool
) -> None:
    source = make_jpeg(kind, (151, 103), progressive=progressive, orientation=orientation)
    photo = opened(source)
    across, down = (-(-side // block) for side, block in zip(photo.size, photo.block, strict=True))
    before = [turned(plane, orientation) for plane in coefficients(source)]
    for region in (aligned(photo, (across - 2, down - 2, across, down)), shaped(photo)):
        after = coefficients(jpeg.write(photo, painted(photo, region), [region]))
        for was, now, kept in zip(before, after, blocks_outside(photo, kind, region, after), strict=True):
            assert np.array_equal(was[kept], now[kept])
            assert not now[~kept][:, 1:, 1:].any()


@pytest.mark.parametrize(
    ("orientation", "size"), [(6, (151, 96)), (8, (128, 103)), (2, (128, 103)), (4, (151, 96))]
)
def test_only_sides_that_become_left_or_upper_edges_must_be_whole(
    orientation: int, size: tuple[int, int]
) -> None:
    source = make_jpeg("420", size, orientation=orientation)
    photo = opened(source)
    written = jpeg.write(photo, photo.pixels, [])
    for was, now in zip(coefficients(source), coefficients(written), strict=True):
        assert np.array_equal(turned(was, orientation), now)


@pytest.mark.parametrize("orientation", [2, 3, 4, 6, 7, 8])
@pytest.mark.parametrize("kind", ["444", "422", "440", "420", "411", "grey", "cmyk"])
def test_what_cannot_be_turned_losslessly_is_encoded_with_its_own_tables(kind: str, orientation: int) -> None:
    source = make_jpeg(kind, (151, 103), orientation=orientation)
    photo = opened(source)
    regions = [aligned(photo, (1, 1, 3, 3)), shaped(photo)]
    pixels = painted(photo, *regions)
    written = jpeg.write(photo, pixels, regions)
    assert jpeg.structure(written) == []
    result = opened(written)
    assert result.size == photo.size
    if kind == "grey":
        pixels = np.array(Image.fromarray(pixels).convert("L").convert("RGB"))
    assert np.abs(result.pixels.astype(int) - pixels).mean() < 4
    if kind == "cmyk":
        return
    transposed = TURNS[orientation].transpose
    was, now = jpegfile.parse(source), jpegfile.parse(written)
    for before, after in zip(was.tables, now.tables, strict=True):
        assert np.array_equal(before.T if transposed else before, after)
    first = now.frame.components[0]
    finest = {"444": (1, 1), "grey": (1, 1), "420": (2, 2), "422": (1, 1) if transposed else (2, 1)}
    finest["440"] = (2, 1) if transposed else (1, 1)
    assert (first.h, first.v) == finest.get(kind, (1, 1))


def test_three_different_tables_survive_encoding_and_turning() -> None:
    tables = [[1 + 2 * i for i in range(64)], [2 + i for i in range(64)], [200 - i for i in range(64)]]
    file = io.BytesIO()
    tagged = exif(6)
    Image.fromarray(picture(150, 96)).save(file, "JPEG", qtables=tables, exif=tagged)
    photo = opened(file.getvalue())
    for native in (True, False):
        written = jpeg.write(replace(photo, native=native), photo.pixels, [])
        before, after = jpegfile.parse(photo.source).tables, jpegfile.parse(written).tables
        assert all(np.array_equal(b.T, a) for b, a in zip(before, after, strict=True))


def test_tables_of_16_bits_are_kept() -> None:
    file = io.BytesIO()
    tables = [[300 + i for i in range(64)], [16] * 64]
    Image.fromarray(picture(128, 96)).save(file, "JPEG", qtables=tables)
    photo = opened(file.getvalue())
    region = aligned(photo, (0, 0, 2, 2))
    pixels = painted(photo, region)
    for native in (True, False):
        written = jpeg.write(replace(photo, native=native), pixels, [region])
        assert jpegfile.parse(written).tables[0][0, 1] == 301
        assert np.abs(opened(written).pixels[4:20, 4:20].astype(int) - COLOUR).max() < 30


@pytest.mark.parametrize("progressive", [False, True], ids=["baseline", "progressive"])
@pytest.mark.parametrize("kind", SAMPLINGS)
def test_an_untouched_jpeg_keeps_its_scans_bit_for_bit(kind: str, progressive: bool) -> None:
    source = make_jpeg(kind, progressive=progressive)
    for marker, payload in (
        (0xFE, b"Jane Doe"),
        (0xE1, exif(1)),
        (0xED, b"Photoshop 3.0\0..."),
        (0xE7, b"vendor"),
    ):
        source = with_segment(source, marker, payload)
    # The scans hold no marker-like bytes but markers: what stands before the last one stands between scans.
    last = source.rindex(b"\xff\xda")
    source = source[:last] + b"\xff\xfe\x00\x0aJane Doe" + source[last:] + b"a film of Jane Doe"
    photo = opened(source)
    written = jpeg.write(photo, photo.pixels, [])
    if jpegfile.parse(source).frame.usual:
        assert kept_scans(source, written)
        entropy = [bytes(segment.entropy) for segment in jpegfile.parse(source).coding]
        assert all(part in written for part in entropy)
    assert all(map(np.array_equal, coefficients(source), coefficients(written)))
    assert jpeg.structure(written) == []
    assert b"Jane Doe" not in written
    assert b"vendor" not in written
    assert b"Testcamera" not in written
    assert np.array_equal(opened(written).pixels, photo.pixels)


def test_restart_markers_are_kept_when_nothing_is_masked_and_survive_masks() -> None:
    file = io.BytesIO()
    Image.fromarray(picture(151, 103)).save(file, "JPEG", restart_marker_blocks=3)
    photo = opened(file.getvalue())
    assert kept_scans(photo.source, jpeg.write(photo, photo.pixels, []))
    region = aligned(photo, (2, 2, 5, 4))
    written = opened(jpeg.write(photo, painted(photo, region), [region]))
    check_picture(photo, written.pixels, region, "420")


def test_a_masked_print_jpeg_has_nothing_left_in_its_black() -> None:
    for kind in ("cmyk", "ycck"):
        photo = opened(make_jpeg(kind, (64, 64)))
        region = aligned(photo, (0, 0, 2, 2))
        black = coefficients(jpeg.write(photo, painted(photo, region), [region]))[3]
        side = 2 * photo.block[0] // 8
        masked = black[:side, :side]
        assert not masked.reshape(-1, 64)[:, 1:].any()
        assert len(np.unique(masked[..., 0, 0])) == 1


RGB_CODED = io.BytesIO()
Image.fromarray(picture(128, 96)).save(RGB_CODED, "JPEG", keep_rgb=True, quality=92)


def test_an_rgb_coded_jpeg_stays_one() -> None:
    photo = opened(RGB_CODED.getvalue())
    assert jpegfile.parse(photo.source).colour is jpegfile.Colour.RGB
    assert kept_scans(photo.source, jpeg.write(photo, photo.pixels, []))
    region = aligned(photo, (2, 2, 5, 5))
    written = jpeg.write(photo, painted(photo, region), [region])
    check_picture(photo, opened(written).pixels, region, "444")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    kind=st.sampled_from(["444", "420", "411", "grey"]),
    orientation=st.integers(1, 8),
    size=st.tuples(st.integers(1, 70), st.integers(1, 70)),
    corners=st.lists(st.tuples(*[st.floats(0, 1)] * 4), min_size=1, max_size=3),
    islands=st.none() | st.integers(0, 2**32),
)
def test_whatever_is_masked_is_masked_in_the_file(
    kind: str,
    orientation: int,
    size: tuple[int, int],
    corners: list[tuple[float, ...]],
    islands: int | None,
) -> None:
    """Also regions that nobody aligned, that overlap, or that cover everything."""
    photo = opened(make_jpeg(kind, size, orientation=orientation))
    width, height = photo.size
    regions = []
    for x0, y0, x1, y1 in corners:
        left, right = sorted((int(x0 * width), int(x1 * width)))
        top, bottom = sorted((int(y0 * height), int(y1 * height)))
        box = (left, top, min(right + 1, width), min(bottom + 1, height))
        regions.append(Region(box, Method.SOLID, (Kind.TEXT,)))
    if islands is not None:
        cells = np.random.default_rng(islands).random((-(-height // 11), -(-width // 13))) < 0.5
        regions.append(Region((0, 0, width, height), Method.SOLID, (Kind.TATTOO,), cells, (13, 11)))
    pixels = np.full_like(photo.pixels, 128)
    written = opened(jpeg.write(photo, pixels, regions)).pixels
    assert written.shape == photo.pixels.shape
    under = raster(regions, photo.size)
    # Smooth upsampling of colour lets one sample (four pixels at most) from outside in, in colour only.
    luma = np.asarray(Image.fromarray(written).convert("L"))[under]
    assert np.abs(luma.astype(int) - 128).max(initial=0) <= 60
    inner = cv2.erode(under.astype(np.uint8), np.ones((9, 9))) > 0
    assert np.abs(written[inner].astype(int) - 128).max(initial=0) <= 2


@pytest.mark.parametrize("in_memory", [True, False])
def test_no_copy_of_the_photo_is_left_in_the_temporary_folder(
    in_memory: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = opened(make_jpeg("420", (128, 96), orientation=6))
    expected = jpeg.write(photo, photo.pixels, [])
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    if not in_memory:
        monkeypatch.delattr(os, "memfd_create", raising=False)
    assert jpeg.write(photo, photo.pixels, []) == expected
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_copy_that_a_killed_process_left_is_removed_by_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delattr(os, "memfd_create", raising=False)
    begin = time.time()
    for name in ("photoguard-scratch-left", "photoguard-scratch-at-work", "photoguard-else"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "photo.jpg").write_bytes(b"a patient")
        age = 60 if name.endswith("at-work") else 7200
        os.utime(tmp_path / name, (begin - age, begin - age))
    photo = opened(make_jpeg("420", (128, 96), orientation=6))
    jpeg.write(photo, photo.pixels, [])
    assert {path.name for path in tmp_path.iterdir()} == {"photoguard-scratch-at-work", "photoguard-else"}


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("masked", [False, True])
def test_only_profiles_of_ours_are_written(profile: Profile, masked: bool) -> None:
    file = io.BytesIO()
    Image.fromarray(picture(64, 48)).save(file, "JPEG", icc_profile=profiles.icc(profile) + bytes(8))
    photo = replace(opened(file.getvalue()), profile=profile)
    region = aligned(photo, (0, 0, 1, 1))
    written = jpeg.write(photo, painted(photo, region), [region] if masked else [])
    assert jpegfile.parse(written).icc == (None if profile is Profile.SRGB else profiles.icc(profile))
    assert jpeg.structure(written) == []


def test_coefficients_without_a_code_are_encoded_anew(tmp_path: Path) -> None:
    """Each step of this ramp has a code; flipped, the first block would need one that no table has."""
    ramp = np.zeros((1, 3, 8, 8), np.int16)
    ramp[:, :, 0, 0] = [0, 2000, 4000]
    jpeglib.from_dct(ramp, qt=np.ones((1, 8, 8), np.uint16)).write_dct(str(tmp_path / "ramp.jpg"))
    source = with_segment((tmp_path / "ramp.jpg").read_bytes(), 0xE1, exif(2))
    assert coefficients(source)[0][0, 2, 0, 0] == 4000
    photo = opened(source)
    written = jpeg.write(photo, photo.pixels, [])
    assert np.abs(opened(written).pixels.astype(int) - photo.pixels).max() <= 2


def test_the_blackest_block_is_kept() -> None:
    file = io.BytesIO()
    Image.new("L", (32, 16)).save(file, "JPEG", quality=100, exif=exif(3))
    photo = opened(file.getvalue())
    assert coefficients(photo.source)[0].min() == -1024
    assert np.array_equal(coefficients(jpeg.write(photo, photo.pixels, []))[0], coefficients(photo.source)[0])


def test_what_was_no_jpeg_is_encoded_with_full_colour() -> None:
    pixels = picture(150, 100)
    photo = Photo(pixels, Container.ARRAY, CaptureFacts((150, 100)))
    written = jpeg.write(photo, pixels, [])
    assert jpeg.structure(written) == []
    assert jpegfile.parse(written).frame.mcu == (8, 8)
    assert np.abs(opened(written).pixels.astype(int) - pixels).mean() < 2
    assert len(jpeg.write(photo, pixels, [], quality=40)) < len(written) / 2


def test_a_picture_that_cannot_be_a_jpeg_is_refused() -> None:
    pixels = picture(40, 30)
    see_through = Photo(pixels, Container.PNG, CaptureFacts((40, 30)), alpha=np.zeros((30, 40), np.uint8))
    with pytest.raises(UnwritablePhoto):
        jpeg.write(see_through, pixels, [])
    ribbon = np.zeros((2, 70_000, 3), np.uint8)
    with pytest.raises(UnwritablePhoto):
        jpeg.write(Photo(ribbon, Container.ARRAY, CaptureFacts((70_000, 2))), ribbon, [])


CLEAN = jpeg.write(opened(make_jpeg(progressive=True)), opened(make_jpeg(progressive=True)).pixels, [])


def test_a_clean_file_is_called_clean() -> None:
    assert jpeg.structure(CLEAN) == []


@pytest.mark.parametrize(
    ("dirty", "named"),
    [
        (with_segment(CLEAN, 0xFE, b"Jane Doe"), "comment"),
        (with_segment(CLEAN, 0xE1, exif(1)), "APP1"),
        (with_segment(CLEAN, 0xE0, b"JFIF\0\1\1\0\0\1\0\1\1\1abc"), "APP0"),
        (with_segment(CLEAN, 0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"), "headers that do not belong together"),
        (with_segment(CLEAN, 0xEE, b"Adobe\0\x64\0\0\0\0\1"), "APP14"),
        (with_segment(CLEAN, 0xE2, b"ICC_PROFILE\0\1\1" + profiles.icc(Profile.DISPLAY_P3)[:-1]), "APP2"),
        (with_segment(CLEAN, 0xED, b"x"), "APP13"),
        (with_segment(CLEAN, 0xF0, b"x"), "marker F0"),
        (CLEAN + b"\0", "bytes after the picture"),
        (CLEAN[:2] + b"\xff" + CLEAN[2:], "bytes between segments"),
        (CLEAN[:2] + b"Jane" + CLEAN[2:], "bytes between segments"),
        (CLEAN[:-2] + b"\xff\xfe\0\4ab" + CLEAN[-2:], "comment"),
        (CLEAN[:-2], "not a whole JPEG picture (FILE_DAMAGED)"),
        (b"", "not a whole JPEG picture (NOT_A_PHOTO)"),
        (CLEAN.replace(b"\xff\xc4\0", b"\xff\xdd\0\6\0\0Ab\xff\xc4\0", 1), "bytes after a restart interval"),
    ],
)
def test_what_the_list_does_not_name_is_found(dirty: bytes, named: str) -> None:
    assert named in jpeg.structure(dirty)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=3),
    st.none() | st.integers(0, 5000),
)
def test_the_check_never_fails_whatever_it_is_given(changed: list[tuple[int, int]], cut: int | None) -> None:
    broken = bytearray(CLEAN)
    for position, value in changed:
        broken[position % len(broken)] = value
    assert isinstance(jpeg.structure(bytes(broken[:cut])), list)


def test_other_scans_are_not_called_kept() -> None:
    source = make_jpeg()
    changed = bytearray(source)
    changed[-20] ^= 1
    assert kept_scans(source, source)
    assert not kept_scans(source, bytes(changed))


def test_real_photos_are_written_clean_and_look_the_same(real_photos: Path) -> None:
    files = sorted((real_photos / "metadata").glob("*.jpg"))
    assert files
    for file in files:
        photo = opened(file.read_bytes())
        written = jpeg.write(photo, photo.pixels, [])
        assert jpeg.structure(written) == []
        result = opened(written).pixels
        if photo.native and photo.facts.orientation == 1:
            assert kept_scans(photo.source, written)
            assert np.array_equal(result, photo.pixels)
        else:
            assert np.abs(result.astype(int) - photo.pixels).mean() < 3

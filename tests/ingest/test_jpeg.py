from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jpeg_sources import SAMPLINGS, exif, make_jpeg, picture, with_segment
from PIL import Image, ImageCms, ImageOps

from photoguard import ingest, jpegfile, profiles
from photoguard.errors import UnreadablePhoto
from photoguard.ingest import jpeg
from photoguard.photo import Container, Photo, Profile

LIMIT = 200.0


def code_of(data: bytes, limit: float = LIMIT) -> str:
    with pytest.raises(UnreadablePhoto) as caught:
        jpeg.read(data, limit)
    return caught.value.code


def as_pillow_shows_it(data: bytes) -> np.ndarray:
    return np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))


def disclosed(photo: Photo) -> dict[str, str]:
    return {disclosure.where: disclosure.value for disclosure in photo.facts.disclosures}


@pytest.mark.parametrize("progressive", [False, True], ids=["baseline", "progressive"])
@pytest.mark.parametrize("kind", SAMPLINGS)
def test_every_kind_is_read_as_pillow_shows_it(kind: str, progressive: bool) -> None:
    data = make_jpeg(kind, progressive=progressive)
    photo = jpeg.read(data, LIMIT)
    assert np.array_equal(photo.pixels, as_pillow_shows_it(data))
    assert photo.container is Container.JPEG
    assert photo.native
    assert photo.source == data
    assert not photo.pixels.flags.writeable


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["422", "grey", "cmyk"])
def test_the_orientation_is_applied(kind: str, orientation: int) -> None:
    data = make_jpeg(kind, orientation=orientation)
    photo = jpeg.read(data, LIMIT)
    assert np.array_equal(photo.pixels, as_pillow_shows_it(data))
    assert photo.facts.orientation == orientation
    assert photo.facts.stored_size == (151, 103)


def test_blocks_are_those_of_the_upright_picture() -> None:
    assert jpeg.read(make_jpeg("422"), LIMIT).block == (16, 8)
    assert jpeg.read(make_jpeg("422", orientation=6), LIMIT).block == (8, 16)
    assert jpeg.read(make_jpeg("420"), LIMIT).block == (16, 16)
    assert jpeg.read(make_jpeg("grey"), LIMIT).block == (8, 8)


def test_an_rgb_coded_jpeg_keeps_its_colours() -> None:
    file = io.BytesIO()
    Image.fromarray(picture(64, 48)).save(file, "JPEG", keep_rgb=True, quality=95)
    photo = jpeg.read(file.getvalue(), LIMIT)
    assert np.abs(photo.pixels.astype(int) - picture(64, 48)).mean() < 3


def test_a_second_picture_is_counted_and_never_shown() -> None:
    file = io.BytesIO()
    first, second = Image.fromarray(picture(64, 48)), Image.new("RGB", (64, 48), "red")
    first.save(file, "MPO", save_all=True, append_images=[second], quality=95)
    photo = jpeg.read(file.getvalue(), LIMIT)
    assert photo.facts.extra_images == 1
    assert np.abs(photo.pixels.astype(int) - picture(64, 48)).mean() < 4
    assert "MPF" in disclosed(photo)
    assert photo.facts.trailer_bytes > 0


def test_a_picture_hidden_after_the_end_is_counted_without_any_index() -> None:
    photo = jpeg.read(make_jpeg() + b"padding" + make_jpeg("444") + make_jpeg("grey"), LIMIT)
    assert photo.facts.extra_images == 2


def test_a_trailer_is_reported_with_its_size() -> None:
    photo = jpeg.read(make_jpeg() + b"\0\0\0\x18ftypmp42" + bytes(5000), LIMIT)
    assert photo.facts.trailer_bytes == 5012
    assert "5012" in disclosed(photo)["trailer"]
    assert photo.facts.extra_images == 0


def test_every_block_that_tells_something_is_reported() -> None:
    caption = b"Patient in room 4"
    dataset = b"\x1c\x02\x78" + struct.pack(">H", len(caption)) + caption
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(dataset)) + dataset
    data = make_jpeg(orientation=1)
    for marker, payload in (
        (0xFE, b"Jane Doe, 12 May"),
        (0xED, b"Photoshop 3.0\0" + resource),
        (0xEB, b"JP\0\0jumb"),
        (0xE4, b"maker's own"),
        (0xE1, b"http://ns.adobe.com/xmp/extension/\0" + bytes(40)),
        (0xE2, b"MPF\0not an index"),
        (0xE1, exif(1)),
        (0xE1, exif(1)),
    ):
        data = with_segment(data, marker, payload)
    told = jpeg.read(data, LIMIT).facts.disclosures
    where = {disclosure.where for disclosure in told}
    assert {"comment", "IPTC", "C2PA", "APP4", "XMP", "MPF", "EXIF"} <= where
    values = " ".join(disclosure.value for disclosure in told)
    assert "Jane Doe, 12 May" in values
    assert "caption: Patient in room 4" in values
    assert "one more block" in values


def test_bytes_between_segments_are_passed_over_and_reported() -> None:
    data = make_jpeg()
    frame = data.index(b"\xff\xc0")
    photo = jpeg.read(data[:frame] + b"hello\xff\xff" + data[frame:], LIMIT)
    assert np.array_equal(photo.pixels, jpeg.read(data, LIMIT).pixels)
    assert "7 bytes" in disclosed(photo)["between segments"]


def test_padding_at_the_end_of_a_scan_is_read_but_not_passed_on_as_it_is() -> None:
    data = make_jpeg()
    photo = jpeg.read(data[:-2] + bytes(60) + data[-2:], LIMIT)
    assert np.array_equal(photo.pixels, jpeg.read(data, LIMIT).pixels)
    assert not photo.native


def test_words_at_the_end_of_a_scan_are_damage() -> None:
    data = make_jpeg()
    assert code_of(data[:-2] + b"Jane Doe, born 1 May 1980" + data[-2:]) == "FILE_DAMAGED"


@pytest.mark.parametrize("kind", ["420", "grey", "cmyk", "410"])
@pytest.mark.parametrize("progressive", [False, True], ids=["baseline", "progressive"])
def test_a_scan_that_stops_early_is_damage_although_the_file_ends_well(kind: str, progressive: bool) -> None:
    data = make_jpeg(kind, progressive=progressive)
    assert code_of(data[:-300] + b"\xff\xd9") == "FILE_DAMAGED"


def test_headers_are_believed_before_anything_is_decoded() -> None:
    def announcing(width: int, height: int) -> bytes:
        data = bytearray(make_jpeg("444"))
        struct.pack_into(">HH", data, data.index(b"\xff\xc0") + 5, height, width)
        return bytes(data)

    assert code_of(announcing(60000, 60000)) == "TOO_LARGE"
    assert code_of(announcing(60000, 60000)[:700]) == "TOO_LARGE"
    assert code_of(announcing(0, 0)) == "NO_PIXELS"
    assert code_of(announcing(100, 0)) == "NO_PIXELS"
    assert code_of(make_jpeg(), limit=0.01) == "TOO_LARGE"


@pytest.mark.parametrize("frame", [0xC3, 0xC5, 0xC9, 0xCA, 0xCB])
def test_codings_that_are_not_read_are_named_as_such(frame: int) -> None:
    data = make_jpeg()
    at = data.index(b"\xff\xc0")
    assert code_of(data[: at + 1] + bytes([frame]) + data[at + 2 :]) == "FORMAT_UNSUPPORTED"
    twelve_bits = data[: at + 1] + b"\xc1" + data[at + 2 : at + 4] + b"\x0c" + data[at + 5 :]
    assert code_of(twelve_bits) == "FORMAT_UNSUPPORTED"


@pytest.mark.parametrize("data", [b"", b"\xff", b"GIF89a", b"PK\x03\x04" + bytes(100), bytes(500)])
def test_what_is_no_jpeg_is_named_as_such(data: bytes) -> None:
    assert code_of(data) == "NOT_A_PHOTO"


def test_thousands_of_scans_are_refused() -> None:
    data = make_jpeg(progressive=True)
    last = jpegfile.parse(data).segments[-1]
    assert code_of(data[:-2] + b"".join(last.parts()) * 200 + data[-2:]) == "FILE_DAMAGED"


WHOLE = [make_jpeg(size=(40, 24)), make_jpeg("444", (24, 40), progressive=True), make_jpeg("cmyk", (16, 16))]
ODD = make_jpeg("410", (40, 24), orientation=6)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([*WHOLE, ODD]),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=4),
    st.none() | st.integers(0, 10_000),
    st.binary(max_size=8),
)
@example(WHOLE[0], [], 0, b"\xff\xd8")
@example(WHOLE[0], [], 2, b"")
@example(WHOLE[0], [], 10_000, b"\xff\xff\xff")
def test_whatever_happened_to_a_file_it_is_read_or_refused(
    data: bytes, changed: list[tuple[int, int]], cut: int | None, tail: bytes
) -> None:
    broken = bytearray(data)
    for position, value in changed:
        broken[position % len(broken)] = value
    try:
        photo = jpeg.read(bytes(broken[:cut]) + tail, max_megapixels=1)
    except UnreadablePhoto as error:
        assert error.code in {"NOT_A_PHOTO", "NO_PIXELS", "TOO_LARGE", "FORMAT_UNSUPPORTED", "FILE_DAMAGED"}
    else:
        assert photo.pixels.dtype == np.uint8
        assert photo.pixels.shape[2] == 3


@pytest.mark.parametrize("data", WHOLE, ids=["420", "444 progressive", "cmyk"])
def test_a_file_cut_anywhere_is_never_taken_for_whole(data: bytes) -> None:
    for length in range(2, len(data), 7):
        assert code_of(data[:length]) in {"FILE_DAMAGED", "NOT_A_PHOTO"}


def with_profile(profile: bytes) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture(64, 48)).save(file, "JPEG", icc_profile=profile, quality=95)
    return file.getvalue()


def test_a_profile_that_is_not_ours_is_converted_to_srgb() -> None:
    ours = profiles.icc(Profile.SRGB)
    swapped = ours.replace(b"rXYZ", b"----").replace(b"gXYZ", b"rXYZ").replace(b"----", b"gXYZ")
    photo = jpeg.read(with_profile(swapped), LIMIT)
    assert not photo.native
    assert photo.profile is Profile.SRGB
    assert np.abs(photo.pixels.astype(int) - picture(64, 48)[..., [1, 0, 2]]).mean() < 4


def test_a_profile_of_other_channels_is_left_aside() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    photo = jpeg.read(with_profile(lab), LIMIT)
    assert photo.native
    assert np.array_equal(photo.pixels, as_pillow_shows_it(with_profile(lab)))


@pytest.mark.parametrize("profile", Profile)
def test_profiles_of_ours_are_kept(profile: Profile) -> None:
    photo = jpeg.read(with_profile(profiles.icc(profile)), LIMIT)
    assert photo.profile is profile
    assert photo.native


def test_srgb_is_recognised_whoever_wrote_it() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo = jpeg.read(with_profile(srgb), LIMIT)
    assert photo.profile is Profile.SRGB
    assert photo.native


def test_real_photos_are_read_as_pillow_shows_them(real_photos: Path) -> None:
    files = sorted((real_photos / "metadata").glob("*.jpg"))
    assert files
    for file in files:
        data = file.read_bytes()
        photo = jpeg.read(data, LIMIT)
        shown = as_pillow_shows_it(data)
        assert photo.pixels.shape == shown.shape
        if photo.native:
            assert np.array_equal(photo.pixels, shown)
        else:
            assert np.abs(photo.pixels.astype(int) - shown).mean() < 30


def test_what_a_file_tells_is_the_same_without_its_picture_being_opened() -> None:
    samples = Path(__file__).parents[2] / "sample_images"
    for photo in (
        *(samples / "phone").glob("IMG_*.[hHj]*"),
        *(samples / "faces").iterdir(),
        *(samples / "formats").iterdir(),
    ):
        data = photo.read_bytes()
        assert ingest.facts_of(data) == ingest.read(data).facts
    with pytest.raises(UnreadablePhoto, match="FILE_EMPTY"):
        ingest.facts_of(b"")
    with pytest.raises(UnreadablePhoto):
        ingest.facts_of(b"\xff\xd8\xff\xe0 nothing that follows")

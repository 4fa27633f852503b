from __future__ import annotations

import io
import struct

import cv2
import numpy as np
import piexif
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage import data

from photoguard import ingest
from photoguard.mirror import preview
from photoguard.photo import CaptureFacts, Container, Photo, Pixels


def jpeg(pixels: Pixels, quality: int = 85, **more: object) -> bytes:
    written = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(written, "JPEG", quality=quality, **more)
    return written.getvalue()


def small(pixels: Pixels, size: tuple[int, int] = (160, 160)) -> bytes:
    image = Image.fromarray(np.ascontiguousarray(pixels))
    image.thumbnail(size)
    return jpeg(np.asarray(image), 75)


def letterboxed(pixels: Pixels) -> bytes:
    image = Image.fromarray(np.ascontiguousarray(pixels))
    image.thumbnail((160, 120))
    whole = Image.new("RGB", (160, 120))
    whole.paste(image, ((160 - image.width) // 2, (120 - image.height) // 2))
    return jpeg(np.asarray(whole), 75)


def photo(pixels: Pixels, thumbnail: bytes | None, orientation: int = 1, *previews: bytes) -> Photo:
    size = pixels.shape[1], pixels.shape[0]
    facts = CaptureFacts(size, orientation=orientation, thumbnail=thumbnail, previews=previews)
    return Photo(np.ascontiguousarray(pixels), Container.JPEG, facts)


def said(seen: Photo) -> tuple[str, str] | None:
    cue = preview.cue(seen)
    return None if cue is None else (cue.says, cue.strength)


FLIPPED, SAME = ("mirrored", "decisive"), ("not_mirrored", "weak")
SITE = data.chelsea()


@pytest.mark.parametrize("name", ["chelsea", "coffee", "astronaut", "rocket"])
def test_a_picture_flipped_after_its_thumbnail_was_made_is_mirrored(name: str) -> None:
    pixels = getattr(data, name)()
    for thumbnail in (small(pixels), letterboxed(pixels)):
        assert said(photo(pixels, thumbnail)) == SAME
        assert said(photo(pixels[:, ::-1], thumbnail)) == FLIPPED


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_picture_is_told_from_a_flipped_one(turns: int) -> None:
    assert said(photo(np.rot90(SITE, turns), small(SITE))) == SAME
    assert said(photo(np.rot90(SITE, turns)[::-1], small(SITE))) == FLIPPED


def test_a_picture_cropped_and_relit_after_its_thumbnail_was_made_is_still_compared() -> None:
    part = np.clip(255 * (SITE[30:270, 40:400] / 255) ** 1.4 + 10, 0, 255).astype(np.uint8)
    assert said(photo(part, small(SITE))) == SAME
    assert said(photo(part[:, ::-1], small(SITE))) == FLIPPED


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_stored_orientation_that_mirrors_leaves_it_open(orientation: int) -> None:
    seen = said(photo(SITE[:, ::-1], small(SITE), orientation))
    assert seen == (None if orientation in {2, 4, 5, 7} else FLIPPED)


@pytest.mark.parametrize("other", ["coffee", "rocket", "retina"])
def test_a_thumbnail_of_another_photo_proves_nothing(other: str) -> None:
    for shown in (SITE, SITE[:, ::-1]):
        assert said(photo(shown, small(getattr(data, other)()))) is None


def test_a_symmetric_picture_proves_nothing() -> None:
    symmetric = np.concatenate([SITE, SITE[:, ::-1]], axis=1)
    assert said(photo(symmetric, small(symmetric))) is None


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_picture_without_texture_proves_nothing(value: int) -> None:
    bare = np.full((300, 400, 3), value, np.uint8)
    assert said(photo(bare, small(bare))) is None
    assert said(photo(bare, small(SITE))) is None
    assert said(photo(SITE, small(bare))) is None


def test_a_grey_picture_is_compared() -> None:
    grey = np.repeat(cv2.cvtColor(SITE, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    assert said(photo(grey[:, ::-1], small(SITE))) == FLIPPED


def test_copies_that_disagree_prove_nothing() -> None:
    assert said(photo(SITE, small(SITE), 1, small(SITE[:, ::-1]))) is None
    assert said(photo(SITE, small(SITE), 1, small(data.coffee()))) == SAME


@pytest.mark.parametrize("shape", [(1, 1), (8, 300), (40, 2)])
def test_tiny_pictures_are_answered(shape: tuple[int, int]) -> None:
    tiny = np.zeros((*shape, 3), np.uint8)
    assert said(photo(tiny, small(SITE))) is None
    assert said(photo(SITE, small(tiny))) is None


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 4000), st.binary(max_size=30))
def test_a_damaged_thumbnail_never_says_mirrored_of_a_straight_picture(place: int, rubbish: bytes) -> None:
    whole = small(SITE)
    damaged = whole[: place % len(whole)] + rubbish + whole[place % len(whole) + len(rubbish) :]
    assert said(photo(SITE, damaged)) in {None, SAME}
    assert said(photo(SITE, whole[: place % len(whole)])) in {None, SAME}


def test_a_thumbnail_that_claims_to_be_huge_is_not_decoded() -> None:
    bomb = bytearray(small(SITE))
    start = bomb.index(b"\xff\xc0")
    bomb[start + 5 : start + 9] = struct.pack(">HH", 65000, 65000)
    assert said(photo(SITE, bytes(bomb))) is None


# Through the readers, as the files hold them


def test_the_thumbnail_in_exif_is_compared() -> None:
    exif = piexif.dump({"1st": {piexif.ImageIFD.Compression: 6}, "thumbnail": small(SITE)})
    assert said(ingest.read(jpeg(SITE, exif=exif))) == SAME
    assert said(ingest.read(jpeg(SITE[:, ::-1], exif=exif))) == FLIPPED


def test_a_second_picture_in_the_file_is_compared() -> None:
    for shown, seen in ((SITE, SAME), (SITE[:, ::-1], FLIPPED)):
        written = io.BytesIO()
        second = Image.fromarray(SITE).resize((300, 200))
        Image.fromarray(np.ascontiguousarray(shown)).save(
            written, "MPO", save_all=True, append_images=[second], quality=85
        )
        assert said(ingest.read(written.getvalue())) == seen


@pytest.mark.parametrize("parts", [1, 3])
def test_the_picture_in_a_provenance_record_is_compared(parts: int) -> None:
    """C2PA keeps small copies in JUMBF boxes, which APP11 segments hold piece by piece."""
    inner = b"\0" * 24 + small(SITE) + b"\0" * 8
    box = struct.pack(">I4s", len(inner) + 8, b"jumb")
    step = -(-len(inner) // parts)
    segments = b""
    for number in range(parts):
        payload = b"JP" + struct.pack(">HI", 1, number + 1) + box + inner[number * step : (number + 1) * step]
        segments += b"\xff\xeb" + struct.pack(">H", len(payload) + 2) + payload
    for shown, seen in ((SITE, SAME), (SITE[:, ::-1], FLIPPED)):
        whole = jpeg(shown)
        assert said(ingest.read(whole[:2] + segments + whole[2:])) == seen


def test_the_thumbnail_of_a_heic_photo_is_compared() -> None:
    written = io.BytesIO()
    part = np.ascontiguousarray(SITE[:240, 40:360])
    pillow_heif.from_pillow(Image.fromarray(part)).save(written, quality=60, thumbnails=[160])
    seen = ingest.read(written.getvalue())
    if not seen.facts.previews:
        pytest.skip("this build of pillow-heif writes no thumbnails")
    assert said(seen) == SAME
    assert said(photo(seen.pixels[:, ::-1], None, 1, *seen.facts.previews)) == FLIPPED

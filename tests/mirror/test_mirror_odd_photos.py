"""Photos that tell nothing, or too much, through every cue that one photo can have."""

from __future__ import annotations

import io
from collections.abc import Callable

import cv2
import numpy as np
import piexif
import pytest
import zxingcpp
from PIL import Image, ImageDraw, ImageFont
from skimage import data

from photoguard import ingest
from photoguard.detect.codes import CodeDetector
from photoguard.detect.text import TextDetector
from photoguard.mirror import check
from photoguard.mirror.side import Side
from photoguard.outcome import MirrorVerdict, Verdict
from photoguard.photo import Photo, Pixels

AsPhoto = Callable[[Pixels], Photo]
Judge = Callable[[Photo], MirrorVerdict]


@pytest.fixture(scope="module")
def judged() -> Judge:
    text, codes = TextDetector(), CodeDetector()

    def judge(photo: Photo) -> MirrorVerdict:
        return check(photo, [*text.find(photo), *codes.find(photo)], text.read, Side.LEFT)

    return judge


def labelled(words: str) -> Pixels:
    """A label with a code on a photo, to the left; the right half is empty."""
    picture = Image.fromarray(cv2.resize(data.coffee(), (1200, 800)))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((40, 250, 560, 620), fill=(238, 238, 232))
    draw.text((70, 280), words, font=ImageFont.load_default(44), fill=(25, 25, 40))
    barcode = zxingcpp.create_barcode("PAT 4711", zxingcpp.BarcodeFormat.QRCode)
    picture.paste(Image.fromarray(np.asarray(barcode.to_image(scale=8))).convert("RGB"), (220, 380))
    return np.asarray(picture)


def test_a_label_and_its_image_in_a_mirror_of_the_scene_settle_nothing(
    judged: Judge, as_photo: AsPhoto
) -> None:
    pixels = labelled("Geburtsdatum Müller")
    both = pixels.copy()
    both[:, 600:] = pixels[:, 599::-1]
    for shown in (both, both[:, ::-1]):
        assert judged(as_photo(shown)).verdict is Verdict.NO_CUE


def test_a_grey_photo_is_judged_like_one_in_colours(judged: Judge, as_photo: AsPhoto) -> None:
    grey = np.repeat(cv2.cvtColor(labelled("Radiologie Befund"), cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    straight, mirrored = judged(as_photo(grey)), judged(as_photo(grey[:, ::-1]))
    assert (straight.verdict, mirrored.verdict) == (Verdict.NOT_MIRRORED, Verdict.MIRRORED)
    assert {cue.name for cue in mirrored.cues} == {"text", "codes"}


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_photo_is_not_a_mirrored_one(judged: Judge, as_photo: AsPhoto, turns: int) -> None:
    pixels = labelled("Radiologie Befund")
    assert judged(as_photo(np.rot90(pixels, turns))).verdict is Verdict.NOT_MIRRORED
    assert judged(as_photo(np.rot90(pixels[:, ::-1], turns))).verdict is Verdict.MIRRORED


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 40), (7, 3), (32, 32), (600, 2)])
def test_tiny_photos_are_answered(judged: Judge, as_photo: AsPhoto, height: int, width: int) -> None:
    chance = np.random.default_rng(height)
    for pixels in (
        np.full((height, width, 3), 200, np.uint8),
        chance.integers(0, 255, (height, width, 3), np.uint8),
    ):
        assert judged(as_photo(pixels)).verdict is Verdict.NO_CUE


@pytest.mark.parametrize("value", [0, 190, 255])
def test_a_photo_without_texture_settles_nothing(judged: Judge, as_photo: AsPhoto, value: int) -> None:
    assert judged(as_photo(np.full((600, 800, 3), value, np.uint8))) == MirrorVerdict(
        verdict=Verdict.NO_CUE, cues=()
    )


def test_a_label_that_reads_counts_for_more_than_a_thumbnail_of_another_photo(judged: Judge) -> None:
    small, written = io.BytesIO(), io.BytesIO()
    Image.fromarray(data.chelsea()).resize((160, 107)).save(small, "JPEG")
    exif = piexif.dump({"1st": {piexif.ImageIFD.Compression: 6}, "thumbnail": small.getvalue()})
    Image.fromarray(labelled("Radiologie Befund")).save(written, "JPEG", quality=90, exif=exif)
    told = judged(ingest.read(written.getvalue()))
    assert told.verdict is Verdict.NOT_MIRRORED
    assert "preview" not in {cue.name for cue in told.cues}


def test_a_label_that_reads_and_a_thumbnail_that_lies_the_other_way_are_for_a_person(judged: Judge) -> None:
    """The photo may have been flipped back, by a program that left the thumbnail of the mirrored one."""
    pixels = labelled("Radiologie Befund")
    small, written = io.BytesIO(), io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels[:, ::-1])).resize((160, 107)).save(small, "JPEG")
    exif = piexif.dump({"1st": {piexif.ImageIFD.Compression: 6}, "thumbnail": small.getvalue()})
    Image.fromarray(pixels).save(written, "JPEG", quality=90, exif=exif)
    assert judged(ingest.read(written.getvalue())).verdict is Verdict.SUSPECTED

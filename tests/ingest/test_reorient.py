from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from skimage import data

from photoguard import egress, ingest
from photoguard.ingest import reoriented
from photoguard.photo import CaptureFacts, Container, Photo


def jpeg(orientation: int) -> bytes:
    written = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(data.chelsea()[:288, :448]).save(
        written, "JPEG", quality=90, exif=exif, subsampling="4:2:0"
    )
    return written.getvalue()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_flipped_back_and_its_jpeg_loses_nothing(orientation: int) -> None:
    photo = ingest.read(jpeg(orientation))
    back = reoriented(photo, flip=True)
    assert np.array_equal(back.pixels, photo.pixels[:, ::-1])
    written = egress.write(back, back.pixels, ()).data
    again = ingest.read(written)
    assert again.facts.orientation == 1
    # Coefficients moved, not coded anew: decoding differs by rounding only, where colours were enlarged.
    assert np.abs(again.pixels.astype(int) - back.pixels).max() <= 16
    assert np.abs(again.pixels.astype(int) - back.pixels).mean() < 0.6
    assert np.array_equal(reoriented(again, flip=True).pixels, again.pixels[:, ::-1])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_flipping_twice_changes_nothing(orientation: int) -> None:
    alpha = np.arange(20 * 30, dtype=np.uint8).reshape(20, 30)
    facts = CaptureFacts((30, 20), orientation=orientation)
    photo = Photo(np.zeros((20, 30, 3), np.uint8), Container.PNG, facts, alpha=alpha)
    once, twice = reoriented(photo, flip=True), reoriented(reoriented(photo, flip=True), flip=True)
    assert once.alpha is not None and np.array_equal(once.alpha, alpha[:, ::-1])
    assert twice.facts == facts
    assert twice.alpha is not None and np.array_equal(twice.alpha, alpha)
    assert not once.pixels.flags.writeable
    assert replace(twice, alpha=None).size == (30, 20)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("turn", [90, 180, 270])
@pytest.mark.parametrize("flip", [False, True])
def test_a_photo_is_flipped_and_then_turned_clockwise(orientation: int, turn: int, flip: bool) -> None:
    photo = ingest.read(jpeg(orientation))
    moved = reoriented(photo, flip=flip, turn=turn)  # type: ignore[arg-type]
    straight = photo.pixels[:, ::-1] if flip else photo.pixels
    assert np.array_equal(moved.pixels, np.rot90(straight, -turn // 90))
    assert moved.block == (photo.block if turn == 180 else photo.block[::-1])
    written = ingest.read(egress.write(moved, moved.pixels, ()).data)
    assert np.abs(written.pixels.astype(int) - moved.pixels).mean() < 0.6

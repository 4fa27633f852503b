from __future__ import annotations

import io

import numpy as np
import piexif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageOps

from photoguard.ingest.turn import upright


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_as_pillow_shows_it(orientation: int) -> None:
    pixels = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)
    file = io.BytesIO()
    exif = piexif.dump({"0th": {piexif.ImageIFD.Orientation: orientation}})
    Image.fromarray(pixels).save(file, "PNG", exif=exif)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(file)))
    turned = upright(pixels, orientation)
    assert np.array_equal(turned, expected)
    assert turned.flags.c_contiguous


@given(
    arrays(st.sampled_from([np.uint8, np.uint16]), st.sampled_from([(4, 6), (1, 1), (3, 1, 3), (2, 5, 4)])),
    st.sampled_from([(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 8), (7, 7), (8, 6)]),
)
def test_each_orientation_is_undone_by_its_inverse(
    array: np.ndarray, there_and_back: tuple[int, int]
) -> None:
    there, back = there_and_back
    turned = upright(upright(array, there), back)
    assert turned.dtype == array.dtype
    assert np.array_equal(turned, array)


def test_a_value_that_is_no_orientation_leaves_the_picture_as_it_is() -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    assert np.array_equal(upright(pixels, 9), pixels)

from __future__ import annotations

import io

import numpy as np
import pytest
import skimage.data
from PIL import Image

from photoguard import ingest
from photoguard.egress import Encoded, fit, jpeg
from photoguard.errors import UnwritablePhoto
from photoguard.photo import CaptureFacts, Container, Photo, Pixels, Profile
from photoguard.policy import LARGEST, Largest, Size


def photo(pixels: Pixels, profile: Profile = Profile.SRGB) -> Photo:
    return Photo(pixels, Container.ARRAY, CaptureFacts(pixels.shape[1::-1]), profile)


ASTRONAUT = photo(skimage.data.astronaut()[:400])


@pytest.mark.parametrize("size", LARGEST)
def test_each_size_is_smaller_than_the_one_before(size: Size) -> None:
    larger = [other for other in LARGEST if list(LARGEST).index(other) < list(LARGEST).index(size)]
    assert all(LARGEST[size].side < LARGEST[other].side for other in larger)
    assert all(LARGEST[size].bytes < LARGEST[other].bytes for other in larger)


def test_the_longer_side_is_as_asked_and_the_shape_stays() -> None:
    assert fit.shrunk(ASTRONAUT, Largest(256, 1_000_000)).size == (256, 200)


def test_nothing_is_ever_made_larger() -> None:
    assert fit.shrunk(ASTRONAUT, Largest(5000, 1)).size == ASTRONAUT.size
    small = Encoded(b"x" * 100, ".jpg")
    assert fit.fits(small, ASTRONAUT, Largest(512, 100))
    assert not fit.fits(small, ASTRONAUT, Largest(511, 100))
    assert not fit.fits(small, ASTRONAUT, Largest(512, 99))


def test_what_no_messenger_shows_is_never_small_enough() -> None:
    assert not fit.fits(Encoded(b"x", ".dcm"), ASTRONAUT, Largest(512, 100))


def test_quality_falls_no_further_than_the_bytes_ask() -> None:
    fine = fit.encode(ASTRONAUT, Largest(512, 1_000_000)).data
    less = fit.encode(ASTRONAUT, Largest(512, len(fine) - 1)).data
    assert len(less) < len(fine)
    assert fine == jpeg.write(ASTRONAUT, ASTRONAUT.pixels, (), 90)
    assert less == jpeg.write(ASTRONAUT, ASTRONAUT.pixels, (), 85)


def test_a_photo_with_too_much_detail_is_not_spoilt_but_refused() -> None:
    noise = photo(np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8))
    with pytest.raises(UnwritablePhoto) as refused:
        fit.encode(noise, Largest(200, 10_000))
    assert refused.value.code == "SIZE_UNREACHED"


def test_a_wide_colour_space_is_kept() -> None:
    wide = photo(ASTRONAUT.pixels, Profile.DISPLAY_P3)
    data = fit.encode(fit.shrunk(wide, Largest(256, 100_000)), Largest(256, 100_000)).data
    assert ingest.read(data).profile is Profile.DISPLAY_P3
    assert jpeg.structure(data) == []
    assert Image.open(io.BytesIO(data)).size == (256, 200)

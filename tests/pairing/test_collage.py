"""One picture that is a before/after comparison by itself."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from photoguard.pairing.collage import is_collage
from photoguard.photo import CaptureFacts, Container, Photo, Pixels


def photo(pixels: Pixels) -> Photo:
    """As a messenger passes it on."""
    sent = io.BytesIO()
    Image.fromarray(pixels).save(sent, "JPEG", quality=85)
    again = np.asarray(Image.open(sent))
    return Photo(again, Container.JPEG, CaptureFacts((again.shape[1], again.shape[0])))


def later(picture: Pixels) -> Pixels:
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 6, 1.08)
    turned = cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REFLECT)
    return np.clip(turned * 0.8 + 20, 0, 255).astype(np.uint8)


SITE: Pixels = np.asarray(data.chelsea())
BAR = np.full((SITE.shape[0], 12, 3), 255, np.uint8)


@pytest.mark.parametrize(
    "picture",
    [
        np.hstack([SITE, later(SITE)]),
        np.hstack([SITE, BAR, later(SITE)]),
        np.vstack([SITE, later(SITE)]),
        np.hstack([SITE[:, 60:], later(SITE)[:, 20:-20]]),
    ],
)
def test_two_pictures_of_one_site_are_found_beside_and_above_each_other(picture: Pixels) -> None:
    assert is_collage(photo(picture))


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee", "rocket", "retina", "camera", "brick"])
def test_a_single_photo_is_none(name: str) -> None:
    pixels = getattr(data, name)()
    assert not is_collage(photo(pixels if pixels.ndim == 3 else np.stack([pixels] * 3, axis=2)))


def test_two_pictures_of_different_things_are_none() -> None:
    other = cv2.resize(data.coffee(), SITE.shape[1::-1])
    assert not is_collage(photo(np.hstack([SITE, other])))
    assert not is_collage(photo(np.hstack([SITE, BAR, other])))


def test_likeness_without_a_seam_is_none() -> None:
    """Both hands of one person: alike, in one picture, and nothing runs from edge to edge between them."""
    fading = np.linspace(0, 1, 200)[None, :, None]
    width = SITE.shape[1]
    left, right = SITE.astype(float), later(SITE).astype(float)
    middle = left[:, width - 200 :] * (1 - fading) + right[:, :200] * fading
    joined = np.hstack([left[:, : width - 200], middle, right[:, 200:]]).astype(np.uint8)
    assert not is_collage(photo(joined))


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 900, 3), (40, 40, 3), (600, 900, 3)])
def test_plain_and_tiny_pictures_are_none(shape: tuple[int, int, int]) -> None:
    assert not is_collage(photo(np.full(shape, 127, np.uint8)))

"""Pictures that are no clinical photo, or hardly one: nothing fails, and no tattoo is made out where none is."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

import photoguard
from photoguard import ingest
from photoguard.detect.tattoos import TattooDetector
from photoguard.outcome import Status
from photoguard.photo import Kind, Pixels

SAMPLES = Path(__file__).parents[2] / "sample_images"
SIDE = 480


def _arm() -> Pixels:
    return ingest.read((SAMPLES / "phone" / "IMG_2042.jpg").read_bytes(), 100).pixels


def _grey() -> Pixels:
    return cv2.cvtColor(cv2.cvtColor(_arm(), cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def _infrared() -> Pixels:
    """Skin nearly white, what absorbs red dark, no colour."""
    red = _arm()[..., 0].astype(np.float32)
    return np.repeat(np.clip(255 * (red / 255) ** 0.4, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def _blue_lit() -> Pixels:
    return (_arm() * (0.25, 0.45, 1.0)).astype(np.uint8)


def _dark() -> Pixels:
    return (
        (_arm() * 0.08 + np.random.default_rng(1).normal(2, 1.5, _arm().shape)).clip(0, 255).astype(np.uint8)
    )


def _drawing_on_paper() -> Pixels:
    """A tattooist's draft of a horse and a rose, as lines on a sheet that lies on a table."""
    table = cv2.resize(data.gravel(), (SIDE, SIDE))
    picture = np.repeat(table[..., None], 3, axis=2)
    picture[60:420, 100:380] = (244, 242, 235)
    horse = cv2.resize((~data.horse()).astype(np.uint8), (200, 164), interpolation=cv2.INTER_AREA)
    line = cv2.morphologyEx(horse, cv2.MORPH_GRADIENT, np.ones((4, 4), np.uint8))
    picture[100:264, 140:340][line > 0] = (35, 35, 45)
    for turn in range(0, 360, 40):
        cv2.ellipse(picture, (240, 340), (44, 16), turn, 0, 360, (35, 35, 45), 2, cv2.LINE_AA)
    return picture


def _bust(colour: tuple[int, int, int], ground: int) -> Pixels:
    """Head and shoulders without a feature but their shading, as a mannequin or a statue has them."""
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    picture = np.full((SIDE, SIDE, 3), ground, np.float32)
    for x, y, across, down in ((240, 420, 190, 130), (240, 310, 55, 90), (240, 180, 85, 115)):
        inside = 1 - ((columns - x) / across) ** 2 - ((rows - y) / down) ** 2
        light = 0.35 + 0.65 * np.sqrt(np.clip(inside, 0, 1)) * (1 - 0.4 * (columns - x) / across)
        picture[inside > 0] = (light[..., None] * colour)[inside > 0]
    grain = cv2.GaussianBlur(np.random.default_rng(2).normal(0, 9, (SIDE, SIDE)), (0, 0), 1.5)
    return np.clip(picture + grain[..., None], 0, 255).astype(np.uint8)


def _statue() -> Pixels:
    return _bust((196, 192, 180), 90)


def _mannequin() -> Pixels:
    return _bust((224, 188, 160), 235)


def _x_ray() -> Pixels:
    """Two bones and a joint, bright in grey flesh, on black."""
    picture = np.zeros((SIDE, SIDE), np.float32)
    cv2.rectangle(picture, (130, 0), (350, SIDE), 70, -1)
    for x in (195, 280):
        cv2.line(picture, (x, 0), (x, 215), 150, 42)
        cv2.line(picture, (x, 0), (x, 215), 110, 18)
        cv2.circle(picture, (x, 215), 34, 165, -1)
    cv2.line(picture, (238, 285), (238, SIDE), 155, 60)
    cv2.ellipse(picture, (238, 270), (85, 32), 0, 0, 360, 175, -1)
    soft = cv2.GaussianBlur(picture, (0, 0), 5) + np.random.default_rng(3).normal(0, 3, (SIDE, SIDE))
    return np.repeat(np.clip(soft, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


ODD: tuple[Callable[[], Pixels], ...] = (
    *(_grey, _infrared, _blue_lit, _dark, _drawing_on_paper, _statue, _mannequin, _x_ray),
    *(data.chelsea, data.immunohistochemistry),
)


@pytest.fixture(scope="module")
def detector() -> TattooDetector:
    return TattooDetector()


@pytest.mark.parametrize("draw", ODD)
def test_no_tattoo_is_made_out_where_none_is(detector: TattooDetector, draw: Callable[[], Pixels]) -> None:
    assert [one for one in detector.find(ingest.from_pixels(draw())) if one.sure] == []


@pytest.mark.parametrize("draw", ODD)
def test_every_odd_picture_is_cleaned_or_shown_to_a_person(draw: Callable[[], Pixels]) -> None:
    outcome = photoguard.clean(draw()).outcome
    assert outcome.status in (Status.RELEASED, Status.REVIEW), outcome.reasons


@pytest.mark.parametrize("size", [(16, 16), (20000, 1), (1, 20000)])
@pytest.mark.parametrize("value", [0, 128, 255])
def test_the_smallest_and_the_narrowest_picture_is_handled(size: tuple[int, int], value: int) -> None:
    file = BytesIO()
    Image.new("RGB", size, (value, value, value)).save(file, "PNG")
    outcome = photoguard.clean(file.getvalue()).outcome
    assert outcome.status in (Status.RELEASED, Status.REVIEW), outcome.reasons
    assert [found for found in outcome.findings if found.kind in (Kind.TATTOO, Kind.FACE, Kind.TEXT)] == []

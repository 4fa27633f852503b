from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

from photoguard.detect.faces import FaceDetector
from photoguard.photo import Box, CaptureFacts, Container, Finding, Kind, Photo, Pixels

_HEAD: Box = (153, 15, 302, 190)
"""The astronaut's head with hair, ears and neck, measured by hand in skimage's picture of 512 x 512."""
_FACE: Box = (180, 60, 270, 180)
_DATA = Path(os.environ.get("PHOTOGUARD_DATA", Path(__file__).parents[3] / "shared" / "data"))


@cache
def _detector() -> FaceDetector:
    return FaceDetector()


def _find(pixels: Pixels) -> tuple[Finding, ...]:
    height, width = pixels.shape[:2]
    photo = Photo(np.ascontiguousarray(pixels), Container.ARRAY, CaptureFacts((width, height)))
    found = _detector().find(photo)
    for finding in found:
        x0, y0, x1, y1 = finding.box
        assert finding.kind is Kind.FACE
        assert 0 <= x0 < x1 <= width
        assert 0 <= y0 < y1 <= height
        assert 0 < finding.score <= 1
    return found


def _covers(found: tuple[Finding, ...], area: Box) -> bool:
    return any(
        box[0] <= area[0] and box[1] <= area[1] and box[2] >= area[2] and box[3] >= area[3]
        for box in (finding.box for finding in found)
    )


def _turned(box: Box, turns: int, side: int) -> Box:
    for _ in range(turns):
        x0, y0, x1, y1 = box
        box = (y0, side - x1, y1, side - x0)
    return box


@pytest.mark.parametrize("turns", range(4))
def test_the_box_covers_hair_ears_and_neck_at_every_turn(turns: int) -> None:
    found = _find(np.rot90(skimage.data.astronaut(), turns))
    assert len(found) == 1
    assert _covers(found, _turned(_HEAD, turns, 512))
    # ... and not much more: at most twice the head's own area.
    x0, y0, x1, y1 = found[0].box
    assert (x1 - x0) * (y1 - y0) < 2 * (_HEAD[2] - _HEAD[0]) * (_HEAD[3] - _HEAD[1])


def test_a_mirrored_face_is_found() -> None:
    found = _find(skimage.data.astronaut()[:, ::-1])
    assert _covers(found, (512 - _HEAD[2], _HEAD[1], 512 - _HEAD[0], _HEAD[3]))


def test_a_grey_photo_of_a_face_is_masked_alike() -> None:
    grey = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2GRAY)
    assert _covers(_find(np.dstack([grey] * 3)), _FACE)


@pytest.mark.parametrize("turns", range(4))
def test_a_face_that_fills_the_frame_is_found(turns: int) -> None:
    x0, y0, x1, y1 = _FACE
    face = cv2.resize(skimage.data.astronaut()[y0:y1, x0:x1], (900, 1200), interpolation=cv2.INTER_CUBIC)
    turned = np.rot90(face, turns)
    height, width = turned.shape[:2]
    middle = (width // 5, height // 5, width * 4 // 5, height * 4 // 5)
    assert _covers(_find(turned), middle)


@pytest.mark.parametrize("edge", ["left", "right", "top", "bottom"])
def test_a_face_that_the_edge_cuts_off_is_found(edge: str) -> None:
    picture = skimage.data.astronaut()
    x0, y0, x1, y1 = _FACE
    x, y = (x0 + x1) // 2, y0 + (y1 - y0) // 3
    cut, left = {
        "left": (picture[:, x:], (0, y0, x1 - x, y1)),
        "right": (picture[:, :x], (x0, y0, x, y1)),
        "top": (picture[y:], (x0, 0, x1, y1 - y)),
        "bottom": (picture[: y1 - 40], (x0, y0, x1, y1 - 40)),
    }[edge]
    assert _covers(_find(cut), left)


@pytest.mark.parametrize(
    "cover", [(175, 85, 275, 115), (170, 125, 280, 185), (160, 40, 225, 190)], ids=["eyes", "mouth", "half"]
)
def test_a_face_that_is_covered_in_part_is_found(cover: Box) -> None:
    picture = skimage.data.astronaut().copy()
    x0, y0, x1, y1 = cover
    picture[y0:y1, x0:x1] = (70, 120, 190)
    assert _covers(_find(picture), _FACE)


@pytest.mark.parametrize("angle", [45, 135])
def test_a_face_between_two_orientations_is_found(angle: float) -> None:
    picture = skimage.data.astronaut()
    centre = ((_FACE[0] + _FACE[2]) / 2, (_FACE[1] + _FACE[3]) / 2)
    turn = cv2.getRotationMatrix2D(centre, angle, 1)
    turned = cv2.warpAffine(picture, turn, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    x, y = map(int, centre)
    assert _covers(_find(turned), (x - 45, y - 45, x + 45, y + 45))


def _photo_of_12_megapixels() -> tuple[Pixels, Box]:
    """Noise on soft skin colours, with an astronaut whose face is 24 px wide."""
    chance = np.random.default_rng(7)
    soft = cv2.resize(
        chance.integers(120, 200, (12, 16, 3), np.uint8), (4032, 3024), interpolation=cv2.INTER_CUBIC
    )
    photo = np.clip(soft + chance.normal(0, 3, soft.shape), 0, 255).astype(np.uint8)
    scale = 24 / (_FACE[2] - _FACE[0])
    astronaut = cv2.resize(skimage.data.astronaut(), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    x, y = 2711, 901
    photo[y : y + astronaut.shape[0], x : x + astronaut.shape[1]] = astronaut
    x0, y0, x1, y1 = (round(side * scale) for side in _FACE)
    return photo, (x + x0, y + y0, x + x1, y + y1)


def test_a_face_of_24_pixels_in_12_megapixels_is_found_and_nothing_else() -> None:
    photo, face = _photo_of_12_megapixels()
    found = _find(photo)
    assert len(found) == 1
    assert _covers(found, face)


@pytest.mark.parametrize("name", ["brick", "chelsea", "coins", "grass", "gravel", "moon", "page", "text"])
def test_nothing_is_found_where_there_is_no_face(name: str) -> None:
    picture = getattr(skimage.data, name)()
    assert _find(picture if picture.ndim == 3 else np.dstack([picture] * 3)) == ()


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (1, 20000), (20000, 1), (33, 31), (3, 500)])
def test_pictures_of_odd_sizes_are_looked_at_without_a_find(size: tuple[int, int]) -> None:
    height, width = size
    assert _find(np.full((height, width, 3), 128, np.uint8)) == ()


def test_the_same_photo_gives_the_same_findings() -> None:
    assert _find(skimage.data.astronaut()) == _find(skimage.data.astronaut())


@pytest.mark.skipif(not (_DATA / "skin").is_dir(), reason="no development photos here")
def test_wounds_are_not_taken_for_faces() -> None:
    files = sorted((_DATA / "skin").glob("*.jpg"))[5::35]
    found = [_find(cv2.cvtColor(cv2.imread(str(file)), cv2.COLOR_BGR2RGB)) for file in files]
    assert sum(bool(findings) for findings in found) <= 1

"""What is made of the body net's maps. They are drawn here; what the net itself sees is at the end."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from photoguard import ingest
from photoguard.detect import tattoos
from photoguard.detect.body import BodyMaps
from photoguard.detect.tattoos import DOUBTED, EXTENT, SURE, TattooDetector
from photoguard.photo import Box, Finding, Kind

SAMPLES = Path(__file__).parents[2] / "sample_images"
SIZE, SAMPLE_SIZE = (800, 600), (1080, 810)
GRID = (150, 200)
SKIN, FLESH = (205, 160, 135), (190, 60, 55)
Plane = NDArray[np.float32]


def plane(*boxes: Box, value: float = 0.99) -> Plane:
    drawn = np.full(GRID, 0.01, np.float32)
    for x0, y0, x1, y1 in boxes:
        drawn[y0 // 4 : y1 // 4, x0 // 4 : x1 // 4] = value
    return drawn


@pytest.fixture
def detector() -> TattooDetector:
    return TattooDetector()


def found(
    monkeypatch: pytest.MonkeyPatch, detector: TattooDetector, tattoo: Plane, flesh: Box | None = None
) -> tuple[Finding, ...]:
    everywhere = plane((0, 0, *SIZE))
    maps = BodyMaps(everywhere, everywhere, tattoo, plane())
    monkeypatch.setattr(detector._net, "look", lambda photo: maps)
    pixels = np.full((SIZE[1], SIZE[0], 3), SKIN, np.uint8)
    if flesh:
        pixels[flesh[1] : flesh[3], flesh[0] : flesh[2]] = FLESH
    return detector.find(ingest.from_pixels(pixels))


def covered(findings: tuple[Finding, ...], box: Box, size: tuple[int, int] = SIZE) -> float:
    canvas = np.zeros(size[::-1], np.uint8)
    for finding in findings:
        one = np.zeros_like(canvas)
        cv2.fillPoly(one, [np.array(ring, np.int32) for ring in finding.outline], (1,))
        canvas |= one
    x0, y0, x1, y1 = box
    return float(canvas[y0:y1, x0:x1].mean())


INK: Box = (200, 200, 360, 320)


def test_a_tattoo_reaches_from_its_peak_as_far_as_ink_hangs_together(
    monkeypatch: pytest.MonkeyPatch, detector: TattooDetector
) -> None:
    faded = plane(INK, value=EXTENT + 0.1)
    faded[60:64, 60:64] = SURE + 0.01
    (one,) = found(monkeypatch, detector, faded)
    assert (one.kind, one.sure) == (Kind.TATTOO, True)
    assert covered((one,), INK) == 1
    assert covered((one,), (400, 0, 800, 600)) == 0


def test_faint_texture_is_no_tattoo(monkeypatch: pytest.MonkeyPatch, detector: TattooDetector) -> None:
    assert found(monkeypatch, detector, plane(INK, value=DOUBTED - 0.05)) == ()
    assert found(monkeypatch, detector, plane((200, 200, 208, 208))) == ()


def test_what_answers_in_between_is_doubted(
    monkeypatch: pytest.MonkeyPatch, detector: TattooDetector
) -> None:
    (one,) = found(monkeypatch, detector, plane(INK, value=(DOUBTED + SURE) / 2))
    assert not one.sure


def test_skin_within_a_motif_belongs_to_it_and_a_large_field_of_it_does_not(
    monkeypatch: pytest.MonkeyPatch, detector: TattooDetector
) -> None:
    motif = plane((100, 100, 300, 300))
    motif[40:44, 40:44] = 0.01
    ring = plane((400, 100, 700, 400))
    ring[30:95, 105:170] = 0.01
    findings = found(monkeypatch, detector, np.maximum(motif, ring))
    assert covered(findings, (100, 100, 300, 300)) == 1
    assert covered(findings, (450, 150, 650, 350)) == 0


def test_raw_flesh_that_passes_for_ink_is_doubted(
    monkeypatch: pytest.MonkeyPatch, detector: TattooDetector
) -> None:
    (one,) = found(monkeypatch, detector, plane(INK, value=0.8), flesh=INK)
    assert not one.sure


def test_what_is_red_as_flesh_and_surely_ink_is_masked_and_asked_about(
    monkeypatch: pytest.MonkeyPatch, detector: TattooDetector
) -> None:
    tattoo, doubt = found(monkeypatch, detector, plane(INK), flesh=INK)
    assert tattoo.sure and covered((tattoo,), INK) == 1
    assert not doubt.sure and covered((doubt,), INK) > 0.9

    half = (200, 200, 280, 320)
    tattoo, doubt = found(monkeypatch, detector, plane(INK), flesh=half)
    assert tattoo.sure and covered((tattoo,), INK) == 1
    assert not doubt.sure and covered((doubt,), half) > 0.9


def test_red_ink_in_specks_is_asked_about_as_a_whole(
    monkeypatch: pytest.MonkeyPatch, detector: TattooDetector
) -> None:
    specks = np.zeros(GRID, bool)
    specks[::6, ::6] = specks[1::6, ::6] = True
    monkeypatch.setattr(tattoos, "_MOSTLY", 0.0)
    monkeypatch.setattr(
        tattoos, "_raw", lambda _photo, _skin, ink: cv2.resize(specks.astype(np.uint8), ink.shape[::-1]) > 0
    )
    tattoo, doubt = found(monkeypatch, detector, plane(INK))
    assert tattoo.sure and not doubt.sure
    assert covered((doubt,), INK) > 0.9


def test_raw_flesh_beside_a_tattoo_is_outlined_as_a_doubt_of_its_own(
    monkeypatch: pytest.MonkeyPatch, detector: TattooDetector
) -> None:
    wound = (360, 220, 440, 300)
    tattoo, doubt = found(monkeypatch, detector, plane(INK), flesh=wound)
    assert tattoo.sure and not doubt.sure
    assert covered((tattoo,), INK) > 0.95
    assert covered((doubt,), (370, 230, 430, 290)) == 1
    assert len(found(monkeypatch, detector, plane(INK), flesh=(500, 220, 580, 300))) == 1


def test_what_passes_for_ink_but_not_for_skin_is_doubted(
    monkeypatch: pytest.MonkeyPatch, detector: TattooDetector
) -> None:
    maps = BodyMaps(plane((0, 0, *SIZE)), plane((400, 0, *SIZE)), plane(INK), plane())
    monkeypatch.setattr(detector._net, "look", lambda photo: maps)
    (coat,) = detector.find(ingest.from_pixels(np.full((SIZE[1], SIZE[0], 3), SKIN, np.uint8)))
    assert not coat.sure


def test_a_glance_needs_the_coarse_look_and_both_together_to_be_sure(
    monkeypatch: pytest.MonkeyPatch, detector: TattooDetector
) -> None:
    everywhere, photo = (
        plane((0, 0, *SIZE)),
        ingest.from_pixels(np.full((SIZE[1], SIZE[0], 3), SKIN, np.uint8)),
    )
    seen = {True: plane(INK), False: plane(INK, value=(DOUBTED + EXTENT) / 2)}
    for coarse in (True, False):
        for both in (True, False):
            for look, sure in (("glance", coarse), ("look", both)):
                maps = BodyMaps(everywhere, everywhere, seen[sure], plane())
                monkeypatch.setattr(detector._net, look, lambda photo, maps=maps: maps)
            assert bool(detector.glance(photo)) == (coarse and both)


# What the net sees


def _on_the_sample(detector: TattooDetector, name: str) -> tuple[Finding, ...]:
    photo = ingest.read((SAMPLES / "tattoos" / name).read_bytes(), 100)
    return tuple(one for one in detector.find(photo) if one.sure)


def test_ink_on_an_arm_is_found_and_the_wound_beside_it_is_not(detector: TattooDetector) -> None:
    findings = _on_the_sample(detector, "arm.jpg")
    assert covered(findings, (170, 340, 360, 520), SAMPLE_SIZE) > 0.9
    assert covered(findings, (780, 350, 960, 500), SAMPLE_SIZE) == 0


def test_ink_on_a_back_is_found_and_the_sutured_cut_below_it_is_not(detector: TattooDetector) -> None:
    findings = _on_the_sample(detector, "back.jpg")
    assert covered(findings, (290, 230, 460, 340), SAMPLE_SIZE) > 0.9
    assert covered(findings, (700, 500, 960, 650), SAMPLE_SIZE) == 0


@pytest.mark.parametrize(
    "pixels",
    [
        data.coins(), data.brick(), data.grass(), data.gravel(), data.clock(), data.page(), data.text(),
        data.chelsea(), data.coffee(), data.rocket(), data.retina(), data.moon(),
        data.astronaut(), data.immunohistochemistry(), data.cell(), data.horse(),
    ],
    ids=[
        "coins", "brick", "grass", "gravel", "clock", "page", "text", "cat", "coffee", "rocket", "fundus", "moon",
        "astronaut", "tissue", "cell", "drawing on paper",
    ],
)  # fmt: skip
def test_where_there_is_no_tattoo_none_is_masked(detector: TattooDetector, pixels: np.ndarray) -> None:
    shown = np.where(pixels, 255, 20).astype(np.uint8) if pixels.dtype == bool else pixels
    assert [one for one in detector.find(ingest.from_pixels(shown)) if one.sure] == []


@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize("size", [(16, 16), (1, 20000), (20000, 1), (640, 480)])
def test_on_a_plain_surface_nothing_is_invented(
    detector: TattooDetector, value: int, size: tuple[int, int]
) -> None:
    assert detector.find(ingest.from_pixels(np.full((size[1], size[0], 3), value, np.uint8))) == ()


def _grey(rgb: np.ndarray) -> np.ndarray:
    return np.repeat(rgb.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)


def _blue_lit(rgb: np.ndarray) -> np.ndarray:
    return (rgb * (0.25, 0.45, 1.0)).astype(np.uint8)


def _dark(rgb: np.ndarray) -> np.ndarray:
    return (rgb * 0.12).astype(np.uint8)


@pytest.mark.parametrize("change", [_grey, _blue_lit, _dark])
def test_in_odd_light_skin_is_not_taken_for_ink(detector: TattooDetector, change: object) -> None:
    photo = ingest.read((SAMPLES / "phone" / "IMG_2042.jpg").read_bytes(), 100)
    assert callable(change)
    assert [one for one in detector.find(ingest.from_pixels(change(photo.pixels))) if one.sure] == []

from __future__ import annotations

import logging
import socket
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont
from skimage import data

from photoguard import ingest
from photoguard.detect.text import TextDetector
from photoguard.errors import ModelError
from photoguard.ingest import from_pixels
from photoguard.photo import Finding, Kind, Pixels


def written(words: str, height: int, size: tuple[int, int], place: tuple[int, int]) -> Pixels:
    """Dark words with capitals `height` px high on a light label in a mid-grey picture of `size`."""
    image = Image.new("RGB", size, (150, 140, 130))
    font = ImageFont.load_default(height / 0.7)
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = draw.textbbox(place, words, font=font)
    draw.rectangle((left - height, top - height, right + height, bottom + height), fill=(235, 235, 230))
    draw.text(place, words, font=font, fill=(30, 30, 50))
    return np.asarray(cv2.GaussianBlur(np.array(image), (0, 0), 0.7), np.uint8)


def ink(pixels: Pixels) -> Pixels:
    return np.asarray(pixels.max(axis=2) < 100)


def share_covered(pixels: Pixels, findings: list[Finding]) -> float:
    covered = np.zeros(pixels.shape[:2], bool)
    for finding in findings:
        x0, y0, x1, y1 = finding.box
        covered[y0:y1, x0:x1] = True
    dark = ink(pixels)
    return float((dark & covered).sum() / dark.sum())


@pytest.fixture(scope="module")
def detector() -> TextDetector:
    return TextDetector()


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("mirrored", [False, True])
def test_writing_is_covered_however_the_photo_is_turned_or_mirrored(
    detector: TextDetector, turns: int, mirrored: bool
) -> None:
    upright = written("Jean Dupont 12.03.1957", 24, (640, 480), (120, 200))
    pixels = np.ascontiguousarray(np.rot90(upright[:, ::-1] if mirrored else upright, turns))
    findings = detector.find(from_pixels(pixels))
    assert {finding.kind for finding in findings} == {Kind.TEXT}
    assert share_covered(pixels, findings) > 0.99


@pytest.mark.parametrize("angle", [20, 45, -35])
def test_slanted_writing_is_covered(detector: TextDetector, angle: int) -> None:
    upright = written("Krankenhaus Zimmer 204", 22, (700, 700), (200, 330))
    turn = cv2.getRotationMatrix2D((350, 350), angle, 1)
    pixels = np.asarray(cv2.warpAffine(upright, turn, (700, 700), borderValue=(150, 140, 130)), np.uint8)
    assert share_covered(pixels, detector.find(from_pixels(pixels))) > 0.99


@pytest.mark.parametrize("height", [20, 28, 60, 200])
def test_small_and_large_letters_are_covered_in_a_photo_of_12_megapixels(
    detector: TextDetector, height: int
) -> None:
    pixels = written("Maria Keller", height, (4032, 3024), (1500, 1900))
    assert share_covered(pixels, detector.find(from_pixels(pixels))) > 0.99


def test_every_line_of_a_label_is_covered_also_at_the_edge(detector: TextDetector) -> None:
    pixels = written("Anna Schmidt\nFID 00482913\nKlinik Bern", 20, (900, 600), (660, 30))
    assert share_covered(pixels, detector.find(from_pixels(pixels))) > 0.98


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea", "retina", "rocket"])
def test_a_picture_without_writing_is_not_taken_for_one_large_sign(detector: TextDetector, name: str) -> None:
    pixels = np.ascontiguousarray(getattr(data, name)()[..., :3])
    height, width = pixels.shape[:2]
    for finding in detector.find(from_pixels(pixels)):
        x0, y0, x1, y1 = finding.box
        assert (x1 - x0) * (y1 - y0) < 0.05 * width * height


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 255))
def test_any_size_of_picture_can_be_searched(
    detector: TextDetector, width: int, height: int, grey: int
) -> None:
    for finding in detector.find(from_pixels(np.full((height, width, 3), grey, np.uint8))):
        x0, y0, x1, y1 = finding.box
        assert 0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height


def test_boxes_lie_in_the_picture_and_hold_their_outline(detector: TextDetector) -> None:
    pixels = written("Rossi Giovanna", 30, (600, 300), (2, 2))
    findings = detector.find(from_pixels(pixels))
    assert findings
    for finding in findings:
        x0, y0, x1, y1 = finding.box
        assert 0 <= x0 < x1 <= 600 and 0 <= y0 < y1 <= 300 and 0 <= finding.score <= 1
        assert finding.polygon is not None and len(finding.polygon) == 4
        assert all(x0 <= x <= x1 and y0 <= y <= y1 for x, y in finding.polygon)


def test_each_crop_is_read_as_if_alone(detector: TextDetector) -> None:
    crops = [
        written(words, 24, (width, 60), (24, 14))
        for words, width in (("Rossi", 140), ("A 17", 220), ("Weber", 140))
    ]
    together, alone = detector.read(crops), [detector.read([crop])[0] for crop in crops]
    assert [text for text, _ in together] == [text for text, _ in alone] == ["Rossi", "A 17", "Weber"]
    assert [score for _, score in together] == pytest.approx([score for _, score in alone], abs=1e-4)


def test_a_crop_is_read(detector: TextDetector) -> None:
    pixels = written("Patient 4711", 30, (400, 120), (60, 40))
    ((text, score),) = detector.read([pixels])
    assert text == "Patient 4711"
    assert score > 0.95
    assert detector.read([]) == []


def test_nothing_is_logged_or_asked_of_the_network(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    with caplog.at_level(logging.DEBUG):
        fresh = TextDetector()
        fresh.find(from_pixels(written("Dupont", 24, (300, 200), (80, 80))))
        fresh.read([written("Dupont", 24, (300, 90), (80, 30))])
    assert not caplog.records
    assert capfd.readouterr() == ("", "")


def test_a_missing_net_refuses_to_start(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("PHOTOGUARD_MODELS", str(tmp_path))
    with pytest.raises(ModelError):
        TextDetector()


def test_a_row_of_sutures_is_no_text_and_a_short_number_is(detector: TextDetector) -> None:
    sample = Path(__file__).parents[2] / "sample_images" / "tattoos" / "back.jpg"
    photo = ingest.read(sample.read_bytes(), 100)
    assert detector.find(photo) == []
    pixels = photo.pixels.copy()
    cv2.putText(pixels, "27", (300, 650), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (20, 20, 20), 4, cv2.LINE_AA)
    found = detector.find(replace(photo, pixels=pixels))
    assert any(finding.box[0] < 330 < finding.box[2] for finding in found)


def test_a_second_look_takes_sutures_for_writing_no_more_than_the_first_and_sees_a_name(
    detector: TextDetector,
) -> None:
    # From afar alone they pass for a line, once the drape around the leg is one surface in blocks of 16.
    sample = Path(__file__).parents[2] / "sample_images" / "mirrored" / "pair" / "shin after.jpg"
    pixels = ingest.read(sample.read_bytes(), 100).pixels.copy()
    blue = pixels[:, :, 2].astype(np.float32) - pixels[:, :, 0] > 20
    blocks = cv2.resize(blue.astype(np.float32), (50, 37), interpolation=cv2.INTER_AREA)
    pixels[cv2.resize(blocks, (800, 600), interpolation=cv2.INTER_NEAREST) > 0.5] = 140
    assert detector.glance(from_pixels(pixels)) == []
    cv2.putText(pixels, "Jean Dupont", (420, 80), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (20, 20, 20), 4, cv2.LINE_AA)
    assert [found.kind for found in detector.glance(from_pixels(pixels))] == [Kind.TEXT]

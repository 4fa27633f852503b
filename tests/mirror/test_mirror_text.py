from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont
from skimage import data

from photoguard.detect.text import TextDetector
from photoguard.ingest import from_pixels
from photoguard.mirror import check, text
from photoguard.outcome import Verdict
from photoguard.photo import Finding, Kind, Pixels


def written(words: str, height: int = 26) -> Pixels:
    image = Image.new("RGB", (760, 480), (150, 140, 130))
    draw = ImageDraw.Draw(image)
    draw.rectangle((80, 140, 700, 320), fill=(235, 235, 230))
    draw.multiline_text(
        (110, 160), words, font=ImageFont.load_default(height / 0.7), fill=(30, 30, 50), spacing=24
    )
    return np.array(image)


@pytest.fixture(scope="module")
def detector() -> TextDetector:
    return TextDetector()


def verdict(detector: TextDetector, pixels: Pixels) -> Verdict:
    seen = from_pixels(pixels)
    return check(seen, detector.find(seen), detector.read).verdict


WORDS = ["Geburtsdatum", "Radiologie Befund", "Left knee 12.03.1957", "Prénom Lefèvre\n27.05.1934"]


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("words", WORDS)
def test_writing_tells_the_right_way_round_from_mirrored_however_it_is_turned(
    detector: TextDetector, words: str, turns: int
) -> None:
    upright = written(words)
    assert verdict(detector, np.rot90(upright, turns)) is Verdict.NOT_MIRRORED
    assert verdict(detector, np.rot90(upright[:, ::-1], turns)) is Verdict.MIRRORED


@pytest.mark.parametrize("words", ["AMA TOOT", "OTTO MAMA", "TOMATO", "bod", "8008", "HANNAH"])
def test_writing_that_looks_alike_in_a_mirror_proves_nothing(detector: TextDetector, words: str) -> None:
    for step in (1, -1):
        assert verdict(detector, written(words)[:, ::step]) is Verdict.NO_CUE


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea", "rocket", "retina"])
def test_no_photo_without_clear_writing_is_called_mirrored(detector: TextDetector, name: str) -> None:
    pixels = getattr(data, name)()[..., :3]
    assert verdict(detector, pixels) in {Verdict.NO_CUE, Verdict.NOT_MIRRORED}


def test_a_printed_page_is_read_the_right_way_round(detector: TextDetector) -> None:
    page = np.repeat(data.page()[..., None], 3, axis=2)
    assert verdict(detector, page) is Verdict.NOT_MIRRORED
    assert verdict(detector, page[:, ::-1]) is Verdict.MIRRORED


def line(width: int) -> Finding:
    return Finding(Kind.TEXT, (0, 0, width, 40), 0.9, "text")


def reader(straight: tuple[str, float], flipped: tuple[str, float]) -> text.Reader:
    """Answers as if every line read like this, upright; upside down nothing can be read."""
    return lambda crops: [straight, ("", 0.0), flipped, ("", 0.0)][: len(crops)]


BLANK = from_pixels(np.zeros((200, 800, 3), np.uint8))

reads = st.tuples(st.text("AHbdeqRs25 ", max_size=12), st.floats(0, 1))


@given(reads, reads, st.integers(0, 8))
def test_a_mirrored_photo_turns_the_answer_round_and_nothing_else(
    straight: tuple[str, float], flipped: tuple[str, float], lines: int
) -> None:
    findings = [line(300 + i) for i in range(lines)]
    cue = text.cue(BLANK, findings, reader(straight, flipped))
    other = text.cue(BLANK, findings, reader(flipped, straight))
    assert (cue is None) == (other is None)
    if cue is not None and other is not None:
        assert {cue.says, other.says} == {"mirrored", "not_mirrored"}


@given(st.text("AHIMOTUVWXY80-.: ", max_size=12), st.floats(0, 1), st.floats(0, 1))
def test_symmetric_signs_alone_never_give_a_cue(words: str, sure: float, less: float) -> None:
    assert text.cue(BLANK, [line(300)], reader((words, sure), ("", less))) is None


def test_lines_that_disagree_give_no_cue() -> None:
    answers = iter(
        [[("Befund", 0.99), ("", 0), ("?", 0.2), ("", 0)], [("?", 0.2), ("", 0), ("Kernre", 0.99), ("", 0)]]
    )
    assert text.cue(BLANK, [line(300), line(200)], lambda _: next(answers)) is None


def test_letters_mixed_with_digits_as_an_unknown_script_is_read_give_no_cue() -> None:
    assert text.cue(BLANK, [line(300)], reader(("", 0.0), ("NB9HSB", 0.99))) is None


def test_the_number_of_lines_read_is_bounded() -> None:
    calls = []

    def read(crops: Sequence[Pixels]) -> list[tuple[str, float]]:
        calls.append(len(crops))
        return [("x", 0.1)] * len(crops)

    assert text.cue(BLANK, [line(100 + i) for i in range(50)], read) is None
    assert len(calls) == 6


def test_no_findings_ask_the_reader_nothing() -> None:
    def read(_: Sequence[Pixels]) -> list[tuple[str, float]]:
        raise AssertionError("nothing to read")

    assert text.cue(BLANK, [Finding(Kind.FACE, (0, 0, 50, 50), 0.9, "faces")], read) is None


def test_the_cue_is_where_the_writing_is(detector: TextDetector) -> None:
    seen = from_pixels(written("Radiologie Befund")[:, ::-1])
    found = detector.find(seen)
    (cue,) = check(seen, found, detector.read).cues
    assert cue.places and set(cue.places) <= {finding.box for finding in found}

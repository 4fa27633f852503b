from __future__ import annotations

import re

import numpy as np
import pytest

from photoguard import mirror
from photoguard.consent.gate import TABLE
from photoguard.outcome import Status, Verdict
from photoguard.photo import CaptureFacts, Container, Kind, Method, Photo
from photoguard.policy import Channel
from photoguard.reasons import LEFT_OUT, REASONS
from photoguard.report.texts import LANGUAGES, explain, texts

OTHERS = [language for language in LANGUAGES if language != "en"]
CODES = [*REASONS, *(row.code for row in TABLE)]
NUMBER = re.compile(r"\{[^}]*\}")


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_says_exactly_what_english_says(language: str) -> None:
    english, other = texts("en"), texts(language)
    assert not english.keys() - other.keys(), "not translated"
    assert not other.keys() - english.keys(), "no longer used"


@pytest.mark.parametrize("language", OTHERS)
def test_translations_keep_the_places_for_numbers(language: str) -> None:
    for key, sentence in texts("en").items():
        assert NUMBER.findall(sentence) == NUMBER.findall(texts(language)[key]), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_calm_and_complete(language: str) -> None:
    for key, sentence in texts(language).items():
        assert sentence.strip() == sentence != "", key
        assert "!" not in sentence, key
        assert "`" not in sentence, key
        if key.startswith(("why.", "unknown.", "summary.", "left_out.", "cue.")):
            assert sentence.endswith("."), key


def test_french_sets_its_signs_apart_with_spaces_that_do_not_break() -> None:
    for key, sentence in texts("fr").items():
        assert not re.search(r"(?<![\u00a0\u202f])[:;?»]|«(?!\u00a0)", sentence), key


@pytest.mark.parametrize("language", OTHERS)
def test_nearly_no_sentence_is_left_in_english(language: str) -> None:
    same = {
        key for key, sentence in texts("en").items() if texts(language)[key] == sentence and " " in sentence
    }
    # Italian says it in English; French has the same words
    assert same <= {"channel.social-media", "terminal.rate"}


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_explained_in_three_sentences(code: str) -> None:
    explanation = explain(code)
    assert len({texts("en")[key] for key in explanation.keys}) == 3
    assert all(code in key for key in explanation.keys)


def test_codes_of_reasons_and_gate_do_not_meet() -> None:
    assert len(CODES) == len(set(CODES))


@pytest.mark.parametrize("code", ["SOMETHING_NEW", "", "<b>", "do", "../x"])
def test_a_code_nobody_knows_is_still_held_back_in_plain_words(code: str) -> None:
    explanation = explain(code)
    assert explanation.n == code
    assert "held back" in texts("en")[explanation.keys[0]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_the_program_can_say_has_a_word(language: str) -> None:
    said = texts(language)
    for status in Status:
        assert said[f"status.{status}"]
        assert said[f"summary.{status}"]
    for kind in Kind:
        assert said[f"legend.{kind}"]
        assert "{n}" in said[f"kind.{kind}.one"]
        assert "{n}" in said[f"kind.{kind}.other"]
    assert all(said[f"method.{how}"] for how in (*Method, "doubted"))
    assert all(said[f"verdict.{verdict}"] for verdict in Verdict)
    assert all(said[f"channel.{channel}"] for channel in Channel)
    assert all(said[f"left_out.{reason}"] for reason in LEFT_OUT)


CUES = [("text", "mirrored"), ("text", "not_mirrored"), ("codes", "mirrored"), ("codes", "not_mirrored")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cue_of_the_mirror_check_is_told_in_every_language(language: str) -> None:
    facts = CaptureFacts(stored_size=(4, 4), orientation=2, front_camera=True)
    photo = Photo(np.zeros((4, 4, 3), np.uint8), Container.JPEG, facts)
    seen = [(cue.name, cue.says) for cue in mirror.check(photo, (), lambda crops: []).cues]
    assert len(seen) == 2
    for name, says in seen + CUES:
        assert texts(language)[f"cue.{name}.{says}"]
    for strength in ("decisive", "strong", "weak"):
        assert texts(language)[f"strength.{strength}"]

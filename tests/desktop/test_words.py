from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import photoguard
from photoguard.report.texts import LANGUAGES, flat

pytest.importorskip("PySide6.QtWidgets", reason="the window is an extra: pip install '.[desktop]'")

FOLDER = Path(photoguard.__file__).parent / "desktop"


def said(language: str) -> dict[str, str]:
    file = FOLDER / "languages" / f"{language}.toml"
    return dict(flat(tomllib.loads(file.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_there_in_every_language_with_the_same_blanks(language: str) -> None:
    english, other = said("en"), said(language)
    assert other.keys() == english.keys()
    for key, sentence in english.items():
        assert other[key].strip()
        assert set(re.findall(r"\{\w+\}", other[key])) == set(re.findall(r"\{\w+\}", sentence)), key


def test_french_sets_its_signs_apart_with_spaces_that_do_not_break() -> None:
    for key, sentence in said("fr").items():
        assert not re.search(r"(?<![\u00a0\u202f])[:;?»]|«(?!\u00a0)", sentence), key


def test_the_window_asks_for_no_sentence_that_is_not_written() -> None:
    from photoguard.desktop.words import Words

    words = Words("en")
    asked = set()
    for file in FOLDER.glob("*.py"):
        source = file.read_text(encoding="utf-8")
        asked |= set(re.findall(r'words\("([a-z_.]+)"[,)]', source))
        for key in re.findall(r'words\.count\("([a-z_.]+)"', source):
            asked |= {f"{key}.one", f"{key}.other"}
    assert len(asked) > 25
    blanks = ["n", "done", "total", "name", "form", "patient", "day", "channels", "model", "method", "size"]
    for key in asked:
        assert words(key, **dict.fromkeys(blanks, 1))


def test_an_unknown_language_is_english() -> None:
    from photoguard.desktop.words import Words

    assert Words("xx")("settings.save") == "Save"


def test_a_code_nobody_knows_still_says_that_the_photo_is_held_back() -> None:
    from photoguard.desktop.words import Words

    assert "NEW_CODE" in Words("de").why("NEW_CODE")[0]


def test_what_is_not_installed_is_said_in_the_persons_language() -> None:
    from photoguard.desktop.words import Words
    from photoguard.errors import UsageError
    from photoguard.extra import extra

    with pytest.raises(UsageError) as refused, extra("Sending", "sending"):
        raise ModuleNotFoundError
    said = {language: Words(language).fault(refused.value) for language in LANGUAGES}
    assert len(set(said.values())) == len(LANGUAGES)
    assert all("sending" in one and one.endswith("[EXTRA_MISSING]") for one in said.values())

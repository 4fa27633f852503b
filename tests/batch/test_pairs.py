from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photoguard.batch import pairs
from photoguard.batch.manifest import Line

WORDS = [
    ("before", "after"), ("avant", "après"), ("vorher", "nachher"), ("prima", "dopo"), ("pre", "post"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second"), WORDS)
@given(
    separator=st.sampled_from(["_", "-", " ", ".", "__", " - ", "("]),
    upper=st.booleans(),
    front=st.booleans(),
    number=st.sampled_from(["", "1", "02"]),
)
def test_the_words_of_four_languages_pair_with_any_separator_place_and_case(
    first: str, second: str, separator: str, upper: bool, front: bool, number: str
) -> None:
    def name(word: str) -> str:
        word = word.upper() if upper else word
        parts = [word, "Knie"] if front else ["Knie", word]
        return separator.join([*parts, number] if number else parts) + ".jpg"

    half, other = pairs.half_of(name(first)), pairs.half_of(name(second))
    assert half is not None and other is not None
    assert (half[1], other[1]) == ("before", "after")
    assert half[0] == other[0]


@pytest.mark.parametrize(
    "name", ["president.jpg", "poster.jpg", "IMG_0001.jpg", "afterwards.jpg", "primate.png"]
)
def test_a_word_inside_another_word_makes_no_pair(name: str) -> None:
    assert pairs.half_of(name) is None


def test_case_changes_and_decomposed_accents_end_words() -> None:
    assert pairs.half_of("kneeBefore.JPG") == ("knee", "before")
    assert pairs.half_of("genou_apre\u0300s.jpg") == ("genou", "after")


def test_folders_can_tell_the_halves() -> None:
    assert pairs.half_of("before/knee.jpg") == ("knee", "before")
    assert pairs.half_of("after/knee.jpg") == ("knee", "after")


def test_photos_of_two_folders_are_two_pairs() -> None:
    members = pairs.find(
        ["a/knee_before.jpg", "a/knee_after.jpg", "b/knee_before.jpg", "b/knee_after.jpg"], {}
    )
    assert {pair: len(group) for pair, group in pairs.by_pair(members).items()} == {"a/knee": 2, "b/knee": 2}


def test_the_manifest_is_taken_at_its_word_before_the_name() -> None:
    lines = {
        "knee_before.jpg": Line("knee_before.jpg", patient="P-1", pair="X", role="after"),
        "other.jpg": Line("other.jpg", patient="P-1", pair="X", role="before"),
    }
    members = pairs.find(["knee_before.jpg", "other.jpg"], lines)
    assert {(m.name, m.pair, m.role, m.patient, m.declared) for m in members} == {
        ("knee_before.jpg", "X", "after", "P-1", True),
        ("other.jpg", "X", "before", "P-1", True),
    }

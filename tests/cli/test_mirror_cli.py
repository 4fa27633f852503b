"""`photoguard mirror` on odd input, as a person would type it. The samples of each cue: tests/real."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from photoguard.cli.main import app

SAMPLES = Path(__file__).parents[2] / "sample_images"
CODE, LABEL = SAMPLES / "mirrored" / "code.jpg", SAMPLES / "mirrored" / "label.jpg"
HAND = SAMPLES / "mirrored" / "side" / "left_hand.jpg"


def called(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["mirror", *map(str, words)])


def test_a_missing_file_a_folder_and_what_is_no_photo_are_told_by_code_and_the_others_still_judged(
    tmp_path: Path,
) -> None:
    (tmp_path / "letter.jpg").write_text("Dear colleague")
    given = [tmp_path / "none.jpg", tmp_path, tmp_path / "letter.jpg", CODE]
    done = called("--json", *given)
    assert done.exit_code == 5
    told = json.loads(done.stdout)
    assert [one["file"] for one in told] == [str(file) for file in given]
    assert [one.get("error") for one in told] == ["FILE_UNREADABLE", "FILE_UNREADABLE", "NOT_A_PHOTO", None]
    assert told[-1]["verdict"] == "mirrored"
    shown = called(*given)
    assert shown.exit_code == 5
    assert all(f"[{code}]" in shown.stdout for code in ("FILE_UNREADABLE", "NOT_A_PHOTO"))
    assert "Traceback" not in shown.output


def test_a_photo_named_twice_is_told_of_once(tmp_path: Path) -> None:
    assert len(json.loads(called("--json", LABEL, LABEL).stdout)) == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [((CODE, LABEL, "--pair", HAND), "PAIR_NEEDS_ONE"), ((CODE, "--pair", CODE), "PAIR_OF_ONE")],
)
def test_a_pair_is_two_photos(words: tuple[str | Path, ...], code: str) -> None:
    done = called(*words)
    assert getattr(done.exception, "code", None) == code


def test_the_same_file_by_another_name_is_no_pair(tmp_path: Path) -> None:
    (tmp_path / "again.jpg").symlink_to(CODE)
    assert getattr(called(CODE, "--pair", tmp_path / "again.jpg").exception, "code", None) == "PAIR_OF_ONE"


def test_halves_of_different_sites_are_said_to_tell_nothing_of_each_other() -> None:
    done = called(SAMPLES / "phone" / "IMG_2041.jpg", "--pair", SAMPLES / "phone" / "IMG_2047.jpg")
    assert done.exit_code == 0
    assert "tell nothing of each other" in done.stdout


def test_half_of_a_pair_that_can_not_be_read_leaves_the_other_one_judged(tmp_path: Path) -> None:
    done = called("--json", LABEL, "--pair", tmp_path / "none.jpg")
    assert done.exit_code == 5
    assert [one.get("verdict", one.get("error")) for one in json.loads(done.stdout)] == [
        "mirrored",
        "FILE_UNREADABLE",
    ]


def test_a_side_that_is_given_counts_for_more_than_the_name(tmp_path: Path) -> None:
    shutil.copy(HAND, tmp_path / "hand.jpg")
    verdicts = [
        json.loads(called("--json", *words).stdout)[0]["verdict"]
        for words in (
            (HAND,),
            (HAND, "--side", "right"),
            (tmp_path / "hand.jpg",),
            (tmp_path / "hand.jpg", "--side", "left"),
        )
    ]
    assert verdicts == ["suspected", "no_cue", "no_cue", "suspected"]


@pytest.mark.parametrize("side", ["both", "", "LEFT"])
def test_a_side_that_is_none_is_refused(side: str) -> None:
    done = called(CODE, "--side", side)
    assert done.exit_code == 2
    assert "--side" in done.output

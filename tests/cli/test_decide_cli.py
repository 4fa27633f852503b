"""`photoguard decide` as people type it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import photoguard
from photoguard.cli.main import app
from photoguard.decision import Decision, DrawnMask, Shown
from photoguard.errors import UsageError
from photoguard.photo import Kind


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "a photo.jpg"
    path.write_bytes(b"only its bytes count")
    return path


def decide(photo: Path, *options: str) -> str:
    home = str(photo.parent / "home")
    arguments = ["decide", str(photo), "--by", "Dr. Aebi", "--note", "seen", "--home", home, *options]
    result = CliRunner().invoke(app, arguments, catch_exceptions=True)
    if isinstance(result.exception, UsageError):
        return result.exception.code
    return "remembered" if result.exit_code == 0 else result.output


def test_everything_that_can_be_decided_can_be_typed(photo: Path) -> None:
    options = [
        "--flip",
        "--turn",
        "90",
        "--mask",
        "1,2,3,4",
        "--mask",
        "tattoo=5,6,7,8",
        "--keep",
        "9,9,20,20",
    ]
    options += ["--show", "face=0,0,10,10", "--accept", "BACKGROUND_UNSURE", "--accept", "KEEP_TOUCHED"]
    assert decide(photo, *options) == "remembered"
    assert photoguard.decided(photo, home=photo.parent / "home") == Decision(
        by="Dr. Aebi",
        note="seen",
        mirror="flip",
        turn=90,
        masks=(DrawnMask(box=(1, 2, 3, 4)), DrawnMask(box=(5, 6, 7, 8), kind=Kind.TATTOO)),
        shown=(Shown(kind=Kind.FACE, box=(0, 0, 10, 10)),),
        keep=((9, 9, 20, 20),),
        accepts=("BACKGROUND_UNSURE", "KEEP_TOUCHED"),
    )


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--flip", "--as-it-is"], "DECISION_INVALID"),
        (["--turn", "45"], "DECISION_INVALID"),
        (["--mask", "1,2,3"], "DECISION_INVALID"),
        (["--mask", "30,30,10,10"], "DECISION_INVALID"),
        (["--mask", "wound=1,2,3,4"], "DECISION_INVALID"),
        (["--show", "1,2,3,4"], "DECISION_INVALID"),
        (["--note", "   "], "DECISION_INVALID"),
        (["--accept", "REVOKED"], "DECISION_CODE"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line_and_nothing_is_remembered(
    photo: Path, options: list[str], code: str
) -> None:
    assert decide(photo, *options) == code
    assert photoguard.decided(photo, home=photo.parent / "home") is None


def test_a_photo_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    assert decide(tmp_path / "gone.jpg", "--flip") == "PHOTO_NOT_FOUND"

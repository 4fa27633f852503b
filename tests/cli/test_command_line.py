"""What holds for all commands: help, and what a call gets that can't be carried out."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from accounts import no_administrator
from typer.testing import CliRunner

from photoguard.cli.main import app
from photoguard.errors import PhotoguardError


def called(*words: object, encoding: str) -> tuple[str, str, int]:
    """stdout, stderr and exit code where the computer writes in some encoding, as Windows does into a pipe."""
    told = subprocess.run(
        [sys.executable, "-m", "photoguard", *map(str, words)],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        timeout=60,
    )
    return told.stdout.decode(), told.stderr.decode(), told.returncode


def refused(*words: object) -> PhotoguardError:
    """Why a call can't be carried out."""
    told = CliRunner().invoke(app, [*map(str, words)])
    assert isinstance(told.exception, PhotoguardError), told.output
    assert str(told.exception).count("\n") == 0
    return told.exception


def commands(of: object = None) -> Iterator[typer.core.TyperCommand]:
    group = of or typer.main.get_command(app)
    for one in group.commands.values():  # type: ignore[attr-defined]
        if hasattr(one, "commands"):
            yield from commands(one)
        else:
            yield one


def test_help_fits_into_a_small_terminal() -> None:
    for command in commands():
        _, *paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
        assert all(len(line) <= 78 for text in paragraphs for line in text.splitlines()), command.name


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_json_in_a_pipe_is_whole_whatever_the_names_and_the_computer_s_encoding(tmp_path: Path) -> None:
    files = [tmp_path / "Жена.jpg", Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.jpg"))]
    for file in files:
        file.write_bytes(b"no photo")
    out, err, code = called("inspect", "--json", *files, encoding="cp1252")
    assert (err, code) == ("", 5)
    told = json.loads(out)
    assert told[0] == {"file": str(files[0]), "error": "NOT_A_PHOTO"}
    assert told[1]["error"] == "NOT_A_PHOTO"


def test_a_folder_without_photos_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "letter.txt").write_text("x")
    out, err, code = called("clean", tmp_path / "in", "--out", tmp_path / "out", encoding="ascii")
    assert (err, code) == ("", 0)
    assert "There was no photo in what you chose." in out and "1\N{NO-BREAK SPACE}file was left out" in out
    assert out.startswith("✓ Released")


def test_a_list_of_nothing_is_said_to_be_and_is_empty_for_other_programs() -> None:
    for words in (["consent", "list"], ["audit", "show"], ["recipient", "list"]):
        told = CliRunner().invoke(app, words)
        assert (told.exit_code, told.stdout, told.stderr.count("\n")) == (0, "", 1)
    for words in (["consent", "list", "--json"], ["audit", "show", "--json"]):
        told = CliRunner().invoke(app, words)
        assert (json.loads(told.stdout), told.stderr) == ([], "")


def test_an_empty_word_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `clean "$PHOTOS"` gives it where nobody has set PHOTOS."""
    monkeypatch.chdir(tmp_path)
    assert refused("clean", "", "--out", tmp_path / "out").code == "PLACE_EMPTY"
    assert refused("clean", tmp_path, "--out", "").code == "PLACE_EMPTY"
    assert refused("watch", "", "--out", "out").code == "PLACE_EMPTY"
    assert refused("decide", "", "--by", "x", "--note", "x").code == "PLACE_EMPTY"
    assert [path.name for path in tmp_path.iterdir()] in ([], ["practice-home"])


def test_what_can_not_be_read_is_said_with_what_to_do(tmp_path: Path) -> None:
    for command in ("inspect", "mirror"):
        told = CliRunner().invoke(app, [command, str(tmp_path)])
        assert told.exit_code == 5
        assert "can't be opened. Check who may read it, then run again. [FILE_UNREADABLE]" in told.stdout


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_json_tells_of_a_photo_that_may_not_be_read() -> None:
    with tempfile.TemporaryDirectory() as place:  # the tests' own folder is closed to others
        photo = Path(place, "locked.jpg")
        photo.write_bytes(b"x")
        photo.chmod(0)
        Path(place).chmod(0o755)
        for command in ("inspect", "mirror"):
            CliRunner().invoke(app, [command, "gone"])  # somebody else may not read the modules either
            with no_administrator():
                told = CliRunner().invoke(app, [command, "--json", str(photo)])
            assert told.exit_code == 5
            assert json.loads(told.stdout) == [{"file": str(photo), "error": "FILE_UNREADABLE"}]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["clean", "x.jpg", "--out", "out", "--manifest", "gone"], "Check its name"),
        (["clean", "x.jpg", "--out", "out", "--policy", "gone"], "Check its name"),
        (["clean", "x.jpg", "--out", "out", "--policy", "bad.toml"], "Correct it"),
        (["decide", "x.jpg", "--by", "x", "--note", "x", "--turn", "45"], "--turn"),
        (["decide", "x.jpg", "--by", "x", "--note", "x", "--mask", "hat=1,2,3,4"], "--mask"),
        (["decide", "x.jpg", "--by", "x", "--note", "x", "--accept", "NOPE"], "that the report gives"),
        (["consent", "export", "consents.txt"], ".json or .ndjson"),
        (["consent", "import", "gone.csv"], "Check its name"),
        (["consent", "import", "gone.xlsx"], "Check its name"),
        (["consent", "import", "gone.json"], "Check its name"),
        (["pack", "x.jpg", "--out", "x.zip", "--password-file", "gone"], "Check its name"),
        (["pack", "x.jpg", "--out", "x.zip", "--own-password"], "--password-file"),
        (["unpack", "bad.toml", "--out", "out"], "the one that was sent"),
    ],
)
def test_each_fault_of_a_call_says_what_to_do(
    words: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.jpg").write_bytes(b"x")
    (tmp_path / "bad.toml").write_text("{")
    assert says in refused(*words).message
    assert not (tmp_path / "out").exists()

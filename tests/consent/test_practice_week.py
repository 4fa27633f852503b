"""docs/consent.md, "A practice's week": every command of it, as it stands there, on real photos and a real signature.

Ids, days and output names are another practice's: those of the page stand for those of this run. What a command prints
must hold each line that the page shows, apart from spaces.
"""

from __future__ import annotations

import datetime as dt
import re
import shlex
import shutil
from pathlib import Path

import pytest
from signed_forms import DAY, authority, person, signed
from typer.testing import CliRunner

from photoguard.cli.main import app

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "consent.md").read_text(encoding="utf-8")
WEEK = PAGE.split("## A practice's week")[1].split("\n## ")[0]
BLOCKS = re.findall(r"^```console\n(.*?)^```$", WEEK, re.DOTALL | re.MULTILINE)
REFUSED = re.compile(r"Blocked|may not leave")


def steps() -> list[tuple[list[str], list[str]]]:
    """Each command's words, with the lines that the page shows below it."""
    found: list[tuple[list[str], list[str]]] = []
    for block in BLOCKS:
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("$ "):
                found.append((shlex.split(line[2:]), []))
            else:
                found[-1][1].append(line)
    return found


class Practice:
    """A folder with two photos, and what the page calls by names that are made anew each time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "photos").mkdir()
        for name, sample in (("before", "avant"), ("after", "apres")):
            shutil.copy(
                ROOT / "sample_images" / "pairs" / f"genou_{sample}.jpg",
                folder / "photos" / f"knee_{name}.jpg",
            )
        today = dt.datetime.now().astimezone().date()
        self.names = {"2026-11-23": str(today), "2027-11-23": str(today + 364 * DAY)}

    def translated(self, text: str) -> str:
        for shown, real in self.names.items():
            text = text.replace(shown, real)
        return text

    def run(self, words: list[str]) -> tuple[int, str]:
        assert words[0] == "photoguard"
        result = CliRunner().invoke(
            app, [self.translated(word) for word in words[1:]], catch_exceptions=False
        )
        self.learn(words, result.stdout)
        return result.exit_code, result.stdout

    def learn(self, words: list[str], printed: str) -> None:
        if words[1:3] == ["consent", "form"]:
            self.sign()
        elif words[1:3] == ["consent", "add"]:
            self.names["C-Q7WZ3K5N2A"] = printed.strip()
        elif words[1] == "clean" and "pg-before.jpg" not in self.names:
            files = sorted((self.folder / "website" / "released").iterdir())
            self.names |= dict(
                zip(("pg-before.jpg", "pg-after.jpg"), (one.name for one in files), strict=True)
            )

    def sign(self) -> None:
        """What the patient and her signing service do."""
        now = dt.datetime.now(dt.UTC)
        service = authority()
        anna = person(service, begins=now - DAY, ends=now + 300 * DAY)
        (self.folder / "authority.pem").write_bytes(service.pem)
        form = (self.folder / "form.pdf").read_bytes()
        (self.folder / "signed.pdf").write_bytes(signed(anna, form, at=now))


def test_a_practices_week_goes_as_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    practice = Practice(tmp_path)
    commands = steps()
    assert len(commands) == 12
    for words, shown in commands:
        code, printed = practice.run(words)
        refused = any(REFUSED.search(line) for line in shown)
        assert code == (4 if refused else 0), (words, printed)
        told = [" ".join(line.split()) for line in printed.splitlines()]
        for line in shown:
            wanted = " ".join(practice.translated(line).split())
            assert any(wanted in one for one in told), (words, wanted, printed)
    assert not list((tmp_path / "social" / "released").glob("*"))
    assert not list((tmp_path / "again" / "released").glob("*"))


def test_the_page_shows_every_step_of_a_consents_life() -> None:
    said = [" ".join(words[1:3]) for words, _ in steps()]
    for step in (
        "consent form",
        "consent add",
        "clean photos",
        "consent check",
        "consent revoke",
        "consent uses",
    ):
        assert step in said

"""Six pairs, of which one has a consent that covers it: exactly that one leaves, and of each other it is said why.

Real photos, the real command line, the terminal and the report in each language.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from photoguard.cli.main import app
from photoguard.report.texts import LANGUAGES, texts

SAMPLES = Path(__file__).parents[2] / "sample_images" / "pairs"
TODAY = date.today()
NEXT_YEAR = TODAY + timedelta(days=365)


@dataclass(frozen=True)
class Pair:
    """Two sample photos, whose they are, and what keeps them here; None where they may leave."""

    photos: tuple[str, str]
    patients: tuple[str, str]
    held_for: str | None


PAIRS = {
    "signed": Pair(("forearm_before", "forearm_after"), ("P-1", "P-1"), None),
    "no record": Pair(("genou_avant", "genou_apres"), ("P-2", "P-2"), "NO_CONSENT"),
    "expired": Pair(("narbe_vorher", "narbe_nachher"), ("P-3", "P-3"), "EXPIRED"),
    "revoked": Pair(("leg-pre", "leg-post"), ("P-4", "P-4"), "REVOKED"),
    "one half not named": Pair(("back before", "back after"), ("P-5", "P-5"), "IMAGE_NOT_COVERED"),
    "two patients": Pair(("polso_prima", "polso_dopo"), ("P-6", "P-7"), "PAIR_DIFFERENT_PATIENTS"),
}
HELD = {f"{photo}.jpg": pair.held_for for pair in PAIRS.values() if pair.held_for for photo in pair.photos}


def photoguard(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(map(str, words)), catch_exceptions=False)
    return result.exit_code, result.stdout


@dataclass(frozen=True)
class Run:
    out: Path
    terminal: dict[str, str]
    """What the command printed, by language."""
    exit_codes: set[int]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("six pairs")
    photos, home, form = folder / "photos", folder / "home", folder / "form.pdf"
    photos.mkdir()
    form.write_bytes(b"%PDF-1.7 a scan")
    manifest = ["file,patient,pair,role"]
    for name, pair in PAIRS.items():
        for photo, patient, role in zip(pair.photos, pair.patients, ("before", "after"), strict=True):
            shutil.copy(SAMPLES / f"{photo}.jpg", photos)
            manifest.append(f"{photo}.jpg,{patient},{name},{role}")
    (folder / "manifest.csv").write_text("\n".join(manifest), encoding="utf-8")

    def consent(patient: str, *named: str, signed: date = TODAY, until: date = NEXT_YEAR) -> str:
        files = [word for one in named for word in ("--photos", photos / f"{one}.jpg")]
        code, record = photoguard(
            *("consent", "add", form, "--patient", patient, "--born", "1980-05-17", *files),
            *("--channels", "social-media", "--signed", signed, "--until", until, "--grantor", "patient"),
            *("--capacity", "yes", "--language", "de", "--statements", "all", "--attested-by", "A. Keller"),
            *("--home", home),
        )
        assert code == 0
        return record.strip()

    consent("P-1", *PAIRS["signed"].photos)
    photoguard("consent", "person", "P-2", "--born", "1980-05-17", "--home", home)
    consent("P-3", *PAIRS["expired"].photos, signed=date(2024, 5, 2), until=date(2024, 12, 31))
    withdrawn = consent("P-4", *PAIRS["revoked"].photos)
    photoguard("consent", "revoke", withdrawn, "--reason", "Patient called", "--home", home)
    consent("P-5", PAIRS["one half not named"].photos[0])
    for photo, patient in zip(PAIRS["two patients"].photos, ("P-6", "P-7"), strict=True):
        consent(patient, photo)

    printed, codes = {}, set()
    with pytest.MonkeyPatch.context() as patch:
        for language in LANGUAGES:
            patch.setenv("PHOTOGUARD_LANGUAGE", language)
            code, printed[language] = photoguard(
                *("clean", photos, "--out", folder / "out", "--for", "social-media", "--home", home),
                *("--manifest", folder / "manifest.csv"),
            )
            codes.add(code)
    return Run(folder / "out", printed, codes)


def test_exactly_the_pair_with_a_valid_consent_is_released(run: Run) -> None:
    assert run.exit_codes == {4}
    told = json.loads((run.out / "report.json").read_text(encoding="utf-8"))["photos"]
    released = {one["source"]: one for one in told if one["status"] == "released"}
    assert set(released) == {f"{photo}.jpg" for photo in PAIRS["signed"].photos}
    assert {one["consent"]["decision"] for one in released.values()} == {"allow"}
    assert len(list((run.out / "released").iterdir())) == 2
    assert not list((run.out / "review").glob("*"))
    assert {one["source"]: one["reasons"] for one in told if one["status"] == "blocked"} == {
        name: [code] for name, code in HELD.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_terminal_says_why_each_of_the_others_stays(run: Run, language: str) -> None:
    said = texts(language)
    lines = run.terminal[language].splitlines()
    assert re.fullmatch(rf". {re.escape(said['status.released'])} +2 *", lines[0])
    assert re.fullmatch(rf". {re.escape(said['status.blocked'])} +10 *", lines[2])
    for name, code in HELD.items():
        (line,) = (line for line in lines if name in line)
        for part in (said["status.blocked"], said[f"why.{code}.seen"], said[f"why.{code}.do"], f"[{code}]"):
            assert part in line
    assert not any(f"{photo}.jpg" in run.terminal[language] for photo in PAIRS["signed"].photos)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_says_why_each_of_the_others_stays(run: Run, language: str) -> None:
    page = _Page()
    page.feed((run.out / "report.html").read_text(encoding="utf-8"))
    spoken = json.loads(page.texts)[language]
    assert set(page.cards) == {f"{photo}.jpg" for pair in PAIRS.values() for photo in pair.photos}
    for name, keys in page.cards.items():
        code = HELD.get(name)
        told = {key for key in keys if key.startswith("why.")}
        assert told == ({f"why.{code}.{part}" for part in ("seen", "matters", "do")} if code else set())
        assert all(spoken[key] == texts(language)[key] for key in told)
        assert ("consent.block" if code else "consent.allow") in keys


class _Page(HTMLParser):
    """Each photo's card of a report: its file's name, and the keys of all that it says."""

    def __init__(self) -> None:
        super().__init__()
        self.cards: dict[str, set[str]] = {}
        self.texts = ""
        self._keys: set[str] = set()
        self._reading: Callable[[str], None] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "article":
            self._keys = set()
        if told.get("data-t"):
            self._keys.add(str(told["data-t"]))
        if told.get("id") == "texts":
            self._reading = self._text
        elif tag == "bdi":
            self._reading = self._name

    def handle_data(self, data: str) -> None:
        if self._reading is not None:
            self._reading(data)
            self._reading = None

    def _text(self, data: str) -> None:
        self.texts = data

    def _name(self, data: str) -> None:
        if data.endswith(".jpg"):
            self.cards[data] = self._keys

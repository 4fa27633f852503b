"""A folder of photos can't bring its own consents, except the one that ships with photoguard."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from consent_desk import Desk

from photoguard.consent import demo
from photoguard.consent.held import FormState
from photoguard.consent.registry import Registry
from photoguard.home import Home


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "samples").mkdir()
    desk = Desk(tmp_path / "samples")
    desk.add(now=datetime(2026, 11, 2, tzinfo=UTC))
    desk.home.path.rename(tmp_path / "samples" / "demo_home")
    return tmp_path / "samples"


@pytest.fixture
def pinned(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(demo, "DEMO_DIGEST", Registry(Home(folder / "demo_home")).digest())
    return folder


def test_the_pinned_registry_is_used_and_nothing_is_written(pinned: Path) -> None:
    def state() -> dict[str, tuple[int, bytes]]:
        files = [file for file in pinned.rglob("*") if file.is_file()]
        return {str(file): (file.stat().st_mtime_ns, file.read_bytes()) for file in files}

    before = state()
    found = demo.demo_registry(pinned)
    assert found is not None
    assert [held.form for held in found.about(people=["P-1"]).held] == [FormState.PRESENT]
    assert state() == before


def test_any_other_registry_beside_photos_is_ignored(folder: Path, tmp_path: Path) -> None:
    assert demo.demo_registry(folder) is None
    assert demo.demo_registry(tmp_path) is None


def test_an_empty_digest_admits_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = Registry(Home.at(tmp_path / "demo_home")).digest()
    for pin in ("", nothing):
        monkeypatch.setattr(demo, "DEMO_DIGEST", pin)
        assert demo.demo_registry(tmp_path) is None


def test_one_more_consent_or_event_and_it_is_ignored(pinned: Path) -> None:
    registry = Registry(Home(pinned / "demo_home"))
    registry.revoke(registry.all()[0].id, "asked")
    assert demo.demo_registry(pinned) is None


@pytest.mark.parametrize("damage", [b"", b"SQLite format 3\0", b"x" * 5000, None])
def test_a_damaged_or_huge_one_is_ignored(pinned: Path, damage: bytes | None) -> None:
    file = pinned / "demo_home" / "registry.sqlite"
    file.write_bytes(file.read_bytes() + bytes(1 << 20) if damage is None else damage)
    assert demo.demo_registry(pinned) is None


def test_views_that_answer_differently_each_time_do_not_count_as_tables(pinned: Path) -> None:
    with sqlite3.connect(pinned / "demo_home" / "registry.sqlite") as raw:
        raw.execute("ALTER TABLE record RENAME TO kept")
        raw.execute("CREATE VIEW record AS SELECT * FROM kept")
    raw.close()
    assert demo.demo_registry(pinned) is None


def test_what_was_compared_is_what_is_served(pinned: Path) -> None:
    found = demo.demo_registry(pinned)
    assert found is not None
    (pinned / "demo_home" / "registry.sqlite").unlink()
    assert len(found.about(people=["P-1"]).held) == 1


def test_the_module_prints_the_digest_to_pin(folder: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "photoguard.consent.demo", str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == Registry(Home(folder / "demo_home")).digest()

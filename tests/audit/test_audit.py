"""The audit log: only added to, by several processes, and every change from outside is noticed."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from photoguard.audit import AuditLog
from photoguard.audit import log as audit
from photoguard.errors import StorageError, UsageError
from photoguard.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path)


@pytest.fixture
def log(home: Home) -> AuditLog:
    log = AuditLog(home)
    for number in range(5):
        log.append("photo", {"status": "released", "number": number, "reasons": ["MIRRORED"], "record": None})
    return log


def edit(home: Home, *statements: str) -> None:
    with sqlite3.connect(home.audit) as raw:
        for (trigger,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            raw.execute(statement)
    raw.close()


def test_entries_are_numbered_chained_and_read_back(log: AuditLog) -> None:
    entries = list(log.entries())
    assert [one.seq for one in entries] == [1, 2, 3, 4, 5]
    assert [one.previous for one in entries[1:]] == [one.hash for one in entries[:-1]]
    assert json.loads(entries[3].details) == {
        "status": "released", "number": 3, "reasons": ["MIRRORED"], "record": None
    }  # fmt: skip
    assert all(datetime.fromisoformat(one.at).utcoffset() is not None for one in entries)
    assert log.verify() == 5


def test_an_empty_log_is_whole_and_reading_makes_no_file(home: Home) -> None:
    log = AuditLog(home)
    assert (log.verify(), list(log.entries())) == (0, [])
    log.append_many([])
    assert not home.audit.exists()


def test_many_entries_are_written_all_or_none(home: Home) -> None:
    log = AuditLog(home)
    log.append_many(("photo", {"number": number}) for number in range(200))
    assert log.verify() == 201, "and a checkpoint"
    with pytest.raises(UsageError):
        log.append_many([("photo", {}), ("photo", {"name": "a/b"})])
    assert log.verify() == 201


@pytest.mark.parametrize(
    "details",
    [
        {"file": "/photos/IMG_1.jpg"},
        {"file": "IMG_1.jpg"},
        {"file": r"C:\photos"},
        {"patient": "Anna Müller"},
        {"patient": "Müller"},
        {"list": [{"deep": "a b"}]},
        {"a key": 1},
        {"long": "x" * 201},
        {"number": float("nan")},
        {"object": Path("x")},
        {"bytes": b"x"},
    ],
)
def test_names_paths_and_sentences_are_refused(home: Home, details: Any) -> None:
    with pytest.raises(UsageError, match="AUDIT_DETAILS"):
        AuditLog(home).append("photo", details)
    with pytest.raises(UsageError, match="AUDIT_DETAILS"):
        AuditLog(home).append("a sentence", {})
    assert AuditLog(home).verify() == 0


def test_hashes_codes_times_and_versions_pass(home: Home) -> None:
    AuditLog(home).append(
        "run_started",
        {"sha256": "a" * 64, "version": "0.1.0", "at": "2026-11-24T10:00:00.123456+00:00", "ms": 1.5, "ok": True,
         "pseudonym": "pg-k3j5h2", "totals": {"released": 3}},
    )  # fmt: skip
    assert AuditLog(home).verify() == 1


@pytest.mark.parametrize(
    ("statement", "bad"),
    [
        ("UPDATE entry SET details = replace(details, 'released', 'blocked') WHERE seq = 3", 3),
        ("UPDATE entry SET at = '2020-01-01T00:00:00+00:00' WHERE seq = 1", 1),
        ("UPDATE entry SET event = 'other' WHERE seq = 5", 5),
        ("UPDATE entry SET hash = previous WHERE seq = 2", 2),
        ("UPDATE entry SET seq = 9 WHERE seq = 4", 4),
        ("DELETE FROM entry WHERE seq = 1", 1),
        ("DELETE FROM entry WHERE seq = 3", 3),
        ("DELETE FROM entry WHERE seq = 5", 5),
        ("DELETE FROM entry WHERE seq > 2", 3),
        ("DELETE FROM entry", 1),
        ("DELETE FROM head", 1),
        ("INSERT INTO entry SELECT 6, at, event, details, hash, hash FROM entry WHERE seq = 5", 6),
        ("UPDATE head SET count = 4, hash = (SELECT hash FROM entry WHERE seq = 4)", 5),
    ],
)
def test_every_change_from_outside_is_noticed_and_the_first_bad_entry_named(
    home: Home, log: AuditLog, statement: str, bad: int
) -> None:
    edit(home, statement)
    with pytest.raises(StorageError, match=rf"Entry {bad} .*\[AUDIT_BROKEN\]"):
        log.verify()


@pytest.mark.parametrize("statement", ["DELETE FROM entry WHERE seq = 5", "DELETE FROM head"])
def test_a_cut_off_end_is_not_covered_up_by_the_next_entry(home: Home, log: AuditLog, statement: str) -> None:
    edit(home, statement)
    with pytest.raises(StorageError, match="AUDIT_BROKEN"):
        log.append("photo", {})


def test_a_cut_end_with_the_head_put_back_is_noticed(home: Home, log: AuditLog) -> None:
    edit(
        home,
        "DELETE FROM entry WHERE seq = 5",
        "UPDATE head SET count = 4, hash = (SELECT previous FROM entry)",
    )
    with pytest.raises(StorageError, match="AUDIT_BROKEN"):
        log.verify()


def test_a_log_written_under_another_key_does_not_verify(home: Home, log: AuditLog) -> None:
    (home.path / "key").write_bytes(b"k" * 32)
    with pytest.raises(StorageError, match=r"Entry 1 "):
        log.verify()


@pytest.mark.parametrize("statement", ["UPDATE entry SET event = 'x'", "DELETE FROM entry"])
def test_the_database_itself_refuses_to_change_or_remove(home: Home, log: AuditLog, statement: str) -> None:
    with sqlite3.connect(home.audit) as raw, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(statement)
    raw.close()


def test_a_clock_that_went_back_is_written_down(log: AuditLog, monkeypatch: pytest.MonkeyPatch) -> None:
    class Yesterday(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime(2020, 1, 1, tzinfo=UTC)

    monkeypatch.setattr(audit, "datetime", Yesterday)
    last = list(log.entries())[-1].at
    log.append("photo", {"number": 6})
    noted, after = list(log.entries())[-2:]
    assert noted.event == "clock_went_back"
    assert json.loads(noted.details) == {"from": last, "to": "2020-01-01T00:00:00.000000+00:00"}
    assert after.at == "2020-01-01T00:00:00.000000+00:00"
    assert log.verify() == 7


def test_two_processes_write_at_once_and_the_chain_holds(home: Home) -> None:
    script = (
        "import sys; from photoguard.audit import AuditLog; from photoguard.home import Home\n"
        "for number in range(25): AuditLog(Home.at(sys.argv[1])).append('photo', {sys.argv[2]: number})"
    )
    both = [subprocess.Popen([sys.executable, "-c", script, str(home.path), who]) for who in ("a", "b")]
    assert [one.wait(120) for one in both] == [0, 0]
    assert AuditLog(home).verify() == 50
    told = [json.loads(one.details) for one in AuditLog(home).entries()]
    for who in ("a", "b"):
        assert [one[who] for one in told if who in one] == list(range(25))


def test_a_full_disk_is_said_and_the_log_stays_whole(home: Home, log: AuditLog) -> None:
    from photoguard.database import Access, _engine

    def small_disk(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA max_page_count=8")

    engine = _engine(home.audit, Access.WRITE)
    event.listen(engine, "connect", small_disk)
    with pytest.raises(StorageError, match="AUDIT_FULL"):
        log.append_many(("photo", {"number": number}) for number in range(1000))
    event.remove(engine, "connect", small_disk)
    assert log.verify() == 5


def test_the_file_is_for_its_owner_only(home: Home, log: AuditLog) -> None:
    assert home.audit.stat().st_mode & 0o077 == 0

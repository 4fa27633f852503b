"""`photoguard audit`."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from photoguard.audit import AuditLog
from photoguard.cli import audit
from photoguard.errors import StorageError, UsageError
from photoguard.home import Home

app = typer.Typer()
app.add_typer(audit.app, name="audit")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home.at(tmp_path)
    AuditLog(home).append_many([("run_started", {"channel": "website"}), ("run_finished", {"released": 3})])
    return home


def test_verify_says_how_many_entries_and_the_last_hash(home: Home) -> None:
    told = CliRunner().invoke(app, ["audit", "verify", "--home", str(home.path)])
    assert told.exit_code == 0
    *_, last = AuditLog(home).entries()
    assert "2 entries" in told.stdout
    assert last.hash in told.stdout


def test_verify_of_a_changed_log_ends_with_5(home: Home) -> None:
    with sqlite3.connect(home.audit) as raw:
        raw.execute("DROP TRIGGER entry_no_update")
        raw.execute("UPDATE entry SET details = '{}' WHERE seq = 2")
    raw.close()
    told = CliRunner().invoke(app, ["audit", "verify", "--home", str(home.path)])
    assert isinstance(told.exception, StorageError)
    assert (told.exception.code, told.exception.exit_code) == ("AUDIT_BROKEN", 5)


def test_verify_of_a_new_home_says_that_it_is_empty(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["audit", "verify", "--home", str(tmp_path)])
    assert (told.exit_code, told.stdout) == (0, "The audit log is empty.\n")


def test_show_prints_every_entry_oldest_first(home: Home) -> None:
    plain = CliRunner().invoke(app, ["audit", "show", "--home", str(home.path)])
    assert [line.split("\t")[2] for line in plain.stdout.splitlines()] == ["run_started", "run_finished"]
    told = json.loads(CliRunner().invoke(app, ["audit", "show", "--json", "--home", str(home.path)]).stdout)
    assert [one["details"] for one in told] == [{"channel": "website"}, {"released": 3}]


def test_an_export_is_proved_elsewhere_with_the_key_that_the_practice_prints(
    home: Home, tmp_path: Path
) -> None:
    def call(*words: str | Path) -> str:
        told = CliRunner().invoke(app, ["audit", *map(str, words)], catch_exceptions=False)
        assert told.exit_code == 0
        return told.stdout

    log, key = tmp_path / "log.jsonl", tmp_path / "key.pem"
    written = call("export", log, "--home", home.path)
    key.write_text(call("key", "--home", home.path))
    kept = call("verify", "--home", home.path).split()[-1]
    proved = call("verify", "--log", log, "--key", key, "--head", kept)
    assert "whole: 2 entries" in proved and kept in proved
    assert proved.splitlines()[1:] == written.splitlines()[1:], "the fingerprint can be compared by telephone"
    log.write_bytes(log.read_bytes().replace(b"website", b"journal"))
    told = CliRunner().invoke(app, ["audit", "verify", "--log", str(log), "--key", str(key)])
    assert isinstance(told.exception, StorageError) and told.exception.code == "AUDIT_EXPORT_BROKEN"
    told = CliRunner().invoke(app, ["audit", "verify", "--log", str(log)])
    assert isinstance(told.exception, UsageError) and told.exception.code == "OPTIONS_TOGETHER"
    told = CliRunner().invoke(app, ["audit", "export", ".", "--home", str(home.path)])
    assert isinstance(told.exception, UsageError) and told.exception.code == "EXPORT_UNWRITABLE"


def test_an_export_never_takes_the_place_of_another_file(home: Home, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    told = CliRunner().invoke(
        app, ["audit", "export", str(tmp_path / "letter.txt"), "--home", str(home.path)]
    )
    assert isinstance(told.exception, UsageError) and told.exception.code == "EXPORT_EXISTS"
    assert (tmp_path / "letter.txt").read_text() == "mine"
    assert not list(tmp_path.glob(".letter*"))


def test_verify_asks_for_the_hash_that_was_kept(home: Home) -> None:
    told = CliRunner().invoke(app, ["audit", "verify", "--home", str(home.path), "--head", "0" * 64])
    assert isinstance(told.exception, StorageError) and told.exception.code == "AUDIT_HEAD_MISSING"

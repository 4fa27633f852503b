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
from photoguard.errors import StorageError
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

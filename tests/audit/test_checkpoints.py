"""What the practice signs of its audit log, and what somebody can tell from it who has nothing but the public key."""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from photoguard.audit import AuditLog, exported
from photoguard.audit.log import EVERY
from photoguard.consent.signing import PracticeKey, PublicKey
from photoguard.errors import StorageError, UsageError
from photoguard.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


def write(home: Home, count: int, *, checkpoint: bool = False) -> AuditLog:
    log = AuditLog(home)
    log.append_many([("photo", {"number": number}) for number in range(count)], checkpoint=checkpoint)
    return log


def edit(home: Home, statement: str) -> None:
    with closing(sqlite3.connect(home.audit)) as raw, raw:
        for (trigger,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f"DROP TRIGGER {trigger}")
        raw.execute(statement)


def refused(code: str, call: Callable[..., object], *arguments: Any) -> None:
    with pytest.raises((StorageError, UsageError)) as caught:
        call(*arguments)
    assert caught.value.code == code


def checkpoints(log: AuditLog) -> list[int]:
    return [entry.seq for entry in log.entries() if entry.event == "checkpoint"]


def test_a_checkpoint_is_signed_when_asked_for_and_when_many_entries_have_none(home: Home) -> None:
    log = write(home, EVERY - 2)
    log.append("photo", {})
    assert checkpoints(log) == []
    log.append("photo", {})
    assert checkpoints(log) == [EVERY + 1]
    log.append("run_finished", {}, checkpoint=True)
    assert checkpoints(log) == [EVERY + 1, EVERY + 3]
    assert log.verify() == EVERY + 3


def test_a_checkpoint_can_be_checked_by_other_programs_with_the_public_key(home: Home) -> None:
    log = write(home, 3, checkpoint=True)
    *_, third, last = log.entries()
    said = json.loads(last.details)
    assert (said["count"], said["last"], said["at"]) == (3, third.hash, last.at)
    signature = bytes.fromhex(said.pop("signature"))
    del said["key"]
    public = load_pem_public_key(PracticeKey.at(home).public_pem().encode())
    public.verify(signature, json.dumps(said, sort_keys=True, separators=(",", ":")).encode())  # type: ignore


def test_no_checkpoint_vouches_for_what_was_changed_since_the_last(home: Home) -> None:
    log = write(home, 3, checkpoint=True)
    log.append("photo", {"number": 4})
    edit(home, "UPDATE entry SET details = '{\"number\":5}' WHERE seq = 5")
    refused("AUDIT_BROKEN", log.append, "photo", {})
    assert len(list(log.entries())) == 5


def test_what_was_changed_before_a_checkpoint_never_gets_into_an_export(home: Home, tmp_path: Path) -> None:
    log = write(home, 3, checkpoint=True)
    edit(home, "UPDATE entry SET details = '{\"number\":5}' WHERE seq = 2")
    log.append("photo", {"number": 4}, checkpoint=True)
    refused("AUDIT_BROKEN", exported.write, home, tmp_path / "log.jsonl")
    assert list(tmp_path.glob("*log.jsonl*")) == []


def test_text_that_is_none_is_noticed(home: Home) -> None:
    log = write(home, 3)
    edit(home, "UPDATE entry SET event = CAST(x'ff' AS TEXT) WHERE seq = 2")
    with pytest.raises(StorageError):
        log.verify()


def test_a_log_of_the_time_before_checkpoints_goes_on_and_can_be_exported(home: Home, tmp_path: Path) -> None:
    made_long_ago(home, EVERY + 20)
    log = AuditLog(home)
    assert (log.verify(), checkpoints(log)) == (EVERY + 20, [])
    exported.write(home, tmp_path / "before.jsonl")
    log.append("photo", {})
    assert (log.verify(), checkpoints(log)) == (EVERY + 22, [EVERY + 22])
    exported.write(home, tmp_path / "after.jsonl")
    public = PracticeKey.at(home).public
    assert exported.verify(tmp_path / "before.jsonl", public).count == EVERY + 20
    assert exported.verify(tmp_path / "after.jsonl", public).count == EVERY + 22


def test_the_first_checkpoint_of_an_older_log_does_not_vouch_for_what_was_changed_in_it(home: Home) -> None:
    made_long_ago(home, 9)
    edit(home, "UPDATE entry SET details = '{\"number\":5}' WHERE seq = 2")
    refused("AUDIT_BROKEN", AuditLog(home).append, "photo", {})


def made_long_ago(home: Home, count: int) -> None:
    """A log as the first photoguard wrote it."""

    def sealed(*said: object) -> str:
        text = json.dumps(said, separators=(",", ":"))
        return hmac.new(home.key(), text.encode(), hashlib.sha256).hexdigest()

    at, last = "2026-11-01T08:00:00.000000+00:00", "0" * 64
    with closing(sqlite3.connect(home.audit)) as raw, raw:
        raw.execute("CREATE TABLE about (kind TEXT NOT NULL PRIMARY KEY, version TEXT)")
        raw.execute("INSERT INTO about VALUES ('AUDIT', '1')")
        raw.execute(
            "CREATE TABLE entry (seq INTEGER NOT NULL PRIMARY KEY, at TEXT NOT NULL, event TEXT NOT NULL,"
            " details TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL)"
        )
        raw.execute(
            "CREATE TABLE head (one INTEGER NOT NULL PRIMARY KEY, count INTEGER NOT NULL, hash TEXT NOT NULL,"
            " signed TEXT NOT NULL)"
        )
        for seq in range(1, count + 1):
            details = f'{{"number":{seq},"ms":1.5}}'
            previous, last = last, sealed(seq, at, "photo", details, last)
            raw.execute(
                "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)", (seq, at, "photo", details, previous, last)
            )
        raw.execute("INSERT INTO head VALUES (1, ?, ?, ?)", (count, last, sealed("head", count, last)))


def test_an_export_is_proved_without_the_home(home: Home, tmp_path: Path) -> None:
    log = write(home, 5, checkpoint=True)
    log.append("photo", {"status": "released"})
    end = exported.write(home, tmp_path / "log.jsonl")
    pem = PracticeKey.at(home).public_pem().encode()
    shutil.rmtree(home.path)
    assert exported.verify(tmp_path / "log.jsonl", PublicKey.from_pem(pem)) == end
    assert end.count == 7
    assert not home.path.exists()


def test_an_export_holds_every_entry_as_json(home: Home, tmp_path: Path) -> None:
    log = write(home, 2, checkpoint=True)
    exported.write(home, tmp_path / "log.jsonl")
    *lines, end = (json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines())
    assert [(line["event"], line["hash"]) for line in lines] == [
        (one.event, one.hash) for one in log.entries()
    ]
    assert lines[1]["details"] == {"number": 1}
    assert (end["type"], end["count"]) == ("audit_export", 3)


def test_an_export_signed_by_another_practice_is_refused(home: Home, tmp_path: Path) -> None:
    write(home, 3)
    exported.write(home, tmp_path / "log.jsonl")
    other = PracticeKey.at(Home.at(tmp_path / "other")).public
    refused("AUDIT_EXPORT_BROKEN", exported.verify, tmp_path / "log.jsonl", other)


def test_an_export_that_ends_at_a_checkpoint_is_cut_off(home: Home, tmp_path: Path) -> None:
    log = write(home, 3, checkpoint=True)
    log.append("photo", {})
    exported.write(home, tmp_path / "log.jsonl")
    lines = (tmp_path / "log.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "log.jsonl").write_bytes(b"".join(lines[:4]))
    refused("AUDIT_EXPORT_BROKEN", exported.verify, tmp_path / "log.jsonl", PracticeKey.at(home).public)
    end = json.loads(lines[3])["details"]
    text = json.dumps(end, sort_keys=True, separators=(",", ":"))
    (tmp_path / "log.jsonl").write_bytes(b"".join(lines[:4]) + text.encode() + b"\n")
    refused("AUDIT_EXPORT_BROKEN", exported.verify, tmp_path / "log.jsonl", PracticeKey.at(home).public)


@pytest.mark.parametrize(
    "text", ["", "\n", "{}\n", "[]\n", "null\n", "[" * 100_000 + "\n", "\xff\n", '{"seq":1}\n']
)
def test_what_is_no_export_is_refused_for_what_it_is(home: Home, tmp_path: Path, text: str) -> None:
    (tmp_path / "log.jsonl").write_text(text, encoding="latin-1")
    refused("AUDIT_EXPORT_BROKEN", exported.verify, tmp_path / "log.jsonl", PracticeKey.at(home).public)


def test_files_that_are_not_there_have_codes(home: Home, tmp_path: Path) -> None:
    refused("EXPORT_UNREADABLE", exported.verify, tmp_path / "none", PracticeKey.at(home).public)
    refused("AUDIT_EMPTY", exported.write, home, tmp_path / "log.jsonl")
    write(home, 1)
    refused("EXPORT_UNWRITABLE", exported.write, home, tmp_path / "none" / "log.jsonl")
    refused("PUBLIC_KEY_INVALID", PublicKey.from_pem, b"no key")


def test_an_older_copy_is_noticed_by_who_kept_the_last_hash_and_only_by_them(
    home: Home, tmp_path: Path
) -> None:
    log = write(home, 3)
    older = home.audit.read_bytes()
    log.append("photo", {"status": "blocked"})
    kept = log.end().last
    log.append("photo", {"status": "released"})
    assert log.end(kept).count == 5
    exported.write(home, tmp_path / "now.jsonl")
    home.audit.write_bytes(older)
    exported.write(home, tmp_path / "older.jsonl")
    public = PracticeKey.at(home).public
    assert log.verify() == 3
    refused("AUDIT_HEAD_MISSING", log.end, kept)
    assert exported.verify(tmp_path / "now.jsonl", public, kept).count == 5
    refused("AUDIT_HEAD_MISSING", exported.verify, tmp_path / "older.jsonl", public, kept)
    home.audit.unlink()
    assert log.verify() == 0
    refused("AUDIT_HEAD_MISSING", log.end, kept)

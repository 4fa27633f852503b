"""A registry that the first version wrote is read, proved and gone on with; nothing of it is lost."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from consent_desk import NOW, Desk, full_disk, refused

from photoguard.consent.check import check
from photoguard.consent.earlier import RecordV1
from photoguard.consent.record import canonical, content_id, day_begins, day_ends
from photoguard.consent.registry import Registry
from photoguard.consent.schema import TABLES

# What the first version's create_all made.
_FIRST = """
CREATE TABLE about (kind TEXT NOT NULL, version TEXT, PRIMARY KEY (kind));
CREATE TABLE record (id TEXT NOT NULL, patient TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (id));
CREATE INDEX ix_record_patient ON record (patient);
CREATE TABLE record_photo (record TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (record, sha256),
    FOREIGN KEY(record) REFERENCES record (id));
CREATE INDEX ix_record_photo_sha256 ON record_photo (sha256);
CREATE TABLE record_event (seq INTEGER NOT NULL, record TEXT NOT NULL, kind TEXT NOT NULL, at TEXT NOT NULL,
    details TEXT NOT NULL, PRIMARY KEY (seq), FOREIGN KEY(record) REFERENCES record (id));
CREATE INDEX ix_record_event_record ON record_event (record);
CREATE UNIQUE INDEX record_event_once ON record_event (record, kind) WHERE kind IN ('granted', 'revoked');
INSERT INTO about VALUES ('REGISTRY', '1');
"""
_GUARD = (
    "CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, 'append-only'); END"
)


class Old:
    """A registry of the first version beside the desk's forms and photos."""

    def __init__(self, desk: Desk) -> None:
        desk.home.forms.mkdir()
        (desk.home.forms / f"{hashlib.sha256(desk.form.read_bytes()).hexdigest()}.pdf").write_bytes(
            desk.form.read_bytes()
        )
        self.desk = desk
        self.raw = sqlite3.connect(desk.home.registry)
        self.raw.executescript(_FIRST)

    def add(self, patient: str = "P-1", **changes: Any) -> str:
        says: dict[str, Any] = {
            "version": 1,
            "patient": patient,
            "photos": sorted(self.desk.hashes),
            "purposes": ["publication"],
            "channels": ["social-media", "website"],
            "grantor": "patient",
            "signed_on": "2026-11-01",
            "valid_from": "2026-11-01",
            "valid_until": "2027-11-01",
            "attested_by": "A. Keller",
            "attested_at": "2026-11-02T10:00:00Z",
            "form_sha256": hashlib.sha256(self.desk.form.read_bytes()).hexdigest(),
            "form_suffix": ".pdf",
        } | changes
        record = content_id(says)
        document = canonical({"id": record, **says})
        self.raw.execute("INSERT INTO record VALUES (?, ?, ?)", (record, patient, document))
        for photo in says["photos"]:
            self.raw.execute("INSERT INTO record_photo VALUES (?, ?)", (record, photo))
        self.happened(record, "granted", "2026-11-02T10:00:00+00:00", {})
        return record

    def happened(self, record: str, kind: str, at: str, details: dict[str, str]) -> None:
        row = record, kind, at, json.dumps(details)
        self.raw.execute("INSERT INTO record_event (record, kind, at, details) VALUES (?, ?, ?, ?)", row)

    def done(self) -> Registry:
        for table in ("about", "record", "record_photo", "record_event"):
            for verb in ("update", "delete"):
                self.raw.execute(_GUARD.format(table=table, verb=verb))
        self.raw.commit()
        self.raw.close()
        return Registry(self.desk.home, read_only=True)


def test_records_and_withdrawals_are_taken_over(file_desk: Desk) -> None:
    old = Old(file_desk)
    one, gone = old.add(), old.add("Zo\u00eb|7")
    old.happened(gone, "revoked", "2026-11-20T08:00:00+00:00", {"reason": "asked"})
    registry = old.done()
    held = registry.get(one)
    assert held.standing(NOW) == "valid"
    assert held.record
    assert str(held.record.patient) == "P-1"
    assert (held.record.signed_at, held.record.valid_until) == (
        day_begins(date(2026, 11, 1)), day_ends(date(2027, 11, 1))
    )  # fmt: skip
    assert {use.channel for use in held.record.uses} == {"social-media", "website"}
    assert [one.by for one in held.verified] == ["A. Keller"]
    withdrawn = registry.get(gone)
    assert withdrawn.record
    assert withdrawn.record.patient.value == "Zo\u00eb|7"
    assert withdrawn.revocation
    assert withdrawn.revocation.revoked_at == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert registry.prove().count == 3


def test_without_room_to_bring_it_to_todays_tables_a_pair_is_blocked(file_desk: Desk) -> None:
    old = Old(file_desk)
    old.add()
    registry = old.done()
    before = file_desk.home.registry.read_bytes()
    with full_disk(file_desk.home):
        assert check(registry, file_desk.asks(), NOW).codes == ("STORE_STALE", "REGISTRY_FULL")
    assert file_desk.home.registry.read_bytes() == before


def test_what_the_first_version_never_asked_is_asked_now(file_desk: Desk) -> None:
    old = Old(file_desk)
    record = old.add()
    old.done()
    assert check(file_desk.registry, file_desk.asks(), NOW).codes == (
        "PATIENT_ID_AMBIGUOUS", "LANGUAGE", "RISK_NOT_ACKNOWLEDGED", "CAPACITY",
    )  # fmt: skip
    new = file_desk.add(replaces=record)
    assert check(file_desk.registry, file_desk.asks(), NOW).record == new.id


def test_a_withdrawal_that_was_dated_ahead_does_not_stop_the_clock(file_desk: Desk) -> None:
    old = Old(file_desk)
    record = old.add()
    old.happened(record, "revoked", "2090-01-01T00:00:00+00:00", {"reason": "later"})
    registry = old.done()
    assert registry.prove().latest < "2090"
    assert "REVOKED" in check(registry, file_desk.asks()).codes


def test_a_record_that_was_changed_before_stays_unreadable(file_desk: Desk) -> None:
    old = Old(file_desk)
    old.add()
    old.raw.execute("UPDATE record SET document = replace(document, '2027-11-01', '2037-11-01')")
    assert "CONSENT_UNPARSEABLE" in check(old.done(), file_desk.asks(), NOW).codes


@pytest.mark.parametrize("break_it", [
    "UPDATE record_event SET kind = 'forgotten'", "UPDATE record_event SET at = 'yesterday'",
    "UPDATE record_event SET details = '{'", "DELETE FROM record",
])  # fmt: skip
def test_what_cannot_be_taken_over_is_left_as_it_is(file_desk: Desk, break_it: str) -> None:
    old = Old(file_desk)
    old.add()
    old.raw.execute(break_it)
    registry = old.done()
    before = file_desk.home.registry.read_bytes()
    with refused("REGISTRY_DAMAGED"):
        registry.all()
    assert file_desk.home.registry.read_bytes() == before
    assert "STORE_STALE" in check(registry, file_desk.asks(), NOW).codes


def test_an_old_registry_that_may_not_be_touched_is_not_read(file_desk: Desk) -> None:
    Old(file_desk).done()
    with refused("REGISTRY_OLDER"):
        Registry(file_desk.home, frozen=True).snapshot()


def test_the_steps_make_the_tables_that_the_program_asks_for(desk: Desk) -> None:
    desk.add()
    with desk.registry._store.writing() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [one for one in compare_metadata(context, TABLES) if "alembic_version" not in str(one)]
    assert differences == []


def test_records_of_the_first_version_are_still_strict() -> None:
    with pytest.raises(ValueError, match="validation error"):
        RecordV1.model_validate({"id": "C-AAAAAAAAAA", "patient": "P-1", "photos": (), "note": "x"})


def test_old_and_new_folders_alike(tmp_path: Path) -> None:
    """The same registry, taken over twice, says the same."""
    digests = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        old = Old(Desk(tmp_path / name))
        old.add()
        digests.add(old.done().digest())
    assert len(digests) == 1

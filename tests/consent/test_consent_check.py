"""From the registry to the gate's answer."""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from photoguard import database
from photoguard.consent.check import check
from photoguard.consent.gate import Depicted, UseRequest
from photoguard.consent.registry import Registry
from photoguard.home import Home
from photoguard.policy import Channel, Purpose

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
HASHES = [hashlib.sha256(name).hexdigest() for name in (b"before", b"after")]
ASKED = UseRequest(
    (Depicted(HASHES[0], "before"), Depicted(HASHES[1], "after")), Channel.JOURNAL, Purpose.PUBLICATION
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home.at(tmp_path / "home")
    for name in ("before", "after", "form.pdf"):
        (tmp_path / name).write_bytes(name.encode())
    Registry(home).add(
        tmp_path / "form.pdf",
        patient="P-1",
        photos=[tmp_path / "before", tmp_path / "after"],
        channels=["journal"],
        signed_on=date(2026, 11, 1),
        valid_until=date(2027, 11, 1),
        grantor="parent",
        attested_by="A. Keller",
        now=NOW,
    )
    return home


def test_a_pair_whose_consent_stands_in_the_registry_is_allowed(home: Home) -> None:
    (held,) = Registry(home).list()
    assert check(Registry(home, read_only=True), ASKED, NOW).record == held.id
    assert check(Registry(home), ASKED).decision == "allow", "now, where no time is given"
    assert check(Registry(home).snapshot(), ASKED, NOW).record == held.id


def test_a_revocation_counts_from_the_next_question_on(home: Home) -> None:
    registry = Registry(home, read_only=True)
    (held,) = registry.list()
    Registry(home).revoke(held.id, "asked", NOW)
    assert check(registry, ASKED, NOW).codes == ("REVOKED",)


def test_without_a_registry_there_is_no_consent(tmp_path: Path) -> None:
    assert "NO_CONSENT" in check(Registry(Home.at(tmp_path)), ASKED, NOW).codes


def test_a_registry_that_cannot_be_read_blocks(home: Home) -> None:
    home.registry.write_bytes(home.registry.read_bytes()[:5000])
    assert "STORE_STALE" in check(Registry(home, read_only=True), ASKED, NOW).codes


def test_a_registry_that_stays_locked_blocks(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_WAIT_SECONDS", 0.1)
    other = sqlite3.connect(home.registry, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert "STORE_STALE" in check(Registry(home, read_only=True), ASKED, NOW).codes
    other.close()
    assert check(Registry(home, read_only=True), ASKED, NOW).decision == "allow"


def test_a_record_that_was_edited_blocks(home: Home) -> None:
    with sqlite3.connect(home.registry) as raw:
        raw.execute("DROP TRIGGER record_no_update")
        raw.execute("UPDATE record SET document = replace(document, '2027-11-01', '2037-11-01')")
    raw.close()
    assert "CONSENT_UNPARSEABLE" in check(Registry(home), ASKED, NOW).codes

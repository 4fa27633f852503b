"""From the registry to the gate's answer."""

from __future__ import annotations

import sqlite3

import pytest
from consent_desk import NOW, Desk, refused

from photoguard import database
from photoguard.consent.check import check
from photoguard.consent.registry import Registry
from photoguard.consent.settings import Settings
from photoguard.errors import StorageError
from photoguard.policy import Channel


def test_a_pair_whose_consent_stands_in_the_registry_is_allowed(desk: Desk) -> None:
    record = desk.add()
    assert check(Registry(desk.home, read_only=True), desk.asks(), NOW).record == record.id
    assert check(desk.registry, desk.asks()).decision == "allow", "now, where no time is given"
    assert check(desk.registry.snapshot(), desk.asks(), NOW).record == record.id


def test_a_revocation_counts_from_the_next_question_on(desk: Desk) -> None:
    record = desk.add()
    registry = Registry(desk.home, read_only=True)
    assert check(registry, desk.asks(), NOW).decision == "allow"
    Registry(desk.home).revoke(record.id, "asked", NOW, NOW)
    assert check(registry, desk.asks(), NOW).codes == ("REVOKED",)


def test_a_person_who_died_is_asked_about_from_then_on(desk: Desk) -> None:
    desk.add()
    (person,) = desk.registry.people()
    desk.registry.enter(person.model_copy(update={"died": NOW.date()}), NOW)
    assert check(desk.registry, desk.asks(), NOW).codes == ("DECEASED_REVIEW",)


def test_without_a_registry_there_is_no_consent(file_desk: Desk) -> None:
    assert "NO_CONSENT" in check(file_desk.registry, file_desk.asks(), NOW).codes


def test_a_registry_that_is_gone_is_not_one_that_was_never_there(file_desk: Desk) -> None:
    file_desk.add()
    file_desk.home.registry.unlink()
    codes = check(file_desk.registry, file_desk.asks(), NOW).codes
    assert codes == ("STORE_STALE", "REGISTRY_MISSING")


def test_a_manifest_does_not_begin_a_new_registry_where_one_is_gone(file_desk: Desk) -> None:
    file_desk.registry.derive([])  # a practice that has no consents yet
    file_desk.add()
    file_desk.home.registry.unlink()
    with pytest.raises(StorageError) as gone:
        file_desk.registry.derive([])
    assert gone.value.code == "REGISTRY_MISSING" and not file_desk.home.registry.exists()


@pytest.mark.parametrize("length", [0, 100, 4096, 5000, 40_000])
def test_a_registry_that_was_cut_off_blocks(file_desk: Desk, length: int) -> None:
    file_desk.add()
    file = file_desk.home.registry
    file.write_bytes(file.read_bytes()[:length])
    codes = check(Registry(file_desk.home, read_only=True), file_desk.asks(), NOW).codes
    assert codes == ("STORE_STALE", "REGISTRY_DAMAGED" if length else "REGISTRY_MISSING")


def test_a_registry_with_a_broken_chain_blocks(desk: Desk) -> None:
    desk.add()
    desk.edit("UPDATE event SET details = replace(details, 'Keller', 'Meier') WHERE kind = 'verified'")
    assert check(desk.registry, desk.asks(), NOW).codes == ("STORE_STALE", "REGISTRY_BROKEN")


def test_a_registry_that_stays_locked_blocks(file_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    file_desk.add()
    monkeypatch.setattr(database, "_WAIT_SECONDS", 0.1)
    other = sqlite3.connect(file_desk.home.registry, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    registry = Registry(file_desk.home, read_only=True)
    assert check(registry, file_desk.asks(), NOW).codes == ("STORE_STALE", "REGISTRY_LOCKED")
    other.close()
    assert check(registry, file_desk.asks(), NOW).decision == "allow"


def test_a_registry_of_a_newer_version_blocks(desk: Desk) -> None:
    desk.add()
    assert check(desk.registry, desk.asks(), NOW).decision == "allow"
    desk.edit("UPDATE about SET version = '3'")
    with refused("REGISTRY_NEWER"):
        desk.registry.about(desk.hashes)
    assert check(desk.registry, desk.asks(), NOW).codes == ("STORE_STALE", "REGISTRY_NEWER")


def test_what_the_practice_set_counts(file_desk: Desk) -> None:
    file_desk.add()
    (file_desk.home.path / "consent.toml").write_text('country = "DE"\n')
    rules = Settings.of(file_desk.home)
    assert check(file_desk.registry, file_desk.asks(Channel.WEBSITE), NOW, settings=rules).codes == (
        "LEGAL_BAN",
    )


@pytest.mark.parametrize(
    "said",
    [
        "adult_age = 'x'",
        "nonsense = 1",
        "= 3",
        "adult_age = 3",
        "country = 'Schweiz'",
        pytest.param("a = " + "1" * 5000, id="a long number"),
    ],
)
def test_settings_that_are_not_understood_are_an_error(file_desk: Desk, said: str) -> None:
    (file_desk.home.path / "consent.toml").write_text(said)
    with refused("SETTINGS_INVALID"):
        Settings.of(file_desk.home)

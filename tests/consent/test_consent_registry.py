"""The registry keeps forms and records, only adds, and refuses what can't be right."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from photoguard.consent.record import ConsentRecord, FormState, Grantor, Held
from photoguard.consent.registry import Registry
from photoguard.errors import PhotoguardError, StorageError, UsageError
from photoguard.home import Home
from photoguard.policy import Channel, Purpose

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


class Desk:
    """A practice's folder with a signed form and two photos."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = Home.at(folder / "home")
        self.registry = Registry(self.home)
        self.form = folder / "Form.PDF"
        self.form.write_bytes(b"%PDF-1.7 signed")
        self.photos = [folder / "before.jpg", folder / "after.jpg"]
        for photo in self.photos:
            photo.write_bytes(photo.name.encode())
        self.hashes = [hashlib.sha256(photo.name.encode()).hexdigest() for photo in self.photos]

    def add(self, **changes: Any) -> ConsentRecord:
        says: dict[str, Any] = {
            "form": self.form,
            "patient": "P-1",
            "photos": self.photos,
            "channels": ["website", "social-media"],
            "signed_on": date(2026, 11, 1),
            "valid_until": date(2027, 11, 1),
            "grantor": "patient",
            "attested_by": "A. Keller",
            "now": NOW,
        } | changes
        return self.registry.add(says.pop("form"), **says)

    def edit(self, *statements: str) -> None:
        """What someone does who opens the file with another program."""
        with sqlite3.connect(self.home.registry) as raw:
            for (trigger,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                raw.execute(f"DROP TRIGGER {trigger}")
            for statement in statements:
                raw.execute(statement)
        raw.close()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def refused(code: str) -> Any:
    return pytest.raises(PhotoguardError, match=rf"\[{code}\]$")


def test_what_is_added_is_read_back_the_same(desk: Desk) -> None:
    added = desk.add()
    assert Registry(desk.home, read_only=True).get(added.id) == added
    assert added.photos == tuple(sorted(desk.hashes))
    assert added.channels == (Channel.SOCIAL_MEDIA, Channel.WEBSITE)
    assert added.purposes == (Purpose.PUBLICATION,)
    assert added.grantor is Grantor.PATIENT
    assert added.valid_from == added.signed_on
    assert added.attested_at == NOW


@pytest.mark.parametrize(
    ("channel", "purpose"),
    [("social-media", "publication"), ("website", "publication"), ("journal", "publication"),
     ("slides", "teaching"), ("messenger", "care")],
)  # fmt: skip
def test_channels_imply_their_purpose(desk: Desk, channel: str, purpose: str) -> None:
    assert desk.add(channels=[channel]).purposes == (purpose,)


def test_purposes_that_are_given_replace_the_implied_ones(desk: Desk) -> None:
    assert desk.add(purposes=["teaching"]).purposes == (Purpose.TEACHING,)


def test_the_id_follows_from_the_content(desk: Desk) -> None:
    first = desk.add()
    assert desk.add(patient="P-2").id != first.id
    with refused("CONSENT_EXISTS"):
        desk.add()
    assert desk.registry.get(f" {first.id.lower()} ") == first


def test_the_form_is_kept_under_its_hash_for_the_owner_only(desk: Desk) -> None:
    record = desk.add()
    (kept,) = desk.home.forms.iterdir()
    assert kept.name == hashlib.sha256(desk.form.read_bytes()).hexdigest() + ".pdf" == record.form_name
    assert kept.read_bytes() == desk.form.read_bytes()
    if os.name == "posix":
        assert kept.stat().st_mode & 0o777 == 0o600
        assert desk.home.registry.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"form": Path("nowhere.pdf")}, "FORM_NOT_FOUND"),
        ({"form": Path()}, "FORM_NOT_FOUND"),
        ({"form": Path("x\0y")}, "FORM_NOT_FOUND"),
        ({"photos": []}, "PHOTO_NOT_FOUND"),
        ({"photos": [Path("nowhere.jpg")]}, "PHOTO_NOT_FOUND"),
        ({"photos": [Path()]}, "PHOTO_NOT_FOUND"),
        ({"patient": " \t"}, "PATIENT_EMPTY"),
        ({"patient": "P-1\nP-2"}, "PATIENT_EMPTY"),
        ({"patient": "x" * 201}, "PATIENT_EMPTY"),
        ({"patient": "\udcff"}, "PATIENT_EMPTY"),
        ({"attested_by": ""}, "ATTESTER_EMPTY"),
        ({"channels": []}, "CHANNEL_UNKNOWN"),
        ({"channels": ["website", "telegram"]}, "CHANNEL_UNKNOWN"),
        ({"purposes": ["fun"]}, "PURPOSE_UNKNOWN"),
        ({"grantor": "neighbour"}, "GRANTOR_UNKNOWN"),
        ({"signed_on": date(2026, 11, 26)}, "SIGNED_IN_FUTURE"),
        ({"valid_until": date(2026, 10, 31)}, "PERIOD_INVERTED"),
        ({"valid_from": date(2027, 11, 2)}, "PERIOD_INVERTED"),
        ({"valid_from": date(2026, 10, 31)}, "PERIOD_INVERTED"),
        ({"now": datetime(2026, 11, 24)}, "TIME_NAIVE"),
    ],
)
def test_what_cannot_be_right_is_refused_and_nothing_is_added(
    desk: Desk, changes: dict[str, Any], code: str
) -> None:
    with refused(code) as caught:
        desk.add(**changes)
    assert "\n" not in str(caught.value)
    assert "nowhere" not in str(caught.value), "no file name in a message"
    assert desk.registry.list() == ()


def test_empty_and_repeated_files_are_refused(desk: Desk, tmp_path: Path) -> None:
    empty, copy = tmp_path / "empty.pdf", tmp_path / "copy.jpg"
    empty.touch()
    copy.write_bytes(desk.photos[0].read_bytes())
    with refused("FORM_EMPTY"):
        desk.add(form=empty)
    with refused("PHOTO_EMPTY"):
        desk.add(photos=[empty])
    with refused("PHOTO_TWICE"):
        desk.add(photos=[desk.photos[0], copy])
    assert list(desk.home.forms.iterdir()) == [], "no draft is left behind"


def test_unknown_channels_are_answered_with_the_choices(desk: Desk) -> None:
    with pytest.raises(UsageError, match="messenger, social-media, website, journal, slides"):
        desk.add(channels=["telegram"])


def test_revoking_adds_an_event_and_leaves_the_record(desk: Desk) -> None:
    record = desk.add()
    before = desk.registry.digest()
    revoked = desk.registry.revoke(record.id, "asked by phone", NOW + timedelta(days=1))
    assert revoked == desk.registry.get(record.id)
    assert (revoked.revoked_at, revoked.revocation_reason) == (NOW + timedelta(days=1), "asked by phone")
    assert revoked.canonical() == record.canonical()
    assert desk.registry.digest() != before


def test_revoking_what_is_unknown_revoked_or_without_reason_is_refused(desk: Desk) -> None:
    record = desk.add()
    with refused("REASON_EMPTY"):
        desk.registry.revoke(record.id, " ")
    with refused("TIME_NAIVE"):
        desk.registry.revoke(record.id, "asked", datetime(2026, 11, 24))
    with refused("CONSENT_UNKNOWN"):
        desk.registry.revoke("C-AAAAAAAAAA", "asked")
    desk.registry.revoke(record.id, "asked")
    with refused("CONSENT_REVOKED_ALREADY"):
        desk.registry.revoke(record.id, "asked again")
    assert desk.registry.get(record.id).revocation_reason == "asked"


def test_a_registry_that_is_not_there_holds_nothing_and_is_not_made_by_reading(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    registry = Registry(home, read_only=True)
    assert registry.list() == registry.mentioning(["a" * 64], ["P-1"]) == ()
    with refused("CONSENT_UNKNOWN"):
        registry.get("C-AAAAAAAAAA")
    assert list(home.path.iterdir()) == []


def test_read_only_refuses_to_write(desk: Desk) -> None:
    desk.add()
    desk.registry = Registry(desk.home, read_only=True)
    with refused("REGISTRY_UNUSABLE"):
        desk.add(patient="P-2")
    assert len(desk.registry.list()) == 1


def test_mentioning_finds_by_photo_and_by_patient(desk: Desk) -> None:
    one = desk.add(photos=desk.photos[:1])
    two = desk.add(photos=desk.photos[1:], patient="P-2")

    def found(**asked: Any) -> set[str]:
        there = {held.id for held in desk.registry.mentioning(**asked)}
        assert there == {held.id for held in desk.registry.snapshot().mentioning(**asked)}
        return there

    assert found(photos=[desk.hashes[0]]) == {one.id}
    assert found(photos=desk.hashes) == {one.id, two.id}
    assert found(patients=[" P-2 "]) == {two.id}
    assert found(photos=["0" * 64], patients=["P-3", ""]) == set()


def test_the_form_is_compared_anew_each_time(desk: Desk) -> None:
    record = desk.add()
    form = desk.home.forms / record.form_name

    def now() -> FormState:
        (held,) = desk.registry.mentioning(patients=["P-1"])
        return held.form

    assert now() is FormState.PRESENT
    form.write_bytes(b"%PDF-1.7 signed!")
    assert now() is FormState.CHANGED
    form.unlink()
    assert now() is FormState.MISSING


@pytest.mark.parametrize("verb", ["UPDATE record SET patient = 'P-9'", "DELETE FROM record_photo",
                                  "DELETE FROM record_event", "UPDATE record_event SET kind = 'x'",
                                  "UPDATE about SET version = '9'"])  # fmt: skip
def test_the_database_itself_refuses_to_change_or_remove(desk: Desk, verb: str) -> None:
    desk.registry.revoke(desk.add().id, "asked")
    with (
        sqlite3.connect(desk.home.registry) as raw,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        raw.execute(verb)
    raw.close()


@pytest.mark.parametrize(
    "edit",
    [
        """UPDATE record SET document = replace(document, '"valid_until":"2027', '"valid_until":"2099')""",
        """UPDATE record SET document = replace(document, '"website"', '"journal"')""",
        "UPDATE record SET document = document || ' '",
        """UPDATE record SET document = replace(document, '{"', '{"patient":"P-9","')""",
        "UPDATE record SET document = '{}'",
        "UPDATE record SET document = x'ff00ff'",
        """UPDATE record SET document = replace(document, '"version":1', '"version":2')""",
        "UPDATE record_event SET kind = 'verified'",
        "DELETE FROM record_event",
        "INSERT INTO record_event VALUES (9, (SELECT id FROM record), 'superseded', '2026', '{}')",
        "INSERT INTO record_event VALUES (9, (SELECT id FROM record), 'revoked', 'yesterday', '{}')",
        """INSERT INTO record_event VALUES (9, (SELECT id FROM record), 'revoked', '2026-11-24', '{"reason":""}')""",
    ],
)
def test_a_record_that_was_changed_from_outside_cannot_be_read_any_more(desk: Desk, edit: str) -> None:
    record = desk.add()
    desk.edit("PRAGMA ignore_check_constraints=ON", edit)
    (held,) = desk.registry.mentioning(desk.hashes)
    assert held == Held(record.id, None, FormState.MISSING)
    assert desk.registry.snapshot().mentioning(desk.hashes) == (held,)
    with refused("CONSENT_UNPARSEABLE"):
        desk.registry.get(record.id)


def test_the_digest_is_the_same_for_the_same_content(tmp_path: Path) -> None:
    desks = [Desk(tmp_path / name) for name in ("a", "b") if not (tmp_path / name).mkdir()]
    for desk, order in zip(desks, (("P-1", "P-2"), ("P-2", "P-1")), strict=True):
        for patient in order:
            desk.add(patient=patient)
    assert desks[0].registry.digest() == desks[1].registry.digest()


_ADD = """
import os, signal, sys
from datetime import date
from pathlib import Path
from photoguard.consent import registry
from photoguard.home import Home
folder = Path(sys.argv[1])
def add(patient):
    return registry.Registry(Home.at(folder / "home")).add(
        folder / "Form.PDF", patient=patient, photos=[folder / "before.jpg", folder / "after.jpg"],
        channels=["website"], signed_on=date(2026, 1, 1), valid_until=date(2099, 1, 1), grantor="patient",
        attested_by="A. Keller")
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def child(desk: Desk, script: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", _ADD + script, str(desk.folder)])


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
@pytest.mark.parametrize(
    "moment",
    ["registry.ConsentRecord.new = die", "registry._happened = die"],
    ids=["between form and record", "inside the transaction"],
)
def test_a_kill_leaves_no_half_record_and_the_same_call_goes_through_after_it(
    desk: Desk, moment: str
) -> None:
    desk.add(patient="P-0")
    assert child(desk, f"{moment}\nadd('P-1')").wait(60) == -signal.SIGKILL
    (only,) = Registry(desk.home, read_only=True).list()
    assert only.record
    assert only.record.patient == "P-0"
    desk.add()
    assert [one.form for one in desk.registry.list()] == [FormState.PRESENT] * 2


def test_two_processes_add_at_once_and_nothing_is_lost(desk: Desk) -> None:
    both = [child(desk, f"for i in range(8): add(f'P-{who}-{{i}}')") for who in (1, 2)]
    assert [one.wait(120) for one in both] == [0, 0]
    patients = {held.record.patient for held in desk.registry.list() if held.record}
    assert patients == {f"P-{who}-{i}" for who in (1, 2) for i in range(8)}


def test_a_full_disk_is_said_and_nothing_is_added(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with refused("FORMS_UNUSABLE"):
        desk.add()
    monkeypatch.undo()
    assert list(desk.home.forms.iterdir()) == []
    assert desk.registry.list() == ()


def test_a_record_refuses_naive_times_and_unknown_fields(desk: Desk) -> None:
    said = desk.add().model_dump(exclude={"id"})
    for change in ({"attested_at": datetime(2026, 1, 1)}, {"note": "x"}, {"photos": ("xyz",)},
                   {"form_suffix": "/../x"}, {"version": 2}):  # fmt: skip
        with pytest.raises(ValueError, match="validation error"):
            ConsentRecord.new(**(said | change))


def test_storage_errors_name_no_file(desk: Desk) -> None:
    desk.home.registry.write_bytes(b"not a database" * 100)
    with pytest.raises(StorageError) as caught:
        desk.registry.list()
    assert str(desk.folder) not in str(caught.value)

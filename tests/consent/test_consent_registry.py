"""The registry keeps forms, records and people, only adds, and refuses what can't be right. On both databases."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from consent_desk import NOW, Desk, full_disk, refused
from sqlalchemy.exc import DBAPIError

from photoguard import database
from photoguard.consent import forms, ledger
from photoguard.consent.check import check
from photoguard.consent.events import What
from photoguard.consent.held import FormState, Used
from photoguard.consent.intake import refuse
from photoguard.consent.record import (
    Assent,
    AttestedScan,
    ConsentRecord,
    CoveredPhoto,
    Grantor,
    GrantorRole,
    MaskLevel,
    Person,
    PersonKey,
    Statement,
    Use,
    day_begins,
    day_ends,
    in_order,
)
from photoguard.consent.registry import Grant, Registry
from photoguard.consent.signing import PracticeKey, Signature
from photoguard.errors import StorageError, UsageError
from photoguard.home import Home
from photoguard.policy import Channel, Purpose


def used(at: datetime = NOW, *outputs: str) -> Used:
    return Used(at, "website", "publication", None, outputs or ("1" * 64,), ("pg-x.jpg",))


def test_what_is_added_is_read_back_the_same(desk: Desk) -> None:
    added = desk.add(
        grantor="parent",
        grantor_name="Zoe\u0308 Keller",
        authority="Birth certificate seen",
        authority_until=date(2030, 1, 1),
        assent="given",
        understands=["fr", "de"],
        interpreter="R. Rossi",
        outlet="praxis.example",
        min_masking="full",
        identifiable=True,
        procedure="wound-care",
        template="pg-form",
        template_version="3",
    )
    held = Registry(desk.home, read_only=True).get(f" {added.id.lower()} ")
    assert held.record == added
    assert held.form is FormState.PRESENT
    assert [one.by for one in held.verified] == ["A. Keller"]
    assert held.revocation is held.superseded_by is held.fault is None
    assert {photo.sha256 for photo in added.photos} == set(desk.hashes)
    assert {use.channel for use in added.uses} == {Channel.SOCIAL_MEDIA, Channel.WEBSITE}
    assert added.grantor.name == "Zo\u00eb Keller"
    assert (added.signed_at, added.valid_until) == (
        day_begins(date(2026, 11, 1)),
        day_ends(date(2027, 11, 1)),
    )
    assert added.valid_from == added.signed_at
    assert added.assent is Assent.GIVEN
    assert added.languages == ("de", "fr")


@pytest.mark.parametrize(
    ("channel", "purpose"),
    [
        ("social-media", "publication"),
        ("website", "publication"),
        ("journal", "publication"),
        ("slides", "teaching"),
        ("messenger", "care"),
    ],
)
def test_channels_imply_their_purpose(file_desk: Desk, channel: str, purpose: str) -> None:
    assert [use.purpose for use in file_desk.add(channels=[channel]).uses] == [purpose]


def test_purposes_that_are_given_replace_the_implied_ones(file_desk: Desk) -> None:
    added = file_desk.add(channels=["website"], purposes=["teaching"])
    assert added.uses == (Use(purpose=Purpose.TEACHING, channel=Channel.WEBSITE),)


def test_the_id_follows_from_the_content(desk: Desk) -> None:
    first = desk.add()
    assert desk.add(patient="P-2").id != first.id
    with refused("CONSENT_EXISTS"):
        desk.add()


def test_the_form_is_kept_under_its_hash_for_the_owner_only(file_desk: Desk) -> None:
    record = file_desk.add()
    (kept,) = file_desk.home.forms.iterdir()
    assert record.form
    assert kept.name == hashlib.sha256(file_desk.form.read_bytes()).hexdigest() + ".pdf" == record.form.name
    assert kept.read_bytes() == file_desk.form.read_bytes()
    if os.name == "posix":
        assert kept.stat().st_mode & 0o777 == 0o600
        assert file_desk.home.registry.stat().st_mode & 0o777 == 0o600


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
        ({"patient": "hospital|"}, "PATIENT_EMPTY"),
        ({"patient": "00123"}, "PATIENT_ID_AMBIGUOUS"),
        ({"born": None}, "DOB_UNKNOWN"),
        ({"attested_by": ""}, "ATTESTER_EMPTY"),
        ({"channels": []}, "CHANNEL_UNKNOWN"),
        ({"channels": ["website", "telegram"]}, "CHANNEL_UNKNOWN"),
        ({"purposes": ["fun"]}, "PURPOSE_UNKNOWN"),
        ({"grantor": "neighbour"}, "GRANTOR_UNKNOWN"),
        ({"statements": ["everything"]}, "STATEMENT_UNKNOWN"),
        ({"language": "Deutsch"}, "ENTRY_INVALID"),
        ({"capacity": "perhaps"}, "ENTRY_INVALID"),
        ({"assent": "maybe"}, "ENTRY_INVALID"),
        ({"min_masking": "bar"}, "ENTRY_INVALID"),
        ({"territory": "Switzerland"}, "ENTRY_INVALID"),
        ({"outlet": "a\nb"}, "TEXT_INVALID"),
        ({"signed_on": date(2026, 11, 26)}, "SIGNED_IN_FUTURE"),
        ({"valid_until": date(2026, 10, 31)}, "PERIOD_INVERTED"),
        ({"valid_from": date(2027, 11, 2)}, "PERIOD_INVERTED"),
        ({"valid_from": date(2026, 10, 31)}, "PERIOD_INVERTED"),
        ({"now": datetime(2026, 11, 24)}, "TIME_NAIVE"),
        ({"replaces": "C-AAAAAAAAAA"}, "CONSENT_UNKNOWN"),
    ],
)
def test_what_cannot_be_right_is_refused_and_nothing_is_added(
    file_desk: Desk, changes: dict[str, Any], code: str
) -> None:
    with refused(code) as caught:
        file_desk.add(**changes)
    assert "\n" not in str(caught.value)
    assert "nowhere" not in str(caught.value), "no file name in a message"
    assert file_desk.registry.all() == ()


def test_empty_and_repeated_files_are_refused(file_desk: Desk, tmp_path: Path) -> None:
    empty, copy = tmp_path / "empty.pdf", tmp_path / "copy.jpg"
    empty.touch()
    copy.write_bytes(file_desk.photos[0].read_bytes())
    with refused("FORM_EMPTY"):
        file_desk.add(form=empty)
    with refused("PHOTO_EMPTY"):
        file_desk.add(photos=[empty])
    with refused("PHOTO_TWICE"):
        file_desk.add(photos=[file_desk.photos[0], copy])
    assert not file_desk.home.forms.exists(), "nothing is kept of what is refused"


def test_unknown_channels_are_answered_with_the_choices(file_desk: Desk) -> None:
    with pytest.raises(UsageError, match="messenger, social-media, website, journal, slides"):
        file_desk.add(channels=["telegram"])


# --- people --------------------------------------------------------------------------------------------------


def test_a_patient_is_entered_once_and_then_known(desk: Desk) -> None:
    desk.add()
    desk.add(channels=["journal"], born=None)
    (known,) = desk.registry.people()
    assert (str(known.key), known.born) == ("P-1", date(1980, 5, 17))
    with refused("DOB_DIFFERENT"):
        desk.add(channels=["slides"], born=date(1981, 5, 17))


def test_what_is_entered_last_about_a_person_counts(desk: Desk) -> None:
    person = Person(key=PersonKey.of("P-1"), also=(PersonKey.of("hospital|77"),), born=date(1980, 1, 1))
    desk.registry.enter(person)
    desk.registry.enter(person)
    later = person.model_copy(update={"also": (), "died": date(2026, 1, 1)})
    desk.registry.enter(later)
    assert desk.registry.people() == (later,)
    assert desk.registry.people(PersonKey.of("hospital|77")) == ()
    assert desk.registry.prove().count == 2, "the same again is no event"


def test_a_key_is_one_persons_only(desk: Desk) -> None:
    desk.registry.enter(Person(key=PersonKey.of("P-1"), also=(PersonKey.of("hospital|77"),)))
    with refused("PERSON_AMBIGUOUS"):
        desk.registry.enter(Person(key=PersonKey.of("hospital|77")))
    with refused("PERSON_AMBIGUOUS"):
        desk.registry.enter(Person(key=PersonKey.of("P-2"), also=(PersonKey.of("P-1"),)))


# --- what happens to a record --------------------------------------------------------------------------------


def test_revoking_adds_an_event_and_leaves_the_record(desk: Desk) -> None:
    record = desk.add()
    before = desk.registry.digest()
    held = desk.registry.revoke(record.id, "asked by phone", NOW + timedelta(days=1), NOW)
    assert held == desk.registry.get(record.id)
    assert held.record == record
    assert held.revocation
    assert (held.revocation.revoked_at, held.revocation.received_at) == (NOW + timedelta(days=1), NOW)
    assert held.revocation.reason == "asked by phone"
    assert desk.registry.digest() != before


def test_a_revocation_is_signed_by_the_practice(file_desk: Desk) -> None:
    record = file_desk.add()
    file_desk.registry.revoke(record.id, "asked", NOW, NOW)
    with sqlite3.connect(file_desk.home.registry) as raw:
        (told,) = raw.execute("SELECT details FROM event WHERE kind = 'revoked'").fetchone()
    raw.close()
    said = json.loads(told)
    signature = Signature.model_validate_json(json.dumps(said.pop("signature")))
    payload = {"type": "revocation", "record": record.id, **said}
    assert PracticeKey.at(file_desk.home).verify(payload, signature)


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
    revocation = desk.registry.get(record.id).revocation
    assert revocation
    assert revocation.reason == "asked"


def test_a_newer_record_takes_the_place_of_an_older_one(desk: Desk) -> None:
    old = desk.add()
    new = desk.add(channels=["journal"], replaces=old.id)
    assert desk.registry.get(old.id).superseded_by == new.id
    assert check(desk.registry, desk.asks(), NOW).codes == ("CHANNEL_NOT_COVERED",), "narrower"
    with refused("CONSENT_REVOKED_ALREADY"):
        desk.add(channels=["slides"], replaces=old.id)


def test_a_refusal_counts_more_than_any_permission(desk: Desk) -> None:
    desk.add()
    refusal = refuse(desk.registry, patient="P-1", by="A. Keller", now=NOW)
    assert check(desk.registry, desk.asks(), NOW).codes == ("CONSENT_DENIES",)
    desk.registry.revoke(refusal.id, "has changed their mind", NOW, NOW)
    assert check(desk.registry, desk.asks(), NOW).decision == "allow"


def test_a_refusal_may_be_for_one_channel(desk: Desk) -> None:
    desk.add()
    refuse(desk.registry, patient="P-1", by="A. Keller", channels=["social-media"], now=NOW)
    assert check(desk.registry, desk.asks(Channel.SOCIAL_MEDIA), NOW).codes == ("CONSENT_DENIES",)
    assert check(desk.registry, desk.asks(Channel.WEBSITE), NOW).decision == "allow"


def test_what_was_imported_counts_once_somebody_has_compared_it_with_its_form(desk: Desk) -> None:
    form = forms.keep(desk.form, desk.home.forms)
    imported = ConsentRecord.new(
        patient=PersonKey.of("P-1"),
        photos=in_order(CoveredPhoto(sha256=sha256) for sha256 in desk.hashes),
        uses=(Use(purpose=Purpose.PUBLICATION, channel=Channel.WEBSITE),),
        grantor=Grantor(role=GrantorRole.PATIENT),
        signed_at=NOW - timedelta(days=3),
        valid_until=NOW + timedelta(days=300),
        languages=("de",),
        statements=in_order(Statement),
        capacity={"state": "yes", "assessed_by": "A. Keller", "assessed_at": NOW},
        form=form.model_copy(update={"language": "de"}),
        proof=AttestedScan(form_sha256=form.sha256, attested_by="A. Keller", attested_at=NOW),
    )
    person = Person(key=PersonKey.of("P-1"), born=date(1980, 1, 1))
    desk.registry.grant([Grant(imported, person)], NOW)
    assert check(desk.registry, desk.asks(), NOW).codes == ("NOT_VERIFIED",)
    with refused("ATTESTER_EMPTY"):
        desk.registry.verify(imported.id, "")
    desk.registry.verify(imported.id, "A. Keller", NOW)
    assert check(desk.registry, desk.asks(), NOW).decision == "allow"


def test_one_wrong_record_among_many_and_none_is_added(desk: Desk) -> None:
    first = desk.add()
    second = first.model_copy(update={"patient": PersonKey.of("P-2")})
    second = second.model_copy(update={"id": second.content_id()})
    with refused("CONSENT_EXISTS"):
        desk.registry.grant([Grant(second), Grant(first)], NOW)
    assert [one.id for one in desk.registry.all()] == [first.id]


def test_uses_say_where_photos_went(desk: Desk) -> None:
    record = desk.add()
    desk.registry.use(record.id, used(NOW), "pair-1")
    desk.registry.use(record.id, used(NOW + timedelta(days=1), "2" * 64))
    assert [one.outputs for one in desk.registry.get(record.id).uses] == [("1" * 64,), ("2" * 64,)]
    assert desk.registry.get(record.id).uses[0] == used(NOW)
    held = desk.registry.get(record.id)
    desk.registry.use(record.id, used(NOW + timedelta(days=2)))
    assert desk.registry.get(record.id).revision == held.revision, "a use changes nothing about the consent"
    assert desk.registry.revoke(record.id, "asked").revision != held.revision
    with refused("CONSENT_UNKNOWN"):
        desk.registry.use("C-AAAAAAAAAA", used())


# --- to look up ----------------------------------------------------------------------------------------------


def test_a_registry_that_is_not_there_holds_nothing_and_is_not_made_by_reading(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    registry = Registry(home, read_only=True)
    assert registry.all() == registry.about(["a" * 64], ["P-1"]).held == registry.people() == ()
    assert registry.derivations("1" * 64) == ()
    assert registry.prove().count == 0
    with refused("CONSENT_UNKNOWN"):
        registry.get("C-AAAAAAAAAA")
    assert list(home.path.iterdir()) == []


def test_an_empty_database_holds_nothing(database_url: str, tmp_path: Path) -> None:
    registry = Registry(Home.at(tmp_path / "home", database_url), read_only=True)
    assert registry.all() == registry.about(["a" * 64], ["P-1"]).held == ()


def test_read_only_refuses_to_write(desk: Desk) -> None:
    desk.add()
    desk.registry = Registry(desk.home, read_only=True)
    with refused("REGISTRY_UNUSABLE"):
        desk.add(patient="P-2")
    assert len(desk.registry.all()) == 1


def test_with_a_photo_come_all_records_of_whoever_is_in_it(desk: Desk) -> None:
    one = desk.add(photos=desk.photos[:1])
    other = desk.add(photos=desk.photos[1:], patient="P-2")
    deny = refuse(desk.registry, patient="P-1", by="A. Keller")
    desk.registry.enter(
        Person(key=PersonKey.of("P-2"), also=(PersonKey.of("hospital|77"),), born=date(1980, 5, 17))
    )

    def found(**asked: Any) -> set[str]:
        return {held.id for held in desk.registry.about(**asked).held}

    assert found(photos=[desk.hashes[0]]) == {one.id, deny.id}
    assert found(photos=desk.hashes) == {one.id, other.id, deny.id}
    assert found(people=[" P-2 "]) == found(people=["hospital|77"]) == {other.id}
    assert found(photos=["0" * 64], people=["P-3", "", "123"]) == set()
    people = desk.registry.about(people=["hospital|77"]).persons
    assert [str(person.key) for person in people] == ["P-2"]


def test_the_form_is_compared_anew_each_time(file_desk: Desk) -> None:
    record = file_desk.add()
    assert record.form
    form = file_desk.home.forms / record.form.name

    def now() -> FormState:
        (held,) = file_desk.registry.about(people=["P-1"]).held
        return held.form

    assert now() is FormState.PRESENT
    form.write_bytes(b"%PDF-1.7 signed!")
    assert now() is FormState.CHANGED
    form.unlink()
    assert now() is FormState.MISSING


# --- what must not be possible, or not without being seen ----------------------------------------------------


@pytest.mark.parametrize(
    "verb",
    [
        "UPDATE record SET patient = 'P-9'", "DELETE FROM record_photo",
        "DELETE FROM event", "UPDATE person SET key = 'x'",
     "UPDATE event SET kind = 'x'", "DELETE FROM person_key", "UPDATE about SET version = '9'",
        "DELETE FROM derivation",
    ],
)  # fmt: skip
def test_the_database_itself_refuses_to_change_or_remove(desk: Desk, verb: str) -> None:
    desk.registry.revoke(desk.add().id, "asked")
    place = desk.url or desk.home.registry
    with (
        pytest.raises(DBAPIError, match="append-only"),
        database._engine(place, database.Access.WRITE).begin() as raw,
    ):
        if verb.endswith("derivation"):
            raw.exec_driver_sql("INSERT INTO derivation VALUES ('x', 'y', 'z')")
        raw.exec_driver_sql(verb)


EDITS = [
    """UPDATE record SET document = replace(document, '"valid_until":"2027', '"valid_until":"2099')""",
    """UPDATE record SET document = replace(document, '"website"', '"journal"')""",
    "UPDATE record SET document = document || ' '",
    """UPDATE record SET document = replace(document, '{"', '{"status":"draft","')""",
    "UPDATE record SET document = '{}'",
    "UPDATE record SET document = '[]'",
    """UPDATE record SET document = replace(document, '"version":2', '"version":3')""",
    "UPDATE record SET patient = 'practice|P-9'",
    "UPDATE record_photo SET sha256 = 'x' || sha256",
    "DELETE FROM record_photo",
    "UPDATE event SET kind = 'verified' WHERE kind = 'revoked'",
    "UPDATE event SET record = NULL WHERE kind = 'revoked'",
    "DELETE FROM event WHERE kind = 'revoked'",
    "DELETE FROM event",
    "UPDATE event SET at = '2020-01-01T00:00:00+00:00'",
    "UPDATE event SET details = '{}' WHERE kind = 'granted'",
    "UPDATE event SET seq = seq + 10 WHERE seq = (SELECT max(seq) FROM event)",
    "INSERT INTO event SELECT seq + 100, at, 'verified', record, details, previous, hash FROM event WHERE seq = 1",
    "UPDATE head SET count = count - 1",
    "UPDATE head SET latest = '2020-01-01T00:00:00+00:00'",
    "DELETE FROM head",
    "UPDATE person SET document = replace(document, '1980', '2015')",
    "DELETE FROM person_key",
    "DELETE FROM person",
    "DELETE FROM record",
]


@pytest.mark.parametrize("edit", EDITS)
def test_a_registry_that_was_changed_from_outside_blocks(desk: Desk, edit: str) -> None:
    desk.registry.revoke(desk.add().id, "asked", NOW, NOW)
    desk.add(patient="P-2", channels=["journal"])
    assert check(desk.registry, desk.asks(patient="P-2"), NOW).decision == "block"
    desk.edit(edit)
    ledger._PROVED.clear()  # as in a new process
    with refused("REGISTRY_BROKEN"):
        desk.registry.prove()
    assert "STORE_STALE" in check(desk.registry, desk.asks(), NOW).codes
    with refused("REGISTRY_BROKEN"):
        # Only what shows at the chain's end stops a writer; a reader goes through all of it.
        desk.registry.about(desk.hashes)


def test_a_change_while_the_program_runs_is_seen_as_well(file_desk: Desk) -> None:
    record = file_desk.add()
    file_desk.add(patient="P-2")
    assert file_desk.registry.prove().count > 0
    file_desk.edit(f"UPDATE event SET details = '{{}}' WHERE kind = 'verified' AND record <> '{record.id}'")
    assert "STORE_STALE" in check(file_desk.registry, file_desk.asks(), NOW).codes


def test_a_changed_record_is_seen_at_once_on_a_server_too(desk: Desk) -> None:
    desk.add()
    assert check(desk.registry, desk.asks(), NOW).decision == "allow"
    desk.edit(
        """UPDATE record SET document = replace(document, '"valid_until":"2027', '"valid_until":"2099')"""
    )
    assert check(desk.registry, desk.asks(), NOW).decision == "block"


def test_another_practices_key_does_not_fit(desk: Desk) -> None:
    desk.add()
    (desk.home.path / "key").write_bytes(bytes(32))
    assert "STORE_STALE" in check(desk.registry, desk.asks(), NOW).codes
    with refused("REGISTRY_BROKEN"):
        desk.add(patient="P-2")


def test_a_clock_behind_the_last_event_is_not_trusted(desk: Desk) -> None:
    desk.add()
    desk.registry.enter(Person(key=PersonKey.of("P-5")), NOW + timedelta(hours=1))
    assert check(desk.registry, desk.asks(), NOW + timedelta(minutes=59)).codes == ("CLOCK_UNTRUSTED",)


def test_a_withdrawal_is_written_down_whatever_the_clock_says(desk: Desk) -> None:
    record = desk.add()
    assert desk.registry.revoke(record.id, "asked", now=NOW - timedelta(days=900)).revocation
    assert desk.registry.prove().latest == NOW.isoformat(timespec="microseconds")


def test_the_digest_is_the_same_for_the_same_content(tmp_path: Path) -> None:
    desks = [Desk(tmp_path / name) for name in ("a", "b") if not (tmp_path / name).mkdir()]
    for desk, order in zip(desks, (("P-1", "P-2"), ("P-2", "P-1")), strict=True):
        for patient in order:
            desk.add(patient=patient)
    assert desks[0].registry.digest() == desks[1].registry.digest()


# --- several at once, and accidents --------------------------------------------------------------------------

_ADD = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from consent_desk import Desk
from photoguard.consent import intake, ledger
desk = Desk(Path(sys.argv[2]), sys.argv[3] or None)
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def child(desk: Desk, script: str) -> subprocess.Popen[bytes]:
    here = str(Path(__file__).parent)
    return subprocess.Popen([sys.executable, "-c", _ADD + script, here, str(desk.folder), desk.url or ""])


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
@pytest.mark.parametrize(
    "moment", ["intake.ConsentRecord.new = die", "ledger.append = die"],
    ids=["between form and record", "inside the transaction"],
)  # fmt: skip
def test_a_kill_leaves_no_half_record_and_the_same_call_goes_through_after_it(
    desk: Desk, moment: str
) -> None:
    desk.add(patient="P-0")
    assert child(desk, f"{moment}\ndesk.add(patient='P-1')").wait(60) == -signal.SIGKILL
    (only,) = Registry(desk.home, read_only=True).all()
    assert only.record
    assert str(only.record.patient) == "P-0"
    desk.add()
    assert [one.form for one in desk.registry.all()] == [FormState.PRESENT] * 2
    desk.registry.prove()


def test_two_processes_add_at_once_and_nothing_is_lost(desk: Desk) -> None:
    both = [child(desk, f"for i in range(8): desk.add(patient=f'P-{who}-{{i}}')") for who in (1, 2)]
    assert [one.wait(120) for one in both] == [0, 0]
    patients = {str(held.record.patient) for held in desk.registry.all() if held.record}
    assert patients == {f"P-{who}-{i}" for who in (1, 2) for i in range(8)}
    assert desk.registry.prove().count == 3 * 16


def test_a_full_disk_is_said_and_nothing_is_added(file_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with refused("FORMS_UNUSABLE"):
        file_desk.add()
    monkeypatch.undo()
    assert list(file_desk.home.forms.iterdir()) == []
    assert file_desk.registry.all() == ()


def test_a_registry_on_a_full_disk_says_so_and_stays_whole(file_desk: Desk) -> None:
    first = file_desk.add()
    with full_disk(file_desk.home), refused("REGISTRY_FULL"):
        for number in range(200):
            file_desk.add(patient=f"P-{number}-{'x' * 150}")
    assert file_desk.registry.prove().count >= 3
    assert file_desk.registry.get(first.id).standing(NOW) == "valid"


def test_storage_errors_name_no_file(file_desk: Desk) -> None:
    file_desk.home.registry.write_bytes(b"not a database" * 100)
    with pytest.raises(StorageError) as caught:
        file_desk.registry.all()
    assert str(file_desk.folder) not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "code"),
    [("postgresql+psycopg://practice@127.0.0.1:9/none", "REGISTRY_UNUSABLE"),
     ("postgresql+psycopg://practice@[bad", "REGISTRY_UNUSABLE")],
)  # fmt: skip
def test_a_server_that_does_not_answer_blocks(tmp_path: Path, url: str, code: str) -> None:
    pytest.importorskip("psycopg")
    desk = Desk(tmp_path, url)
    with refused(code) as caught:
        desk.registry.all()
    assert "127.0.0.1" not in str(caught.value)
    assert "STORE_STALE" in check(desk.registry, desk.asks(), NOW).codes


def test_other_kinds_of_address_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with refused("REGISTRY_ADDRESS"):
        Home.at(tmp_path, "sqlite:///x")
    monkeypatch.setenv("PHOTOGUARD_REGISTRY", "postgresql+psycopg://practice@db/consents")
    assert Home.at(tmp_path).registry_url == "postgresql+psycopg://practice@db/consents"


def test_a_record_refuses_naive_times_unknown_fields_and_disorder(file_desk: Desk) -> None:
    said = dict(file_desk.add())
    said.pop("id")
    for change in ({"signed_at": datetime(2026, 1, 1)}, {"note": "x"}, {"photos": ("xyz",)},
                   {"version": 3}, {"status": "Active"}, {"status": "active "}, {"identifiable": "yes"},
                   {"languages": ("fr", "de")}, {"statements": ("may-withdraw",)}):  # fmt: skip
        with pytest.raises(ValueError, match="validation error"):
            ConsentRecord.new(**(said | change))


def test_events_are_of_the_kinds_that_are_known() -> None:
    assert {what.value for what in What} == {
        "granted",
        "verified",
        "revoked",
        "superseded",
        "used",
        "person",
        "synced",
    }


def test_masking_levels_are_in_order() -> None:
    levels = list(MaskLevel)
    assert all(
        one.below(other) == (levels.index(one) < levels.index(other)) for one in levels for other in levels
    )


def test_what_is_written_stands_in_utc(file_desk: Desk) -> None:
    file_desk.add(now=NOW.astimezone())
    with sqlite3.connect(file_desk.home.registry) as raw:
        times = [at for (at,) in raw.execute("SELECT at FROM event")]
    raw.close()
    assert set(times) == {NOW.astimezone(UTC).isoformat(timespec="microseconds")}

"""Cases that fool a checker which asks only whether there is a consent: each in a test that says what holds instead."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from consent_case import (
    AFTER,
    BEFORE,
    NOW,
    OTHER,
    PATIENT,
    SIGNED,
    WEBSITE,
    ZURICH,
    born,
    covered,
    derivation,
    evidence,
    held,
    outgoing,
    pair,
    person,
    photo,
    record,
    request,
    uses,
)
from consent_desk import NOW as TODAY
from consent_desk import Desk

from photoguard.consent.check import check
from photoguard.consent.exchange.fhir_read import read
from photoguard.consent.exchange.item import Refusal
from photoguard.consent.exchange.transfer import from_file, to_fhir
from photoguard.consent.gate import Depicted, decide
from photoguard.consent.held import FormState, Used
from photoguard.consent.record import (
    Assent,
    Authority,
    ConsentRecord,
    Grantor,
    GrantorRole,
    MaskLevel,
    PersonKey,
    day_ends,
)
from photoguard.consent.signing import PracticeKey
from photoguard.consent.token import Token
from photoguard.policy import Channel, Purpose

PARENT = Grantor(role=GrantorRole.PARENT, relation="mother", authority=Authority(document="Parental custody"))


def codes(asked: Any = None, found: Any = None, now: datetime = NOW) -> tuple[str, ...]:
    return decide(asked or request(), found or evidence(), now, ZURICH).codes


def test_a_consent_for_the_photo_before_is_none_for_the_pair() -> None:
    assert codes(found=evidence(held(photos=covered(BEFORE)))) == ("IMAGE_NOT_COVERED",)


def test_an_export_from_before_the_withdrawal_does_not_bring_the_consent_back(desk: Desk) -> None:
    desk.add()
    old = desk.folder / "consents.json"
    old.write_text(to_fhir(desk.registry.all(), "R5"), encoding="utf-8")
    desk.registry.revoke(desk.registry.all()[0].id, "asked", now=TODAY)
    assert len(from_file(desk.registry, old, now=TODAY).known) == 1
    assert check(desk.registry, desk.asks(), TODAY).codes == ("REVOKED",)


def test_what_ends_between_cleaning_and_posting_has_ended() -> None:
    until = day_ends(date(2026, 11, 30), ZURICH)
    found = evidence(held(valid_until=until), read_at=until)
    assert codes(found=found, now=until - timedelta(seconds=1)) == ()
    assert codes(found=found, now=until) == ("EXPIRED",)


def test_two_patients_who_both_agreed_are_no_pair() -> None:
    other = PersonKey.of("P-2")
    found = evidence(
        held(photos=covered(BEFORE)),
        held(patient=other, photos=covered(AFTER)),
        people=(person(), person("P-2")),
    )
    assert codes(request(photo(), photo("after", patient="P-2")), found) == ("PAIR_DIFFERENT_PATIENTS",)


def test_a_masked_copy_is_the_consented_photo_by_its_manifest_and_by_nothing_else() -> None:
    """Two photos of one patient look more alike than a photo and its masked self: likeness never counts."""
    assert codes() == ()
    unproved = replace(photo("after"), outgoing=outgoing(derivation=None))
    assert codes(request(photo(), unproved)) == ("DERIVATION_UNPROVEN", "MIRRORED_FILE")
    of_another = replace(photo("after"), outgoing=outgoing(derivation=derivation(OTHER, "2" * 64)))
    assert codes(request(photo(), of_another)) == ("DERIVATION_UNPROVEN",)


def test_a_copy_without_its_metadata_is_another_file_and_blocks() -> None:
    stripped = photo("after", sha256=OTHER, outgoing=outgoing(derivation=derivation(OTHER, "2" * 64)))
    assert codes(request(photo(), stripped)) == ("IMAGE_NOT_COVERED",)


def test_everybody_in_the_picture_is_asked() -> None:
    with_a_nurse = pair(others=("P-9",))
    assert codes(request(*with_a_nurse), evidence(people=(person(), person("P-9")))) == ("NO_CONSENT",)
    more_faces = outgoing(derivation=derivation(AFTER, "2" * 64, faces=2))
    assert codes(request(photo(), photo("after", outgoing=more_faces))) == ("NO_CONSENT",)


def test_a_form_that_was_signed_after_the_photos_were_used_does_not_heal_it() -> None:
    early = Used(SIGNED - timedelta(days=1), "website", "publication", None, (), ())
    assert codes(found=evidence(replace(held(), uses=(early,)))) == ("SIGNED_IN_FUTURE",)


@pytest.mark.parametrize("last_day", [date(2027, 3, 28), date(2027, 10, 31)])
def test_a_last_day_counts_to_its_end_also_when_the_clocks_are_changed(last_day: date) -> None:
    evening = datetime(last_day.year, last_day.month, last_day.day, 23, 59, 59, tzinfo=ZURICH)
    found = evidence(held(valid_until=day_ends(last_day, ZURICH)), read_at=evening)
    assert codes(found=found, now=evening) == ()
    midnight = evening.astimezone(UTC) + timedelta(seconds=1)
    assert codes(found=found, now=midnight) == ("EXPIRED",)


def test_a_clock_that_was_set_back_makes_nothing_valid_again(desk: Desk) -> None:
    desk.add()
    assert "CLOCK_UNTRUSTED" in check(desk.registry, desk.asks(), TODAY - timedelta(days=400)).codes


@pytest.mark.parametrize("said", ["2026", "2026-06", "15.01.2026"])
def test_half_a_date_is_none(said: str) -> None:
    consent = {"resourceType": "Consent", "status": "active", "decision": "deny", "date": said,
               "subject": {"reference": "Patient/p"}, "grantor": [{"reference": "Patient/p"}]}  # fmt: skip
    with pytest.raises(Refusal):
        read(consent, {}, ZURICH)


@pytest.mark.parametrize("people", [
    (person(), person("hospital|7", also=(PATIENT,))),  # one key, two people
    (person(merged_into=PersonKey.of("P-2")), person("P-2")),
    (),
])  # fmt: skip
def test_a_key_that_is_not_exactly_one_persons_is_nobodys(people: Any) -> None:
    found = replace(evidence(), persons=people)
    assert "PATIENT_ID_AMBIGUOUS" in codes(found=found)


def test_00123_is_not_123() -> None:
    found = evidence(held(patient=PersonKey.of("lab|00123")), people=(person("lab|00123"), person("lab|123")))
    assert codes(request(*pair(patient="lab|00123")), found) == ()
    assert codes(request(*pair(patient="lab|123")), found) == ("SUBJECT_MISMATCH",)
    assert "PATIENT_ID_AMBIGUOUS" in codes(request(*pair(patient="123")), found)


def test_a_parents_consent_ends_with_the_eighteenth_birthday_also_of_who_was_born_on_29_february() -> None:
    child = person(born=date(2008, 2, 29))
    says = held(
        grantor=PARENT,
        assent=Assent.GIVEN,
        signed_at=datetime(2025, 6, 1, tzinfo=ZURICH),
        valid_from=datetime(2025, 6, 1, tzinfo=ZURICH),
    )
    for day, expected in ((date(2026, 2, 28), ()), (date(2026, 3, 1), ("GUARDIAN_CONSENT_LAPSED_ADULT",))):
        now = datetime(day.year, day.month, day.day, 12, tzinfo=ZURICH)
        old = replace(says, verified=(replace(says.verified[0], at=now - timedelta(days=200)),))
        proof = says.record.proof.model_copy(update={"attested_at": now - timedelta(days=200)})
        old = replace(old, record=says.record.model_copy(update={"proof": proof}))
        found = replace(evidence(old, people=(child,)), latest=now - timedelta(days=1), read_at=now)
        assert codes(found=found, now=now) == expected


def test_a_young_person_is_asked_as_well() -> None:
    for answer in (Assent.NOT_ASKED, Assent.REFUSED):
        found = evidence(held(grantor=PARENT, assent=answer), people=(born(17),))
        assert codes(found=found) == ("MINOR_ASSENT_MISSING",)


def test_a_guardians_mandate_that_has_ended_carries_nothing() -> None:
    mandate = Authority(document="Appointment", until=NOW - timedelta(days=1))
    guardian = Grantor(role=GrantorRole.GUARDIAN, authority=mandate)
    assert codes(found=evidence(held(grantor=guardian))) == ("GUARDIAN_NO_AUTHORITY",)


def test_a_refusal_beats_a_permission_and_a_newer_form_the_older_one(desk: Desk) -> None:
    no = held(decision="deny", uses=(WEBSITE,))
    assert codes(found=evidence(held(), no)) == ("CONSENT_DENIES",)
    wide = desk.add()
    desk.add(channels=["website"], replaces=wide.id)
    assert check(desk.registry, desk.asks(Channel.WEBSITE), TODAY).decision == "allow"
    assert "CHANNEL_NOT_COVERED" in check(desk.registry, desk.asks(Channel.SOCIAL_MEDIA), TODAY).codes


def test_the_purpose_of_one_consent_and_the_photos_of_another_are_no_consent() -> None:
    found = evidence(held(photos=covered(BEFORE, OTHER)), held(uses=uses(Channel.JOURNAL)))
    assert codes(found=found) in (("IMAGE_NOT_COVERED",), ("CHANNEL_NOT_COVERED",))


@pytest.mark.parametrize("status", ["signed", "Active", "active ", "ACTIVE", "", "true", 1, True])
def test_only_the_exact_word_is_active(status: Any) -> None:
    with pytest.raises(ValueError, match="status"):
        record(status=status)


def test_a_form_that_says_something_else_now_is_not_the_one_that_was_signed() -> None:
    assert codes(found=evidence(held(FormState.CHANGED))) == ("FORM_ALTERED",)
    assert {"template", "template_version"} <= set(type(record().form).model_fields)


def test_a_consent_for_one_account_is_none_for_another() -> None:
    only = held(uses=(WEBSITE.model_copy(update={"outlet": "praxis.example"}),))
    assert codes(request(outlet="praxis.example"), evidence(only)) == ()
    assert codes(request(outlet="clinic.example"), evidence(only)) == ("CHANNEL_NOT_COVERED",)


def test_a_withdrawal_tells_what_was_published_before_it(desk: Desk) -> None:
    added = desk.add()
    desk.registry.use(added.id, Used(TODAY, "website", "publication", None, ("1" * 64,), ("pg-1.jpg",)))
    gone = desk.registry.revoke(added.id, "asked", now=TODAY)
    assert [use.names for use in gone.uses] == [("pg-1.jpg",)]


def test_a_file_that_was_swapped_after_the_answer_may_not_leave(file_desk: Desk) -> None:
    key = PracticeKey.at(file_desk.home)
    token = Token.issue(
        key, 10, before="1" * 64, after="2" * 64, channel=Channel.WEBSITE, purpose=Purpose.PUBLICATION,
        record="C-AAAAAAAAAA", revision="e" * 64, issued_at=NOW.astimezone(UTC),
    )  # fmt: skip
    assert token.admits(key, "1" * 64, "2" * 64, Channel.WEBSITE, "e" * 64, NOW)
    assert not token.admits(key, "1" * 64, "3" * 64, Channel.WEBSITE, "e" * 64, NOW)


def test_a_bar_over_the_eyes_is_no_masked_face() -> None:
    eyes = tuple(replace(one, masking=MaskLevel.EYES) for one in pair())
    assert codes(request(*eyes), evidence(held(min_masking=MaskLevel.EYES))) == ("NOT_MASKED",)


def test_two_copies_of_one_photo_are_no_before_and_after() -> None:
    same = Depicted(BEFORE, "after", "P-1", masking=MaskLevel.FACE, outgoing=photo().outgoing)
    assert "PAIR_SAME_IMAGE" in codes(request(photo(), same))


def test_a_record_is_never_edited_only_added_to() -> None:
    with pytest.raises(ValueError, match="frozen"):
        record().status = "inactive"  # type: ignore[misc]
    assert ConsentRecord.model_config["frozen"]

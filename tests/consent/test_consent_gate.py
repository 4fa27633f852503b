"""The decision table: each row alone, each single defect, and the borders of days and ages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from consent_case import (
    AFTER,
    BEFORE,
    FORM,
    NOW,
    OTHER,
    SIGNED,
    UNREADABLE,
    WEBSITE,
    WITHOUT_ZONE,
    ZURICH,
    born,
    covered,
    day,
    derivation,
    evidence,
    held,
    one_wrong,
    outgoing,
    pair,
    person,
    photo,
    request,
    revoked,
    uses,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from photoguard.consent.case import Depicted, Evidence, UseRequest
from photoguard.consent.gate import TABLE, decide
from photoguard.consent.held import FormState, Held, Used
from photoguard.consent.record import (
    Assent,
    AttestedScan,
    Authority,
    Capacity,
    Grantor,
    GrantorRole,
    MaskLevel,
    PadesSignature,
    PersonKey,
    PracticeSignature,
    ProofResult,
    Statement,
    Status,
    Use,
    day_ends,
    in_order,
)
from photoguard.consent.settings import Settings
from photoguard.outcome import ConsentDecision, Verdict
from photoguard.policy import Channel, Purpose

COURT = Authority(document="Appointment of 3 May 2026")
PARENT = Grantor(role=GrantorRole.PARENT, relation="mother", authority=COURT)
PADES = PadesSignature(form_sha256=FORM, signer_subject="CN=P", signer_fingerprint="9" * 64)
SEAL = PracticeSignature(form_sha256=FORM, signature="0" * 128, key_id="0" * 64)
GERMANY = Settings(country="DE")
CHILD = born(8)
TEENAGER = born(15)


def ask(
    asked: UseRequest | None = None,
    found: Evidence | None = evidence(),  # noqa: B008 - frozen
    now: datetime = NOW,
    rules: Settings | None = None,
    fault: str | None = None,
) -> ConsentDecision:
    return decide(asked or request(), found, now, ZURICH, rules, fault)


def with_proof(proof: Any, result: ProofResult | None) -> Held:
    return replace(held(proof=proof), proof=result)


def bad(code: str) -> ProofResult:
    return ProofResult(ok=False, code=code)


def used(at: datetime) -> Used:
    return Used(at, "website", "publication", None, (), ())


# code -> all the ways in which it alone is wrong: what decide() is asked.
ALONE: dict[str, list[tuple[Any, ...]]] = {
    "CLOCK_UNTRUSTED": [
        (request(), evidence(latest=NOW + timedelta(seconds=1))),
        (request(), evidence(held(proof=AttestedScan(
            form_sha256=FORM, attested_by="A. Keller", attested_at=NOW + timedelta(minutes=1))))),
    ],
    "STORE_STALE": [(request(), evidence(read_at=NOW - timedelta(minutes=11)))],
    "PAIR_INCOMPLETE": [(request(photo(), replace(photo("after"), role="before")),)],
    "PAIR_DIFFERENT_PATIENTS": [(
        request(photo(), photo("after", patient="P-2")),
        evidence(held(photos=covered(BEFORE)), held(patient=PersonKey.of("P-2"), photos=covered(AFTER)),
                 people=(person(), person("P-2"))),
    )],
    "PATIENT_ID_AMBIGUOUS": [
        (request(), evidence(people=(person("P-7"),))),
        (request(), evidence(people=(person(), person("P-7", also=(PersonKey.of("P-1"),))))),
        (request(), evidence(people=(person(merged_into=PersonKey.of("P-7")),))),
        (
            request(*pair(patient=None)),
            evidence(held(), held(patient=PersonKey.of("P-2"), photos=covered(OTHER, AFTER))),
        ),
    ],
    "DOB_UNKNOWN": [(request(), evidence(people=(person(born=None),)))],
    "NO_CONSENT": [
        (request(), evidence(held=())),
        (request(*one_wrong(others=("P-2",))), evidence(people=(person(), person("P-2")))),
        (request(*one_wrong(outgoing=outgoing(derivation=derivation(AFTER, "2" * 64, faces=2)))),),
    ],
    "CONSENT_UNPARSEABLE": [(request(), evidence(held(), UNREADABLE))],
    "NAIVE_TIME": [(request(), evidence(held(), WITHOUT_ZONE))],
    "CONSENT_DENIES": [
        (request(), evidence(held(), held(decision="deny", photos=(), uses=()))),
        (request(), evidence(held(), held(decision="deny", photos=covered(AFTER), uses=()))),
        (request(), evidence(held(), held(decision="deny", photos=(), uses=(WEBSITE,)))),
        (request(*pair(patient=None)), evidence(held(), held(decision="deny", photos=(), uses=()))),
    ],
    "CONSENT_NOT_ACTIVE": [
        *[(request(), evidence(held(status=one))) for one in Status if one is not Status.ACTIVE],
        (request(), evidence(replace(held(), superseded_by="C-BBBBBBBBBB"))),
    ],
    "SUBJECT_MISMATCH": [(request(*pair(patient="P-9")), evidence(people=(person(), person("P-9"))))],
    "FORM_MISSING": [(request(), evidence(held(file=FormState.MISSING)))],
    "FORM_ALTERED": [
        (request(), evidence(held(file=FormState.CHANGED))),
        (request(), evidence(held(proof=AttestedScan(
            form_sha256="0" * 64, attested_by="A. Keller", attested_at=SIGNED)))),
    ],
    "FORM_UNREADABLE": [(request(), evidence(with_proof(PADES, bad("FORM_UNREADABLE"))))],
    "SIGNATURE_INVALID": [
        (request(), evidence(with_proof(PADES, bad("SIGNATURE_INVALID")))),
        (request(), evidence(with_proof(PADES, bad("ANYTHING_ELSE")))),
        (request(), evidence(with_proof(PADES, None))),
        (request(), evidence(with_proof(
            SEAL.model_copy(update={"attested_by": "A. Keller", "attested_at": SIGNED}), None))),
    ],
    "SCAN_NOT_ATTESTED": [
        (request(), evidence(held(proof=AttestedScan(form_sha256=FORM, attested_at=SIGNED)))),
        (request(), evidence(held(proof=AttestedScan(form_sha256=FORM, attested_by="A. Keller")))),
        (request(), evidence(with_proof(PADES, bad("SCAN_NOT_ATTESTED")))),
    ],
    "SIGNER_NOT_BOUND": [
        (request(), evidence(with_proof(PADES, bad("SIGNER_NOT_BOUND")))),
        (request(), evidence(with_proof(PADES.model_copy(update={"signer": "practice"}), ProofResult(ok=True)))),
        (request(), evidence(with_proof(SEAL, ProofResult(ok=True)))),
    ],
    "NOT_VERIFIED": [(request(), evidence(replace(held(), verified=())))],
    "NO_SIGN_DATE": [(request(), evidence(held(signed_at=None)))],
    "SIGNED_IN_FUTURE": [
        (request(), evidence(held(signed_at=NOW + timedelta(minutes=1)))),
        (request(), evidence(replace(held(), uses=(used(SIGNED - timedelta(days=1)),)))),
    ],
    "NOT_YET_VALID": [(request(), evidence(held(valid_from=day("2026-12-01"))))],
    "NO_EXPIRY": [(request(), evidence(held(valid_until=None)))],
    "EXPIRED": [(request(), evidence(held(valid_until=day("2026-11-24"))))],
    "REVOKED": [
        (request(), evidence(revoked(NOW - timedelta(days=1)))),
        (request(), evidence(revoked(NOW + timedelta(days=30)))),
    ],
    "PURPOSE_NOT_COVERED": [
        (request(purpose=Purpose.TEACHING),),
        (request(), evidence(held(uses=()))),
    ],
    "CHANNEL_NOT_COVERED": [
        (request(channel=Channel.SOCIAL_MEDIA),),
        (request(), evidence(held(uses=(WEBSITE.model_copy(update={"outlet": "praxis.example"}),)))),
        (request(outlet="other.example"),
         evidence(held(uses=(WEBSITE.model_copy(update={"outlet": "praxis.example"}),)))),
        (request(), evidence(held(uses=(WEBSITE.model_copy(update={"territory": "CH"}),)))),
        (request(), evidence(held(uses=in_order([
            Use(purpose=Purpose.PUBLICATION, channel=Channel.JOURNAL),
            Use(purpose=Purpose.TEACHING, channel=Channel.WEBSITE)])))),
    ],
    "IMAGE_NOT_COVERED": [
        (request(), evidence(held(photos=covered(BEFORE)))),
        (request(), evidence(held(photos=in_order(
            one.model_copy(update={"role": "before"}) for one in covered(BEFORE, AFTER))))),
    ],
    "DERIVATION_UNPROVEN": [
        (request(*one_wrong(outgoing=outgoing(derivation=derivation(OTHER, "2" * 64)))),),
        (request(*one_wrong(outgoing=outgoing(derivation=derivation(AFTER, "3" * 64)))),),
    ],
    "MASK_BELOW_CONSENT": [(request(), evidence(held(min_masking=MaskLevel.FULL)))],
    "NOT_MASKED": [
        (request(*one_wrong(masking=level)), evidence(held(min_masking=MaskLevel.NONE)))
        for level in (MaskLevel.NONE, MaskLevel.EYES)
    ],
    "GPS_PRESENT": [(request(*one_wrong(outgoing=outgoing(gps=True))),)],
    "METADATA_PRESENT": [(request(*one_wrong(outgoing=outgoing(metadata=True))),)],
    "MIRRORED_FILE": [
        (request(*one_wrong(outgoing=outgoing(derivation=derivation(AFTER, "2" * 64, mirror=verdict)))),)
        for verdict in (Verdict.MIRRORED, Verdict.SUSPECTED)
    ],
    "TRANSPORT_PLAIN": [
        (request(channel=channel), evidence(held(uses=uses(channel))))
        for channel in (Channel.MESSENGER, Channel.JOURNAL)
    ],
    "LANGUAGE": [
        (request(), evidence(held(languages=("it",)))),
        (request(), evidence(held(languages=()))),
    ],
    "RISK_NOT_ACKNOWLEDGED": [
        (request(), evidence(held(statements=in_order(set(Statement) - {one})))) for one in Statement
    ],
    "CAPACITY": [
        (request(), evidence(held(capacity=Capacity(state=state)))) for state in ("no", "unknown")
    ],
    "MINOR_SELF_SIGNED": [
        (request(), evidence(held(capacity=Capacity(state="yes")), people=(TEENAGER,))),
    ],
    "GUARDIAN_NO_AUTHORITY": [
        *[
            (request(), evidence(held(grantor=Grantor(role=role))))
            for role in (GrantorRole.GUARDIAN, GrantorRole.REPRESENTATIVE, GrantorRole.NEXT_OF_KIN)
        ],
        (request(), evidence(held(grantor=Grantor(role=GrantorRole.PARENT)), people=(CHILD,))),
        (request(), evidence(held(grantor=Grantor(
            role=GrantorRole.GUARDIAN, authority=Authority(document="x", until=NOW))))),
        (request(), evidence(held(grantor=Grantor(
            role=GrantorRole.GUARDIAN, authority=Authority(document="x", until=SIGNED))))),
    ],
    "GUARDIAN_CONSENT_LAPSED_ADULT": [
        (request(), evidence(held(grantor=PARENT), people=(person(born=date(2008, 11, 24)),))),
    ],
    "GUARDIAN_SIGNED_FOR_ADULT": [(request(), evidence(held(grantor=PARENT)))],
    "MINOR_ASSENT_MISSING": [
        (request(), evidence(held(grantor=PARENT), people=(TEENAGER,))),
        (request(), evidence(held(grantor=PARENT, assent=Assent.REFUSED), people=(TEENAGER,))),
        (request(), evidence(held(grantor=PARENT, assent=Assent.REFUSED), people=(CHILD,))),
    ],
    "DECEASED_REVIEW": [
        (request(), evidence(people=(person(died=date(2026, 11, 20)),))),
        (request(), evidence(
            held(grantor=Grantor(role=GrantorRole.NEXT_OF_KIN, authority=COURT)),
            people=(person(died=date(2026, 11, 20)),))),
    ],
    "LEGAL_BAN": [
        (request(), evidence(), NOW, GERMANY),
        (request(), evidence(held(procedure="aesthetic-surgery")), NOW, GERMANY),
    ],
}  # fmt: skip

# Some can't stand alone: what is wrong with them is wrong in another row's eyes as well.
NEVER_ALONE: dict[str, tuple[tuple[Any, ...], tuple[str, ...]]] = {
    **{
        code: ((request(), None, NOW, None, code), ("STORE_STALE", code))
        for code in ("REGISTRY_LOCKED", "REGISTRY_MISSING", "REGISTRY_DAMAGED", "REGISTRY_BROKEN", "REGISTRY_NEWER",
                     "REGISTRY_FULL")
    },
    "PATIENT_UNKNOWN": (
        (request(photo(), photo("after", sha256=OTHER, patient=None, outgoing=outgoing(
            derivation=derivation(OTHER, "2" * 64)))),),
        ("PATIENT_UNKNOWN", "IMAGE_NOT_COVERED"),
    ),
    "PAIR_SAME_IMAGE": (
        (request(photo(), replace(photo(), role="after")),
         evidence(held(photos=in_order(one.model_copy(update={"role": "before"}) for one in covered(BEFORE))))),
        ("PAIR_SAME_IMAGE", "IMAGE_NOT_COVERED"),
    ),
    "PERIOD_INVERTED": (
        (request(), evidence(held(valid_until=day("2026-10-01")))),
        ("PERIOD_INVERTED", "EXPIRED"),
    ),
    "NO_SIGNATURE": (
        (request(), evidence(replace(
            held(**{"proof": None}), form=FormState.PRESENT))),
        ("NO_SIGNATURE",),
    ),
    "CHANNEL_UNKNOWN": (
        (request(channel="telegram"),),
        ("CHANNEL_UNKNOWN", "CHANNEL_NOT_COVERED"),
    ),
}  # fmt: skip

# What is nearly the same and allowed.
ALLOWED: list[tuple[Any, ...]] = [
    (request(), evidence(latest=NOW)),
    (request(), evidence(read_at=NOW - timedelta(minutes=10))),
    (request(), evidence(read_at=None)),
    (request(*pair(patient=None)),),
    (request(*pair(patient=" P-1 ")),),
    (request(*pair(patient="hospital|77")), evidence(people=(person(also=(PersonKey.of("hospital|77"),)),))),
    (request(*one_wrong(others=("P-2",))), evidence(
        held(), held(patient=PersonKey.of("P-2"), photos=covered(AFTER)), people=(person(), person("P-2")))),
    (request(), evidence(held(), held(decision="deny", photos=covered(OTHER), uses=()))),
    (request(), evidence(held(), held(decision="deny", photos=(), uses=uses(Channel.SOCIAL_MEDIA)))),
    (request(), evidence(held(), held(decision="deny", photos=(), uses=(), status=Status.DRAFT))),
    (request(), evidence(held(), revoked(NOW, decision="deny", photos=(), uses=()))),
    (request(), evidence(held(), held(decision="deny", photos=(), uses=(), valid_until=day("2026-11-02")))),
    (request(), evidence(with_proof(PADES, ProofResult(ok=True)))),
    (request(), evidence(with_proof(
        SEAL.model_copy(update={"attested_by": "A. Keller", "attested_at": SIGNED}), ProofResult(ok=True)))),
    (request(), evidence(held(uses=in_order([WEBSITE, *uses(Channel.JOURNAL)])))),
    (request(outlet="praxis.example"),
     evidence(held(uses=(WEBSITE.model_copy(update={"outlet": "praxis.example"}),)))),
    (request(outlet="praxis.example"),),
    (request(territory="CH"), evidence(held(uses=(WEBSITE.model_copy(update={"territory": "CH"}),)))),
    (request(), evidence(held(photos=covered(BEFORE, AFTER, OTHER)))),
    (request(*pair(masking=MaskLevel.FULL)), evidence(held(min_masking=MaskLevel.FULL))),
    (request(*pair(masking=MaskLevel.NONE)), evidence(held(min_masking=MaskLevel.NONE, identifiable=True))),
    (request(channel=Channel.MESSENGER, encrypted=True), evidence(held(uses=uses(Channel.MESSENGER)))),
    (request(channel=Channel.JOURNAL, sending=False), evidence(held(uses=uses(Channel.JOURNAL)))),
    (request(*pair(outgoing=None), sending=False),),
    (request(), evidence(held(languages=("it",), interpreter="R. Rossi"))),
    (request(), evidence(held(languages=("de",)))),
    (request(), evidence(people=(TEENAGER,))),
    (request(), evidence(held(grantor=PARENT), people=(CHILD,))),
    (request(), evidence(held(grantor=PARENT, capacity=Capacity(), assent=Assent.GIVEN), people=(TEENAGER,))),
    (request(), evidence(held(grantor=Grantor(
        role=GrantorRole.GUARDIAN, authority=Authority(document="x", until=NOW + timedelta(days=1)))))),
    (request(), evidence(held(
        signed_at=day("2026-11-21"),
        grantor=Grantor(role=GrantorRole.NEXT_OF_KIN, authority=COURT)), people=(person(died=date(2026, 11, 20)),))),
    (request(), evidence(held(procedure="wound-care")), NOW, GERMANY),
    (request(), evidence(), NOW, Settings(country="CH")),
    (request(), evidence(replace(held(), uses=(used(NOW),)))),
]  # fmt: skip


def test_a_signed_valid_consent_for_exactly_this_use_allows() -> None:
    decision = ask()
    assert (decision.decision, decision.codes, decision.record) == ("allow", (), held().id)


@pytest.mark.parametrize(("code", "case"), [(code, case) for code, cases in ALONE.items() for case in cases])
def test_each_row_blocks_when_it_alone_is_wrong(code: str, case: tuple[Any, ...]) -> None:
    decision = ask(*case)
    assert (decision.decision, decision.codes, decision.record) == ("block", (code,), None)


@pytest.mark.parametrize("code", NEVER_ALONE)
def test_rows_that_imply_another_are_reported_with_it(code: str) -> None:
    case, codes = NEVER_ALONE[code]
    assert ask(*case).codes == codes


@pytest.mark.parametrize("case", ALLOWED)
def test_what_is_right_in_another_way_is_allowed(case: tuple[Any, ...]) -> None:
    decision = ask(*case)
    assert (decision.decision, decision.codes) == ("allow", ())


def test_a_clock_without_a_zone_is_not_trusted() -> None:
    assert "CLOCK_UNTRUSTED" in ask(now=NOW.replace(tzinfo=None)).codes


def test_a_registry_that_cannot_be_relied_on_blocks() -> None:
    assert ask(found=None).codes == ("STORE_STALE",)
    assert ask(found=None, fault="SOMETHING_ELSE").codes == ("STORE_STALE",)


def test_every_row_of_the_table_is_tested_and_says_three_sentences() -> None:
    assert {row.code for row in TABLE} == {*ALONE, *NEVER_ALONE}
    assert len({row.code for row in TABLE}) == len(TABLE)
    for row in TABLE:
        assert all(text.endswith(".") for text in (row.seen, row.matters, row.do))
        assert (row.pair is None) != (row.record is None)


def test_all_codes_that_fire_are_reported_in_the_order_of_the_table() -> None:
    record = revoked(
        NOW, file=FormState.MISSING, valid_until=day("2026-11-02"), uses=uses(Channel.SLIDES), statements=()
    )
    assert ask(request(photo()), evidence(record)).codes == (
        "PAIR_INCOMPLETE", "FORM_MISSING", "EXPIRED", "REVOKED", "CHANNEL_NOT_COVERED",
        "RISK_NOT_ACKNOWLEDGED",
    )  # fmt: skip


def test_an_original_that_was_never_cleaned_may_not_leave() -> None:
    raw = [
        replace(one, masking=MaskLevel.NONE, outgoing=outgoing(sha256=one.sha256, derivation=None, gps=True))
        for one in pair()
    ]
    assert ask(request(*raw)).codes == ("MASK_BELOW_CONSENT", "NOT_MASKED", "GPS_PRESENT", "MIRRORED_FILE")


def test_what_is_about_to_leave_must_be_there() -> None:
    codes = ask(request(*pair(outgoing=None))).codes
    assert codes == ("DERIVATION_UNPROVEN", "GPS_PRESENT", "METADATA_PRESENT", "MIRRORED_FILE")


def test_what_two_records_say_is_never_put_together() -> None:
    only_before, only_after = held(photos=covered(BEFORE)), held(photos=covered(AFTER))
    wrong_channel = held(uses=uses(Channel.JOURNAL))
    decision = ask(found=evidence(only_before, only_after, wrong_channel))
    assert decision.decision == "block"
    assert len(decision.codes) == 1, "the nearest record's codes, not everybody's"


def test_one_good_record_among_bad_ones_allows() -> None:
    records = [held(valid_until=day("2026-11-03")), held(), revoked(NOW, signed_at=day("2026-11-03"))]
    assert ask(found=evidence(*records)).record == held().id


def test_records_about_others_are_passed_over() -> None:
    other = held(patient=PersonKey.of("P-2"), photos=covered(OTHER))
    assert ask(found=evidence(other)).codes == ("NO_CONSENT",)
    assert ask(found=evidence(other, held())).decision == "allow"


def test_a_bystander_needs_a_consent_of_their_own_for_the_photo_that_shows_them() -> None:
    both = (person(), person("P-2"))
    shown = request(*one_wrong(others=("P-2",)))
    wrong_photo = held(patient=PersonKey.of("P-2"), photos=covered(OTHER))
    assert ask(shown, evidence(held(), wrong_photo, people=both)).codes == ("IMAGE_NOT_COVERED",)


def test_a_patient_who_is_not_declared_is_the_one_whose_consent_names_the_photo() -> None:
    undeclared = request(*pair(patient=None))
    assert ask(undeclared).decision == "allow"
    assert ask(undeclared, evidence(held=())).codes == ("PATIENT_UNKNOWN", "NO_CONSENT")
    assert ask(undeclared, evidence(revoked(NOW))).codes == ("REVOKED",)


def test_a_record_entered_for_the_wrong_patient_is_put_right_by_revoking_it() -> None:
    wrong = {"patient": PersonKey.of("P-2")}
    assert ask(found=evidence(held(**wrong), held())).codes == ("PATIENT_ID_AMBIGUOUS",)
    assert ask(found=evidence(revoked(NOW, **wrong), held())).record == held().id


def test_a_bare_number_is_nobodys_key() -> None:
    numbered = held(patient=PersonKey(system="practice", value="00123"))
    found = evidence(numbered, people=(person("practice|00123"),))
    assert "PATIENT_ID_AMBIGUOUS" in ask(request(*pair(patient="00123")), found).codes
    assert ask(request(*pair(patient="practice|00123")), found).decision == "allow"
    assert ask(request(*pair(patient="practice|123")), found).decision == "block"


def test_keys_are_compared_without_spaces_and_with_accents_in_one_spelling() -> None:
    zoe = {"patient": PersonKey.of("Zo\u00eb")}
    found = evidence(held(**zoe), people=(person("Zo\u00eb"),))
    assert ask(request(*pair(patient=" Zo\u0065\u0308 ")), found).decision == "allow"


@pytest.mark.parametrize(
    ("until", "last_second"),
    [
        (date(2027, 11, 1), datetime(2027, 11, 1, 22, 59, 59, tzinfo=UTC)),  # winter: midnight is 23:00 UTC
        (date(2027, 7, 1), datetime(2027, 7, 1, 21, 59, 59, tzinfo=UTC)),  # summer
        (date(2027, 3, 28), datetime(2027, 3, 28, 21, 59, 59, tzinfo=UTC)),  # the day of 23 hours
        (date(2028, 2, 29), datetime(2028, 2, 29, 22, 59, 59, tzinfo=UTC)),
        (date(2028, 12, 31), datetime(2028, 12, 31, 22, 59, 59, tzinfo=UTC)),
    ],
)
def test_the_last_day_counts_until_midnight_where_the_practice_is(until: date, last_second: datetime) -> None:
    found = evidence(held(valid_until=day_ends(until, ZURICH)), read_at=None)
    assert ask(found=found, now=last_second).decision == "allow"
    assert ask(found=found, now=last_second + timedelta(seconds=1)).codes == ("EXPIRED",)


def test_the_first_day_counts_from_midnight_where_the_practice_is() -> None:
    found = evidence(held(valid_from=day("2026-12-01")), read_at=None)
    midnight = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)
    assert ask(found=found, now=midnight - timedelta(seconds=1)).codes == ("NOT_YET_VALID",)
    assert ask(found=found, now=midnight).decision == "allow"


@pytest.mark.parametrize(
    ("birthday", "last_day_of_childhood"),
    [
        (date(2008, 12, 1), datetime(2026, 11, 30, 23, 59, tzinfo=ZURICH)),
        (date(2012, 2, 29), datetime(2030, 2, 28, 23, 59, tzinfo=ZURICH)),
    ],
)
def test_a_parents_consent_ends_on_the_day_the_child_comes_of_age(
    birthday: date, last_day_of_childhood: datetime
) -> None:
    said = held(grantor=PARENT, assent=Assent.GIVEN, valid_until=day("2031-01-01"))
    found = evidence(said, people=(person(born=birthday),), read_at=None)
    assert ask(found=found, now=last_day_of_childhood).decision == "allow"
    assert ask(found=found, now=last_day_of_childhood + timedelta(minutes=1)).codes == (
        "GUARDIAN_CONSENT_LAPSED_ADULT",
    )


def test_ages_are_the_practices_to_set() -> None:
    young = evidence(held(grantor=PARENT), people=(born(13),))
    assert ask(found=young).codes == ("MINOR_ASSENT_MISSING",)
    assert ask(found=young, rules=Settings(assent_age=14)).decision == "allow"


def test_without_a_zone_days_are_those_of_this_computer() -> None:
    found = evidence(held(valid_until=day_ends(date(2027, 11, 1))), read_at=None)
    evening = datetime(2027, 11, 1, 12, 0).astimezone()
    assert decide(request(), found, evening).decision == "allow"
    assert decide(request(), found, evening + timedelta(days=1)).codes == ("EXPIRED",)


def test_what_cannot_be_evaluated_blocks_and_never_raises() -> None:
    for broken in (None, replace(request(), photos=None), request(None, None)):  # type: ignore[arg-type]
        assert decide(broken, evidence(), NOW, ZURICH).decision == "block"  # type: ignore[arg-type]
    assert decide(request(), evidence(), None, ZURICH).decision == "block"  # type: ignore[arg-type]
    assert decide(request(), "all is well", NOW, ZURICH).decision == "block"  # type: ignore[arg-type]
    for wrong in ({"valid_until": "2027-11-01", "signed_at": 3}, {"uses": None}, {"grantor": "patient"}):
        strange = held().record.model_copy(update=wrong)  # type: ignore[union-attr]
        assert ask(found=evidence(replace(held(), record=strange))).decision == "block"


# --- any single change of what matters -----------------------------------------------------------------------

moments_before = st.datetimes(datetime(1990, 1, 1), datetime(2026, 11, 23), timezones=st.just(UTC))
moments_after = st.datetimes(datetime(2026, 11, 25), datetime(2090, 1, 1), timezones=st.just(UTC))
sha256s = st.text("0123456789abcdef", min_size=64, max_size=64).filter(
    lambda one: one not in {BEFORE, AFTER, "1" * 64, "2" * 64, FORM}
)
channels = st.sampled_from([one for one in Channel if one is not Channel.WEBSITE])
purposes = st.sampled_from([one for one in Purpose if one is not Purpose.PUBLICATION])
words = st.text(st.characters(categories=["L"], codec="ascii"), min_size=1, max_size=20)
keys = words.map(lambda one: f"X-{one}")
not_de = st.sampled_from(["en", "it", "rm", "pt-BR", "sq"])
halves = st.sampled_from(["before", "after"])


def change(half: str, **changes: Any) -> UseRequest:
    return request(*[replace(one, **changes) if one.role == half else one for one in pair()])


RECORD_CHANGES: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "status": st.sampled_from([one for one in Status if one is not Status.ACTIVE]).map(lambda one: {"status": one}),
    "decision": st.just({"decision": "deny"}),
    "patient": keys.map(lambda one: {"patient": PersonKey.of(one)}),
    "photos": sha256s.flatmap(lambda one: st.sampled_from([BEFORE, AFTER]).map(
        lambda kept: {"photos": covered(one, kept)})),
    "uses": st.builds(lambda channel: {"uses": uses(channel)}, channels)
    | st.builds(lambda purpose: {"uses": uses(Channel.WEBSITE, purpose=purpose)}, purposes)
    | st.builds(lambda word: {"uses": (WEBSITE.model_copy(update={"outlet": word}),)}, words)
    | st.just({"uses": (WEBSITE.model_copy(update={"territory": "CH"}),)}),
    "min_masking": st.just({"min_masking": MaskLevel.FULL}),
    "signed_at": (moments_after | st.none()).map(lambda one: {"signed_at": one}),
    "valid_from": moments_after.map(lambda one: {"valid_from": one}),
    "valid_until": (moments_before | st.none()).map(lambda one: {"valid_until": one}),
    "grantor": st.sampled_from([one for one in GrantorRole if one is not GrantorRole.PATIENT]).map(
        lambda one: {"grantor": Grantor(role=one)}),
    "capacity": st.sampled_from(["no", "unknown"]).map(
        lambda one: {"capacity": Capacity(state=one, assessed_by="A. Keller", assessed_at=SIGNED)}),
    "languages": st.lists(not_de, max_size=3).map(lambda some: {"languages": in_order(some)}),
    "statements": st.sets(st.sampled_from(list(Statement)), max_size=4).map(
        lambda some: {"statements": in_order(some)}),
    "form": st.just({"form": None}),
    "proof": sha256s.map(lambda one: {"proof": AttestedScan(
        form_sha256=one, attested_by="A. Keller", attested_at=SIGNED)}) | st.just({"proof": None}),
}  # fmt: skip
UNTOUCHED = {
    "id", "version", "replaces",  # who it is, not what it says
    "procedure",  # matters in some countries only
    "assent",  # matters for minors only
    "identifiable", "interpreter",  # the valid case has the stricter answer already
}  # fmt: skip
HELD_CHANGES = st.one_of(
    st.sampled_from([FormState.MISSING, FormState.CHANGED, None]).map(lambda one: {"form": one}),
    st.just({"verified": ()}),
    st.datetimes(timezones=st.just(UTC)).map(lambda at: {"revocation": revoked(at).revocation}),
    st.just({"superseded_by": "C-BBBBBBBBBB"}),
    st.just({"record": None}),
    st.just({"proof": bad("SIGNATURE_INVALID")}),
)
DEFECTS = st.one_of(
    *(some.map(lambda one: (request(), evidence(held(**one)), NOW)) for some in RECORD_CHANGES.values()),
    HELD_CHANGES.map(lambda one: (request(), evidence(replace(held(), **one)), NOW)),
    st.builds(lambda one: (request(channel=one), evidence(), NOW), channels),
    st.builds(lambda one: (request(purpose=one), evidence(), NOW), purposes),
    st.builds(lambda half, one: (change(half, sha256=one), evidence(), NOW), halves, sha256s),
    st.builds(lambda half, one: (change(half, patient=one), evidence(), NOW), halves, keys),
    st.builds(lambda half, one: (change(half, others=(one,)), evidence(), NOW), halves, keys),
    st.builds(lambda half: (change(half, masking=MaskLevel.EYES), evidence(), NOW), halves),
    st.builds(lambda half, one: (change(half, outgoing=outgoing(half, sha256=one)), evidence(), NOW), halves, sha256s),
    st.builds(
        lambda half, name: (change(half, outgoing=outgoing(half, **{name: True})), evidence(), NOW),
        halves, st.sampled_from(["gps", "metadata"]),
    ),
    st.builds(lambda half: (change(half, outgoing=outgoing(half, derivation=None)), evidence(), NOW), halves),
    st.builds(lambda one: (request(one), evidence(), NOW), st.sampled_from(pair())),
    st.builds(lambda now: (request(), evidence(), now), st.datetimes()),
    st.builds(lambda now: (request(), evidence(read_at=None), now), st.datetimes(
        max_value=datetime(2026, 11, 2), timezones=st.just(UTC))),
    st.builds(lambda now: (request(), evidence(read_at=None), now), st.datetimes(
        min_value=datetime(2027, 11, 3), timezones=st.just(UTC))),
    st.builds(lambda at: (request(), evidence(latest=at), NOW), moments_after),
    st.builds(lambda at: (request(), evidence(read_at=at), NOW), moments_before),
    st.builds(lambda one: (request(), evidence(people=(person(died=one.date()),)), NOW), moments_before),
    st.builds(lambda one: (request(), evidence(people=(person(one),)), NOW), keys),
    st.just((request(), evidence(people=(person(born=None),)), NOW)),
    st.just((request(), None, NOW)),
    st.just((request(), evidence(held=()), NOW)),
    st.just((request(), evidence(held(), UNREADABLE), NOW)),
    st.just((request(), evidence(held(), held(decision="deny", photos=(), uses=())), NOW)),
)  # fmt: skip


@given(DEFECTS)
@settings(max_examples=400, deadline=None)
def test_any_single_defect_in_an_otherwise_valid_case_blocks(
    case: tuple[UseRequest, Evidence | None, datetime],
) -> None:
    decision = ask(*case)
    assert decision.decision == "block"
    assert decision.codes
    assert decision.record is None


def test_no_field_of_a_record_is_left_out_of_that() -> None:
    said = held().record
    assert said is not None
    assert set(type(said).model_fields) == {*RECORD_CHANGES, *UNTOUCHED}


# --- the rules once more, as a person would check a form -------------------------------------------------------


def plainly_fine(asked: UseRequest, one: Held, now: datetime) -> bool:
    said = one.record
    return bool(
        said
        and one.form is FormState.PRESENT
        and one.revocation is None
        and one.verified
        and said.signed_at
        and said.valid_until
        and said.signed_at <= now < said.valid_until
        and (said.valid_from or now) <= now
        and any(use.channel == asked.channel and use.purpose == asked.purpose for use in said.uses)
        and sorted(photo.role for photo in asked.photos) == ["after", "before"]
        and len({photo.sha256 for photo in asked.photos}) == 2
        and {photo.sha256 for photo in asked.photos} <= {photo.sha256 for photo in said.photos}
        and all(photo.patient in (None, str(said.patient)) for photo in asked.photos)
    )


some_moments = st.none() | st.datetimes(
    datetime(2026, 11, 20), datetime(2026, 11, 28), timezones=st.just(UTC)
)
some_held = st.builds(
    lambda file, gone, **says: (revoked(NOW, file=file, **says) if gone else held(file=file, **says)),
    file=st.sampled_from([*[FormState.PRESENT] * 4, FormState.MISSING, FormState.CHANGED]),
    gone=st.sampled_from([False, False, False, True]),
    patient=st.sampled_from([PersonKey.of("P-1"), PersonKey.of("P-1"), PersonKey.of("P-2")]),
    photos=st.sampled_from([covered(AFTER, BEFORE), covered(AFTER, BEFORE), covered(BEFORE), covered(AFTER, OTHER)]),
    uses=st.sampled_from([(WEBSITE,), uses(Channel.JOURNAL, Channel.WEBSITE), uses(Channel.SLIDES)]),
    signed_at=some_moments,
    valid_from=some_moments,
    valid_until=some_moments,
)  # fmt: skip
some_photos = st.builds(
    Depicted,
    st.sampled_from([BEFORE, AFTER, OTHER]),
    st.sampled_from(["before", "after"]),
    st.sampled_from(["P-1", None]),
    st.just(()),
    st.just(MaskLevel.FACE),
)


@given(
    st.lists(some_photos, min_size=1, max_size=3) | st.just(list(pair(outgoing=None))),
    st.lists(some_held, max_size=4),
)
@settings(max_examples=200, deadline=None)
def test_it_allows_only_where_one_record_is_plainly_fine_and_names_it(
    of: list[Depicted], records: list[Held]
) -> None:
    asked = request(*of, sending=False)
    found = evidence(held=tuple(records), people=(person(), person("P-2")))
    decision = ask(asked, found)
    fine = {one.id for one in records if plainly_fine(asked, one, NOW)}
    if decision.decision == "allow":
        assert decision.record in fine
    elif fine:
        assert decision.codes == ("PATIENT_ID_AMBIGUOUS",), (
            "a good record yields only to doubt about the person"
        )

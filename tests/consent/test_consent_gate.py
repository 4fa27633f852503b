"""The decision table: each row alone, each single defect, and the borders of days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photoguard.consent.gate import TABLE, Depicted, UseRequest, decide
from photoguard.consent.record import ConsentRecord, FormState, Grantor, Held
from photoguard.policy import Channel, Purpose

ZURICH = ZoneInfo("Europe/Zurich")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZURICH)
BEFORE, AFTER, OTHER = "b" * 64, "a" * 64, "c" * 64


def held(form: FormState = FormState.PRESENT, **changes: Any) -> Held:
    """A record that allows the pair of `request()`, apart from the changes."""
    says: dict[str, Any] = {
        "patient": "P-1",
        "photos": tuple(sorted((BEFORE, AFTER))),
        "purposes": (Purpose.PUBLICATION,),
        "channels": (Channel.WEBSITE,),
        "grantor": Grantor.PATIENT,
        "signed_on": date(2026, 11, 1),
        "valid_from": date(2026, 11, 1),
        "valid_until": date(2027, 11, 1),
        "attested_by": "A. Keller",
        "attested_at": datetime(2026, 11, 2, 9, 0, tzinfo=UTC),
        "form_sha256": "f" * 64,
        "form_suffix": ".pdf",
    }
    record = ConsentRecord.new(**(says | changes))
    return Held(record.id, record, form)


def request(**changes: Any) -> UseRequest:
    photos = (Depicted(BEFORE, "before", "P-1"), Depicted(AFTER, "after", "P-1"))
    return replace(UseRequest(photos, Channel.WEBSITE, Purpose.PUBLICATION, "pair-1"), **changes)


def photos(*said: tuple[str | None, str, str | None]) -> UseRequest:
    return request(photos=tuple(Depicted(*one) for one in said))  # type: ignore[arg-type]


def revoked(at: datetime, **changes: Any) -> Held:
    one = held(**changes)
    assert one.record
    return replace(one, record=one.record.model_copy(update={"revoked_at": at, "revocation_reason": "asked"}))


UNREADABLE = Held("C-AAAAAAAAAA", None, FormState.MISSING)

# code -> (request, records, now) in which nothing else is wrong.
# Two codes can't stand alone: a photo that nobody named has no consent either, and a period that ends before it
# begins is either over or not begun.
ALONE: dict[str, tuple[UseRequest, list[Held] | None, datetime]] = {
    "CLOCK_UNTRUSTED": (request(), [held()], NOW.replace(tzinfo=None)),
    "STORE_STALE": (request(), None, NOW),
    "PAIR_INCOMPLETE": (photos((BEFORE, "before", "P-1"), (AFTER, "before", "P-1")), [held()], NOW),
    "PAIR_SAME_IMAGE": (photos((BEFORE, "before", "P-1"), (BEFORE, "after", "P-1")), [held()], NOW),
    "PATIENT_ID_AMBIGUOUS": (request(), [held(), held(patient="P-2")], NOW),
    "PAIR_DIFFERENT_PATIENTS": (photos((BEFORE, "before", "P-1"), (AFTER, "after", "P-2")), [held()], NOW),
    "NO_CONSENT": (request(), [], NOW),
    "CONSENT_UNPARSEABLE": (request(), [held(), UNREADABLE], NOW),
    "SUBJECT_MISMATCH": (photos((BEFORE, "before", "P-9"), (AFTER, "after", "P-9")), [held()], NOW),
    "NO_SIGNATURE": (request(), [held(signed_on=None)], NOW),
    "SIGNED_IN_FUTURE": (
        request(),
        [held(signed_on=date(2026, 11, 25), valid_from=date(2026, 11, 1))],
        NOW,
    ),
    "SCAN_NOT_ATTESTED": (request(), [held(attested_by=None)], NOW),
    "FORM_MISSING": (request(), [held(form=FormState.MISSING)], NOW),
    "FORM_ALTERED": (request(), [held(form=FormState.CHANGED)], NOW),
    "NOT_YET_VALID": (request(), [held(valid_from=date(2026, 12, 1))], NOW),
    "NO_EXPIRY": (request(), [held(valid_until=None)], NOW),
    "EXPIRED": (request(), [held(valid_until=date(2026, 11, 23))], NOW),
    "REVOKED": (request(), [revoked(NOW - timedelta(days=1))], NOW),
    "PURPOSE_NOT_COVERED": (request(purpose=Purpose.TEACHING), [held()], NOW),
    "CHANNEL_NOT_COVERED": (request(channel=Channel.SOCIAL_MEDIA), [held()], NOW),
    "IMAGE_NOT_COVERED": (request(), [held(photos=(BEFORE,))], NOW),
}
NEVER_ALONE: dict[str, tuple[UseRequest, list[Held], tuple[str, ...]]] = {
    "PATIENT_UNKNOWN": (
        photos((BEFORE, "before", "P-1"), (OTHER, "after", None)),
        [held()],
        ("PATIENT_UNKNOWN", "IMAGE_NOT_COVERED"),
    ),
    "PERIOD_INVERTED": (
        request(),
        [held(valid_until=date(2026, 10, 1))],
        ("PERIOD_INVERTED", "EXPIRED"),
    ),
}


def test_a_signed_valid_consent_for_exactly_this_use_allows() -> None:
    decision = decide(request(), [held()], NOW, ZURICH)
    assert (decision.decision, decision.codes, decision.record) == ("allow", (), held().id)


@pytest.mark.parametrize("code", ALONE)
def test_each_row_blocks_when_it_alone_is_wrong(code: str) -> None:
    asked, records, now = ALONE[code]
    decision = decide(asked, records, now, ZURICH)
    assert (decision.decision, decision.codes, decision.record) == ("block", (code,), None)


@pytest.mark.parametrize("code", NEVER_ALONE)
def test_rows_that_imply_another_are_reported_with_it(code: str) -> None:
    asked, records, codes = NEVER_ALONE[code]
    assert decide(asked, records, NOW, ZURICH).codes == codes


def test_every_row_of_the_table_is_tested_and_says_three_sentences() -> None:
    assert [row.code for row in TABLE] == sorted(
        {*ALONE, *NEVER_ALONE}, key=[row.code for row in TABLE].index
    )
    for row in TABLE:
        assert all(text.endswith(".") for text in (row.seen, row.matters, row.do))
        assert (row.pair is None) != (row.record is None)


def test_all_codes_that_fire_are_reported_in_the_order_of_the_table() -> None:
    record = revoked(NOW, form=FormState.MISSING, valid_until=date(2026, 11, 2), channels=(Channel.SLIDES,))
    decision = decide(photos((BEFORE, "before", "P-1")), [record], NOW, ZURICH)
    assert decision.codes == ("PAIR_INCOMPLETE", "FORM_MISSING", "EXPIRED", "REVOKED", "CHANNEL_NOT_COVERED")


def test_what_two_records_say_is_never_put_together() -> None:
    only_before, only_after = held(photos=(BEFORE,)), held(photos=(AFTER,))
    wrong_channel = held(channels=(Channel.JOURNAL,))
    decision = decide(request(), [only_before, only_after, wrong_channel], NOW, ZURICH)
    assert decision.decision == "block"
    assert len(decision.codes) == 1, "the nearest record's codes, not everybody's"


def test_one_good_record_among_bad_ones_allows() -> None:
    records = [held(valid_until=date(2026, 11, 2)), held(), revoked(NOW, signed_on=date(2026, 11, 3))]
    assert decide(request(), records, NOW, ZURICH).record == held().id


def test_records_about_others_are_passed_over() -> None:
    other = held(patient="P-2", photos=(OTHER,))
    assert decide(request(), [other], NOW, ZURICH).codes == ("NO_CONSENT",)
    assert decide(request(), [other, held()], NOW, ZURICH).decision == "allow"


def test_a_patient_who_is_not_declared_is_the_one_whose_consent_names_the_photo() -> None:
    undeclared = photos((BEFORE, "before", None), (AFTER, "after", None))
    assert decide(undeclared, [held()], NOW, ZURICH).decision == "allow"
    assert decide(undeclared, [], NOW, ZURICH).codes == ("PATIENT_UNKNOWN", "NO_CONSENT")
    assert decide(undeclared, [revoked(NOW)], NOW, ZURICH).codes == ("REVOKED",)


def test_halves_named_by_consents_of_two_patients_are_of_two_patients() -> None:
    undeclared = photos((BEFORE, "before", None), (AFTER, "after", None))
    decision = decide(undeclared, [held(photos=(BEFORE,)), held(photos=(AFTER,), patient="P-2")], NOW, ZURICH)
    assert decision.codes == ("PAIR_DIFFERENT_PATIENTS", "IMAGE_NOT_COVERED")


def test_a_record_entered_for_the_wrong_patient_is_put_right_by_revoking_it() -> None:
    wrong, right = {"patient": "P-2"}, held()
    assert decide(request(), [held(**wrong), right], NOW, ZURICH).codes == ("PATIENT_ID_AMBIGUOUS",)
    assert decide(request(), [revoked(NOW, **wrong), right], NOW, ZURICH).record == right.id


def test_patient_keys_are_text_and_compared_without_spaces_and_accents_in_one_spelling() -> None:
    def asked(key: str) -> UseRequest:
        return photos((BEFORE, "before", key), (AFTER, "after", key))

    assert decide(asked(" Zo\u0065\u0308 "), [held(patient="Zo\u00eb")], NOW, ZURICH).decision == "allow"
    assert decide(asked("123"), [held(patient="00123")], NOW, ZURICH).codes == ("SUBJECT_MISMATCH",)
    assert decide(asked("  "), [held()], NOW, ZURICH).decision == "allow", "blank is undeclared"


def test_a_revocation_dated_in_the_future_blocks_now() -> None:
    assert decide(request(), [revoked(NOW + timedelta(days=30))], NOW, ZURICH).codes == ("REVOKED",)


def test_a_clock_before_the_attestation_is_not_trusted() -> None:
    then = datetime(2026, 11, 2, 8, 59, 59, tzinfo=UTC)
    assert decide(request(), [held()], then, ZURICH).codes == ("CLOCK_UNTRUSTED",)
    assert decide(request(), [held()], then + timedelta(seconds=1), ZURICH).decision == "allow"


@pytest.mark.parametrize(
    ("until", "last_second"),
    [
        (
            date(2027, 11, 1),
            datetime(2027, 11, 1, 22, 59, 59, tzinfo=UTC),
        ),  # winter time: midnight is 23:00 UTC
        (date(2027, 7, 1), datetime(2027, 7, 1, 21, 59, 59, tzinfo=UTC)),  # summer time
        (date(2027, 3, 28), datetime(2027, 3, 28, 21, 59, 59, tzinfo=UTC)),  # the day of 23 hours
        (date(2028, 2, 29), datetime(2028, 2, 29, 22, 59, 59, tzinfo=UTC)),
        (date(2028, 12, 31), datetime(2028, 12, 31, 22, 59, 59, tzinfo=UTC)),
    ],
)
def test_the_last_day_counts_until_midnight_where_the_practice_is(until: date, last_second: datetime) -> None:
    record = held(valid_until=until)
    assert decide(request(), [record], last_second, ZURICH).decision == "allow"
    assert decide(request(), [record], last_second + timedelta(seconds=1), ZURICH).codes == ("EXPIRED",)


def test_the_first_day_counts_from_midnight_where_the_practice_is() -> None:
    record = held(valid_from=date(2026, 12, 1))
    midnight = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)
    assert decide(request(), [record], midnight - timedelta(seconds=1), ZURICH).codes == ("NOT_YET_VALID",)
    assert decide(request(), [record], midnight, ZURICH).decision == "allow"


def test_without_a_zone_days_are_those_of_this_computer() -> None:
    evening = datetime(2027, 11, 1, 12, 0).astimezone()
    assert decide(request(), [held()], evening).decision == "allow"
    assert decide(request(), [held()], evening + timedelta(days=1)).codes == ("EXPIRED",)


def test_what_cannot_be_evaluated_blocks_and_never_raises() -> None:
    for broken in (None, replace(request(), photos=None), request(photos=(None, None))):
        assert decide(broken, [held()], NOW, ZURICH).decision == "block"  # type: ignore[arg-type]
    assert decide(request(), [held()], None, ZURICH).decision == "block"  # type: ignore[arg-type]
    strange = held().record.model_copy(update={"valid_until": "2027-11-01", "signed_on": 3})  # type: ignore[union-attr]
    assert decide(request(), [Held("C-B", strange, FormState.PRESENT)], NOW, ZURICH).decision == "block"


days_before = st.dates(max_value=date(2026, 11, 23), min_value=date(1990, 1, 1))
days_after = st.dates(min_value=date(2026, 11, 25), max_value=date(2090, 1, 1))
sha256s = st.text("0123456789abcdef", min_size=64, max_size=64).filter(lambda one: one not in {BEFORE, AFTER})
channels = st.sampled_from([one for one in Channel if one is not Channel.WEBSITE])
purposes = st.sampled_from([one for one in Purpose if one is not Purpose.PUBLICATION])
keys = st.text(min_size=1, max_size=20).filter(lambda one: one.strip() and one.strip() != "P-1")

DEFECTS: st.SearchStrategy[tuple[UseRequest, list[Held] | None, datetime]] = st.one_of(
    st.builds(lambda day: (request(), [held(valid_until=day)], NOW), days_before),
    st.builds(lambda day: (request(), [held(signed_on=day)], NOW), days_after),
    st.builds(lambda day: (request(), [held(valid_from=day)], NOW), days_after),
    st.builds(lambda field: (request(), [held(**{field: None})], NOW), st.sampled_from(
        ["signed_on", "valid_until", "attested_by", "attested_at"])),
    st.builds(lambda form: (request(), [held(form=form)], NOW), st.sampled_from(
        [FormState.MISSING, FormState.CHANGED])),
    st.builds(lambda at: (request(), [revoked(at)], NOW), st.datetimes(timezones=st.just(UTC))),
    st.builds(lambda one: (request(channel=one), [held()], NOW), channels),
    st.builds(lambda one: (request(), [held(channels=(one,))], NOW), channels),
    st.builds(lambda one: (request(purpose=one), [held()], NOW), purposes),
    st.builds(lambda one: (request(), [held(purposes=(one,))], NOW), purposes),
    st.builds(lambda one: (photos((one, "before", "P-1"), (AFTER, "after", "P-1")), [held()], NOW), sha256s),
    st.builds(lambda one: (photos((BEFORE, "before", "P-1"), (one, "after", None)), [held()], NOW), sha256s),
    st.builds(lambda one: (request(), [held(photos=tuple(sorted((one, AFTER))))], NOW), sha256s),
    st.builds(lambda one: (request(), [held(patient=one)], NOW), keys),
    st.builds(lambda one: (photos((BEFORE, "before", one), (AFTER, "after", "P-1")), [held()], NOW), keys),
    st.builds(lambda one: (photos((BEFORE, "before", one), (AFTER, "after", one)), [held()], NOW), keys),
    st.builds(lambda keep: (request(photos=request().photos[keep : keep + 1]), [held()], NOW), st.integers(0, 1)),
    st.builds(lambda now: (request(), [held()], now), st.datetimes()),
    st.just((request(), None, NOW)),
    st.just((request(), [], NOW)),
    st.just((request(), [held(), UNREADABLE], NOW)),
)  # fmt: skip


@given(DEFECTS)
@settings(max_examples=200, deadline=None)
def test_any_single_defect_in_an_otherwise_valid_request_blocks(
    case: tuple[UseRequest, list[Held] | None, datetime],
) -> None:
    decision = decide(*case, ZURICH)
    assert decision.decision == "block"
    assert decision.codes
    assert decision.record is None


def plainly_fine(asked: UseRequest, one: Held, now: datetime) -> bool:
    """The rules once more, written as a person would check a form."""
    said, today = one.record, now.astimezone(ZURICH).date()
    return bool(
        said
        and one.form is FormState.PRESENT
        and said.revoked_at is None
        and said.attested_by
        and said.attested_at
        and said.signed_on
        and said.valid_until
        and said.signed_on <= today <= said.valid_until
        and (said.valid_from or today) <= today
        and asked.channel in said.channels
        and asked.purpose in said.purposes
        and sorted(photo.role for photo in asked.photos) == ["after", "before"]
        and len({photo.sha256 for photo in asked.photos}) == 2
        and all(photo.sha256 in said.photos for photo in asked.photos)
        and all(photo.patient in (None, said.patient) for photo in asked.photos)
    )


some_days = st.none() | st.dates(date(2026, 11, 20), date(2026, 11, 28))
some_held = st.builds(
    lambda form, at, **says: (held if at is None else lambda **it: revoked(at, **it))(form=form, **says),
    form=st.sampled_from([*[FormState.PRESENT] * 4, FormState.MISSING, FormState.CHANGED]),
    at=st.none() | st.just(NOW),
    patient=st.sampled_from(["P-1", "P-1", "P-2"]),
    photos=st.sampled_from([(AFTER, BEFORE), (AFTER, BEFORE), (BEFORE,), (AFTER, BEFORE, OTHER)]),
    channels=st.sampled_from([(Channel.WEBSITE,), (Channel.JOURNAL, Channel.WEBSITE), (Channel.SLIDES,)]),
    purposes=st.sampled_from([(Purpose.PUBLICATION,), (Purpose.TEACHING,)]),
    signed_on=some_days,
    valid_from=some_days,
    valid_until=some_days,
    attested_by=st.sampled_from(["A. Keller", "A. Keller", None]),
)
some_photos = st.builds(
    Depicted,
    st.sampled_from([BEFORE, AFTER, OTHER]),
    st.sampled_from(["before", "after"]),
    st.sampled_from(["P-1", None]),
)


@given(
    st.lists(some_photos, min_size=1, max_size=3) | st.just(list(request().photos)),
    st.lists(some_held, max_size=4),
)
@settings(max_examples=200, deadline=None)
def test_it_allows_only_where_one_record_is_plainly_fine_and_names_it(
    of: list[Depicted], records: list[Held]
) -> None:
    asked = request(photos=tuple(of))
    decision = decide(asked, records, NOW, ZURICH)
    fine = {one.id for one in records if plainly_fine(asked, one, NOW)}
    if decision.decision == "allow":
        assert decision.record in fine
    elif fine:
        assert decision.codes == ("PATIENT_ID_AMBIGUOUS",), (
            "a good record yields only to doubt about the person"
        )

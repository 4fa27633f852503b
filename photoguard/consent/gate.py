"""The gate: whether a before/after pair may leave, as a table that a lawyer can read.

One row is one rule. A row that fires blocks; so does a row that can't be evaluated. A pair is allowed only
where no row fires. All rows are evaluated, and every code that fires is reported, in the order of the table.

Rows about a record are asked of each record by itself: one single record must satisfy all of them for both
photos. What two records say is never put together. Where none satisfies them all, the codes of the nearest
record (the fewest codes) are reported.

Use inside the practice (the channel `internal`) never comes here: `Policy.pairs_need_consent` decides that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Literal, TypeVar

from ..outcome import ConsentDecision
from ..policy import Channel, Purpose
from .record import ConsentRecord, FormState, Held, patient_key


@dataclass(frozen=True, slots=True)
class Depicted:
    """One photo of a pair."""

    sha256: str | None
    """Of the original, hex; None where the file can't be read."""
    role: Literal["before", "after"]
    patient: str | None = None
    """The patient's key as declared; None where nothing was declared."""


@dataclass(frozen=True, slots=True)
class UseRequest:
    """What somebody wants to do: these photos, through this channel, for this purpose."""

    photos: tuple[Depicted, ...]
    channel: Channel
    purpose: Purpose
    pair: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What the rows about a pair are asked of."""

    request: UseRequest
    records: tuple[Held, ...] | None
    """The records that are about this pair; None where the registry can't be read."""
    now: datetime
    zone: tzinfo | None

    @property
    def readable(self) -> tuple[ConsentRecord, ...]:
        """The records that can be read."""
        return tuple(held.record for held in self.records or () if held.record)

    def named_for(self, photo: Depicted) -> set[str]:
        """The patients whose records name a photo. A revoked record counts only where no other names it."""
        naming = [record for record in self.readable if photo.sha256 in record.photos]
        standing = [record for record in naming if record.revoked_at is None]
        return {record.patient for record in standing or naming}

    def patient_of(self, photo: Depicted) -> str | None:
        """The declared patient, else the one patient whose records name the photo."""
        named = self.named_for(photo)
        return patient_key(photo.patient) or (named.pop() if len(named) == 1 else None)

    @property
    def patients(self) -> set[str]:
        """The patients of the pair, as far as they are known."""
        return {patient for photo in self.request.photos if (patient := self.patient_of(photo))}

    @property
    def today(self) -> date:
        """The day where the practice is."""
        return (self.now.astimezone(self.zone) if self.now.tzinfo else self.now).date()


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the rows about a record are asked of: one record, for one pair."""

    case: Case
    record: ConsentRecord
    form: FormState


@dataclass(frozen=True, slots=True)
class Row:
    """One rule: a stable code, three sentences (what was seen, why it matters, what to do now), and the rule.

    Exactly one of `pair` and `record` is given: what the rule is asked of. True means that the row fires.
    """

    code: str
    seen: str
    matters: str
    do: str
    pair: Callable[[Case], bool] | None = None
    record: Callable[[Candidate], bool] | None = None


TABLE: tuple[Row, ...] = (
    # About the pair
    Row(
        "CLOCK_UNTRUSTED",
        "The computer's clock can't be relied on.",
        "Without the right day nobody can tell whether a consent has begun or ended.",
        "Set the clock, then run again.",
        pair=lambda case: (
            case.now.tzinfo is None
            or any(record.attested_at and case.now < record.attested_at for record in case.readable)
        ),
    ),
    Row(
        "STORE_STALE",
        "The registry of consent can't be read.",
        "A consent may have been withdrawn without photoguard knowing.",
        "Close other programs that use the registry, or restore it from a backup.",
        pair=lambda case: case.records is None,
    ),
    Row(
        "PAIR_INCOMPLETE",
        "The pair does not have exactly one photo before and one after.",
        "Consent is asked for the comparison, so both photos must be known and readable.",
        "Add the missing photo, or name the pair in a manifest.",
        pair=lambda case: (
            sorted(photo.role for photo in case.request.photos) != ["after", "before"]
            or not all(photo.sha256 for photo in case.request.photos)
        ),
    ),
    Row(
        "PAIR_SAME_IMAGE",
        "Before and after are the same photo.",
        "It would show a result that did not happen.",
        "Choose the right photo for each side.",
        pair=lambda case: len({photo.sha256 for photo in case.request.photos}) < len(case.request.photos),
    ),
    Row(
        "PATIENT_UNKNOWN",
        "It is not known whose photo this is.",
        "Only the person shown can give consent.",
        "Name the patient in the manifest, or add a consent that names this photo.",
        pair=lambda case: any(
            not patient_key(photo.patient) and not case.named_for(photo) for photo in case.request.photos
        ),
    ),
    Row(
        "PATIENT_ID_AMBIGUOUS",
        "Consents of different patients name the same photo.",
        "It is not clear whose photo it is.",
        "Revoke the consent that names it by mistake.",
        pair=lambda case: any(len(case.named_for(photo)) > 1 for photo in case.request.photos),
    ),
    Row(
        "PAIR_DIFFERENT_PATIENTS",
        "The two photos are of different patients.",
        "A comparison of two people misleads, and neither has agreed to it.",
        "Check which photos belong together and correct the manifest.",
        pair=lambda case: len(case.patients) > 1,
    ),
    Row(
        "NO_CONSENT",
        "There is no consent for this pair.",
        "A before/after pair leaves only with the patient's signed consent.",
        "Ask the patient. Then add the signed form with `photoguard consent add`.",
        pair=lambda case: case.records == (),
    ),
    Row(
        "CONSENT_UNPARSEABLE",
        "A consent that may be about this pair can't be read.",
        "It could limit or forbid this use.",
        "Update photoguard, or restore the registry from a backup.",
        pair=lambda case: any(held.record is None for held in case.records or ()),
    ),
    # About each record
    Row(
        "SUBJECT_MISMATCH",
        "The consent is another patient's.",
        "Nobody can agree for someone else's photo.",
        "Check the patient in the manifest and in the consent.",
        record=lambda it: bool(it.case.patients) and it.record.patient not in it.case.patients,
    ),
    Row(
        "NO_SIGNATURE",
        "The consent has no date of signing.",
        "Without it nobody can show that the form was signed.",
        "Add the consent again with the day on which the form was signed.",
        record=lambda it: it.record.signed_on is None,
    ),
    Row(
        "SIGNED_IN_FUTURE",
        "The consent is dated after today.",
        "It can't have been signed yet.",
        "Check the date on the form and the computer's clock.",
        record=lambda it: it.record.signed_on is not None and it.record.signed_on > it.case.today,
    ),
    Row(
        "SCAN_NOT_ATTESTED",
        "Nobody has confirmed the signed form.",
        "A scan proves a signature only when a named person has compared it with the paper.",
        "Add the consent again and say who checked the form.",
        record=lambda it: not it.record.attested_by or it.record.attested_at is None,
    ),
    Row(
        "FORM_MISSING",
        "The signed form is no longer in the practice's folder.",
        "The consent can't be shown to anyone who asks for it.",
        "Restore the form from a backup, or add the consent again.",
        record=lambda it: it.form is FormState.MISSING,
    ),
    Row(
        "FORM_ALTERED",
        "The signed form is not the file that was added.",
        "It may no longer say what the patient signed.",
        "Restore the form from a backup, or add the consent again.",
        record=lambda it: it.form is FormState.CHANGED,
    ),
    Row(
        "NOT_YET_VALID",
        "The consent has not begun yet.",
        "The patient agreed to a later start.",
        "Wait until its first day.",
        record=lambda it: it.record.first_day is not None and it.case.today < it.record.first_day,
    ),
    Row(
        "PERIOD_INVERTED",
        "The consent ends before it begins.",
        "One of its dates is wrong.",
        "Compare the dates with the form and add the consent again.",
        record=lambda it: (
            it.record.valid_until is not None
            and any(day and day > it.record.valid_until for day in (it.record.signed_on, it.record.first_day))
        ),
    ),
    Row(
        "NO_EXPIRY",
        "The consent has no last day.",
        "A consent without an end can't be told from one that was forgotten.",
        "Add the consent again with its last day.",
        record=lambda it: it.record.valid_until is None,
    ),
    Row(
        "EXPIRED",
        "The consent has ended.",
        "The patient agreed for a limited time.",
        "Ask the patient for a new consent.",
        record=lambda it: it.record.valid_until is not None and it.case.today > it.record.valid_until,
    ),
    Row(
        "REVOKED",
        "The patient has withdrawn this consent.",
        "From then on the photos may not be used.",
        "Leave the pair out, and take down what was published.",
        record=lambda it: it.record.revoked_at is not None,
    ),
    Row(
        "PURPOSE_NOT_COVERED",
        "The consent does not cover this purpose.",
        "A patient who agrees to teaching has not agreed to publication.",
        "Choose a purpose that the form names, or ask the patient.",
        record=lambda it: it.case.request.purpose not in it.record.purposes,
    ),
    Row(
        "CHANNEL_NOT_COVERED",
        "The consent does not cover this channel.",
        "A patient who agrees to the website has not agreed to social media.",
        "Choose a channel that the form names, or ask the patient.",
        record=lambda it: it.case.request.channel not in it.record.channels,
    ),
    Row(
        "IMAGE_NOT_COVERED",
        "The consent does not name both photos.",
        "The patient agreed to certain photos only.",
        "Choose photos that the consent names, or ask the patient about these.",
        record=lambda it: any(photo.sha256 not in it.record.photos for photo in it.case.request.photos),
    ),
)


def decide(
    request: UseRequest, records: Sequence[Held] | None, now: datetime, zone: tzinfo | None = None
) -> ConsentDecision:
    """Whether a pair may leave; `allow` names the record that says so, `block` every code that fires.

    `records`: those that may be about the pair, see Registry.mentioning; others are passed over. None where
    the registry can't be read. `now` is aware. Days begin and end at midnight in `zone`, where the practice
    is; None is this computer's zone. Never raises: what can't be evaluated blocks.
    """
    about = None if records is None else tuple(held for held in records if _holds(_is_about(request), held))
    case = Case(request, about, now, zone)
    pair_codes = {row.code for row in TABLE if row.pair and _holds(row.pair, case)}
    candidates = [Candidate(case, held.record, held.form) for held in about or () if held.record]
    # Among records that are equally near: the one signed last, so that the same question has one answer.
    candidates.sort(key=lambda one: (str(one.record.signed_on or ""), one.record.id), reverse=True)
    judged = [
        (one.record.id, {row.code for row in TABLE if row.record and _holds(row.record, one)})
        for one in candidates
    ]
    nearest, record_codes = min(judged, key=lambda one: len(one[1]), default=(None, set[str]()))
    fired = pair_codes | record_codes
    if nearest is not None and not fired:
        return ConsentDecision(decision="allow", record=nearest)
    return ConsentDecision(decision="block", codes=tuple(row.code for row in TABLE if row.code in fired))


def _is_about(request: UseRequest) -> Callable[[Held], bool]:
    """Whether a record is of this pair's patients or names its photos. One that can't be read might."""

    def is_about(held: Held) -> bool:
        return (
            held.record is None
            or any(held.record.patient == patient_key(photo.patient) for photo in request.photos)
            or any(photo.sha256 in held.record.photos for photo in request.photos)
        )

    return is_about


_Asked = TypeVar("_Asked", Held, Case, Candidate)


def _holds(rule: Callable[[_Asked], bool], asked: _Asked) -> bool:
    """Whether a rule holds. One that can't be evaluated does: nothing is allowed on what was not shown."""
    try:
        return bool(rule(asked))
    except Exception:
        return True

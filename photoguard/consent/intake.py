"""From what a member of staff says of a signed form to a record in the registry."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from ..errors import UsageError
from ..policy import Channel, Purpose
from ..store import Place, sha256
from . import forms, signed
from .record import (
    Assent,
    Authority,
    Capacity,
    ConsentRecord,
    CoveredPhoto,
    Grantor,
    GrantorRole,
    MaskLevel,
    Person,
    PersonKey,
    Signing,
    Statement,
    Use,
    day_begins,
    day_ends,
    in_order,
    purpose_of,
)
from .registry import Grant, Registry, aware, line

ALL = "all"


def add(
    registry: Registry,
    form: Path,
    *,
    patient: str,
    photos: Sequence[Place],
    channels: Sequence[Channel | str],
    signed_on: date,
    valid_until: date,
    grantor: GrantorRole | str,
    attested_by: str,
    language: str,
    statements: Sequence[Statement | str],
    proof: Signing | str = Signing.SCAN,
    capacity: str = "unknown",
    born: date | None = None,
    valid_from: date | None = None,
    purposes: Sequence[Purpose | str] | None = None,
    outlet: str | None = None,
    territory: str | None = None,
    understands: Sequence[str] = (),
    interpreter: str | None = None,
    grantor_name: str | None = None,
    relation: str | None = None,
    authority: str | None = None,
    authority_until: date | None = None,
    assent: Assent | str = Assent.NOT_ASKED,
    min_masking: MaskLevel | str = MaskLevel.FACE,
    identifiable: bool = False,
    procedure: str | None = None,
    template: str | None = None,
    template_version: str | None = None,
    replaces: str | None = None,
    now: datetime | None = None,
    zone: tzinfo | None = None,
) -> ConsentRecord:
    """Keep a signed form and the record of what it allows; who attests the form has compared it with the record.

    `proof` says how the form was signed. Of one that was signed digitally the signature is checked here, and again
    at every decision; `grantor_name` has to be the name in it.
    `photos` are the originals' files. `purposes` follow from the channels where none are given. `language` is the
    form's; who signs understands it, unless `understands` says which languages they do. `statements` may be
    ("all",). `born` is needed for a patient whom the registry does not know. `now` is the moment of attestation
    (aware); days begin and end at midnight in `zone`.
    Raises UsageError with a code for each thing that can't be right; then nothing was added.
    """
    now = aware(now)
    chosen = _choices(Channel, channels, "CHANNEL_UNKNOWN", "channel")
    why = _choices(
        Purpose, purposes or [purpose_of(channel) for channel in chosen], "PURPOSE_UNKNOWN", "purpose"
    )
    _check_years(signed_on, valid_from, valid_until, authority_until)
    _check_days(signed_on, valid_from, valid_until, now.astimezone(zone).date())
    ticked = list(Statement) if list(statements) == [ALL] else _statements(statements)
    who = Grantor(
        role=_choices(GrantorRole, [grantor], "GRANTOR_UNKNOWN", "grantor")[0],
        name=_maybe(grantor_name),
        relation=_maybe(relation),
        authority=_authority(authority, authority_until, zone),
    )
    by = line(attested_by, "ATTESTER_EMPTY", "who attests the form")
    key = patient_key(patient)
    person = _person(registry, key, born)
    covered = [CoveredPhoto(sha256=digest) for digest in _photos(photos)]
    how = _choices(Signing, [proof], "PROOF_UNKNOWN", "kind of proof")[0]
    least = _choices(MaskLevel, [min_masking], "ENTRY_INVALID", "level of masking")[0]
    answer = _choices(Assent, [assent], "ENTRY_INVALID", "answer of a minor")[0]
    if capacity not in ("yes", "no", "unknown"):
        raise UsageError(
            "ENTRY_INVALID", "Say whether the patient is able to judge by one word: yes, no or unknown."
        )
    described, content = forms.described(form)
    try:
        unproved = ConsentRecord.new(
            replaces=replaces.strip().upper() if replaces else None,
            patient=person.key,
            photos=in_order(covered),
            uses=in_order(
                Use(purpose=purpose, channel=channel, outlet=_maybe(outlet), territory=_maybe(territory))
                for channel in chosen
                for purpose in why
                if purposes or purpose == purpose_of(channel)
            ),
            procedure=procedure,
            min_masking=least,
            identifiable=identifiable,
            signed_at=day_begins(signed_on, zone),
            valid_from=day_begins(valid_from or signed_on, zone),
            valid_until=day_ends(valid_until, zone),
            grantor=who,
            capacity=Capacity.model_validate(
                {"state": capacity, "assessed_by": by, "assessed_at": now}
                if capacity != "unknown"
                else {"state": capacity}
            ),
            assent=answer,
            languages=in_order(understands or [language]),
            interpreter=_maybe(interpreter),
            statements=in_order(ticked),
            form=described.model_copy(
                update={
                    "template": _maybe(template),
                    "template_version": _maybe(template_version),
                    "language": language,
                }
            ),
        )
        unproved = ConsentRecord.model_validate(unproved.model_dump())
    except (ValidationError, ValueError) as error:
        raise _not_valid(error) from None
    record = signed.proved(unproved, how, content, by, now, registry.home)
    if forms.keep(form, registry.home.forms).sha256 != described.sha256:
        raise UsageError("FORM_NOT_FOUND", "The signed form was changed just now. Add it again.")
    registry.grant([Grant(record, person, by)], now)
    return record


def refuse(
    registry: Registry,
    *,
    patient: str,
    by: str,
    photos: Sequence[Place] = (),
    channels: Sequence[Channel | str] = (),
    now: datetime | None = None,
) -> ConsentRecord:
    """Write down that a patient does not want this, with a form or without: it counts more than any permission.

    Without photos it is about all photos of the patient, without channels about every use.
    """
    now = aware(now)
    chosen = _choices(Channel, channels, "CHANNEL_UNKNOWN", "channel") if channels else []
    record = ConsentRecord.new(
        decision="deny",
        patient=patient_key(patient),
        photos=in_order(CoveredPhoto(sha256=digest) for digest in (_photos(photos) if photos else ())),
        uses=in_order(Use(purpose=purpose, channel=channel) for channel in chosen for purpose in Purpose),
        grantor=Grantor(role=GrantorRole.PATIENT),
        signed_at=now,
    )
    registry.grant([Grant(record, None, by)], now)
    return record


def patient_key(said: str) -> PersonKey:
    """A patient's key as a person wrote it. Raises UsageError (PATIENT_EMPTY, PATIENT_ID_AMBIGUOUS)."""
    text = line(said, "PATIENT_EMPTY", "the patient's key")
    try:
        return PersonKey.of(text)
    except ValidationError:
        raise UsageError("PATIENT_EMPTY", "Say the patient's key in one line: system|value.") from None
    except ValueError:
        raise UsageError(
            "PATIENT_ID_AMBIGUOUS",
            f"A bare number is the number of many systems. Write it with its own, as practice|{text}.",
        ) from None


def _person(registry: Registry, key: PersonKey, born: date | None) -> Person:
    known = registry.people(key)
    if any(person.merged_into for person in known):
        raise UsageError("PERSON_MERGED", "This person turned out to be another one. Use that one's key.")
    if not known:
        if born is None:
            raise UsageError("DOB_UNKNOWN", "Say when the patient was born: the registry does not know yet.")
        return Person(key=key, born=born)
    if len(known) > 1:
        raise UsageError("PATIENT_ID_AMBIGUOUS", "This key is several people's. Correct them first.")
    if known[0].born not in (None, born or known[0].born):
        raise UsageError(
            "DOB_DIFFERENT", "The registry knows another date of birth. Check the patient's key."
        )
    return known[0].model_copy(update={"born": born or known[0].born})


def _authority(document: str | None, until: date | None, zone: tzinfo | None) -> Authority | None:
    if not (document or "").strip():
        return None
    told = line(document or "", "AUTHORITY_EMPTY", "the document that gives authority")
    return Authority(document=told, until=day_ends(until, zone) if until else None)


def _statements(said: Sequence[Statement | str]) -> list[Statement]:
    return _choices(Statement, said, "STATEMENT_UNKNOWN", "statement") if said else []


def _maybe(said: str | None) -> str | None:
    return line(said, "TEXT_INVALID", "each entry") if said is not None and said.strip() else None


_Choice = TypeVar("_Choice", bound=StrEnum)


def _choices(kind: type[_Choice], said: Sequence[str], code: str, noun: str) -> list[_Choice]:
    """The members of an enum that were named, each once."""
    try:
        chosen = list(dict.fromkeys(kind(one) for one in said))
    except ValueError:
        chosen = []
    if not chosen:
        names = ", ".join(member.value for member in kind)
        raise UsageError(code, f"There is no {noun} of that name. Choose from: {names}.")
    return chosen


def _check_years(*days: date | None) -> None:
    try:
        for day in days:
            if day is not None:
                day_ends(day)
    except ValueError:
        raise UsageError(
            "DATE_INVALID", "The year of a day can't be right. Write the day that the form names."
        ) from None


def _check_days(signed_on: date, valid_from: date | None, valid_until: date, today: date) -> None:
    if signed_on > today:
        raise UsageError("SIGNED_IN_FUTURE", "The day of signing lies in the future.")
    if valid_until < signed_on:
        raise UsageError("PERIOD_INVERTED", "The consent would end before it was signed.")
    if valid_from and not signed_on <= valid_from <= valid_until:
        raise UsageError(
            "PERIOD_INVERTED", "The first day must lie between the day of signing and the last day."
        )


def _photos(files: Sequence[Place]) -> tuple[str, ...]:
    if not files:
        raise UsageError("PHOTO_NOT_FOUND", "Name at least one photo that the consent is for.")
    hashes = []
    for place, file in enumerate(files, start=1):
        try:
            if isinstance(file, Path) and not file.is_file():
                raise FileNotFoundError
            hashes.append(sha256(file))
        except OSError:
            raise UsageError(
                "PHOTO_NOT_FOUND", f"Photo {place} of {len(files)} can't be opened. Check its name."
            ) from None
        if hashes[-1] == hashlib.sha256().hexdigest():
            raise UsageError("PHOTO_EMPTY", f"Photo {place} of {len(files)} is an empty file.")
    if len(set(hashes)) < len(hashes):
        raise UsageError("PHOTO_TWICE", "Two of the files are the same photo. Name each photo once.")
    return tuple(sorted(hashes))


def _not_valid(error: Exception) -> UsageError:
    where = ""
    if isinstance(error, ValidationError):
        where = ".".join(str(part) for part in error.errors()[0]["loc"] if isinstance(part, str))
    return UsageError(
        "ENTRY_INVALID", f"The entry '{where}' is not valid." if where else "One entry is not valid."
    )

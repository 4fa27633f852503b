"""A record as it counts at a moment: what it says, what happened to it since, and whether its proof holds."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from .earlier import RecordV1
from .events import Event, What, digest
from .record import ConsentRecord, Person, ProofResult


class FormState(StrEnum):
    """The signed form's file, compared with the SHA-256 it was added with."""

    PRESENT = "present"
    MISSING = "missing"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Verification:
    """A member of staff found record and form to agree."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Revocation:
    """The consent was withdrawn."""

    revoked_at: datetime
    """From when on, as the patient said; it blocks at once, whatever this is."""
    received_at: datetime
    """When the practice wrote it down."""
    reason: str


@dataclass(frozen=True, slots=True)
class Used:
    """The photos were released or sent under this consent."""

    at: datetime
    channel: str
    purpose: str
    outlet: str | None
    outputs: tuple[str, ...]
    """SHA-256 (hex) of the files that left."""
    names: tuple[str, ...]
    """Their names in the output folder, where they are known."""
    territory: str | None = None
    """The country that they left for, where one was named."""


@dataclass(frozen=True, slots=True)
class Held:
    """A record as the registry holds it at this moment."""

    id: str
    record: ConsentRecord | None
    """None where it can't be read; `fault` says why."""
    form: FormState = FormState.MISSING
    proof: ProofResult | None = None
    """What checking a digital signature against the form's bytes gave; None where there is none to check."""
    verified: tuple[Verification, ...] = ()
    revocation: Revocation | None = None
    superseded_by: str | None = None
    uses: tuple[Used, ...] = ()
    revision: str = ""
    """The hash of the last event but uses: what an answer was given about."""
    fault: str | None = None
    """The gate's code for a record that can't be read: CONSENT_UNPARSEABLE or NAIVE_TIME."""

    def standing(self, now: datetime) -> str:
        """In a word or two, for a list: whether the record counts at a moment. The gate decides on a use."""
        said = self.record
        if said is None:
            return "unreadable"
        if self.revocation:
            return "revoked"
        if self.superseded_by:
            return "replaced"
        if said.status != "active":
            return said.status.value
        if said.decision == "deny":
            return "refusal"
        if self.form is not FormState.PRESENT:
            return f"form {self.form.value}"
        if said.starts_at is None or now < said.starts_at:
            return "not begun"
        if said.valid_until is None or now >= said.valid_until:
            return "ended"
        return "valid" if self.verified else "not verified"


@dataclass(frozen=True, slots=True)
class Stored:
    """A record's rows as text, with its events, oldest first."""

    id: str
    patient: str
    document: str
    events: tuple[Event, ...]

    @property
    def source(self) -> str | None:
        """The resource elsewhere that it came from, such as `https://ehr.example/fhir/Consent/c-1`."""
        try:
            told = json.loads(self.events[0].details).get("source")
        except (IndexError, ValueError, AttributeError):
            return None
        return told if isinstance(told, str) else None

    def digest(self, photos: Iterable[str]) -> str:
        """What its `granted` event holds: over all that its rows say, with the photos it is found by, sorted."""
        return digest(self.id, self.patient, self.document, *photos)

    def read(self) -> Held:
        """The record with its history; its form and proof are still to be looked at."""
        try:
            held = self._said()
            said = held.record
            if said is None or said.patient.indexed != self.patient:
                raise ValueError("found by another key than its own")
            granted = self.digest(photo.sha256 for photo in said.photos)
            return _with_history(held, self.events, granted)
        except ValidationError as error:
            naive = any(one["type"] == "timezone_aware" for one in error.errors())
            return Held(self.id, None, fault="NAIVE_TIME" if naive else "CONSENT_UNPARSEABLE")
        except (ValueError, KeyError, TypeError):
            return Held(self.id, None, fault="CONSENT_UNPARSEABLE")

    def _said(self) -> Held:
        if json.loads(self.document).get("version") == 1:
            earlier = RecordV1.model_validate_json(self.document)
            if earlier.canonical() != self.document or earlier.id != self.id:
                raise ValueError("the record was changed")
            # Version 1 knew no event of its own for it: who attested the scan had looked at both.
            by, at = earlier.attested_by, earlier.attested_at
            return Held(self.id, earlier.upgraded(), verified=(Verification(by, at),) if by and at else ())
        record = ConsentRecord.model_validate_json(self.document)
        if not record.id == record.content_id() == self.id:
            raise ValueError("the record was changed")
        return Held(self.id, record)


@dataclass(frozen=True, slots=True)
class StoredPerson:
    """A person's row as text."""

    seq: int
    key: str
    document: str
    keys: tuple[str, ...] = field(default=())
    """Sorted."""

    def digest(self) -> str:
        """What its event holds."""
        return digest(self.key, self.document, *self.keys)

    def read(self) -> Person:
        """The person. Raises ValueError where the row was changed or can't be understood."""
        person = Person.model_validate_json(self.document)
        if person.key.indexed != self.key or self.keys != tuple(sorted(key.indexed for key in person.keys)):
            raise ValueError("found by other keys than their own")
        return person


def _with_history(held: Held, events: tuple[Event, ...], digest: str) -> Held:
    granted, *later = events
    if granted.kind != What.GRANTED or json.loads(granted.details)["digest"] != digest:
        raise ValueError("not what was granted")
    for event in events:
        if event.fitting() != event.hash:
            raise ValueError("an event was changed")
    for event in later:
        held = _after(held, event, json.loads(event.details))
    last = [event.hash for event in events if event.kind != What.USED][-1]
    return replace(held, revision=last)


def _after(held: Held, event: Event, details: dict[str, Any]) -> Held:
    at = instant(event.at)
    match What(event.kind):
        case What.VERIFIED:
            return replace(held, verified=(*held.verified, Verification(details["by"], at)))
        case What.REVOKED if held.revocation is None:
            told = Revocation(instant(details["revoked_at"]), at, details["reason"])
            return replace(held, revocation=told)
        case What.SUPERSEDED if held.superseded_by is None:
            return replace(held, superseded_by=details["by"])
        case What.USED:
            return replace(held, uses=(*held.uses, used(at, details)))
    raise ValueError("not a history this version knows")


def used(at: datetime, details: dict[str, Any]) -> Used:
    """A use from its event. Raises KeyError or TypeError where it says too little."""
    return Used(
        at,
        details["channel"],
        details["purpose"],
        details["outlet"],
        tuple(details["outputs"]),
        tuple(details["names"]),
        details.get("territory"),  # earlier versions did not write it down
    )


def instant(said: str) -> datetime:
    """A time as events keep it. Raises ValueError where it has no zone."""
    at = datetime.fromisoformat(said)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at

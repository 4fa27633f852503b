"""What a signed consent says, as data. Whether it is good enough is the gate's to judge, not the record's."""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from ..policy import Channel, Policy, Purpose

_NOT_IN_ID = {"id", "revoked_at", "revocation_reason"}


class Grantor(StrEnum):
    """Who signed."""

    PATIENT = "patient"
    PARENT = "parent"
    GUARDIAN = "guardian"
    REPRESENTATIVE = "representative"
    NEXT_OF_KIN = "next-of-kin"


class FormState(StrEnum):
    """The signed form's file, compared with the SHA-256 it was added with."""

    PRESENT = "present"
    MISSING = "missing"
    CHANGED = "changed"


def _sorted_once(values: tuple[str, ...]) -> tuple[str, ...]:
    if list(values) != sorted(set(values)):
        raise ValueError("must be sorted, each value once")
    return values


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Instant = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]
"""An aware point in time, kept in UTC. A naive one is refused."""


class ConsentRecord(BaseModel):
    """One signed consent: whose, for which photos, for what, from when until when, and how it is proved."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    id: str = Field(pattern=r"^C-[A-Z2-7]{10}$")
    """From the record's own content (see `new`), so that a record that was changed no longer fits its id."""
    version: Literal[1] = 1
    patient: str = Field(min_length=1, max_length=200)
    """The practice's key for the patient, as text: "00123" and "123" are two patients."""
    photos: Annotated[tuple[Sha256, ...], AfterValidator(_sorted_once)]
    """SHA-256 of the originals, as they came from the camera."""
    purposes: Annotated[tuple[Purpose, ...], AfterValidator(_sorted_once)]
    channels: Annotated[tuple[Channel, ...], AfterValidator(_sorted_once)]
    grantor: Grantor
    signed_on: date | None = None
    valid_from: date | None = None
    """First day; the day of signing where nothing is said."""
    valid_until: date | None = None
    """Last day, which still counts, until midnight where the practice is."""
    attested_by: str | None = Field(default=None, max_length=200)
    """The member of staff who compared the scan with the signed form."""
    attested_at: Instant | None = None
    form_sha256: Sha256 | None = None
    form_suffix: str = Field(default="", pattern=r"^(\.[a-z0-9]{1,8})?$")
    revoked_at: Instant | None = None
    """Not part of what is stored: it comes from the registry's events."""
    revocation_reason: str | None = None

    @classmethod
    def new(cls, **says: Any) -> Self:
        """A record with the id that its content gives: the first 50 bits of SHA-256, as `C-` and base32.

        Raises pydantic.ValidationError.
        """
        draft = cls(id="C-AAAAAAAAAA", **says)
        return draft.model_copy(update={"id": draft.content_id()})

    def content_id(self) -> str:
        """The id that fits what the record says."""
        digest = hashlib.sha256(
            _canonical(self.model_dump(mode="json", exclude=_NOT_IN_ID)).encode()
        ).digest()
        return "C-" + base64.b32encode(digest).decode()[:10]

    def canonical(self) -> str:
        """The record as JSON that is the same wherever it is written, without its revocation."""
        return _canonical(self.model_dump(mode="json", exclude={"revoked_at", "revocation_reason"}))

    @property
    def form_name(self) -> str:
        """The form's file name in the home's folder of forms."""
        return f"{self.form_sha256}{self.form_suffix}"

    @property
    def first_day(self) -> date | None:
        """The first day on which the consent counts."""
        return self.valid_from or self.signed_on


@dataclass(frozen=True, slots=True)
class Held:
    """A record as the registry holds it at this moment. `record` is None where it can't be read."""

    id: str
    record: ConsentRecord | None
    form: FormState

    def standing(self, today: date) -> str:
        """In a word or two, for a list: whether the record counts on a day. The gate decides on a use."""
        if self.record is None:
            return "unreadable"
        if self.record.revoked_at:
            return "revoked"
        if self.form is not FormState.PRESENT:
            return f"form {self.form.value}"
        if self.record.first_day is None or today < self.record.first_day:
            return "not begun"
        if self.record.valid_until is None or today > self.record.valid_until:
            return "ended"
        return "valid"


def patient_key(text: str | None) -> str | None:
    """A patient's key as it is compared: trimmed, accents in one spelling; None where empty."""
    return unicodedata.normalize("NFC", text or "").strip() or None


def purpose_of(channel: Channel) -> Purpose:
    """The purpose that a channel stands for: publication, teaching or care."""
    return Policy.for_channel(channel).purpose


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

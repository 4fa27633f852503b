"""What a signed consent says, as data. Whether it is good enough is the gate's to judge, not the record's.

A record may lack things, so that what is wrong with a form can be told; what it does say is strictly typed.
It is never changed: what happens to it later (verified, revoked, superseded, used) are events of the registry.
"""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from ..policy import Channel, Policy, Purpose

PRACTICE = "practice"
"""The system of patients' keys that name none: the practice's own."""


class GrantorRole(StrEnum):
    """Who signed."""

    PATIENT = "patient"
    PARENT = "parent"
    GUARDIAN = "guardian"
    REPRESENTATIVE = "representative"
    NEXT_OF_KIN = "next-of-kin"


class MaskLevel(StrEnum):
    """How much of a person is masked, from little to all. An eye bar is not a masked face."""

    NONE = "none"
    EYES = "eyes"
    FACE = "face"
    """Every face with its whole head."""
    FULL = "full"
    """Faces, tattoos, text and codes."""

    def below(self, other: MaskLevel) -> bool:
        """Whether less is masked than at the other level."""
        order = list(MaskLevel)
        return order.index(self) < order.index(other)


class Statement(StrEnum):
    """What the one who signs has to have ticked."""

    SEEN_IMAGES = "seen-images"
    ANONYMITY_NOT_GUARANTEED = "anonymity-not-guaranteed"
    CANNOT_RECALL_ONLINE = "cannot-recall-online"
    MAY_WITHDRAW = "may-withdraw"
    NOT_CONDITION_OF_CARE = "not-condition-of-care"


class Signing(StrEnum):
    """How a form was signed, in the words of tables and of the command line."""

    SCAN = "scan"
    """On paper; what is kept is a scan."""
    PADES = "pades"
    """Digitally: a PDF with the signature inside."""
    PRACTICE = "practice"
    """Before the eyes of a member of staff, for whom the practice's own key stands."""


class Assent(StrEnum):
    """What a child, for whom somebody else signed, says."""

    GIVEN = "given"
    REFUSED = "refused"
    NOT_ASKED = "not-asked"


class Status(StrEnum):
    """The record's own status, in the words of FHIR. Only `active` counts."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    ACTIVE = "active"
    REJECTED = "rejected"
    INACTIVE = "inactive"
    ENTERED_IN_ERROR = "entered-in-error"


def _line(text: str) -> str:
    if text != normal(text) or not text.isprintable():
        raise ValueError("must be one trimmed line with accents in one spelling")
    return text


def _sorted_once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    keys = [value.order if isinstance(value, _Data) else str(value) for value in values]
    if keys != sorted(set(keys)):
        raise ValueError("must be sorted, each value once")
    return values


_MARGIN = timedelta(days=3)
"""Of the calendar's first and last days: these have no moment in other zones."""


def _in_utc(at: datetime) -> datetime:
    if not datetime.min + _MARGIN <= at.replace(tzinfo=None) <= datetime.max - _MARGIN:
        raise ValueError("must not be the calendar's first or last days")
    return at.astimezone(UTC)


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""An aware point in time, kept in UTC. A naive one is refused."""
Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_line)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
"""BCP 47, for instance `de` or `de-CH`."""
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1, for instance `CH`."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    @property
    def order(self) -> str:
        """What values of one kind are sorted by."""
        return canonical(self.model_dump(mode="json"))


class PersonKey(_Data):
    """Who somebody is: a number means nothing without the system it comes from. Compared as text."""

    system: Annotated[Line, Field(pattern=r"^[^|]+$")]
    value: Line

    @classmethod
    def of(cls, text: str) -> Self:
        """From `system|value`, or from a key of the practice's own, such as `P-18`.

        Raises ValueError for an empty key and for a bare number: 123 and 00123 are numbers in many systems.
        """
        system, bar, value = normal(text).rpartition("|")
        if not bar and (not value or value.isdigit()):
            raise ValueError("a patient's key needs its system")
        return cls(system=system.strip() if bar else PRACTICE, value=value.strip())

    @property
    def indexed(self) -> str:
        """As the registry looks it up: always with its system."""
        return f"{self.system}|{self.value}"

    def __str__(self) -> str:
        plain = self.system == PRACTICE and not self.value.isdigit() and "|" not in self.value
        return self.value if plain else self.indexed


class Person(_Data):
    """A person who is shown, as far as the rules have to know."""

    key: PersonKey
    also: Annotated[tuple[PersonKey, ...], AfterValidator(_sorted_once)] = ()
    """Their keys in other systems."""
    born: date | None = None
    died: date | None = None
    merged_into: PersonKey | None = None
    """Set where this was found to be the same person as another: nothing is decided on this one any more."""

    @property
    def keys(self) -> tuple[PersonKey, ...]:
        """All keys of this person."""
        return self.key, *self.also

    def age(self, day: date) -> int | None:
        """Full years on a day; who was born on 29 February grows older on 1 March in other years."""
        if self.born is None:
            return None
        return day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))


class Authority(_Data):
    """Why somebody may sign for another person."""

    document: Line
    """Which one was seen, for instance "Appointment by the child protection authority of 3 May 2026"."""
    until: Instant | None = None
    """When it ends; None where it has no end."""


class Grantor(_Data):
    """Who signed."""

    role: GrantorRole
    name: Line | None = None
    relation: Line | None = None
    """To the patient, for instance "mother"."""
    authority: Authority | None = None


class Capacity(_Data):
    """Whether the patient was able to judge what they agreed to, and who assessed it."""

    state: Literal["yes", "no", "unknown"] = "unknown"
    assessed_by: Line | None = None
    assessed_at: Instant | None = None


class CoveredPhoto(_Data):
    """An original that a consent is for."""

    sha256: Sha256
    """Of the file as it came from the camera."""
    role: Literal["before", "after"] | None = None
    """As which half the patient saw it; None where the form does not say."""

    @property
    def order(self) -> str:
        """One original stands once in a record, whatever its role."""
        return self.sha256


class Use(_Data):
    """What the photos may be used for."""

    purpose: Purpose
    channel: Channel
    outlet: Line | None = None
    """The journal, platform, account or recipient that the form names; None where it names the channel only."""
    territory: Country | None = None
    """The country that the form limits the use to."""


class Form(_Data):
    """The form that was signed."""

    sha256: Sha256
    suffix: Annotated[str, Field(pattern=r"^(\.[a-z0-9]{1,8})?$")] = ""
    template: Line | None = None
    template_version: Line | None = None
    language: Language | None = None

    @property
    def name(self) -> str:
        """Its file name in the home's folder of forms."""
        return f"{self.sha256}{self.suffix}"


class AttestedScan(_Data):
    """A member of staff compared the scan with the paper."""

    kind: Literal["attested-scan"] = "attested-scan"
    form_sha256: Sha256
    attested_by: Line | None = None
    attested_at: Instant | None = None


class PadesSignature(_Data):
    """The form is a PDF with a digital signature inside."""

    kind: Literal["pades"] = "pades"
    form_sha256: Sha256
    signer_subject: Annotated[str, Field(min_length=1, max_length=1000)]
    signer_fingerprint: Sha256
    """SHA-256 of the signer's certificate (DER)."""
    signer: Literal["grantor", "practice"] = "grantor"
    """Whose certificate it is. The practice's seal shows where a form comes from, not that a patient agreed."""


class PracticeSignature(_Data):
    """The practice's own key stands for what a member of staff saw: a detached signature over the record."""

    kind: Literal["practice-signature"] = "practice-signature"
    form_sha256: Sha256
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]
    """Ed25519 over `ConsentRecord.payload()`, hex: see `signing.Signature`."""
    key_id: Sha256
    """Of the key that signed."""
    attested_by: Line | None = None
    """Who saw the patient or their representative sign; without it, it is a seal and nothing more."""
    attested_at: Instant | None = None


Proof: TypeAlias = Annotated[AttestedScan | PadesSignature | PracticeSignature, Field(discriminator="kind")]
"""How it is shown that the form was signed."""


class ProofResult(_Data):
    """What came of checking a proof against the form's bytes. `code` is one of the gate's, None where it holds."""

    ok: bool
    code: str | None = None
    signed_at: Instant | None = None
    signer: str | None = None


class ConsentRecord(_Data):
    """One signed consent, or one refusal: whose, for which photos, for what, from when until when."""

    id: str = Field(pattern=r"^C-[A-Z2-7]{10}$")
    """From the record's own content (see `new`), so that a record that was changed no longer fits its id."""
    version: Literal[2] = 2
    replaces: str | None = Field(default=None, pattern=r"^C-[A-Z2-7]{10}$")
    """The record that this one takes the place of."""
    status: Status = Status.ACTIVE
    decision: Literal["permit", "deny"] = "permit"
    patient: PersonKey
    photos: Annotated[tuple[CoveredPhoto, ...], AfterValidator(_sorted_once)] = ()
    """A refusal without photos is about all photos of this patient; a permission without any covers none."""
    uses: Annotated[tuple[Use, ...], AfterValidator(_sorted_once)] = ()
    """A refusal without uses is about every use; a permission without any covers none."""
    procedure: str | None = Field(default=None, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)
    """What was treated, where a country's law asks for it: for instance `aesthetic-surgery`."""
    min_masking: MaskLevel = MaskLevel.FACE
    identifiable: bool = False
    """Whether the patient agreed, for these uses, to be recognisable: only then may a face stay unmasked."""
    signed_at: Instant | None = None
    valid_from: Instant | None = None
    """From when on it counts; from the signing where nothing is said."""
    valid_until: Instant | None = None
    """The first moment at which it does not count any more."""
    grantor: Grantor
    capacity: Capacity = Capacity()
    assent: Assent = Assent.NOT_ASKED
    languages: Annotated[tuple[Language, ...], AfterValidator(_sorted_once)] = ()
    """What the one who signed understands."""
    interpreter: Line | None = None
    statements: Annotated[tuple[Statement, ...], AfterValidator(_sorted_once)] = ()
    """Those that were ticked."""
    form: Form | None = None
    proof: Proof | None = None

    @classmethod
    def new(cls, **says: Any) -> Self:
        """A record with the id that its content gives: the first 50 bits of SHA-256, as `C-` and base32.

        Raises pydantic.ValidationError.
        """
        draft = cls(id="C-AAAAAAAAAA", **says)
        return draft.model_copy(update={"id": draft.content_id()})

    def content_id(self) -> str:
        """The id that fits what the record says."""
        return content_id(self.model_dump(mode="json", exclude={"id"}))

    def canonical(self) -> str:
        """The record as JSON that is the same wherever it is written."""
        return canonical(self.model_dump(mode="json"))

    def payload(self) -> dict[str, Any]:
        """What a practice's signature is made over: all that the record says but its id and its proof."""
        return {"type": "consent-record", **self.model_dump(mode="json", exclude={"id", "proof"})}

    @property
    def starts_at(self) -> datetime | None:
        """From when on the consent counts."""
        return self.valid_from or self.signed_at

    def covers(self, sha256: str | None, role: str | None = None) -> bool:
        """Whether it names an original, in this role where the form says one."""
        return any(one.sha256 == sha256 and one.role in (None, role or one.role) for one in self.photos)


def in_order(values: Any) -> tuple[Any, ...]:
    """Photos, uses, statements, languages or keys as a record wants them: sorted, each once."""
    found = {value.order if isinstance(value, _Data) else str(value): value for value in values}
    return tuple(found[key] for key in sorted(found))


def day_begins(day: date, zone: tzinfo | None = None) -> datetime:
    """Midnight at which a day begins where the practice is (this computer's zone where None), in UTC.

    Raises ValueError for the calendar's first and last days, 31.12.9999 among them.
    """
    if not date.min + 2 * _MARGIN <= day <= date.max - 2 * _MARGIN:
        raise ValueError("has no moment in UTC")
    midnight = datetime.combine(day, time.min)
    return (midnight.replace(tzinfo=zone) if zone else midnight.astimezone()).astimezone(UTC)


def day_ends(day: date, zone: tzinfo | None = None) -> datetime:
    """The first moment after a day that still counts, see `day_begins`."""
    return day_begins(min(day, date.max - timedelta(days=1)) + timedelta(days=1), zone)


def last_day(until: datetime, zone: tzinfo | None = None) -> date:
    """The last day on which something that ends at `until` counts."""
    return (until - timedelta(microseconds=1)).astimezone(zone).date()


def normal(text: str | None) -> str:
    """Text as it is kept and compared: trimmed, accents in one spelling."""
    return unicodedata.normalize("NFC", text or "").strip()


def purpose_of(channel: Channel) -> Purpose:
    """The purpose that a channel stands for: publication, teaching or care."""
    return Policy.for_channel(channel).purpose


def content_id(says: dict[str, Any]) -> str:
    """`C-` and the first 50 bits of SHA-256 over canonical JSON, in base32."""
    return "C-" + base64.b32encode(hashlib.sha256(canonical(says).encode()).digest()).decode()[:10]


def canonical(value: Any) -> str:
    """JSON that is the same wherever it is written."""
    return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)

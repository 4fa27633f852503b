"""What the gate's rules are asked of, as plain data: somebody's request, and what the practice holds about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import cached_property
from typing import Literal

from ..policy import Channel, Purpose
from .derivation import Derivation
from .held import Held
from .record import ConsentRecord, MaskLevel, Person, PersonKey
from .settings import Settings


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A file that is about to leave, as it was found by looking at its very bytes."""

    sha256: str
    derivation: Derivation | None = None
    """The manifest that leads from the original to it, once its signature was checked."""
    gps: bool = True
    """Whether it tells a place. Here and below: true until it was shown not to be so."""
    metadata: bool = True
    """Whether it tells anything else about person, time or device."""


@dataclass(frozen=True, slots=True)
class Depicted:
    """One photo of a pair."""

    sha256: str | None
    """Of the original, hex; None where the file can't be read."""
    role: Literal["before", "after"]
    patient: str | None = None
    """The patient's key as declared, see PersonKey.of; None where nothing was declared."""
    others: tuple[str, ...] = ()
    """Keys of other people in it."""
    masking: MaskLevel = MaskLevel.NONE
    """What is masked in what leaves, or will be."""
    outgoing: Outgoing | None = None
    """The file that leaves; None as long as it is not made."""


@dataclass(frozen=True, slots=True)
class UseRequest:
    """What somebody wants to do: these photos, through this channel, for this purpose."""

    photos: tuple[Depicted, ...]
    channel: Channel
    purpose: Purpose
    pair: str | None = None
    outlet: str | None = None
    """The journal, platform, account or recipient."""
    territory: str | None = None
    sending: bool = False
    """The files are about to leave: what is known only of finished files is asked as well."""
    encrypted: bool = False
    """The way to the recipient is encrypted from end to end."""
    collage: bool = False
    """One picture holds both halves, so that both are the same file."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the practice's registry holds about a request, at one moment."""

    held: tuple[Held, ...] = ()
    persons: tuple[Person, ...] = ()
    latest: datetime | None = None
    """When anything was last written to the registry."""
    read_at: datetime | None = None
    """None for a registry that can't change."""
    synced_at: datetime | None = None
    """When all consents of the practice's FHIR server were last taken over."""


@dataclass(frozen=True)
class Case:
    """What the rules about a pair are asked of."""

    request: UseRequest
    evidence: Evidence | None
    """None where the registry can't be relied on; `fault` says why."""
    now: datetime
    zone: tzinfo | None = None
    settings: Settings = Settings()  # noqa: RUF009 - frozen
    fault: str | None = None
    """The registry's own code for what is wrong with it, see registry.Registry."""

    @property
    def held(self) -> tuple[Held, ...]:
        """All records that are about this pair."""
        return self.evidence.held if self.evidence else ()

    @cached_property
    def standing(self) -> tuple[Held, ...]:
        """Those that can be read and were neither withdrawn nor replaced."""
        return tuple(one for one in self.held if one.record and not (one.revocation or one.superseded_by))

    @cached_property
    def naming(self) -> dict[str | None, tuple[set[PersonKey], set[PersonKey]]]:
        """Whose records name a photo, by its SHA-256: those of records that stand, and those of all."""
        found: dict[str | None, tuple[set[PersonKey], set[PersonKey]]] = {}
        for photo in self.request.photos:
            naming = [one for one in self.held if one.record and one.record.covers(photo.sha256)]
            still, ever = (
                {self.one_key(one.record.patient) for one in some if one.record}
                for some in ([one for one in naming if one in self.standing], naming)
            )
            found[photo.sha256] = still, ever
        return found

    def named_for(self, photo: Depicted) -> set[PersonKey]:
        """Whose records name a photo, but for others in it. A withdrawn one counts only where no other names it."""
        still, ever = self.naming[photo.sha256]
        return (still or ever) - {self.one_key(PersonKey.of(other)) for other in photo.others}

    def patient_of(self, photo: Depicted) -> PersonKey | None:
        """The declared patient, else the one patient whose records name the photo."""
        if (photo.patient or "").strip():
            return self.one_key(PersonKey.of(photo.patient or ""))
        named = self.named_for(photo)
        return named.pop() if len(named) == 1 else None

    @cached_property
    def shown(self) -> dict[PersonKey, tuple[Depicted, ...]]:
        """Everybody who is shown, the patients first, with the photos that show them.

        A photo of which nobody knows whom it shows could show any of them.
        """
        found = [
            (photo, self.patient_of(photo), [self.one_key(PersonKey.of(other)) for other in photo.others])
            for photo in self.request.photos
        ]
        keys = dict.fromkeys(patient for _, patient, _ in found if patient)
        keys |= dict.fromkeys(key for _, _, others in found for key in others)
        return {
            key: tuple(photo for photo, patient, others in found if patient in (key, None) or key in others)
            for key in keys
        }

    def persons(self, key: PersonKey) -> tuple[Person, ...]:
        """The persons that the practice knows by a key: one, where all is well."""
        return tuple(one for one in (self.evidence.persons if self.evidence else ()) if key in one.keys)

    def one_key(self, key: PersonKey) -> PersonKey:
        """The first of a person's keys, so that two keys of one person are not taken for two people."""
        persons = self.persons(key)
        return persons[0].key if len(persons) == 1 else key

    def day(self, at: datetime) -> date:
        """The day of a moment where the practice is."""
        return at.astimezone(self.zone).date()

    def is_stale(self) -> bool:
        """Whether what was read is too old to rely on."""
        found = self.evidence
        if found is None or found.read_at is None:
            return False
        if self.settings.server is not None:
            oldest = timedelta(minutes=self.settings.server_minutes)
            if found.synced_at is None or self.now - found.synced_at > oldest:
                return True
        return self.now - found.read_at > timedelta(minutes=self.settings.stale_minutes)


@dataclass(frozen=True)
class Candidate:
    """What the rules about a record are asked of: one record, for one person and the photos that show them."""

    case: Case
    held: Held
    record: ConsentRecord
    key: PersonKey
    photos: tuple[Depicted, ...]

    @cached_property
    def person(self) -> Person | None:
        """The person, where the practice knows exactly one by the key."""
        persons = self.case.persons(self.key)
        return persons[0] if len(persons) == 1 else None

    @property
    def age(self) -> int | None:
        """The person's age now, in full years; None where it is not known."""
        return self.person.age(self.case.day(self.case.now)) if self.person else None

    @property
    def age_at_signing(self) -> int | None:
        """Their age on the day of signing."""
        if self.person is None or self.record.signed_at is None:
            return None
        return self.person.age(self.case.day(self.record.signed_at))

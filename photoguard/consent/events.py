"""What happened to records, as a chain: each event's hash is over all it says and the hash before it.

The chain's head (how many events, the last hash, the latest time) is sealed with the practice's secret and
written in the same transaction. Detected: an event, a record or a person that was changed, removed, put in or
moved by anyone without the secret. Not detected: the whole registry replaced by an older copy of itself.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from .record import canonical

FIRST = "0" * 64
"""What stands in place of the hash before the first event."""


class What(StrEnum):
    """What can happen."""

    GRANTED = "granted"
    VERIFIED = "verified"
    """A member of staff looked at the record and the form together and found them to agree."""
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    USED = "used"
    PERSON = "person"
    """A person was entered, or something about them was."""
    SYNCED = "synced"
    """All consents of a FHIR server were read and taken over."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it stands in the registry."""

    seq: int
    """From 1, without gaps."""
    at: str
    """When it was written down: UTC, ISO 8601 with microseconds, so that text sorts by time."""
    kind: str
    record: str | None
    """The consent's id; None for a person."""
    details: str
    """Canonical JSON."""
    previous: str
    hash: str

    @classmethod
    def after(
        cls, seq: int, previous: str, at: datetime, kind: What, record: str | None, details: dict[str, Any]
    ) -> Event:
        """The event that follows the one with this number and hash."""
        draft = cls(seq + 1, moment(at), kind.value, record, canonical(details), previous, "")
        return cls(draft.seq, draft.at, draft.kind, record, draft.details, previous, draft.fitting())

    def fitting(self) -> str:
        """The hash (hex) that fits what the event says."""
        said = [self.seq, self.at, self.kind, self.record, self.details, self.previous]
        return hashlib.sha256(canonical(said).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain."""

    count: int = 0
    hash: str = FIRST
    latest: str = ""
    """The latest time of any event, see `Event.at`."""

    def seal(self, key: bytes) -> str:
        """HMAC-SHA256 (hex) under the practice's secret."""
        said = canonical(["registry", self.count, self.hash, self.latest])
        return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()


def moment(at: datetime) -> str:
    """An aware time as the registry keeps it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def digest(*parts: str) -> str:
    """SHA-256 (hex) over several texts, each with its end marked."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()

"""A pair that may leave, and whatever is to be wrong with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from photoguard.consent.case import Depicted, Evidence, Outgoing, UseRequest
from photoguard.consent.derivation import Derivation
from photoguard.consent.held import FormState, Held, Revocation, Verification
from photoguard.consent.record import (
    AttestedScan,
    Capacity,
    ConsentRecord,
    CoveredPhoto,
    Form,
    Grantor,
    GrantorRole,
    MaskLevel,
    Person,
    PersonKey,
    Statement,
    Use,
    day_begins,
    day_ends,
    in_order,
)
from photoguard.outcome import Verdict
from photoguard.photo import Kind, Method
from photoguard.policy import Channel, Purpose

ZURICH = ZoneInfo("Europe/Zurich")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZURICH)
BEFORE, AFTER, OTHER = "b" * 64, "a" * 64, "c" * 64
FORM = "f" * 64
SIGNED = datetime(2026, 11, 1, tzinfo=ZURICH)
PATIENT = PersonKey.of("P-1")
WEBSITE = Use(purpose=Purpose.PUBLICATION, channel=Channel.WEBSITE)
SCAN = AttestedScan(
    form_sha256=FORM, attested_by="A. Keller", attested_at=datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
)


def covered(*hashes: str) -> tuple[CoveredPhoto, ...]:
    return in_order(CoveredPhoto(sha256=one) for one in hashes)


def uses(*channels: Channel, purpose: Purpose = Purpose.PUBLICATION) -> tuple[Use, ...]:
    return in_order(Use(purpose=purpose, channel=channel) for channel in channels)


def record(**changes: Any) -> ConsentRecord:
    """A record that allows the pair of `request()`, apart from the changes."""
    says: dict[str, Any] = {
        "patient": PATIENT,
        "photos": covered(BEFORE, AFTER),
        "uses": (WEBSITE,),
        "min_masking": MaskLevel.FACE,
        "signed_at": SIGNED,
        "valid_from": SIGNED,
        "valid_until": day_ends(date(2027, 11, 1), ZURICH),
        "grantor": Grantor(role=GrantorRole.PATIENT),
        "capacity": Capacity(state="yes", assessed_by="A. Keller", assessed_at=SIGNED),
        "languages": ("de", "fr"),
        "statements": in_order(Statement),
        "form": Form(sha256=FORM, suffix=".pdf", language="de-CH"),
        "proof": SCAN,
    }
    return ConsentRecord.new(**(says | changes))


def held(file: FormState = FormState.PRESENT, **changes: Any) -> Held:
    said = record(**changes)
    return Held(said.id, said, file, verified=(Verification("A. Keller", SIGNED),), revision="e" * 64)


def revoked(at: datetime, **changes: Any) -> Held:
    return replace(held(**changes), revocation=Revocation(at, at, "asked"))


UNREADABLE = Held("C-AAAAAAAAAA", None, fault="CONSENT_UNPARSEABLE")
WITHOUT_ZONE = Held("C-AAAAAAAAAB", None, fault="NAIVE_TIME")


def person(key: str = "P-1", **changes: Any) -> Person:
    return Person(**({"key": PersonKey.of(key), "born": date(1980, 5, 17)} | changes))


def born(years: float) -> Person:
    """The patient, so many years old on the day of NOW."""
    return person(born=NOW.date() - timedelta(days=round(years * 365.25)))


def evidence(*records: Held, people: tuple[Person, ...] = (), **changes: Any) -> Evidence:
    found = Evidence(records or (held(),), people or (person(),), SIGNED + timedelta(days=2), NOW)
    return replace(found, **changes)


def derivation(source: str, output: str, **changes: Any) -> Derivation:
    says: dict[str, Any] = {
        "sources": (source,),
        "output": output,
        "masking": dict.fromkeys(Kind, Method.SOLID),
        "faces": 1,
        "mirror": Verdict.NO_CUE,
        "channel": Channel.WEBSITE,
        "policy": "0" * 64,
        "made_by": "0.1",
        "made_at": NOW,
    }
    return Derivation(**(says | changes))


def photo(role: str = "before", **changes: Any) -> Depicted:
    """One half of the pair, with the file that leaves."""
    source = BEFORE if role == "before" else AFTER
    output = "1" * 64 if role == "before" else "2" * 64
    file = Outgoing(output, derivation(source, output), gps=False, metadata=False)
    whole = Depicted(source, role, "P-1", (), MaskLevel.FACE, file)  # type: ignore[arg-type]
    return replace(whole, **changes)


def pair(**changes: Any) -> tuple[Depicted, Depicted]:
    """Both halves, each with the same changes."""
    return photo("before", **changes), photo("after", **changes)


def one_wrong(**changes: Any) -> tuple[Depicted, Depicted]:
    """The changes in the photo after only."""
    return photo("before"), photo("after", **changes)


def outgoing(role: str = "after", **changes: Any) -> Outgoing:
    file = photo(role).outgoing
    assert file
    return replace(file, **changes)


def request(*photos: Depicted, **changes: Any) -> UseRequest:
    asked = UseRequest(photos or pair(), Channel.WEBSITE, Purpose.PUBLICATION, "pair-1", sending=True)
    return replace(asked, **changes)


def day(text: str) -> datetime:
    return day_begins(date.fromisoformat(text), ZURICH)

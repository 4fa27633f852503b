"""The registry of consent: records and what happened to them, only ever added to."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    insert,
    or_,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError

from ..database import Access, Store, about_table, append_only
from ..errors import StorageError, UsageError
from ..home import Home
from ..policy import Channel, Purpose
from . import forms
from .record import ConsentRecord, FormState, Grantor, Held, patient_key, purpose_of

_TABLES = MetaData()
about_table(_TABLES)
_RECORD = append_only(
    Table(
        "record",
        _TABLES,
        Column("id", Text, primary_key=True),
        Column("patient", Text, nullable=False, index=True),
        Column("document", Text, nullable=False),
    )
)
_PHOTO = append_only(
    Table(
        "record_photo",
        _TABLES,
        Column("record", ForeignKey("record.id"), primary_key=True),
        Column("sha256", Text, primary_key=True, index=True),
    )
)
_EVENT = append_only(
    Table(
        "record_event",
        _TABLES,
        Column("seq", Integer, primary_key=True, autoincrement=True),
        Column("record", ForeignKey("record.id"), nullable=False, index=True),
        Column("kind", Text, nullable=False),
        Column("at", Text, nullable=False),
        Column("details", Text, nullable=False),
    )
)
# Granted once and revoked once, whatever two workstations do at the same moment.
_ONCE = text("kind IN ('granted', 'revoked')")
Index(
    "record_event_once",
    _EVENT.c.record,
    _EVENT.c.kind,
    unique=True,
    sqlite_where=_ONCE,
    postgresql_where=_ONCE,
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A record and its events, oldest first, as text: what the registry's digest is taken over."""

    id: str
    document: str
    events: tuple[tuple[str, str, str], ...]
    """(kind, at, details) each."""

    def read(self, folder: Path) -> Held:
        """The record as it counts now, with its form in `folder` hashed anew."""
        try:
            record = ConsentRecord.model_validate_json(self.document)
            if record.id != self.id or record.content_id() != self.id or record.canonical() != self.document:
                raise ValueError("the record was changed")
            match self.events:
                case [("granted", _, _)]:
                    pass
                case [("granted", _, _), ("revoked", at, details)]:
                    revocation = {
                        "revoked_at": _instant(at),
                        "revocation_reason": json.loads(details)["reason"],
                    }
                    record = record.model_copy(update=revocation)
                case _:
                    raise ValueError("not a history this version knows")
        except (ValueError, KeyError, TypeError):  # pydantic's and json's errors are ValueErrors
            return Held(self.id, None, FormState.MISSING)
        return Held(self.id, record, forms.state(record, folder))


def digest(stored: Iterable[Stored]) -> str:
    """SHA-256 (hex) over records and events, in the order of their ids."""
    total = hashlib.sha256()
    for one in sorted(stored, key=lambda one: one.id):
        total.update(json.dumps([one.id, one.document, one.events], separators=(",", ":")).encode() + b"\n")
    return total.hexdigest()


class Records(Protocol):
    """Where the gate's records come from."""

    def mentioning(self, photos: Collection[str] = (), patients: Collection[str] = ()) -> tuple[Held, ...]:
        """Every record that names one of the photos (SHA-256, hex) or is of one of the patients."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All records of a registry as they stood when it was read. Never looks at the database again."""

    stored: tuple[Stored, ...]
    forms: Path

    def mentioning(self, photos: Collection[str] = (), patients: Collection[str] = ()) -> tuple[Held, ...]:
        """See Records. A record that can't be read is always among them: it might be about these photos."""
        asked, of = set(photos), {patient_key(patient) for patient in patients}
        held = (one.read(self.forms) for one in self.stored)
        return tuple(
            one
            for one in held
            if one.record is None or one.record.patient in of or not asked.isdisjoint(one.record.photos)
        )

    def digest(self) -> str:
        """See the module's `digest`."""
        return digest(self.stored)


class Registry:
    """The practice's records of consent. Several processes may use it at once; nothing is opened until asked.

    Every method raises StorageError where the database can't be used: REGISTRY_LOCKED, REGISTRY_DAMAGED,
    REGISTRY_FOREIGN (not ours), REGISTRY_NEWER, REGISTRY_FULL, REGISTRY_UNUSABLE.
    A registry that does not exist yet holds no records.
    """

    def __init__(self, home: Home, *, read_only: bool = False, frozen: bool = False) -> None:
        """`frozen`: not even a lock is taken; for a registry that ships with the software."""
        access = Access.FROZEN if frozen else Access.READ if read_only else Access.WRITE
        self._store = Store(home.registry, "REGISTRY", "The registry of consent", 1, _TABLES, access)
        self._forms = home.forms

    def add(
        self,
        form: Path,
        *,
        patient: str,
        photos: Sequence[Path],
        channels: Sequence[Channel | str],
        signed_on: date,
        valid_until: date,
        grantor: Grantor | str,
        attested_by: str,
        valid_from: date | None = None,
        purposes: Sequence[Purpose | str] | None = None,
        now: datetime | None = None,
    ) -> ConsentRecord:
        """Keep a signed form and the record of what it allows.

        `photos` are the originals' files. `purposes` follow from the channels where none are given.
        `now` is the moment of attestation (aware); its day decides whether the signature lies in the future.
        Raises UsageError with a code for each thing that can't be right; then nothing was added.
        """
        now = _aware(now)
        chosen = _choices(Channel, channels, "CHANNEL_UNKNOWN", "channel")
        implied = [purpose_of(channel) for channel in chosen]
        why = _choices(Purpose, purposes or implied, "PURPOSE_UNKNOWN", "purpose")
        _check_days(signed_on, valid_from, valid_until, now.astimezone().date())
        says = {
            "patient": _line(patient, "PATIENT_EMPTY", "the patient's key"),
            "grantor": _choices(Grantor, [grantor], "GRANTOR_UNKNOWN", "grantor")[0],
            "attested_by": _line(attested_by, "ATTESTER_EMPTY", "who attests the form"),
            "photos": _photos(photos),
        }
        form_sha256, suffix = forms.keep(form, self._forms)
        record = ConsentRecord.new(
            **says,
            channels=tuple(sorted(chosen)),
            purposes=tuple(sorted(why)),
            signed_on=signed_on,
            valid_from=valid_from or signed_on,
            valid_until=valid_until,
            attested_at=now,
            form_sha256=form_sha256,
            form_suffix=suffix,
        )
        with self._store.writing() as connection:
            if connection.scalar(select(_RECORD.c.id).where(_RECORD.c.id == record.id)):
                raise UsageError("CONSENT_EXISTS", "This consent is in the registry already.")
            connection.execute(
                insert(_RECORD).values(id=record.id, patient=record.patient, document=record.canonical())
            )
            connection.execute(
                insert(_PHOTO), [{"record": record.id, "sha256": photo} for photo in record.photos]
            )
            _happened(connection, record.id, "granted", now, {})
        return record

    def revoke(self, record_id: str, reason: str, at: datetime | None = None) -> ConsentRecord:
        """Record that a consent was withdrawn. It blocks from now on, also where `at` lies in the future.

        Raises UsageError (CONSENT_UNKNOWN, CONSENT_REVOKED_ALREADY, REASON_EMPTY).
        """
        at = _aware(at)
        reason = _line(reason, "REASON_EMPTY", "the reason")
        record_id = self._get(record_id).id
        with self._store.writing() as connection:
            try:
                _happened(connection, record_id, "revoked", at, {"reason": reason})
            except IntegrityError:
                raise UsageError(
                    "CONSENT_REVOKED_ALREADY", "This consent has been revoked already."
                ) from None
        return self.get(record_id)

    def get(self, record_id: str) -> ConsentRecord:
        """One record, with its revocation where there is one.

        Raises UsageError (CONSENT_UNKNOWN), StorageError (CONSENT_UNPARSEABLE).
        """
        record = self._get(record_id).record
        if record is None:
            raise StorageError(
                "CONSENT_UNPARSEABLE", "This record can't be read. Update photoguard or restore the registry."
            )
        return record

    def list(self) -> tuple[Held, ...]:
        """All records, in the order of their ids."""
        return tuple(one.read(self._forms) for one in self.snapshot().stored)

    def mentioning(self, photos: Collection[str] = (), patients: Collection[str] = ()) -> tuple[Held, ...]:
        """See Records."""
        naming = select(_PHOTO.c.record).where(_PHOTO.c.sha256.in_(sorted(photos)))
        keys = sorted(key for key in map(patient_key, patients) if key)
        found = select(_RECORD.c.id).where(or_(_RECORD.c.id.in_(naming), _RECORD.c.patient.in_(keys)))
        with self._store.reading() as connection:
            stored = _stored(connection, list(connection.scalars(found))) if connection else ()
        return tuple(one.read(self._forms) for one in stored)

    def snapshot(self) -> Snapshot:
        """All records as they stand now."""
        with self._store.reading() as connection:
            return Snapshot(_stored(connection) if connection else (), self._forms)

    def digest(self) -> str:
        """SHA-256 (hex) over every record and event: the same for two registries that say the same."""
        return self.snapshot().digest()

    def _get(self, record_id: str) -> Held:
        with self._store.reading() as connection:
            stored = _stored(connection, [record_id.strip().upper()]) if connection else ()
        if not stored:
            raise UsageError(
                "CONSENT_UNKNOWN", "There is no consent of that id. `photoguard consent list` shows all."
            )
        return stored[0].read(self._forms)


def _stored(connection: Connection, ids: Sequence[str] | None = None) -> tuple[Stored, ...]:
    """The records of these ids, or all of them."""
    records = select(_RECORD.c.id, _RECORD.c.document).order_by(_RECORD.c.id)
    events = select(_EVENT.c.record, _EVENT.c.kind, _EVENT.c.at, _EVENT.c.details).order_by(_EVENT.c.seq)
    if ids is not None:
        records, events = records.where(_RECORD.c.id.in_(ids)), events.where(_EVENT.c.record.in_(ids))
    history: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for record_id, kind, at, details in connection.execute(events):
        history[record_id].append((kind, at, details))
    return tuple(
        Stored(record_id, document, tuple(history[record_id]))
        for record_id, document in connection.execute(records)
    )


def _happened(
    connection: Connection, record_id: str, kind: str, at: datetime, details: dict[str, str]
) -> None:
    said = json.dumps(details, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    connection.execute(
        insert(_EVENT).values(record=record_id, kind=kind, at=at.astimezone(UTC).isoformat(), details=said)
    )


def _instant(said: str) -> datetime:
    at = datetime.fromisoformat(said)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at


def _aware(at: datetime | None) -> datetime:
    if at is None:
        return datetime.now(UTC)
    if at.tzinfo is None:
        raise UsageError("TIME_NAIVE", "A time without its zone can't be used.")
    return at


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


def _line(said: str, code: str, noun: str) -> str:
    line = patient_key(said)
    if line is None or len(line) > 200 or not line.isprintable():
        raise UsageError(code, f"Say {noun} in one line of at most 200 characters.")
    return line


def _check_days(signed_on: date, valid_from: date | None, valid_until: date, today: date) -> None:
    if signed_on > today:
        raise UsageError("SIGNED_IN_FUTURE", "The day of signing lies in the future.")
    if valid_until < signed_on:
        raise UsageError("PERIOD_INVERTED", "The consent would end before it was signed.")
    if valid_from and not signed_on <= valid_from <= valid_until:
        raise UsageError(
            "PERIOD_INVERTED", "The first day must lie between the day of signing and the last day."
        )


def _photos(files: Sequence[Path]) -> tuple[str, ...]:
    if not files:
        raise UsageError("PHOTO_NOT_FOUND", "Name at least one photo that the consent is for.")
    hashes = []
    for place, file in enumerate(files, start=1):
        try:
            if not file.is_file():
                raise FileNotFoundError
            if file.stat().st_size == 0:
                raise UsageError("PHOTO_EMPTY", f"Photo {place} of {len(files)} is an empty file.")
            hashes.append(forms.sha256(file))
        except OSError:
            raise UsageError("PHOTO_NOT_FOUND", f"Photo {place} of {len(files)} can't be opened.") from None
    if len(set(hashes)) < len(hashes):
        raise UsageError("PHOTO_TWICE", "Two of the files are the same photo. Name each photo once.")
    return tuple(sorted(hashes))

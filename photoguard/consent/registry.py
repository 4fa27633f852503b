"""The registry of consent: records, persons and what happened to them, only ever added to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import Connection, insert, select

from ..database import Access, Store
from ..errors import StorageError, UsageError
from ..home import Home
from . import forms, ledger, lookup
from .case import Evidence
from .derivation import Derivation
from .events import Head, What
from .held import Held, Stored, StoredPerson, Used
from .ledger import Happening
from .record import ConsentRecord, Person, PersonKey, normal
from .schema import DERIVATION, PERSON, PERSON_KEY, RECORD, RECORD_PHOTO, TABLES, VERSION
from .signing import PracticeKey, Signature

_MUCH = 500
"""Records at once, as an import adds them."""


class Records(Protocol):
    """Where the gate's evidence comes from."""

    def about(self, photos: Collection[str] = (), people: Collection[str] = ()) -> Evidence:
        """What is held about photos (SHA-256, hex) and people (keys, see PersonKey.of).

        With the records that name a photo come all others of the same person.
        """

    def synced_at(self, server: str) -> datetime | None:
        """When all consents of a FHIR server were last taken over; None where they never were."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a registry held when it was read. Never looks at the database again."""

    stored: tuple[Stored, ...]
    people: tuple[StoredPerson, ...]
    home: Home

    def about(self, photos: Collection[str] = (), people: Collection[str] = ()) -> Evidence:
        """All of it: see Records. The gate passes over what is about others."""
        held = tuple(forms.looked_at(one.read(), self.home, datetime.now(UTC)) for one in self.stored)
        return Evidence(held, tuple(one.read() for one in self.people))

    def synced_at(self, server: str) -> datetime | None:
        """See Records: what never changes is never behind."""
        return None

    def digest(self) -> str:
        """SHA-256 (hex) over all that the registry says, in an order of its own."""
        said: list[object] = [
            [one.id, one.patient, one.document, [(e.kind, e.at, e.details) for e in one.events]]
            for one in sorted(self.stored, key=lambda one: one.id)
        ]
        said += [[one.key, one.document, one.keys] for one in sorted(self.people, key=lambda one: one.key)]
        return hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Grant:
    """A record to be added, with what belongs to it."""

    record: ConsentRecord
    person: Person | None = None
    """The patient, where the registry does not know them yet or should know more."""
    verified_by: str | None = None
    """The member of staff who compared it with its form; None where that is still to be done."""
    source: str | None = None
    """The resource elsewhere that it came from, see Stored.source."""


class Registry:
    """The practice's records of consent. Several processes may use it at once; nothing is opened until asked.

    Every method raises StorageError where the database can't be used: REGISTRY_LOCKED, REGISTRY_DAMAGED,
    REGISTRY_BROKEN (its chain of events does not fit), REGISTRY_FOREIGN (not ours), REGISTRY_NEWER,
    REGISTRY_FULL, REGISTRY_UNUSABLE; or where the practice's key can't (KEY_UNUSABLE).
    A registry that does not exist yet holds no records; one that is gone is REGISTRY_MISSING to `about` and `derive`.
    """

    def __init__(self, home: Home, *, read_only: bool = False, frozen: bool = False) -> None:
        """`frozen`: not even a lock is taken and no seal is asked for: for one that ships with the software."""
        access = Access.FROZEN if frozen else Access.READ if read_only else Access.WRITE
        self.home = home
        self._frozen = frozen
        self._store = Store(
            home.registry_url or home.registry,
            "REGISTRY",
            "The registry of consent",
            VERSION,
            TABLES,
            access,
            self._migrate,
        )

    # --- to write ------------------------------------------------------------------------------------------

    def grant(self, grants: Iterable[Grant], now: datetime | None = None) -> tuple[str, ...]:
        """Add records, all or none; their ids. The forms they name must be kept already, see forms.keep.

        Raises UsageError: CONSENT_EXISTS, CONSENT_UNKNOWN or CONSENT_REVOKED_ALREADY (what a record replaces
        is not there, or does not stand any more), PERSON_AMBIGUOUS.
        """
        given = tuple(grants)
        rows = [_row(one.record) for one in given]
        with self._store.writing() as connection:
            happenings = _granted(given, rows, lookup.kinds(connection, _ids(given)))
            if given:
                connection.execute(
                    insert(RECORD),
                    [{"id": one.id, "patient": one.patient, "document": one.document} for one in rows],
                )
            naming = [
                {"record": one.record.id, "sha256": sha256} for one in given for sha256 in _hashes(one.record)
            ]
            if naming:
                connection.execute(insert(RECORD_PHOTO), naming)
            ledger.append(connection, self._key, aware(now), happenings)
            self._enter(connection, [one.person for one in given if one.person], aware(now))
            if len(given) >= _MUCH:
                self._store.grown(connection)
        return tuple(one.id for one in rows)

    def enter(self, person: Person, now: datetime | None = None) -> None:
        """Say who somebody is; what was said about the same key before is replaced by it.

        Raises UsageError (PERSON_AMBIGUOUS) where one of the keys is another person's already.
        """
        with self._store.writing() as connection:
            self._enter(connection, [person], aware(now))

    def verify(self, record_id: str, by: str, now: datetime | None = None) -> None:
        """Write down that a member of staff compared a record with its form. Raises UsageError."""
        by = line(by, "ATTESTER_EMPTY", "who compared the two")
        self._happens(record_id, What.VERIFIED, {"by": by}, now)

    def revoke(
        self, record_id: str, reason: str, at: datetime | None = None, now: datetime | None = None
    ) -> Held:
        """Write down that a consent was withdrawn. It blocks from now on, also where `at` lies in the future.

        The practice signs it. Raises UsageError (CONSENT_UNKNOWN, CONSENT_REVOKED_ALREADY, REASON_EMPTY).
        """
        at, now = aware(at or now), aware(now)
        reason = line(reason, "REASON_EMPTY", "the reason")
        said = {"reason": reason, "revoked_at": at.astimezone(UTC).isoformat(timespec="microseconds")}
        payload = {"type": "revocation", "record": normal(record_id).upper(), **said}
        signature = PracticeKey.at(self.home).sign(payload)
        self._happens(record_id, What.REVOKED, {**said, "signature": signature.model_dump()}, now)
        return self.get(record_id)

    def use(self, record_id: str, use: Used, pair: str | None = None) -> None:
        """Write down that files left, or may leave, under a consent; what is there already is kept once.

        Raises UsageError (CONSENT_UNKNOWN).
        """
        said: dict[str, object] = {
            "channel": use.channel,
            "purpose": use.purpose,
            "outlet": use.outlet,
            "territory": use.territory,
            "outputs": list(use.outputs),
            "names": list(use.names),
            "pair": pair,
        }
        self._happens(record_id, What.USED, said, use.at)

    def derive(self, made: Sequence[tuple[Derivation, Signature]]) -> None:
        """Keep the signed manifests of released files; one that is there already is kept once."""
        with self._store.reading() as connection:
            if connection is None:
                self._check_never_begun()  # a new one in its place would hide that it is gone
        with self._store.writing() as connection:
            for manifest, signature in made:
                row = {"output_sha256": manifest.output, "signature": signature.model_dump_json()}
                there = select(DERIVATION.c.output_sha256).filter_by(**row)
                if connection.scalar(there) is None:
                    connection.execute(insert(DERIVATION).values(**row, document=manifest.model_dump_json()))

    def synced(self, server: str, now: datetime | None = None) -> None:
        """Write down that all consents of a FHIR server were taken over."""
        with self._store.writing() as connection:
            ledger.append(
                connection, self._key, aware(now), [Happening(What.SYNCED, None, {"server": server})]
            )

    # --- to read -------------------------------------------------------------------------------------------

    def get(self, record_id: str) -> Held:
        """One record. Raises UsageError (CONSENT_UNKNOWN)."""
        with self._store.reading() as connection:
            stored = lookup.by_id(connection, normal(record_id).upper()) if connection else ()
        if not stored:
            raise _unknown()
        return forms.looked_at(stored[0].read(), self.home, datetime.now(UTC))

    def all(self) -> tuple[Held, ...]:
        """All records, in the order of their ids."""
        now = datetime.now(UTC)
        return tuple(forms.looked_at(one.read(), self.home, now) for one in self.snapshot().stored)

    def people(self, key: PersonKey | None = None) -> tuple[Person, ...]:
        """Everybody, or whoever has a key, as last entered, in the order of their keys."""
        with self._store.reading() as connection:
            if connection is None:
                return ()
            found = (
                lookup.everything(connection)[1] if key is None else lookup.people(connection, {key.indexed})
            )
        return tuple(one.read() for one in found)

    def about(self, photos: Collection[str] = (), people: Collection[str] = ()) -> Evidence:
        """See Records."""
        now = datetime.now(UTC)
        with self._store.reading() as connection:
            if connection is None:
                self._check_never_begun()
                return Evidence(read_at=now)
            head = ledger.prove(connection, self._store, self._key)
            stored, known = lookup.about(connection, photos, _keys(people))
        latest = datetime.fromisoformat(head.latest) if head.latest else None
        held = tuple(forms.looked_at(one.read(), self.home, now) for one in stored)
        return Evidence(held, tuple(one.read() for one in known), latest, now)

    def synced_at(self, server: str) -> datetime | None:
        """See Records."""
        with self._store.reading() as connection:
            at = lookup.synced(connection, server) if connection else None
        return datetime.fromisoformat(at) if at else None

    def derivations(self, output_sha256: str) -> tuple[Derivation, ...]:
        """The manifests that lead to a file and that this practice signed, the newest last."""
        asked = select(DERIVATION.c.document, DERIVATION.c.signature).filter_by(output_sha256=output_sha256)
        with self._store.reading() as connection:
            rows = connection.execute(asked).all() if connection else []
        key = PracticeKey.at(self.home) if rows else None
        found = []
        for document, signature in rows:
            try:
                manifest = Derivation.model_validate_json(document)
                if key and manifest.holds(key, Signature.model_validate_json(signature)):
                    found.append(manifest)
            except ValueError:
                continue  # not one of ours: as if it were not there
        return tuple(sorted(found, key=lambda one: one.made_at))

    def prove(self) -> Head:
        """The end of the chain, once all of the registry is shown to be as it was written."""
        with self._store.reading() as connection:
            return ledger.prove(connection, self._store, self._key) if connection else Head()

    def snapshot(self) -> Snapshot:
        """All there is, as it stands now."""
        with self._store.reading() as connection:
            if connection is None:
                return Snapshot((), (), self.home)
            return Snapshot(*lookup.everything(connection), self.home)

    def touching(self, patients: Collection[PersonKey], server: str = "") -> Snapshot:
        """What stands here about some patients, and what came from a FHIR server (see Stored.source)."""
        with self._store.reading() as connection:
            if connection is None:
                return Snapshot((), (), self.home)
            return Snapshot(
                *lookup.touching(connection, {key.indexed for key in patients}, server), self.home
            )

    def digest(self) -> str:
        """SHA-256 (hex) over all of it: the same for two registries that say the same."""
        return self.snapshot().digest()

    # --- what both need ------------------------------------------------------------------------------------

    @property
    def _key(self) -> bytes:
        return self.home.key()

    def _check_never_begun(self) -> None:
        """Raises StorageError (REGISTRY_MISSING) where forms were kept already: there was a registry once."""
        if self.home.forms.is_dir() and any(self.home.forms.iterdir()):
            raise StorageError(
                "REGISTRY_MISSING",
                "The registry of consent is gone. Restore the practice's folder from a backup.",
            )

    def _migrate(self, connection: Connection) -> None:
        from .migrations import upgrade  # late: Alembic is needed once in a registry's life

        try:
            upgrade(connection, lambda count, last, latest: Head(count, last, latest).seal(self._key))
        except (ValueError, KeyError):
            raise StorageError(
                "REGISTRY_DAMAGED", "The registry of consent is damaged. Restore it from a backup."
            ) from None

    def _happens(self, record_id: str, kind: What, said: dict[str, object], now: datetime | None) -> None:
        record_id = normal(record_id).upper()
        with self._store.writing() as connection:
            there = lookup.kinds(connection, [record_id]).get(record_id)
            if not there:
                raise _unknown()
            if kind is What.REVOKED and What.REVOKED in there:
                raise UsageError("CONSENT_REVOKED_ALREADY", "This consent has been revoked already.")
            if kind is What.USED and lookup.holds(connection, kind, record_id, said, aware(now)):
                return  # a run that was killed just after this is going on
            ledger.append(connection, self._key, aware(now), [Happening(kind, record_id, said)])

    def _enter(self, connection: Connection, people: Sequence[Person], now: datetime) -> None:
        keys = {key.indexed for person in people for key in person.keys}
        known = lookup.people(connection, keys) if keys else ()
        whose = {key: one.key for one in known for key in one.keys}
        said = {one.key: one.document for one in known}
        rows = []
        for person in people:
            row = StoredPerson(
                0, person.key.indexed, person.order, tuple(sorted(key.indexed for key in person.keys))
            )
            if any(whose.setdefault(key, row.key) != row.key for key in row.keys):
                raise UsageError(
                    "PERSON_AMBIGUOUS", "One of these keys is another person's. Correct that person first."
                )
            if said.get(row.key) != row.document:
                said[row.key] = row.document
                rows.append(row)
        events = ledger.append(
            connection,
            self._key,
            now,
            [Happening(What.PERSON, None, {"digest": row.digest()}) for row in rows],
        )
        numbered = [(event.seq, row) for event, row in zip(events, rows, strict=True)]
        if numbered:
            connection.execute(
                insert(PERSON), [{"seq": n, "key": row.key, "document": row.document} for n, row in numbered]
            )
            connection.execute(
                insert(PERSON_KEY), [{"seq": n, "key": key} for n, row in numbered for key in row.keys]
            )


def _row(record: ConsentRecord) -> Stored:
    return Stored(record.id, record.patient.indexed, record.canonical(), ())


def _hashes(record: ConsentRecord) -> list[str]:
    return [photo.sha256 for photo in record.photos]


def _ids(grants: Sequence[Grant]) -> set[str]:
    """The records that are to be added, and those that they replace."""
    return {one.record.id for one in grants} | {one.record.replaces for one in grants if one.record.replaces}


def _granted(grants: Sequence[Grant], rows: Sequence[Stored], there: dict[str, set[str]]) -> list[Happening]:
    """What happens when records are added. `there`: what has happened already, by record."""
    happenings = []
    for one, row in zip(grants, rows, strict=True):
        if row.id in there:
            raise UsageError("CONSENT_EXISTS", "This consent is in the registry already.")
        there[row.id] = {What.GRANTED}
        before = one.record.replaces
        if before:
            if before not in there:
                raise _unknown()
            if there[before] & {What.REVOKED, What.SUPERSEDED}:
                raise UsageError(
                    "CONSENT_REVOKED_ALREADY", "The consent that is to be replaced does not stand any more."
                )
            there[before].add(What.SUPERSEDED)
            happenings.append(Happening(What.SUPERSEDED, before, {"by": row.id}))
        granted = {"digest": row.digest(_hashes(one.record))} | ({"source": one.source} if one.source else {})
        happenings.append(Happening(What.GRANTED, row.id, granted))
        if one.verified_by:
            by = line(one.verified_by, "ATTESTER_EMPTY", "who compared the two")
            happenings.append(Happening(What.VERIFIED, row.id, {"by": by}))
    return happenings


def _keys(people: Collection[str]) -> set[str]:
    """The keys as the registry looks them up; a bare number is none."""
    found = set()
    for text in people:
        try:
            found.add(PersonKey.of(text).indexed)
        except ValueError:
            continue  # the gate says so
    return found


def aware(at: datetime | None) -> datetime:
    """A moment that was given, or now. Raises UsageError (TIME_NAIVE)."""
    if at is None:
        return datetime.now(UTC)
    if at.tzinfo is None:
        raise UsageError("TIME_NAIVE", "A time without its zone can't be used.")
    return at


def line(said: str, code: str, noun: str) -> str:
    """A line of text that a person gave. Raises UsageError with `code`."""
    text = normal(said)
    if not text or len(text) > 200 or not text.isprintable():
        raise UsageError(code, f"Say {noun} in one line of at most 200 characters.")
    return text


def _unknown() -> UsageError:
    return UsageError(
        "CONSENT_UNKNOWN", "There is no consent of that id. `photoguard consent list` shows all."
    )

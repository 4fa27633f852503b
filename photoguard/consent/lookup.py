"""The registry's questions to its tables: few, and always the same, so that a decision is quick."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, bindparam, select

from .events import Event, What, moment
from .held import Stored, StoredPerson
from .record import canonical
from .schema import EVENT, PERSON, PERSON_KEY, RECORD, RECORD_PHOTO

_MANY = 5000

_PHOTOS: BindParameter[list[str]] = bindparam("photos", expanding=True)
_KEYS: BindParameter[list[str]] = bindparam("keys", expanding=True)
_IDS: BindParameter[list[str]] = bindparam("ids", expanding=True)

_RECORDS = (
    select(RECORD.c.id, RECORD.c.patient, RECORD.c.document, EVENT)
    .outerjoin(EVENT, EVENT.c.record == RECORD.c.id)
    .order_by(EVENT.c.seq)
)
_PEOPLE = (
    select(PERSON.c.seq, PERSON.c.key, PERSON.c.document, PERSON_KEY.c.key)
    .join(PERSON_KEY, PERSON_KEY.c.seq == PERSON.c.seq)
    .order_by(PERSON.c.seq)
)
_SHOWN = (
    select(RECORD.c.patient)
    .join(RECORD_PHOTO, RECORD_PHOTO.c.record == RECORD.c.id)
    .where(RECORD_PHOTO.c.sha256.in_(_PHOTOS))
)
_PEOPLE_BY_KEY = _PEOPLE.where(
    PERSON.c.key.in_(
        select(PERSON.c.key)
        .join(PERSON_KEY, PERSON_KEY.c.seq == PERSON.c.seq)
        .where(PERSON_KEY.c.key.in_(_KEYS))
    )
)
_KINDS = select(EVENT.c.record, EVENT.c.kind).where(EVENT.c.record.in_(_IDS))
_RECORDS_BY_ID = _RECORDS.where(RECORD.c.id.in_(_IDS))
_RECORDS_OF = _RECORDS.where(RECORD.c.patient.in_(_KEYS))


def about(
    connection: Connection, photos: Collection[str], keys: Collection[str]
) -> tuple[tuple[Stored, ...], tuple[StoredPerson, ...]]:
    """All records of whoever has one of these keys or is named with one of these photos, and all these people."""
    # One plain question after the other, each by an index: put together, a server would go through all there is.
    shown = connection.scalars(_SHOWN, {"photos": sorted(photos)}).all()
    known = people(connection, {*keys, *shown})
    everyone = {*keys, *shown, *(key for person in known for key in person.keys)}
    return records(connection, _RECORDS_OF, {"keys": sorted(everyone)}), known


def by_id(connection: Connection, record_id: str) -> tuple[Stored, ...]:
    """The record of an id, with its events: one or none."""
    return records(connection, _RECORDS_BY_ID, {"ids": [record_id]})


def touching(
    connection: Connection, keys: Collection[str], server: str
) -> tuple[tuple[Stored, ...], tuple[StoredPerson, ...]]:
    """All records of whoever has one of these keys, those that came from a server, and all these people."""
    known = people(connection, keys)
    everyone = {*keys, *(key for person in known for key in person.keys)}
    found = {
        one.id: one for some in _chunks(everyone) for one in records(connection, _RECORDS_OF, {"keys": some})
    }
    if server:
        granted = select(EVENT.c.record).where(
            EVENT.c.kind == What.GRANTED.value,
            EVENT.c.details.contains(f'"source":{canonical(server)[:-1]}', autoescape=True),
        )
        found |= {one.id: one for one in records(connection, _RECORDS.where(RECORD.c.id.in_(granted)))}
    return tuple(found[one] for one in sorted(found)), known


def everything(connection: Connection) -> tuple[tuple[Stored, ...], tuple[StoredPerson, ...]]:
    """All records with their events, and everybody, in the order of ids and keys."""
    return records(connection), _last(persons(connection))


def people(connection: Connection, keys: Collection[str]) -> tuple[StoredPerson, ...]:
    """Whoever has one of these keys, as last entered."""
    rows = [one for some in _chunks(keys) for one in persons(connection, _PEOPLE_BY_KEY, {"keys": some})]
    return tuple(one for one in _last(rows) if not set(keys).isdisjoint(one.keys))


def holds(connection: Connection, kind: What, record_id: str, said: dict[str, Any], at: datetime) -> bool:
    """Whether an event of a record is there already, to the letter and the microsecond."""
    there = select(EVENT.c.seq).filter_by(
        record=record_id, kind=kind.value, at=moment(at), details=canonical(said)
    )
    return connection.scalar(there.limit(1)) is not None


def kinds(connection: Connection, ids: Collection[str]) -> dict[str, set[str]]:
    """What kinds of things have happened to records, by record."""
    found: dict[str, set[str]] = defaultdict(set)
    for some in _chunks(ids):
        for record, kind in connection.execute(_KINDS, {"ids": some}):
            found[record].add(kind)
    return dict(found)


def _chunks(values: Collection[str]) -> Iterator[list[str]]:
    """As many at once as every database takes in one question."""
    ordered = sorted(values)
    for start in range(0, len(ordered), _MANY):
        yield ordered[start : start + _MANY]


def records(
    connection: Connection, asked: Select[Any] = _RECORDS, values: dict[str, list[str]] | None = None
) -> tuple[Stored, ...]:
    """Records with their events, in the order of their ids."""
    rows: dict[str, tuple[str, str]] = {}
    history: dict[str, list[Event]] = defaultdict(list)
    for record_id, patient, document, *event in connection.execute(asked, values or {}):
        rows[record_id] = patient, document
        if event[0] is not None:
            history[record_id].append(Event(*event))
    return tuple(Stored(one, *rows[one], tuple(history[one])) for one in sorted(rows))


def synced(connection: Connection, server: str) -> str | None:
    """When a server was last read whole, as the registry keeps times."""
    asked = select(EVENT.c.at).where(
        EVENT.c.kind == What.SYNCED.value, EVENT.c.details == canonical({"server": server})
    )
    at: str | None = connection.scalar(asked.order_by(EVENT.c.seq.desc()).limit(1))
    return at


def digests(connection: Connection) -> dict[str, str]:
    """What each record's rows say, as its `granted` event has it: see Stored.digest."""
    photos: dict[str, list[str]] = defaultdict(list)
    for record, sha256 in connection.execute(select(RECORD_PHOTO.c.record, RECORD_PHOTO.c.sha256)):
        photos[record].append(sha256)
    rows = connection.execute(select(RECORD.c.id, RECORD.c.patient, RECORD.c.document))
    return {
        record_id: Stored(record_id, patient, document, ()).digest(sorted(photos.pop(record_id, [])))
        for record_id, patient, document in rows
    } | dict.fromkeys(photos, "a record of which only photos are left")


def persons(
    connection: Connection,
    asked: Select[Any] = _PEOPLE,
    values: dict[str, list[str]] | None = None,
) -> list[StoredPerson]:
    """Rows about persons, oldest first, also those that a later one has replaced."""
    rows: dict[int, tuple[str, str]] = {}
    keys: dict[int, list[str]] = defaultdict(list)
    for seq, key, document, also in connection.execute(asked, values or {}):
        rows[seq] = key, document
        keys[seq].append(also)
    return [StoredPerson(seq, *rows[seq], tuple(sorted(keys[seq]))) for seq in sorted(rows)]


def _last(rows: Sequence[StoredPerson]) -> tuple[StoredPerson, ...]:
    last = {one.key: one for one in sorted(rows, key=lambda one: one.seq)}
    return tuple(last[key] for key in sorted(last))

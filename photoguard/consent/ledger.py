"""Writing to the chain of events, and proving that it and all it stands for are as they were written."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select, true, update

from ..database import Mark, Store
from ..errors import StorageError
from . import lookup
from .events import FIRST, Event, Head, What
from .schema import EVENT, HEAD, TABLES, VERSION

_ABOUT = TABLES.tables["about"]
_PROVED: dict[Path | str, tuple[Mark | None, Head]] = {}
"""What this process has proved: nothing is proved twice while a file's mark stays the same."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something to be written down."""

    kind: What
    record: str | None
    details: dict[str, Any]


def append(connection: Connection, key: bytes, at: datetime, happenings: Iterable[Happening]) -> list[Event]:
    """Write events to the end of the chain, in a transaction that nobody writes beside."""
    head = ends(connection, key)
    events: list[Event] = []
    seq, previous = head.count, head.hash
    for one in happenings:
        event = Event.after(seq, previous, at, one.kind, one.record, one.details)
        events.append(event)
        seq, previous = event.seq, event.hash
    if not events:
        return []
    connection.execute(insert(EVENT), [asdict(event) for event in events])
    new = Head(seq, previous, max(head.latest, events[-1].at))
    connection.execute(update(HEAD).values(**asdict(new), seal=new.seal(key)))
    return events


_ENDS = (
    select(
        _ABOUT.c.version, HEAD.c["count"], HEAD.c.hash, HEAD.c.latest, HEAD.c.seal, EVENT.c.seq, EVENT.c.hash
    )
    .select_from(_ABOUT)
    .outerjoin(HEAD, true())
    .outerjoin(EVENT, EVENT.c.seq == select(func.max(EVENT.c.seq)).scalar_subquery())
)


def ends(connection: Connection, key: bytes) -> Head:
    """The head, once its seal fits and the last event is the one it names.

    Raises StorageError (REGISTRY_BROKEN, REGISTRY_NEWER).
    """
    row = connection.execute(_ENDS).one_or_none()
    if row is None or row[1] is None:
        raise _broken()
    version, count, last, latest, seal, *event = row
    if version != str(VERSION):
        raise StorageError(
            "REGISTRY_NEWER", "The registry of consent was written by a newer photoguard. Update this one."
        )
    head = Head(count, last, latest)
    names = (event[0] or 0, event[1] or FIRST)
    if not hmac.compare_digest(seal, head.seal(key)) or names != (count, last):
        raise _broken()
    return head


def prove(connection: Connection, store: Store, key: bytes) -> Head:
    """The head, once the whole registry is shown to be as it was written.

    All of it is gone through the first time in a process, and again whenever a SQLite file has changed since;
    on PostgreSQL, after the first time, the events that are new.
    Raises StorageError (REGISTRY_BROKEN).
    """
    head = ends(connection, key)
    mark = store.mark()
    known = _PROVED.get(store.place)
    if known != (mark, head):
        _go_through(connection, head, known[1] if known and mark is None else Head())
        _PROVED[store.place] = (mark, head)
    return head


def _go_through(connection: Connection, head: Head, since: Head) -> None:
    granted: dict[str, str] = {}
    entered: dict[int, str] = {}
    latest, last = since.latest, since
    for event in _events(connection, since.count):
        if (event.seq, event.previous) != (last.count + 1, last.hash) or event.fitting() != event.hash:
            raise _broken()
        latest = max(latest, event.at)
        last = Head(event.seq, event.hash, latest)
        if event.kind == What.GRANTED and event.record:
            granted[event.record] = json.loads(event.details)["digest"]
        elif event.kind == What.PERSON:
            entered[event.seq] = json.loads(event.details)["digest"]
    if last != head:
        raise _broken()
    if since == Head():
        if granted != lookup.digests(connection):
            raise _broken()
        if entered != {one.seq: one.digest() for one in lookup.persons(connection)}:
            raise _broken()


def _events(connection: Connection, after: int) -> Iterator[Event]:
    for row in connection.execute(select(EVENT).where(EVENT.c.seq > after).order_by(EVENT.c.seq)):
        yield Event(*row)


def _broken() -> StorageError:
    return StorageError(
        "REGISTRY_BROKEN",
        "The registry of consent was changed from outside, or belongs to another practice's key."
        " Restore both from a backup.",
    )

"""The audit log: what was decided and why, only ever added to, each entry chained to the one before.

An entry's hash is an HMAC-SHA256 under the practice's key over everything it says and the hash before it.
The log's head (how many entries, the last one's hash) is signed the same way and written in the same
transaction.

Detected: an entry that was changed, removed, put in, moved or cut off the end by anyone without the key, also
when the file was edited directly. Not detected: the whole file replaced by an older copy of itself, emptied
or removed, and anything done by someone who has the key. Against the first, keep the last hash that
`photoguard audit verify` prints somewhere else.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from sqlalchemy import Column, Connection, Integer, MetaData, Row, Table, Text, insert, select, update

from .database import Store, about_table, append_only
from .errors import StorageError, UsageError
from .home import Home

JSON: TypeAlias = "str | int | float | bool | Sequence[JSON] | Mapping[str, JSON] | None"

# Hashes, codes, pseudonyms, times and versions pass; a path, a file name or a sentence does not.
_PLAIN = re.compile(r"(?:[A-Za-z0-9_:+=-]|\.(?=\d)){0,200}")
_FIRST = "0" * 64

_TABLES = MetaData()
about_table(_TABLES)
_ENTRY = append_only(
    Table(
        "entry",
        _TABLES,
        Column("seq", Integer, primary_key=True, autoincrement=False),
        Column("at", Text, nullable=False),
        Column("event", Text, nullable=False),
        Column("details", Text, nullable=False),
        Column("previous", Text, nullable=False),
        Column("hash", Text, nullable=False),
    )
)
_HEAD = Table(
    "head",
    _TABLES,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
    Column("hash", Text, nullable=False),
    Column("signed", Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it stands in the log."""

    seq: int
    """From 1, without gaps."""
    at: str
    """UTC, ISO 8601."""
    event: str
    details: str
    """Canonical JSON."""
    previous: str
    hash: str


class AuditLog:
    """The practice's audit log. Several processes may write to it at once.

    Every method raises StorageError where it can't be used: AUDIT_BROKEN, AUDIT_LOCKED, AUDIT_DAMAGED,
    AUDIT_FOREIGN, AUDIT_NEWER, AUDIT_FULL, AUDIT_UNUSABLE.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._store = Store(home.audit, "AUDIT", "The audit log", 1, _TABLES)

    def append(self, event: str, details: Mapping[str, JSON]) -> None:
        """Write one entry. See `append_many`."""
        self.append_many([(event, details)])

    def append_many(self, events: Iterable[tuple[str, Mapping[str, JSON]]]) -> None:
        """Write entries in one transaction: all or none.

        Details carry hashes, codes, pseudonyms, times and numbers only.
        Raises UsageError (AUDIT_DETAILS) for text that could be a name, a path or a sentence.
        A clock that went back is written down as an entry of its own, `clock_went_back`.
        """
        pending = []
        for event, details in events:
            _check(event)
            pending.append((event, _written(details)))
        if not pending:
            return
        key = self._home.key()
        with self._store.writing() as connection:
            last = _last(connection, key)
            now = datetime.now(UTC).isoformat(timespec="microseconds")
            if last and now < last.at:
                pending.insert(0, ("clock_went_back", _written({"from": last.at, "to": now})))
            seq, previous = (last.seq, last.hash) if last else (0, _FIRST)
            rows = []
            for event, said in pending:
                seq += 1
                chained = _sign(key, [seq, now, event, said, previous])
                rows.append(Entry(seq, now, event, said, previous, chained))
                previous = chained
            connection.execute(insert(_ENTRY), [asdict(row) for row in rows])
            head = {"count": seq, "hash": previous, "signed": _sign(key, ["head", seq, previous])}
            connection.execute(update(_HEAD).values(head) if last else insert(_HEAD).values(one=1, **head))

    def holds(self, event: str, details: Mapping[str, JSON]) -> bool:
        """Whether an entry with these very details is there already."""
        there = select(_ENTRY.c.seq).filter_by(event=event, details=_written(details)).limit(1)
        with self._store.reading() as connection:
            return connection is not None and connection.scalar(there) is not None

    def entries(self) -> Iterator[Entry]:
        """All entries, oldest first, as they stand; `verify` says whether they can be relied on."""
        with self._store.reading() as connection:
            if connection is not None:
                yield from map(_entry, connection.execute(select(_ENTRY).order_by(_ENTRY.c.seq)))

    def verify(self) -> int:
        """The number of entries of a log whose every entry fits.

        Raises StorageError (AUDIT_BROKEN) that names the first entry that does not fit.
        """
        key = self._home.key()
        with self._store.reading() as connection:
            if connection is None:
                return 0
            last = None
            for entry in map(_entry, connection.execute(select(_ENTRY).order_by(_ENTRY.c.seq))):
                seq, previous = (last.seq + 1, last.hash) if last else (1, _FIRST)
                fitting = _sign(key, [seq, entry.at, entry.event, entry.details, previous])
                if (entry.seq, entry.previous, entry.hash) != (seq, previous, fitting):
                    raise _broken(seq)
                last = entry
            # The tables come with the first entries: a log without any was emptied.
            if last is None or last != _last(connection, key):
                raise _broken(1)
            return last.seq


def _last(connection: Connection, key: bytes) -> Entry | None:
    """The last entry, once it is shown to be the one the head names: a new head must not cover up a cut."""
    row = connection.execute(select(_ENTRY).order_by(_ENTRY.c.seq.desc()).limit(1)).first()
    head = connection.execute(select(_HEAD.c["count"], _HEAD.c.hash, _HEAD.c.signed)).first()
    if row is None and head is None:
        return None
    last = _entry(row) if row is not None else None
    if last is None or head is None:
        raise _broken(1)
    count, ends, signed = head
    if not hmac.compare_digest(signed, _sign(key, ["head", count, ends])):
        raise _broken(last.seq)
    if (last.seq, last.hash) != (count, ends):
        raise _broken(min(last.seq, count) + (last.seq != count))
    return last


def _entry(row: Row[tuple[int, str, str, str, str, str]]) -> Entry:
    return Entry(**row._mapping)


def _sign(key: bytes, said: list[int | str]) -> str:
    return hmac.new(key, json.dumps(said, separators=(",", ":")).encode(), hashlib.sha256).hexdigest()


def _broken(seq: int) -> StorageError:
    return StorageError(
        "AUDIT_BROKEN",
        f"The audit log was changed from outside. Entry {seq} is the first that does not fit.",
    )


def _written(details: Mapping[str, JSON]) -> str:
    """Canonical JSON of details that hold nothing but plain values."""
    _check(details)
    return json.dumps(details, sort_keys=True, separators=(",", ":"))


def _check(value: JSON) -> None:
    match value:
        case str() if _PLAIN.fullmatch(value):
            pass
        case float() if math.isfinite(value):
            pass
        case None | bool() | int():
            pass
        case list() | tuple():
            for item in value:
                _check(item)
        case dict():
            for key, item in value.items():
                _check(key)
                _check(item)
        case _:
            raise UsageError("AUDIT_DETAILS", "The audit log takes codes, hashes and numbers only.")

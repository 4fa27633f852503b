"""The log in its database: entries are added, read back and proved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import Column, Connection, Integer, MetaData, Row, Table, Text, insert, select, update

from ..consent.signing import PracticeKey, PublicKey
from ..database import Store, about_table, append_only
from ..errors import StorageError
from ..home import Home
from .checkpoint import CHECKPOINT, Checkpoint, fits
from .entry import JSON, Entry, Point, check, ending, sealed, written

EVERY = 100
"""Entries after which a checkpoint is due."""

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


class AuditLog:
    """The practice's audit log. Several processes may write to it at once.

    Every method raises StorageError where it can't be used: AUDIT_BROKEN, AUDIT_LOCKED, AUDIT_DAMAGED,
    AUDIT_FOREIGN, AUDIT_NEWER, AUDIT_FULL, AUDIT_UNUSABLE.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        # A checkpoint is an entry like any other, so that logs of the time before them need no other tables.
        self._store = Store(home.audit, "AUDIT", "The audit log", 1, _TABLES)

    def append(self, event: str, details: Mapping[str, JSON], *, checkpoint: bool = False) -> None:
        """Write one entry. See `append_many`."""
        self.append_many([(event, details)], checkpoint=checkpoint)

    def append_many(
        self, events: Iterable[tuple[str, Mapping[str, JSON]]], *, checkpoint: bool = False
    ) -> None:
        """Write entries in one transaction, all or none, and a checkpoint after them where asked for or due.

        Details carry hashes, codes, pseudonyms, times and numbers only.
        Raises UsageError (AUDIT_DETAILS) for text that could be a name, a path or a sentence.
        A clock that went back is written down as an entry of its own, `clock_went_back`.
        """
        pending = []
        for event, details in events:
            check(event)
            pending.append((event, written(details)))
        if not pending:
            return
        key, practice = self._home.key(), PracticeKey.at(self._home)
        with self._store.writing() as connection:
            end = _end(connection, key, practice.public)
            now = datetime.now(UTC).isoformat(timespec="microseconds")
            if now < end.at:
                pending.insert(0, ("clock_went_back", written({"from": end.at, "to": now})))
            point, rows = end.point, []
            for event, said in pending:
                rows.append(point.next(key, now, event, said))
                point = point.after(rows[-1])
            if checkpoint or point.count - end.vouched >= EVERY:
                signed = Checkpoint.signed("audit_checkpoint", point, now, practice)
                rows.append(point.next(key, now, CHECKPOINT, signed.line()))
                point = point.after(rows[-1])
            connection.execute(insert(_ENTRY), [asdict(row) for row in rows])
            head = _head(key, point)
            connection.execute(
                update(_HEAD).values(head) if end.point.count else insert(_HEAD).values(one=1, **head)
            )

    def holds(self, event: str, details: Mapping[str, JSON]) -> bool:
        """Whether an entry with these very details is there already."""
        there = select(_ENTRY.c.seq).filter_by(event=event, details=written(details)).limit(1)
        with self._store.reading() as connection:
            return connection is not None and connection.scalar(there) is not None

    def entries(self) -> Iterator[Entry]:
        """All entries, oldest first, as they stand; `proved` says whether they can be relied on."""
        with self._store.reading() as connection:
            if connection is not None:
                yield from _entries(connection)

    def proved(self) -> Iterator[tuple[Entry, Point]]:
        """Each entry, oldest first, with the point that the log stands at after it.

        Only when the last one is given out is it shown that none is missing.
        Raises StorageError (AUDIT_BROKEN) that names the first entry that does not fit.
        """
        key, public = self._home.key(), PracticeKey.at(self._home).public
        with self._store.reading() as connection:
            if connection is None:
                return
            point = Point()
            for entry, after in _followed(_entries(connection), point, key, public):
                yield entry, after
                point = after
            # The tables come with the first entries: a log without any was emptied.
            if not point.count:
                raise _broken(1)
            _check_head(connection, key, point)

    def end(self, kept: str | None = None) -> Point:
        """Where a log whose every entry fits ends.

        `kept` is the hash of an entry that was kept elsewhere. Raises StorageError: AUDIT_BROKEN as `proved` does,
        AUDIT_HEAD_MISSING where no entry has this hash.
        """
        return ending((point for _, point in self.proved()), kept)

    def verify(self) -> int:
        """The number of entries of a log whose every entry fits. Raises StorageError (AUDIT_BROKEN)."""
        return self.end().count


@dataclass(frozen=True, slots=True)
class _End:
    """What the next entry builds on."""

    point: Point = Point()  # noqa: RUF009 - frozen
    at: str = ""
    vouched: int = 0
    """How many entries the last checkpoint vouches for."""


def _end(connection: Connection, key: bytes, public: PublicKey) -> _End:
    """The end of the log, once it is shown to be the one the head names and all since the last checkpoint fits.

    A new head must not cover up a cut, nor a new checkpoint vouch for what was changed.
    """
    newest = select(_ENTRY).where(_ENTRY.c.event == CHECKPOINT).order_by(_ENTRY.c.seq.desc()).limit(1)
    row = connection.execute(newest).first()
    start = Point()
    if row is not None:
        vouched = Checkpoint.read(row.details)
        if vouched is None:
            raise _broken(row.seq)
        start = vouched.point
    end = _End(start, "", start.count)
    for entry, point in _followed(_entries(connection, start.count), start, key, public):
        end = _End(point, entry.at, start.count)
    _check_head(connection, key, end.point)
    return end


def _entries(connection: Connection, after: int = 0) -> Iterator[Entry]:
    rows = connection.execute(select(_ENTRY).where(_ENTRY.c.seq > after).order_by(_ENTRY.c.seq))
    return map(_entry, rows)


def _entry(row: Row[tuple[int, str, str, str, str, str]]) -> Entry:
    return Entry(**row._mapping)


def _followed(
    entries: Iterable[Entry], point: Point, key: bytes, public: PublicKey
) -> Iterator[tuple[Entry, Point]]:
    """The entries from `point` on, each with the point after it, as long as they fit. Raises AUDIT_BROKEN."""
    for entry in entries:
        if (
            not entry.plain()
            or entry != point.next(key, entry.at, entry.event, entry.details)
            or not fits(entry, point, public)
        ):
            raise _broken(point.count + 1)
        point = point.after(entry)
        yield entry, point


def _head(key: bytes, point: Point) -> dict[str, int | str]:
    return {
        "count": point.count,
        "hash": point.last,
        "signed": sealed(key, ["head", point.count, point.last]),
    }


def _check_head(connection: Connection, key: bytes, point: Point) -> None:
    rows = [tuple(row) for row in connection.execute(select(_HEAD))]
    fitting = [(1, *_head(key, point).values())] if point.count else []
    if rows == fitting:
        return
    if len(rows) != 1 or not point.count:
        raise _broken(1)
    named = rows[0][1]
    cut = type(named) is int and named != point.count
    raise _broken(min(point.count, named) + 1 if cut else point.count)


def _broken(seq: int) -> StorageError:
    return StorageError(
        "AUDIT_BROKEN",
        f"The audit log was changed from outside. Entry {seq} is the first that does not fit.",
    )

"""Databases that are only ever added to: the registry of consent and the audit log stand on this.

Everything that is a database's own (how it is opened and locked, the triggers, the names of its errors) stands
here, for SQLite files and for PostgreSQL; the tables and the queries are SQLAlchemy Core and the same on both.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import (
    DDL,
    Column,
    Connection,
    Engine,
    MetaData,
    NullPool,
    Table,
    Text,
    create_engine,
    event,
    insert,
    inspect,
    select,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from .errors import StorageError

_WAIT_SECONDS = 30
_CONNECT_SECONDS = 10

Mark: TypeAlias = tuple[int, ...]
"""What tells one state of a SQLite file from another: inode, size, times of change."""


class Access(StrEnum):
    """How a database is opened. FROZEN neither locks nor writes, not even to tidy up after a crash."""

    WRITE = "write"
    READ = "read"
    FROZEN = "frozen"


_SEEN: dict[Path | str, Mark] = {}
"""States of files in which this process has found our tables; servers have none."""


@dataclass(frozen=True, slots=True)
class Store:
    """One database with tables of one kind. Nothing is opened before it is asked."""

    place: Path | str
    """A SQLite file, or the URL of a PostgreSQL database (`postgresql+psycopg://...`)."""
    kind: str
    """Begins the codes of its errors: REGISTRY gives REGISTRY_DAMAGED."""
    noun: str
    """What people call it, to begin a sentence with."""
    version: int
    tables: MetaData = field(compare=False, repr=False)
    access: Access = Access.WRITE
    migrate: Callable[[Connection], None] | None = field(default=None, compare=False, repr=False)
    """Makes the tables in an empty database, and brings older ones to `version`; see `writing`."""

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """A transaction that sees one state of the database; None where there is none yet.

        An older one is brought to this version first.
        Raises StorageError, code `kind` + _LOCKED, _DAMAGED, _FOREIGN, _NEWER, _OLDER or _UNUSABLE.
        """
        access = Access.READ if self.access is Access.WRITE else self.access
        with self._plainly():
            if isinstance(self.place, Path) and not self.place.exists():
                yield None
                return
            mark = self.mark()
            with _engine(self.place, access).begin() as connection:
                if mark is not None and _SEEN.get(self.place) == mark:
                    yield connection
                    return
                found = self._version(connection)
                if found in (None, self.version):
                    if found is not None and mark is not None:
                        _SEEN[self.place] = mark
                    yield None if found is None else connection
                    return
            if self.access is Access.FROZEN or self.migrate is None:
                raise StorageError(f"{self.kind}_OLDER", f"{self.noun} was written by an older photoguard.")
            with self._transaction() as connection:
                self._prepare(connection)
            with _engine(self.place, access).begin() as connection:
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that no other process writes beside; tables are made and brought to this version.

        Raises StorageError, code as for `reading`, or `kind` + _FULL.
        """
        if self.access is not Access.WRITE:
            raise StorageError(f"{self.kind}_UNUSABLE", f"{self.noun} was opened for reading only.")
        with self._plainly(), self._transaction() as connection:
            self._prepare(connection)
            yield connection

    def grown(self, connection: Connection) -> None:
        """Much was written just now: a server that is not told would go through all of it for each question."""
        if connection.dialect.name == "postgresql":
            for table in self.tables.sorted_tables:
                connection.exec_driver_sql(f"ANALYZE {table.name}")

    def mark(self) -> Mark | None:
        """The state that a SQLite file is in, to be asked within a transaction; None for other databases."""
        if not isinstance(self.place, Path):
            return None
        with self._plainly():
            return _mark(self.place)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        if isinstance(self.place, Path):
            # Made by hand, so that it is never readable by others, not even for a moment.
            os.close(os.open(self.place, os.O_RDWR | os.O_CREAT, 0o600))
        with _engine(self.place, Access.WRITE).begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext(%s))", (self.kind,))
            yield connection

    def _prepare(self, connection: Connection) -> None:
        found = self._version(connection)
        if found == self.version:
            return
        if self.migrate is not None:
            self.migrate(connection)
        elif found is None:
            self.tables.create_all(connection, checkfirst=False)
            about = self.tables.tables["about"]
            connection.execute(insert(about).values(kind=self.kind, version=str(self.version)))

    def _version(self, connection: Connection) -> int | None:
        """The version of our tables in the database; None where it is still empty."""
        about = self.tables.tables["about"]
        # Which tables a server has is asked once in a process; which version they are of, every time.
        known = isinstance(self.place, str) and self.place in _SEEN
        there = set(self.tables.tables) if known else set(inspect(connection).get_table_names())
        if not there:
            return None
        if "about" not in there or (not known and connection.scalar(select(about.c.kind)) != self.kind):
            raise StorageError(
                f"{self.kind}_FOREIGN",
                f"{self.noun} is not photoguard's. Name another folder with --home.",
            )
        version = connection.scalar(select(about.c.version)) or ""
        if not version.isdecimal() or int(version) > self.version:
            raise StorageError(
                f"{self.kind}_NEWER",
                f"{self.noun} was written by a newer photoguard. Update this one.",
            )
        if int(version) == self.version and not set(self.tables.tables) <= there:
            raise StorageError(f"{self.kind}_DAMAGED", f"{self.noun} is damaged. Restore it from a backup.")
        if isinstance(self.place, str) and int(version) == self.version:
            _SEEN[self.place] = ()
        return int(version)

    @contextmanager
    def _plainly(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._error(error.orig) from None
        except sqlite3.Error as error:
            raise self._error(error) from None
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError):
            raise StorageError(
                f"{self.kind}_UNUSABLE",
                f"{self.noun} has an address that can't be used. It begins with postgresql+psycopg://"
                " and needs pip install 'photoguard[postgres]'.",
            ) from None
        except OSError:
            raise self._error(None) from None

    def _error(self, error: BaseException | None) -> StorageError:
        name = str(getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None) or "")
        for begins, code, says in _ERRORS:
            if name.startswith(begins):
                return StorageError(f"{self.kind}_{code}", f"{self.noun} {says}")
        return StorageError(f"{self.kind}_UNUSABLE", f"{self.noun} can't be opened. Check who may use it.")


_ERRORS = (
    ("SQLITE_BUSY", "LOCKED", "is in use by another program. Try again in a moment."),
    ("SQLITE_FULL", "FULL", "can't be written: the disk is full. Make room, then try again."),
    ("SQLITE_CORRUPT", "DAMAGED", "is damaged. Restore it from a backup."),
    ("SQLITE_NOTADB", "DAMAGED", "is damaged. Restore it from a backup."),
    ("SQLITE_ERROR", "DAMAGED", "is damaged. Restore it from a backup."),
    ("SQLITE_CONSTRAINT", "DAMAGED", "does not add up. Restore it from a backup."),
    # PostgreSQL's classes of SQLSTATE
    ("55P03", "LOCKED", "is in use by another program. Try again in a moment."),
    ("57014", "LOCKED", "is in use by another program. Try again in a moment."),
    ("40", "LOCKED", "is in use by another program. Try again in a moment."),
    ("53", "FULL", "can't be written: the disk is full. Make room, then try again."),
    ("23", "DAMAGED", "does not add up. Restore it from a backup."),
    ("42P", "DAMAGED", "is damaged. Restore it from a backup."),
    ("427", "DAMAGED", "is damaged. Restore it from a backup."),
    ("XX", "DAMAGED", "is damaged. Restore it from a backup."),
)


def about_table(tables: MetaData) -> Table:
    """The table that says what a database is and which version of photoguard wrote it."""
    return append_only(
        Table("about", tables, Column("kind", Text, primary_key=True), Column("version", Text))
    )


def append_only(table: Table) -> Table:
    """The same table, with triggers that refuse to change or remove a row."""
    for dialect, statements in guards(table.name).items():
        for statement in statements:
            ddl = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", ddl.execute_if(dialect=dialect))
    return table


def guards(table: str) -> dict[str, list[str]]:
    """What makes a table append-only, as statements for each kind of database."""
    refuse = (
        "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    return {
        "sqlite": [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for verb in ("UPDATE", "DELETE")
        ],
        "postgresql": [
            refuse,
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "EXECUTE FUNCTION append_only()",
        ],
    }


@lru_cache(maxsize=16)
def _engine(place: Path | str, access: Access) -> Engine:
    return _sqlite(place, access) if isinstance(place, Path) else _postgresql(place, access)


def _sqlite(path: Path, access: Access) -> Engine:
    # READ opens for writing where it may: SQLite then tidies up after a crashed writer instead of failing.
    mode = {Access.WRITE: "mode=rw", Access.READ: "mode=rw", Access.FROZEN: "mode=ro&immutable=1"}[access]

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{path.as_uri()}?{mode}",
            uri=True,
            timeout=_WAIT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        # A file that another person made can't run functions of its own through a view or a trigger.
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA foreign_keys=ON")
        if access is not Access.WRITE:
            connection.execute("PRAGMA query_only=ON")
        return connection

    pool = QueuePool if access is Access.READ else NullPool
    engine = create_engine("sqlite://", creator=connect, poolclass=pool)
    if access is Access.READ:
        _keep_while_unchanged(engine, path)

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        # The driver would begin only at the first write: what was read before could be stale by then.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if access is Access.WRITE else "BEGIN")

    return engine


def _keep_while_unchanged(engine: Engine, path: Path) -> None:
    """Let a connection be used again only while the file is the very one it has read, to the last change."""

    @event.listens_for(engine, "checkin")
    def _(_: object, entry: ConnectionPoolEntry) -> None:
        entry.info["mark"] = _mark(path) if path.exists() else None

    @event.listens_for(engine, "checkout")
    def _(_: object, entry: ConnectionPoolEntry, __: object) -> None:
        if "mark" in entry.info and entry.info.pop("mark") != _mark(path):
            raise DisconnectionError


def _mark(path: Path) -> Mark:
    told = path.stat()
    return told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns


def _postgresql(url: str, access: Access) -> Engine:
    if not url.startswith("postgresql+psycopg://"):
        raise ArgumentError
    wait = _WAIT_SECONDS * 1000
    engine = create_engine(
        url,
        pool_pre_ping=True,
        # Writers take a lock first and must then see what the one before them wrote.
        isolation_level="READ COMMITTED" if access is Access.WRITE else "REPEATABLE READ",
        connect_args={
            "connect_timeout": _CONNECT_SECONDS,
            "options": f"-c lock_timeout={wait} -c statement_timeout={wait} -c timezone=UTC",
        },
    )
    if access is not Access.WRITE:
        engine = engine.execution_options(postgresql_readonly=True)
    return engine

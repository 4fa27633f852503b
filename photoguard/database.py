"""SQLite files that are only ever added to: the registry of consent and the audit log stand on this.

Everything that is SQLite's own (how a file is opened and locked, the triggers, the names of its errors)
stands here; the tables and the queries are SQLAlchemy Core and run on PostgreSQL as they are.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

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
from sqlalchemy.exc import DBAPIError

from .errors import StorageError

_WAIT_SECONDS = 30


class Access(StrEnum):
    """How a file is opened. FROZEN neither locks nor writes, not even to tidy up after a crash."""

    WRITE = "write"
    READ = "read"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class Store:
    """One SQLite file with tables of one kind. Nothing is opened before it is asked."""

    path: Path
    kind: str
    """Begins the codes of its errors: REGISTRY gives REGISTRY_DAMAGED."""
    noun: str
    """What people call it, to begin a sentence with."""
    version: int
    tables: MetaData = field(compare=False, repr=False)
    access: Access = Access.WRITE

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """A transaction that sees one state of the file; None where there is no file yet.

        Raises StorageError, code `kind` + _LOCKED, _DAMAGED, _FOREIGN, _NEWER or _UNUSABLE.
        """
        access = Access.READ if self.access is Access.WRITE else self.access
        with self._plainly():
            if not self.path.exists():
                yield None
                return
            with _engine(self.path, access).begin() as connection:
                yield connection if self._known(connection) else None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that no other process writes beside; the file and its tables are made where missing.

        Raises StorageError, code as for `reading`, or `kind` + _FULL.
        """
        if self.access is not Access.WRITE:
            raise StorageError(f"{self.kind}_UNUSABLE", f"{self.noun} was opened for reading only.")
        with self._plainly():
            # Made by hand, so that it is never readable by others, not even for a moment.
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            with _engine(self.path, Access.WRITE).begin() as connection:
                if not self._known(connection):
                    about = self.tables.tables["about"]
                    self.tables.create_all(connection, checkfirst=False)
                    connection.execute(insert(about).values(kind=self.kind, version=str(self.version)))
                yield connection

    def _known(self, connection: Connection) -> bool:
        """Whether our tables stand in the file; False where it is still empty."""
        there = set(inspect(connection).get_table_names())
        if not there:
            return False
        about = self.tables.tables["about"]
        if "about" not in there or connection.scalar(select(about.c.kind)) != self.kind:
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
        if not set(self.tables.tables) <= there:
            raise StorageError(f"{self.kind}_DAMAGED", f"{self.noun} is damaged. Restore it from a backup.")
        return True

    @contextmanager
    def _plainly(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._error(getattr(error.orig, "sqlite_errorname", "")) from None
        except sqlite3.Error as error:
            raise self._error(getattr(error, "sqlite_errorname", "")) from None
        except OSError:
            raise self._error("") from None

    def _error(self, name: str) -> StorageError:
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
)


def about_table(tables: MetaData) -> Table:
    """The table that says what a file is and which version of photoguard wrote it."""
    return append_only(
        Table("about", tables, Column("kind", Text, primary_key=True), Column("version", Text))
    )


def append_only(table: Table) -> Table:
    """The same table, with triggers that refuse to change or remove a row."""
    for verb in ("UPDATE", "DELETE"):
        ddl = DDL(  # type: ignore[no-untyped-call]
            f"CREATE TRIGGER {table.name}_no_{verb.lower()} BEFORE {verb} ON {table.name} "
            f"BEGIN SELECT RAISE(ABORT, '{table.name} is append-only'); END"
        )
        event.listen(table, "after_create", ddl.execute_if(dialect="sqlite"))
    return table


@lru_cache(maxsize=16)
def _engine(path: Path, access: Access) -> Engine:
    # READ opens for writing where it may: SQLite then tidies up after a crashed writer instead of failing.
    mode = {Access.WRITE: "mode=rw", Access.READ: "mode=rw", Access.FROZEN: "mode=ro&immutable=1"}[access]

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{path.as_uri()}?{mode}", uri=True, timeout=_WAIT_SECONDS, isolation_level=None
        )
        # A file that another person made can't run functions of its own through a view or a trigger.
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA foreign_keys=ON")
        if access is not Access.WRITE:
            connection.execute("PRAGMA query_only=ON")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        # The driver would begin only at the first write: what was read before could be stale by then.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if access is Access.WRITE else "BEGIN")

    return engine

"""The practice's address book: whose key is whose, as a person has compared it."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, insert, select, update

from ..audit import AuditLog
from ..database import Store, about_table
from ..errors import StorageError, UsageError
from ..home import Home
from .age import PublicKey
from .fingerprint import plain

_TABLES = MetaData()
about_table(_TABLES)
_BOOK = Table(
    "book",
    _TABLES,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
    Column("seal", Text, nullable=False),
)
_LONGEST = 80


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: str
    key: str


_ENTRIES = TypeAdapter(tuple[_Entry, ...])


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to whom photos may be sent."""

    name: str
    key: PublicKey


class AddressBook:
    """All recipients, sealed as a whole with an HMAC under the practice's key.

    A name or key that was put in, changed or taken out from outside counts as damage; an older copy of the whole book
    does not show. Raises StorageError, code RECIPIENTS_..., KEY_UNUSABLE or AUDIT_...
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._store = Store(home.recipients, "RECIPIENTS", "The address book", 1, _TABLES)

    def all(self) -> tuple[Recipient, ...]:
        """Everybody in it, by name."""
        return tuple(Recipient(one.name, PublicKey(one.key)) for one in self._entries())

    def find(self, name: str) -> Recipient:
        """Whoever has this name, in capitals or not. Raises UsageError (RECIPIENT_UNKNOWN)."""
        for one in self.all():
            if one.name.casefold() == name.strip().casefold():
                return one
        raise UsageError(
            "RECIPIENT_UNKNOWN",
            "Nobody in the address book has this name. `photoguard recipient list` shows all.",
        )

    def add(self, name: str, key: PublicKey) -> Recipient:
        """Enter somebody whose key was compared. A name that is taken is not given another key.

        Raises UsageError (RECIPIENT_NAME, RECIPIENT_EXISTS).
        """
        name = " ".join(name.split())
        if not name or len(name) > _LONGEST or not name.isprintable():
            raise UsageError("RECIPIENT_NAME", f"Give a name in one line of at most {_LONGEST} characters.")
        entries = self._entries()
        if any(one.name.casefold() == name.casefold() for one in entries):
            raise UsageError(
                "RECIPIENT_EXISTS",
                "This name is in the address book already. Remove it first to give it another key.",
            )
        self._keep("recipient_added", key, entries, (*entries, _Entry(name=name, key=key.text)))
        return Recipient(name, key)

    def remove(self, name: str) -> Recipient:
        """Strike somebody out. Raises UsageError (RECIPIENT_UNKNOWN)."""
        gone, entries = self.find(name), self._entries()
        self._keep(
            "recipient_removed", gone.key, entries, tuple(one for one in entries if one.name != gone.name)
        )
        return gone

    def _entries(self) -> tuple[_Entry, ...]:
        with self._store.reading() as connection:
            return () if connection is None else self._read(connection)

    def _read(self, connection: Connection) -> tuple[_Entry, ...]:
        row = connection.execute(select(_BOOK.c.document, _BOOK.c.seal)).one_or_none()
        # The tables come with the first entry: a book without its row was emptied.
        if row is not None and hmac.compare_digest(self._seal(row.document), row.seal):
            try:
                return _ENTRIES.validate_json(row.document)
            except ValidationError:
                pass  # a seal of ours on what this version can't read
        raise StorageError(
            "RECIPIENTS_DAMAGED",
            "The address book was damaged or changed from outside. Restore it from a backup, or compare all keys anew.",
        )

    def _keep(self, event: str, key: PublicKey, before: tuple[_Entry, ...], now: tuple[_Entry, ...]) -> None:
        AuditLog(self._home).append(event, {"recipient": plain(key.fingerprint)})
        document = _ENTRIES.dump_json(tuple(sorted(now, key=lambda one: one.name.casefold()))).decode()
        row = {"document": document, "seal": self._seal(document)}
        with self._store.reading() as there:
            first = there is None
        with self._store.writing() as connection:
            if first and connection.execute(select(_BOOK.c.one)).one_or_none() is None:
                connection.execute(insert(_BOOK).values(one=1, **row))
            elif self._read(connection) == before:
                connection.execute(update(_BOOK).values(row))
            else:
                raise StorageError(
                    "RECIPIENTS_LOCKED", "Somebody else changed the address book just now. Try again."
                )

    def _seal(self, document: str) -> str:
        return hmac.digest(self._home.key(), f"recipients\0{document}".encode(), "sha256").hex()

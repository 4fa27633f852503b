"""The practice's address book: whose key is whose, as a person has compared it."""

from __future__ import annotations

import hmac

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, insert, select, update

from ..audit import AuditLog
from ..database import Store, about_table
from ..errors import StorageError, UsageError
from ..home import Home
from .age import PublicKey
from .fingerprint import plain, typed
from .parcel import Recipient

_TABLES = MetaData()
about_table(_TABLES)
_BOOK = Table(
    "book",
    _TABLES,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
    Column("seal", Text, nullable=False),
)
_PAGES = TypeAdapter(tuple[Recipient, ...])
_LONGEST = 80


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
        with self._store.reading() as connection:
            return () if connection is None else self._read(connection)

    def find(self, name: str) -> Recipient:
        """Whoever has this name, in capitals or not. Raises UsageError (RECIPIENT_UNKNOWN)."""
        for one in self.all():
            if one.name.casefold() == _line(name).casefold():
                return one
        raise UsageError(
            "RECIPIENT_UNKNOWN",
            "Nobody in the address book has this name. `photoguard recipient list` shows all.",
        )

    def signed_by(self, signature: str) -> Recipient | None:
        """Whose signature has this fingerprint, where it was compared."""
        return next((one for one in self.all() if one.signature == signature), None)

    def add(self, name: str, key: str, signature: str | None = None) -> Recipient:
        """Enter somebody whose public key, and the fingerprint of whose `signature`, were compared.

        A name that is taken is not given another key. Raises UsageError (RECIPIENT_NAME, RECIPIENT_KEY,
        RECIPIENT_EXISTS, FINGERPRINT_INVALID).
        """
        digits = typed(signature) if signature is not None else None
        new = Recipient(_line(name), PublicKey.of(key).text, digits)
        if not new.name or len(new.name) > _LONGEST or not new.name.isprintable():
            raise UsageError("RECIPIENT_NAME", f"Give a name in one line of at most {_LONGEST} characters.")
        before = self.all()
        if any(one.name.casefold() == new.name.casefold() for one in before):
            raise UsageError(
                "RECIPIENT_EXISTS",
                "This name is in the address book already. Remove it first to give it another key.",
            )
        self._keep("recipient_added", new, before, (*before, new))
        return new

    def remove(self, name: str) -> Recipient:
        """Strike somebody out. Raises UsageError (RECIPIENT_UNKNOWN)."""
        gone, before = self.find(name), self.all()
        self._keep("recipient_removed", gone, before, tuple(one for one in before if one != gone))
        return gone

    def _read(self, connection: Connection) -> tuple[Recipient, ...]:
        row = connection.execute(select(_BOOK.c.document, _BOOK.c.seal)).one_or_none()
        # The table comes with its row: a book without it was emptied.
        if row is not None and hmac.compare_digest(self._seal(row.document), row.seal):
            try:
                return _PAGES.validate_json(row.document)
            except ValidationError:
                pass  # a seal of ours on what this version can't read
        raise StorageError(
            "RECIPIENTS_DAMAGED",
            "The address book was damaged or changed from outside. Restore it from a backup, or compare all keys"
            " anew.",
        )

    def _keep(
        self, event: str, who: Recipient, before: tuple[Recipient, ...], now: tuple[Recipient, ...]
    ) -> None:
        document = _PAGES.dump_json(tuple(sorted(now, key=lambda one: one.name.casefold()))).decode()
        row = {"document": document, "seal": self._seal(document)}
        with self._store.reading() as there:
            known = there is not None
        with self._store.writing() as connection:
            known = known or connection.scalar(select(_BOOK.c.one)) is not None
            if known and self._read(connection) != before:
                raise StorageError(
                    "RECIPIENTS_LOCKED", "Somebody else changed the address book just now. Try again."
                )
            AuditLog(self._home).append(event, {"recipient": plain(who.fingerprint)})
            connection.execute(update(_BOOK).values(row) if known else insert(_BOOK).values(one=1, **row))

    def _seal(self, document: str) -> str:
        return hmac.digest(self._home.key(), f"recipients\0{document}".encode(), "sha256").hex()


def _line(name: str) -> str:
    return " ".join(name.split())

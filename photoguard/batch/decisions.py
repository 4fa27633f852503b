"""What people have decided about photos, kept in the practice's folder and written to its audit log."""

from __future__ import annotations

import hmac
from base64 import b32encode
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from pydantic import ValidationError
from sqlalchemy import Column, Integer, MetaData, Table, Text, insert, select

from ..audit import AuditLog
from ..database import Store, about_table, append_only
from ..decision import Decision
from ..errors import StorageError, UsageError
from ..home import Home
from ..outcome import Status
from ..reasons import REASONS
from ..store import Place
from .files import sha256_of, stamp

EVENT = "person_decided"
"""The audit log's name for it."""
_NOT_ONES_OWN = frozenset({"PAIR_HALF_HELD"})
"""What a photo is held for that lies in another one."""

_TABLES = MetaData()
about_table(_TABLES)
_DECISION = append_only(
    Table(
        "decision",
        _TABLES,
        Column("id", Integer, primary_key=True),
        Column("at", Text, nullable=False),
        Column("photo", Text, nullable=False, index=True),
        Column("bytes", Integer, nullable=False),
        Column("decision", Text, nullable=False),
        Column("seal", Text, nullable=False),
    )
)


def person(key: bytes, by: str) -> str:
    """A pseudonym for who decided: one for each name, and nothing can be told from it without the practice's key."""
    digest = hmac.digest(key, f"person\0{by}".encode(), "sha256")
    return "by-" + b32encode(digest[:10]).decode().lower()


class Decisions:
    """The last decision on each photo, known by its SHA-256.

    Each is sealed with an HMAC under the practice's key: one that was put in from outside counts as damage. Raises
    StorageError, code DECISIONS_... or AUDIT_...
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._store = Store(home.path / "decisions.sqlite", "DECISIONS", "The list of decisions", 1, _TABLES)

    def take(self, photo: Place, decision: Decision) -> None:
        """Remember a decision. The audit log tells what it was about, and not who made it or why.

        Raises UsageError: PHOTO_NOT_FOUND; DECISION_CODE for a reason that is not a person's to accept.
        """
        for code in decision.accepts:
            if code in _NOT_ONES_OWN or code not in REASONS or REASONS[code].status is not Status.REVIEW:
                raise UsageError(
                    "DECISION_CODE",
                    f"{code} is not a reason that a person can accept. Take one that the report gives.",
                )
        there, sha256 = stamp(photo), sha256_of(photo)
        if there is None or sha256 is None:
            raise UsageError("PHOTO_NOT_FOUND", "The photo can't be opened. Check its name.")
        said = decision.model_dump_json()
        seal = self._seal(sha256, said)
        row = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "photo": sha256,
            "bytes": there[1],
            "decision": said,
            "seal": seal,
        }
        AuditLog(self._home).append(
            EVENT,
            {
                "source_sha256": sha256,
                # Not a plain digest: a name and a short note could be guessed from it.
                "decision": seal,
                "by": person(self._home.key(), decision.by),
                "mirror": decision.mirror,
                "turn": decision.turn,
                "masks": len(decision.masks),
                "shown": len(decision.shown),
                "keep": len(decision.keep),
                "accepts": list(decision.accepts),
            },
        )
        with self._store.writing() as connection:
            connection.execute(insert(_DECISION), [row])

    def on(self, photo: Place) -> Decision | None:
        """The last decision on a photo."""
        return self.among([photo]).get(photo)

    def among(self, photos: Sequence[Place]) -> dict[Place, Decision]:
        """The last decision on each of these photos that has one. Files that can't be read have none."""
        with self._store.reading() as connection:
            if connection is None:
                return {}
            rows = connection.execute(select(_DECISION).order_by(_DECISION.c.id)).all()
        last = {row.photo: row for row in rows}
        sizes = {row.bytes for row in rows}
        decided = {}
        for photo in photos:
            if (there := stamp(photo)) is None or there[1] not in sizes:
                continue  # so that a whole folder need not be read for a few decisions
            row = last.get(sha256_of(photo) or "")
            if row is not None:
                decided[photo] = self._read(row.photo, row.decision, row.seal)
        return decided

    def _read(self, photo: str, said: str, seal: str) -> Decision:
        if hmac.compare_digest(self._seal(photo, said), seal):
            with suppress(ValidationError):
                return Decision.model_validate_json(said)
        raise StorageError(
            "DECISIONS_DAMAGED", "The list of decisions was damaged or changed. Restore it from a backup."
        )

    def _seal(self, photo: str, said: str) -> str:
        return hmac.digest(self._home.key(), f"decision\0{photo}\0{said}".encode(), "sha256").hex()

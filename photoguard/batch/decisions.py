"""What people have decided about photos, kept in the practice's folder and written to its audit log."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Column, Integer, MetaData, Table, Text, insert, select

from ..audit import AuditLog
from ..database import Store, about_table, append_only
from ..decision import Decision
from ..errors import UsageError
from ..home import Home
from ..outcome import Status
from ..reasons import REASONS

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
    )
)


class Decisions:
    """The last decision on each photo, known by its SHA-256. Raises StorageError, code DECISIONS_... or AUDIT_..."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._store = Store(home.path / "decisions.sqlite", "DECISIONS", "The list of decisions", 1, _TABLES)

    def take(self, photo: Path, decision: Decision) -> None:
        """Remember a decision. The audit log tells what it was about, and not who made it or why.

        Raises UsageError: PHOTO_NOT_FOUND; DECISION_CODE for a reason that is not a person's to accept.
        """
        for code in decision.accepts:
            if code in _NOT_ONES_OWN or code not in REASONS or REASONS[code].status is not Status.REVIEW:
                raise UsageError("DECISION_CODE", f"{code} is not a reason that a person can accept.")
        sha256, size = _known(photo)
        row = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "photo": sha256,
            "bytes": size,
            "decision": decision.model_dump_json(),
        }
        AuditLog(self._home).append(
            EVENT,
            {
                "source_sha256": sha256,
                "decision": decision.digest(),
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

    def on(self, photo: Path) -> Decision | None:
        """The last decision on a photo."""
        return self.among([photo]).get(photo)

    def among(self, photos: list[Path]) -> dict[Path, Decision]:
        """The last decision on each of these photos that has one. Files that can't be read have none."""
        with self._store.reading() as connection:
            if connection is None:
                return {}
            rows = connection.execute(select(_DECISION).order_by(_DECISION.c.id)).all()
        last = {row.photo: row.decision for row in rows}
        sizes = {row.bytes for row in rows}
        decided = {}
        for photo in photos:
            try:
                if photo.stat().st_size not in sizes:
                    continue  # so that a whole folder need not be read for a few decisions
                sha256, _ = _known(photo)
            except (OSError, UsageError):
                continue
            if sha256 in last:
                decided[photo] = Decision.model_validate_json(last[sha256])
        return decided


def _known(photo: Path) -> tuple[str, int]:
    try:
        data = photo.read_bytes()
    except OSError:
        raise UsageError("PHOTO_NOT_FOUND", "The photo can't be opened. Check its name.") from None
    return hashlib.sha256(data).hexdigest(), len(data)

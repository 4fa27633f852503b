"""An entry of the audit log, what it may hold, and the point at which it leaves the log."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self, TypeAlias

from ..errors import StorageError, UsageError

JSON: TypeAlias = "str | int | float | bool | Sequence[JSON] | Mapping[str, JSON] | None"

# Hashes, codes, pseudonyms, times and versions pass; a path, a file name or a sentence does not.
_PLAIN = re.compile(r"(?:[A-Za-z0-9_:+=-]|\.(?=\d)){0,200}")
_FIRST = "0" * 64


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

    @classmethod
    def read(cls, line: str) -> Self:
        """An entry from its line in an exported log. Raises ValueError where it is not exactly such a line."""
        told = json.loads(line)
        if not isinstance(told, dict) or told.keys() != set(cls.__slots__):
            raise ValueError
        entry = cls(**told | {"details": canonical(told["details"])})
        # Another spelling of the same JSON could be read in another way by another program.
        if not entry.plain() or entry.line() != line:
            raise ValueError
        return entry

    def line(self) -> str:
        """The entry as a line of an exported log: canonical JSON, ASCII."""
        return canonical(asdict(self) | {"details": json.loads(self.details)})

    def plain(self) -> bool:
        """Whether its values are of the kinds they should be, which SQLite and JSON do not see to."""
        return type(self.seq) is int and all(
            isinstance(value, str) for value in (self.at, self.event, self.details, self.previous, self.hash)
        )


@dataclass(frozen=True, slots=True)
class Point:
    """Where a log stands after an entry, or before its first."""

    count: int = 0
    last: str = _FIRST
    """The last entry's hash."""
    state: str = _FIRST
    """SHA-256 (hex) over the state before and the last entry's line: what can be followed without a secret."""

    def next(self, key: bytes, at: str, event: str, details: str) -> Entry:
        """The entry that follows."""
        seq = self.count + 1
        return Entry(seq, at, event, details, self.last, sealed(key, [seq, at, event, details, self.last]))

    def after(self, entry: Entry) -> Point:
        """Where the log stands once the entry follows."""
        state = hashlib.sha256((self.state + entry.line()).encode("ascii")).hexdigest()
        return Point(entry.seq, entry.hash, state)


def ending(points: Iterable[Point], kept: str | None = None) -> Point:
    """The last of a log's points.

    Raises StorageError (AUDIT_HEAD_MISSING) where `kept`, a last hash of an earlier day, is the hash of none of them.
    """
    point, found = Point(), kept is None
    for point in points:
        found = found or point.last == kept
    if not found:
        raise StorageError(
            "AUDIT_HEAD_MISSING",
            "No entry has the hash that was kept. Unless it was mistyped, this log is an older copy, or another one.",
        )
    return point


def sealed(key: bytes, said: list[int | str]) -> str:
    """HMAC-SHA256 (hex) under the practice's key."""
    return hmac.new(key, json.dumps(said, separators=(",", ":")).encode(), hashlib.sha256).hexdigest()


def canonical(value: Any) -> str:
    """The one spelling of a JSON value in the log."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def written(details: Mapping[str, JSON]) -> str:
    """Canonical JSON of details. Raises UsageError (AUDIT_DETAILS) where not all are plain values."""
    check(details)
    return canonical(details)


def check(value: JSON) -> None:
    """Raise UsageError (AUDIT_DETAILS) for text that could be a name, a path or a sentence."""
    match value:
        case str() if _PLAIN.fullmatch(value):
            pass
        case float() if math.isfinite(value):
            pass
        case None | bool() | int():
            pass
        case list() | tuple():
            for item in value:
                check(item)
        case dict():
            for key, item in value.items():
                check(key)
                check(item)
        case _:
            raise UsageError("AUDIT_DETAILS", "The audit log takes codes, hashes and numbers only.")

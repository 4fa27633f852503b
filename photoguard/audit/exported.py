"""The log as a file of JSON lines that anyone can prove who has the practice's public key, without its secret."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from ..consent.signing import PracticeKey, PublicKey
from ..errors import StorageError, UsageError
from ..home import Home
from ..whole import new_file
from .checkpoint import Checkpoint, fits
from .entry import Entry, Point, ending
from .log import AuditLog


def write(home: Home, file: Path) -> Point:
    """Write every entry to a file, each a line, and a last line that signs that this is all.

    Returns where the log ends. The file is whole or absent, readable by its owner only, and never takes the place of
    another one. Raises StorageError as AuditLog does, an AUDIT_BROKEN log is not written; UsageError: AUDIT_EMPTY,
    EXPORT_EXISTS, EXPORT_UNWRITABLE.
    """
    point = Point()
    try:
        with new_file(file) as lines:
            for entry, after in AuditLog(home).proved():
                lines.write(f"{entry.line()}\n".encode())
                point = after
            if not point.count:
                raise UsageError("AUDIT_EMPTY", "The audit log is empty. There is nothing to export yet.")
            now = datetime.now(UTC).isoformat(timespec="microseconds")
            end = Checkpoint.signed("audit_export", point, now, PracticeKey.at(home))
            lines.write(f"{end.line()}\n".encode())
    except FileExistsError:
        raise UsageError("EXPORT_EXISTS", "There is a file of that name already. Choose another.") from None
    except OSError:
        raise UsageError("EXPORT_UNWRITABLE", "The file can't be written. Choose another place.") from None
    return point


def verify(file: Path, public: PublicKey, kept: str | None = None) -> Point:
    """Where an exported log ends, once every line of it is proved with the practice's public key.

    `kept` is a last hash that was kept elsewhere. Raises StorageError: AUDIT_EXPORT_BROKEN, AUDIT_HEAD_MISSING;
    UsageError: EXPORT_UNREADABLE.
    """
    try:
        with file.open("rb") as lines:
            return ending(_proved(lines, public), kept)
    except OSError:
        raise UsageError("EXPORT_UNREADABLE", "The exported log can't be opened. Check its name.") from None


def _proved(lines: Iterator[bytes], public: PublicKey) -> Iterator[Point]:
    point, ended, number = Point(), False, 0
    for number, raw in enumerate(lines, 1):
        line = raw.decode("ascii", "replace").removesuffix("\n")
        if ended or not raw.endswith(b"\n"):
            raise _broken(number)
        last = Checkpoint.read(line)
        if last is not None:
            if last.type != "audit_export" or last.point != point or not last.holds(public):
                raise _broken(number)
            ended = True
            continue
        try:
            entry = Entry.read(line)
        except (ValueError, RecursionError):
            raise _broken(number) from None
        if (entry.seq, entry.previous) != (point.count + 1, point.last) or not fits(entry, point, public):
            raise _broken(number)
        point = point.after(entry)
        yield point
    if not ended:
        raise _broken(number + 1)


def _broken(line: int) -> StorageError:
    return StorageError(
        "AUDIT_EXPORT_BROKEN",
        "The exported log does not hold: it was changed, or another key than this one signed it."
        f" Line {line} is the first that does not fit.",
    )

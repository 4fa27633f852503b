"""The manifest: a CSV file that says which patient, pair, role and keep areas belong to a photo."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Literal, cast

from ..errors import UsageError
from ..photo import Box

COLUMNS = ("file", "patient", "pair", "role", "side", "taken_at", "keep")
_ROLES = ("before", "after")
_SIDES = ("left", "right", "both")


@dataclass(frozen=True, slots=True)
class Line:
    """What the manifest says of one file. `problem` is a reason code where the line can't be relied on."""

    file: str
    patient: str | None = None
    pair: str | None = None
    role: Literal["before", "after"] | None = None
    side: str | None = None
    taken_at: datetime | None = None
    keep: tuple[Box, ...] = ()
    problem: str | None = None


def read(path: Path) -> tuple[Line, ...]:
    """The manifest's lines, one per file; a file named twice comes once, as a problem.

    Comma or semicolon; UTF-8 or Windows-1252. Raises UsageError (MANIFEST_UNREADABLE, MANIFEST_COLUMN).
    """
    try:
        text = _decoded(path.read_bytes())
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True))
    except (OSError, csv.Error):
        raise UsageError(
            "MANIFEST_UNREADABLE", "The manifest can't be read. Check its name, and save it as CSV (UTF-8)."
        ) from None
    header = (
        tuple(rows[0])
        if rows
        else tuple(next(csv.reader([text.split("\n")[0]], delimiter=_delimiter(text)), ()))
    )
    unknown = [column for column in header if column and column not in COLUMNS]
    if unknown or "file" not in header:
        raise UsageError(
            "MANIFEST_COLUMN",
            f"The manifest must have the column 'file' and may have {', '.join(COLUMNS[1:])}."
            + (f" It has {len(unknown)} other column(s)." if unknown else ""),
        )
    lines = [_line(row) for row in rows]
    often = Counter(line.file for line in lines)
    once: dict[str, Line] = {}
    for line in lines:
        once[line.file] = line if often[line.file] == 1 else Line(line.file, problem="MANIFEST_DUPLICATE")
    return tuple(once.values())


def matches(line: Line, name: str) -> bool:
    """Whether a line speaks of the photo `name` (relative to its INPUT)."""
    return PurePosixPath(line.file.replace("\\", "/")) == PurePosixPath(name)


def _line(row: dict[str, str | None]) -> Line:
    cells = {column: (row.get(column) or "").strip() for column in COLUMNS}
    try:
        if None in row or not cells["file"]:
            raise ValueError
        role = cells["role"].lower() or None
        side = cells["side"].lower() or None
        if role not in (None, *_ROLES) or side not in (None, *_SIDES):
            raise ValueError
        if bool(cells["pair"]) != bool(role):
            raise ValueError
        return Line(
            file=cells["file"],
            patient=cells["patient"] or None,
            pair=cells["pair"] or None,
            role=cast(Literal["before", "after"] | None, role),
            side=side,
            taken_at=datetime.fromisoformat(cells["taken_at"]) if cells["taken_at"] else None,
            keep=tuple(_box(part) for part in cells["keep"].split(";") if part.strip()),
        )
    except ValueError:
        return Line(
            cells["file"] or "(a line without a file)", pair=cells["pair"] or None, problem="MANIFEST_LINE"
        )


def _box(text: str) -> Box:
    x0, y0, x1, y1 = (int(part) for part in text.replace(",", " ").split())
    if not (0 <= x0 < x1 and 0 <= y0 < y1):
        raise ValueError
    return x0, y0, x1, y1


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")  # what Excel writes on a Windows machine


def _delimiter(text: str) -> str:
    head = text.split("\n", 1)[0]
    return ";" if head.count(";") > head.count(",") else ","

"""A table's rows as text, whatever file they come from. One row in, one consent or one refusal out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from pydantic import ValidationError

from ...errors import UsageError
from ...extra import extra
from ...home import Home
from ...policy import Channel, Purpose
from ...store import sha256
from .. import forms
from ..record import (
    Assent,
    AttestedScan,
    Authority,
    Capacity,
    ConsentRecord,
    CoveredPhoto,
    Form,
    Grantor,
    GrantorRole,
    MaskLevel,
    Person,
    PersonKey,
    Proof,
    Statement,
    Use,
    day_begins,
    day_ends,
    in_order,
    normal,
    purpose_of,
)
from .columns import BY_NAME, COLUMNS
from .item import Item, Ready, Refusal, Refused

_SHA256 = re.compile(r"[0-9a-f]{64}")
_DAY = re.compile(r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})|(?P<d2>\d{2})\.(?P<m2>\d{2})\.(?P<y2>\d{4})")

Cells = Mapping[str, str | Refusal]
"""Column to text; a Refusal stands for a cell that can't be text."""


@dataclass(frozen=True)
class Reader:
    """Reads rows. `folder` is the table's: the files that a row names lie in it. `now` is aware."""

    home: Home
    folder: Path
    now: datetime
    zone: tzinfo | None = None
    hashes: dict[Path, str] = field(default_factory=dict)

    def read(self, rows: Iterable[tuple[int, Cells]]) -> Iterator[Item]:
        """Each row, in its order, with its line number in the table."""
        for number, cells in rows:
            place = f"line {number}"
            try:
                yield self._ready(place, cells)
            except Refusal as refusal:
                yield Refused(place, refusal.code, refusal.about)
            except ValidationError as error:
                where = [str(part) for part in error.errors()[0]["loc"]]
                yield Refused(place, "CELL_TEXT", ".".join(where))

    def _ready(self, place: str, cells: Cells) -> Ready:
        row = _Row(cells)
        key = row.patient()
        born = row.day("born")
        signed_on = row.day("signed_on", needed=True)
        first = row.day("valid_from") or signed_on
        last = row.day("valid_until", needed=True)
        if signed_on > self.now.astimezone(self.zone).date():
            raise Refusal("SIGNED_IN_FUTURE", "signed_on")
        if not signed_on <= first <= last:
            raise Refusal("PERIOD_INVERTED", "valid_until")
        signed_at = day_begins(signed_on, self.zone)
        language = row.text("form_language", needed=True)
        grantor = Grantor(
            role=row.one("grantor", GrantorRole),
            name=row.text("grantor_name") or None,
            relation=row.text("relation") or None,
            authority=self._authority(row),
        )
        says: dict[str, Any] = {
            "replaces": row.text("replaces").upper() or None,
            "patient": key,
            "photos": in_order(
                CoveredPhoto(sha256=self._photo(name), role=role)
                for role in _ROLES
                for name in row.several(role)
            ),
            "uses": _uses(row),
            "procedure": row.text("procedure") or None,
            "min_masking": row.one("min_masking", MaskLevel, MaskLevel.FACE),
            "identifiable": row.chosen("identifiable", "no") == "yes",
            "signed_at": signed_at,
            "valid_from": day_begins(first, self.zone),
            "valid_until": day_ends(last, self.zone),
            "grantor": grantor,
            "capacity": self._capacity(row),
            "assent": row.one("assent", Assent, Assent.NOT_ASKED),
            "languages": in_order(row.several("understands") or [language]),
            "interpreter": row.text("interpreter") or None,
            "statements": in_order(_statements(row)),
        }
        verified_by = row.text("verified_by") or None
        path = self._inside(row.text("form", needed=True), "form")
        form, proof = self._form(path, row, language)
        record = ConsentRecord.new(**says, form=form, proof=proof)
        return Ready(place, record, Person(key=key, born=born), verified_by, path)

    def _authority(self, row: _Row) -> Authority | None:
        document, until = row.text("authority"), row.day("authority_until")
        if not document:
            return None
        return Authority(document=document, until=day_ends(until, self.zone) if until else None)

    def _capacity(self, row: _Row) -> Capacity:
        state = cast(Literal["yes", "no", "unknown"], row.chosen("capacity", "unknown"))
        on = row.day("attested_on")
        if state == "unknown" or on is None:
            return Capacity(state=state)
        by = row.text("attested_by") or None
        return Capacity(state=state, assessed_by=by, assessed_at=day_begins(on, self.zone))

    def _form(self, path: Path, row: _Row, language: str) -> tuple[Form, Proof]:
        digest = _hashed(path, Refusal("FORM_NOT_FOUND", "form"))
        form = Form(
            sha256=digest,
            suffix=forms.suffix(path),
            language=language,
            template=row.text("template") or None,
            template_version=row.text("template_version") or None,
        )
        if row.chosen("proof", needed=True) == "pades":
            return form, self._signed(path)
        return form, AttestedScan(
            form_sha256=digest,
            attested_by=row.text("attested_by", needed=True),
            attested_at=day_begins(row.day("attested_on", needed=True), self.zone),
        )

    def _signed(self, path: Path) -> Proof:
        with extra("Checking a digitally signed PDF"):
            from ..proof import pades, signed_pdf
        try:
            return signed_pdf.read(path.read_bytes(), self.now, self.home)
        except pades.Refused as refused:
            raise Refusal(refused.code, "form") from None
        except OSError:
            raise Refusal("FORM_NOT_FOUND", "form") from None

    def _photo(self, told: str) -> str:
        if _SHA256.fullmatch(told.lower()):
            return told.lower()
        path = self._inside(told, "photo")
        if path not in self.hashes:
            self.hashes[path] = _hashed(path, Refusal("PHOTO_NOT_FOUND"))
        return self.hashes[path]

    @cached_property
    def _base(self) -> Path:
        return self.folder.resolve()

    def _inside(self, told: str, about: str) -> Path:
        """A file that a row names. A table from elsewhere must not be able to name any file of this computer."""
        try:
            path = (self._base / told.replace("\\", "/")).resolve()
        except (OSError, ValueError):
            raise Refusal("FILE_OUTSIDE", about) from None
        if not path.is_relative_to(self._base):
            raise Refusal("FILE_OUTSIDE", about)
        return path


def _hashed(path: Path, otherwise: Refusal) -> str:
    """SHA-256 (hex) of a file that holds something."""
    try:
        if path.is_file() and path.stat().st_size:
            return sha256(path)
    except OSError:
        pass
    raise otherwise


_ROLES: tuple[Literal["before", "after"], ...] = ("before", "after")
_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class _Row:
    """One row's cells, asked for by what they should be."""

    cells: Cells

    def text(self, name: str, *, needed: bool = False) -> str:
        cell = self.cells.get(name, "")
        if isinstance(cell, Refusal):
            raise cell
        said = normal(cell)
        if needed and not said:
            raise Refusal("CELL_MISSING", name)
        if len(said) > 4000 or not said.replace("\n", "").replace("\r", "").isprintable():
            raise Refusal("CELL_TEXT", name)
        return said

    def day(self, name: str, *, needed: bool = False) -> Any:
        said = self.text(name, needed=needed)
        if not said:
            return None
        match = _DAY.fullmatch(said)
        try:
            if match is None:
                raise ValueError
            found = match.groupdict()
            day = date(*(int(found[part] or found[f"{part}2"]) for part in "ymd"))
            day_ends(day)
            return day
        except ValueError:
            raise Refusal("DATE_INVALID", name) from None

    def chosen(self, name: str, default: str = "", *, needed: bool = False) -> str:
        said = self.text(name, needed=needed) or default
        if said not in BY_NAME[name].choices:
            raise Refusal("CELL_INVALID", name)
        return said

    def one(self, name: str, kind: type[_Choice], default: _Choice | None = None) -> _Choice:
        return kind(self.chosen(name, default.value if default else "", needed=default is None))

    def several(self, name: str) -> list[str]:
        column = BY_NAME[name]
        said = [part.strip() for part in re.split(r"[;\n\r]", self.text(name, needed=column.needed))]
        said = [part for part in said if part]
        if column.choices and not set(said) <= set(column.choices):
            raise Refusal("CELL_INVALID", name)
        return said

    def patient(self) -> PersonKey:
        try:
            return PersonKey.of(self.text("patient", needed=True))
        except ValidationError:
            raise Refusal("CELL_TEXT", "patient") from None
        except ValueError:
            raise Refusal("PATIENT_ID_AMBIGUOUS", "patient") from None


def _uses(row: _Row) -> tuple[Use, ...]:
    channels = [Channel(name) for name in row.several("channels")]
    purposes = [Purpose(name) for name in row.several("purposes")]
    return in_order(
        Use(
            purpose=purpose,
            channel=channel,
            outlet=row.text("outlet") or None,
            territory=row.text("territory") or None,
        )
        for channel in channels
        for purpose in (purposes or [purpose_of(channel)])
    )


def _statements(row: _Row) -> list[Statement]:
    said = row.several("statements")
    return list(Statement) if "all" in said else [Statement(name) for name in said]


def header(names: Sequence[str]) -> tuple[str, ...]:
    """A table's columns, checked. Raises UsageError (TABLE_COLUMN)."""
    found = tuple(normal(name).lower() for name in names)
    while found and not found[-1]:
        found = found[:-1]
    unknown = [name for name in found if name not in BY_NAME]
    lacking = [column.name for column in COLUMNS if column.needed and column.name not in found]
    if unknown or lacking or len(set(found)) < len(found):
        hint = f" Missing: {', '.join(lacking)}." if lacking else ""
        raise UsageError(
            "TABLE_COLUMN",
            "The table's columns are not those of the template. `photoguard consent template` writes it."
            + hint,
        )
    return found

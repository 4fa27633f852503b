"""FHIR consents in files (one resource, a Bundle, NDJSON) or from a server, as items to be added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from ...errors import UsageError
from ..record import AttestedScan, ConsentRecord, day_begins
from . import fhir_read, strict_json
from .item import Item, Ready, Refusal, Refused

_LARGEST = 256 << 20


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads resources. `attested_by` has compared the forms that come with them with the paper, if anybody has."""

    now: datetime
    attested_by: str | None = None
    zone: tzinfo | None = None
    base: str = ""
    """The server that they come from, up to the resources' names; empty for a file."""

    def file(self, path: Path) -> Iterator[Item]:
        """The consents in a `.json` or `.ndjson` file.

        Raises UsageError (FHIR_UNREADABLE, EXTRA_MISSING).
        """
        try:
            if path.stat().st_size > _LARGEST:
                raise UsageError("FHIR_UNREADABLE", "The FHIR file is too large. Split it.")
            text = path.read_text(encoding="utf-8")
        except OSError:
            raise UsageError("FHIR_UNREADABLE", "The FHIR file can't be opened. Check its name.") from None
        except UnicodeDecodeError:
            raise UsageError("FHIR_UNREADABLE", "The FHIR file is not UTF-8. Export it again.") from None
        if path.suffix.lower() == ".ndjson":
            return self._lines(text)
        return self.resources(strict_json.entries(strict_json.bundle(text)))

    def resources(self, found: Iterable[dict[str, Any]]) -> Iterator[Item]:
        """The consents among resources; the others are looked up where a consent names them."""
        listed = list(found)
        others, twice = _by_reference(listed)
        for number, one in enumerate(listed, start=1):
            if len(listed) == 1 or one.get("resourceType") == "Consent":
                yield self._item(f"entry {number}", one, others, twice)

    def _lines(self, text: str) -> Iterator[Item]:
        read: list[tuple[str, dict[str, Any] | Refusal]] = []
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                try:
                    read.append((f"line {number}", strict_json.resource(line)))
                except Refusal as refusal:
                    read.append((f"line {number}", refusal))
        others, twice = _by_reference([one for _, one in read if isinstance(one, dict)])
        for place, one in read:
            if isinstance(one, Refusal):
                yield Refused(place, one.code)
            elif one.get("resourceType") == "Consent":
                yield self._item(place, one, others, twice)

    def _item(
        self, place: str, one: dict[str, Any], others: Mapping[str, Mapping[str, Any]], twice: set[str]
    ) -> Item:
        name = _name(one)
        source = f"{self.base}{name}" if isinstance(one.get("id"), str) else None
        try:
            if source and name in twice:
                raise Refusal("FHIR_TWICE")
            read = fhir_read.read(one, others, self.zone)
            if read.ours:
                return Ready(place, read.record)
            return Ready(place, self._attested(read.record), read.person, form=read.form, source=source)
        except Refusal as refusal:
            return Refused(place, refusal.code, refusal.about, source)

    def _attested(self, record: ConsentRecord) -> ConsentRecord:
        if record.form is None or not self.attested_by:
            return record
        today = day_begins(self.now.astimezone(self.zone).date(), self.zone)
        proof = AttestedScan(
            form_sha256=record.form.sha256,
            attested_by=self.attested_by,
            attested_at=max(today, record.signed_at or today),
        )
        says = {name: getattr(record, name) for name in ConsentRecord.model_fields if name != "id"}
        return ConsentRecord.new(**{**says, "proof": proof})


def _by_reference(found: list[dict[str, Any]]) -> tuple[dict[str, Mapping[str, Any]], set[str]]:
    """Resources by `Type/id`, and the names of two that differ: which one is meant is open."""
    named: dict[str, Mapping[str, Any]] = {}
    twice = set()
    for one in found:
        name = _name(one)
        if name in named and named[name] != one:
            twice.add(name)
        named[name] = one
    return {name: one for name, one in named.items() if name not in twice}, twice


def _name(one: Mapping[str, Any]) -> str:
    return f"{one.get('resourceType')}/{one.get('id')}"

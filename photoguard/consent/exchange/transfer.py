"""Taking consents over into the registry, and giving them to others."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from itertools import islice
from pathlib import Path

from ...errors import UsageError
from ...home import Home
from .. import forms
from ..held import Held
from ..record import Person, canonical
from ..registry import Grant, Registry, aware
from . import fhir_files, fhir_write, rows, sheets
from .item import Item, Ready, Refusal, Refused
from .profile import Release
from .server import Server
from .sources import Sources

_AT_ONCE = 1000
"""Consents in one transaction."""
_AT_THE_SAME_TIME = 16
"""Forms that are being written."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a table, a file or a search."""

    added: tuple[str, ...] = ()
    """Ids of the new records."""
    known: tuple[str, ...] = ()
    """Rows whose consent is in the registry already."""
    refused: tuple[Refused, ...] = ()
    suspended: tuple[str, ...] = ()
    """Ids of records that do not count any more, because their server has no such consent now that is understood."""


def from_file(
    registry: Registry,
    path: Path,
    *,
    attested_by: str | None = None,
    now: datetime | None = None,
    zone: tzinfo | None = None,
) -> Imported:
    """Take over the consents of a table (.csv, .xlsx) or of FHIR (.json, .ndjson).

    `attested_by`: who compared the forms that FHIR resources carry with the paper; tables have a column for it.
    Each row is taken over whole or not at all. Raises UsageError (IMPORT_FORMAT, TABLE_UNREADABLE, TABLE_COLUMN,
    FHIR_UNREADABLE, EXTRA_MISSING) before anything is taken over, StorageError as the registry does.
    """
    now = aware(now)
    suffix = path.suffix.lower()
    if suffix in (".csv", ".xlsx"):
        table = rows.Reader(registry.home, path.parent, now, zone)
        return _take(registry, table.read(list(sheets.read(path))), now)
    if suffix in (".json", ".ndjson"):
        return _take(registry, fhir_files.Reader(now, attested_by, zone).file(path), now)
    raise UsageError("IMPORT_FORMAT", "Only .csv, .xlsx, .json and .ndjson can be taken over.")


def from_server(
    registry: Registry,
    server: Server,
    patient: str | None = None,
    *,
    attested_by: str | None = None,
    now: datetime | None = None,
    zone: tzinfo | None = None,
) -> Imported:
    """Take over the consents of a FHIR server, of one patient or of all.

    What was taken over from it before is put aside where it says something else now, something that is not understood,
    or, after a search for all, nothing any more.
    Raises StorageError (STORE_STALE) where it can't be relied on to have sent all; then nothing is taken over.
    """
    now = aware(now)
    found = server.consents(patient)
    base = f"{server.base.rstrip('/')}/"
    items = fhir_files.Reader(now, attested_by, zone, base).resources(found)
    told = _take(registry, items, now, base, whole=patient is None)
    if patient is None:
        registry.synced(base, now)
    return told


def to_fhir(held: Sequence[Held], release: Release, *, ndjson: bool = False) -> str:
    """Records as a FHIR Bundle, or one a line. What was withdrawn or replaced is `inactive`; what can't be read
    is left out.
    """
    found = [
        fhir_write.resource(one.record, release, withdrawn=bool(one.revocation or one.superseded_by))
        for one in held
        if one.record
    ]
    if ndjson:
        return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in found)
    return json.dumps(fhir_write.bundle(found), indent=2, ensure_ascii=False)


class _People:
    """Who is known: by the registry, and by the rows so far."""

    def __init__(self, known: Iterable[Person]) -> None:
        self._by_key: dict[str, Person] = {}
        for person in known:
            self._learn(person)

    def settle(self, ready: Ready) -> Ready:
        """The same consent, with what is known of its patient. Raises Refusal (DOB_UNKNOWN, DOB_DIFFERENT)."""
        told = ready.person or Person(key=ready.record.patient)
        known = self._by_key.get(told.key.indexed)
        if known is None:
            if told.born is None:
                raise Refusal("DOB_UNKNOWN", "born")
            self._learn(told)
            return replace(ready, person=told)
        if told.born and known.born and told.born != known.born:
            raise Refusal("DOB_DIFFERENT", "born")
        return replace(ready, person=known)

    def _learn(self, person: Person) -> None:
        for key in person.keys:
            self._by_key[key.indexed] = person


def _take(
    registry: Registry, items: Iterable[Item], now: datetime, server: str = "", *, whole: bool = False
) -> Imported:
    items = list(items)
    patients = {one.record.patient for one in items if isinstance(one, Ready)}
    there = registry.touching(patients, server)
    people = _People(one.read() for one in there.people)
    sources = Sources(there.stored)
    ids = {one.id for one in there.stored}
    said = {_said(json.loads(one.document)) for one in there.stored}
    added: list[str] = []
    known: list[str] = []
    refused: list[Refused] = []
    ready: list[Ready] = []
    for item in items:
        if isinstance(item, Refused):
            sources.not_understood(item)
            refused.append(item)
            continue
        same = sources.knows(item)
        if same if same is not None else _said(item.record.model_dump(mode="json")) in said:
            known.append(item.place)
            continue
        try:
            item = sources.renewed(people.settle(item))
            told = _said(item.record.model_dump(mode="json"))
            if told in said:  # twice in what is taken over now
                known.append(item.place)
                continue
            if item.record.replaces and item.record.replaces not in ids:
                raise Refusal("REPLACES_UNKNOWN", "replaces")
        except Refusal as refusal:
            refused.append(Refused(item.place, refusal.code, refusal.about, item.source))
            sources.not_understood(refused[-1])
            continue
        ready.append(item)
        said.add(told)
        ids.add(item.record.id)
    # First what may not count any more: whatever happens then, it does not.
    gone = sources.suspended(server, whole=whole) if server else []
    suspended = registry.grant([one for one in gone if one.record.id not in ids], now)
    rest = iter(ready)
    while some := list(islice(rest, _AT_ONCE)):
        kept, lost = _keep(registry.home, some)
        ids_of_some, not_accepted = _grant(registry, kept, now)
        added += ids_of_some
        refused += [*lost, *not_accepted]
    return Imported(tuple(added), tuple(known), tuple(refused), suspended)


def _keep(home: Home, some: Sequence[Ready]) -> tuple[list[Ready], list[Refused]]:
    """Keep the forms; those consents whose form is still the file that was read.

    Several at a time: most of it is waiting until a disk has written.
    """

    def keep(one: Ready) -> bool:
        if one.form is None or one.record.form is None:
            return True
        if isinstance(one.form, Path):
            form = forms.keep(one.form, home.forms)
        else:
            form = forms.keep_content(io.BytesIO(one.form), one.record.form.suffix, home.forms)
        return form.sha256 == one.record.form.sha256

    def kept(one: Ready) -> bool:
        try:
            return keep(one)
        except UsageError:
            return False

    with ThreadPoolExecutor(_AT_THE_SAME_TIME) as threads:
        well = list(threads.map(kept, some))
    return (
        [one for one, good in zip(some, well, strict=True) if good],
        [
            Refused(one.place, "FORM_NOT_FOUND", "form")
            for one, good in zip(some, well, strict=True)
            if not good
        ],
    )


def _grant(registry: Registry, some: Sequence[Ready], now: datetime) -> tuple[list[str], list[Refused]]:
    """Add consents at once; where the registry does not want one of them, all others one by one."""
    grants = [Grant(one.record, one.person, one.verified_by, one.source) for one in some]
    try:
        return list(registry.grant(grants, now)), []
    except UsageError:
        if len(some) == 1:
            return [], [Refused(some[0].place, "NOT_ACCEPTED")]
    added, refused = [], []
    for one in some:
        ids, not_accepted = _grant(registry, [one], now)
        added += ids
        refused += not_accepted
    return added, refused


def _said(document: dict[str, object]) -> str:
    """What a record says, whoever attested it and when: the same row twice is one consent."""
    return canonical({name: value for name, value in document.items() if name not in ("id", "proof")})

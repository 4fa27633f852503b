"""Which record came from which resource elsewhere: what is changed, taken back or gone there counts here as well."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..events import What
from ..held import Stored
from ..record import ConsentRecord, Status, canonical
from ..registry import Grant
from .item import Ready, Refusal, Refused


@dataclass(frozen=True, slots=True)
class _Last:
    """The record that was made of a resource last."""

    source: str
    record: ConsentRecord
    ended: bool
    """Whether it was withdrawn or replaced here."""


class Sources:
    """The records of a registry by the resources that they came from.

    A resource is the same one where its name (`Consent/c-1`) and its patient are, whether it comes from a server or in
    a file that somebody exported from it.
    """

    def __init__(self, stored: Iterable[Stored]) -> None:
        self._last: dict[tuple[str, str], _Last] = {}
        self._seen: set[tuple[str, str]] = set()
        self._refused: set[str] = set()
        for one in sorted(stored, key=lambda one: one.events[0].seq if one.events else 0):
            source = one.source
            record = one.read().record if source else None
            if source and record:
                ended = any(event.kind in (What.REVOKED, What.SUPERSEDED) for event in one.events)
                self._last[_key(source, record)] = _Last(source, record, ended)

    def knows(self, item: Ready) -> bool | None:
        """Whether the resource says the same as when it came before; None where it never did."""
        if item.source is None:
            return None
        key = _key(item.source, item.record)
        self._seen.add(key)
        before = self._last.get(key)
        return None if before is None else _said(before.record) == _said(item.record)

    def renewed(self, item: Ready) -> Ready:
        """The same consent, in place of what its resource said before.

        Raises Refusal (ENDED_HERE) for a permission that was withdrawn or replaced by the practice.
        """
        if item.source is None:
            return item
        before = self._last.get(_key(item.source, item.record))
        if before is None:
            return item
        if not before.ended:
            return replace(item, record=_changed(item.record, replaces=before.record.id))
        if item.record.decision == "permit" and item.record.status is Status.ACTIVE:
            raise Refusal("ENDED_HERE")
        return item

    def not_understood(self, refused: Refused) -> None:
        """A resource is not taken over: what it said before may not hold any more."""
        if refused.source:
            self._refused.add(refused.source)

    def suspended(self, server: str, *, whole: bool) -> list[Grant]:
        """What takes the place of records whose resources can't be relied on any more: the same, but not active.

        Those are resources of this server that are not understood now, and, after a search for all (`whole`), those
        that are gone.
        """
        return [
            Grant(_changed(one.record, status=Status.INACTIVE, replaces=one.record.id), source=one.source)
            for key, one in self._last.items()
            if one.source.startswith(server)
            and not one.ended
            and one.record.status is Status.ACTIVE
            and one.record.decision == "permit"
            and (one.source in self._refused or (whole and key not in self._seen))
        ]


def _key(source: str, record: ConsentRecord) -> tuple[str, str]:
    return "/".join(source.split("/")[-2:]), record.patient.indexed


def _changed(record: ConsentRecord, **changes: object) -> ConsentRecord:
    says = {name: getattr(record, name) for name in ConsentRecord.model_fields if name != "id"}
    return ConsentRecord.new(**(says | changes))


def _said(record: ConsentRecord) -> str:
    """What a record says, whoever attested it and whatever it takes the place of."""
    said = json.loads(record.canonical())
    return canonical({name: value for name, value in said.items() if name not in ("id", "proof", "replaces")})

"""Asks the gate anew about pairs that are about to be sent: a consent may have ended since they were released."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from ..batch.consent import outgoing
from ..consent.case import Depicted, UseRequest
from ..consent.check import check
from ..consent.held import Held, Used
from ..consent.registry import Registry
from ..consent.settings import Settings
from ..errors import UsageError
from ..home import Home
from ..policy import Channel, Policy, Purpose
from .release import Release

_Role = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gate says."""

    held: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Reason codes by file (SHA-256)."""
    uses: tuple[tuple[str, Used], ...] = ()
    """Consents that are used once more when the files leave."""


def ask(releases: Mapping[str, Release], data: Mapping[str, bytes], home: Home) -> Answer:
    """Whether all halves of pairs among these files may leave now, for what they were released for.

    Both by SHA-256. A half without its other half may not. Raises StorageError.
    """
    registry = Registry(home)
    now = datetime.now(UTC)
    held: dict[str, list[str]] = defaultdict(list)
    pairs: dict[frozenset[str], tuple[Held, Used]] = {}
    for sha256, release in releases.items():
        if release.record is None:
            continue
        try:
            record = registry.get(release.record)
        except UsageError:
            held[sha256].append("NO_CONSENT")  # the practice never had it: the samples bring their own
            continue
        whole = [
            use
            for use in record.uses
            if use.channel == release.channel
            and sha256 in use.outputs
            and set(use.outputs) <= releases.keys()
        ]
        if not whole:
            held[sha256].append("PAIR_INCOMPLETE")
        pairs |= {frozenset(use.outputs): (record, use) for use in whole}
    uses = []
    for outputs, (record, use) in pairs.items():
        request = _request(record, use, [data[one] for one in sorted(outputs)], registry)
        decision = check(registry, request, now.astimezone(), settings=Settings.of(home))
        for one in outputs:
            held[one] += decision.codes
        if decision.record is not None:
            uses.append((decision.record, replace(use, at=now, names=())))
    return Answer(
        {sha256: tuple(dict.fromkeys(codes)) for sha256, codes in held.items() if codes}, tuple(uses)
    )


def _request(record: Held, use: Used, files: Sequence[bytes], registry: Registry) -> UseRequest:
    policy = Policy.for_channel(use.channel)
    halves = [outgoing(data, registry, policy) for data in files]
    collage = len(halves) == 1
    halves = halves * 2 if collage else halves
    if not _in_order(record, halves):
        halves.reverse()
    roles: tuple[_Role, _Role] = ("before", "after")
    return UseRequest(
        tuple(replace(half, role=role) for half, role in zip(halves, roles, strict=True)),
        Channel(use.channel),
        Purpose(use.purpose),
        outlet=use.outlet,
        territory=use.territory,
        sending=True,
        encrypted=True,
        collage=collage,
    )


def _in_order(record: Held, halves: Sequence[Depicted]) -> bool:
    """Whether the first is the one before, where the consent says which is which."""
    before, after = (half.sha256 for half in halves)
    said = record.record
    return said is None or (said.covers(before, "before") and said.covers(after, "after"))

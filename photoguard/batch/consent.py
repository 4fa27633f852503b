"""Asks the gate about a pair, with the records that count for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from ..consent.check import check
from ..consent.demo import demo_registry
from ..consent.gate import Depicted, UseRequest
from ..consent.registry import Records, Registry
from ..home import Home
from ..outcome import ConsentDecision
from ..policy import Policy


def decide(
    pair: str, photos: Sequence[Depicted], policy: Policy, home: Home | None, roots: Collection[Path]
) -> ConsentDecision:
    """Whether a pair may leave. `roots` are the inputs that its photos came from.

    The records are the practice's; for the sample photos that ship with photoguard, where no home was named,
    they are those of the demo registry beside them.
    """
    if not policy.pairs_need_consent:
        return ConsentDecision()
    records: Records | None = None
    if home is None and len(roots) == 1:
        records = demo_registry(*roots)
    request = UseRequest(tuple(photos), policy.channel, policy.purpose, pair)
    return check(records or Registry(home or Home.at()), request)

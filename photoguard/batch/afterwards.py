"""Photos that are held back once all photos of a run have been seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path

from .. import ingest
from ..errors import UnreadablePhoto
from ..mirror.earlier import Earlier
from ..outcome import Outcome, Status
from ..policy import Policy
from . import together
from .halves import with_verdict
from .plan import Plan


@dataclass(frozen=True, slots=True)
class Held:
    """A photo that is held after all, and the photos that are the reason."""

    outcome: Outcome
    beside: tuple[str, ...]


def held(
    outcomes: Mapping[str, Outcome],
    plans: Mapping[str, Plan],
    thumbnails: Mapping[str, bytes],
    pictures: Mapping[str, together.Seen],
    earlier: Earlier,
    policy: Policy,
    folder: Path,
    settled: Set[str] = frozenset(),
    compared: Set[str] = frozenset(),
) -> Iterator[Held]:
    """The photos whose outcome changes. All mappings are by source; the `settled` were held like this before, and those
    that are `compared` have been, with each other.

    The folder is for files that are needed meanwhile. Raises OSError.

    A photo that lies the other way round than its twin, two photos of one site that nobody declared a pair, and the
    other half of a pair of which one is held. What is held already only gets a reason more.
    """
    new = dict(outcomes)
    beside: dict[str, list[str]] = {name: [] for name in outcomes}
    verdicts = {name: outcome.mirror for name, outcome in outcomes.items() if name in pictures}
    for name, (verdict, twins) in together.mirrored(verdicts, pictures, earlier, compared).items():
        known = with_verdict(plans[name], outcomes[name], verdict, policy)
        if known.status is Status.REVIEW:
            new[name] = known
            beside[name] += twins
    if policy.pairs_need_consent:
        single = [name for name in pictures if plans[name].pair is None]
        found = together.same_site_twice(single, pictures, thumbnails, folder, compared)
        two_days = [names for names in found if not _one_day(*(plans[name] for name in names))]
        for one, other in two_days:
            beside[one].append(other)
            beside[other].append(one)
        for name in dict.fromkeys(chain.from_iterable(two_days)):
            if not plans[name].accepts("UNDECLARED_PAIR"):
                reasons = (*new[name].reasons, "UNDECLARED_PAIR")
                new[name] = new[name].model_copy(update={"status": Status.REVIEW, "reasons": reasons})
    broken = {plans[name].pair for name, outcome in new.items() if outcome.status is Status.REVIEW} - {None}
    for name, outcome in new.items():
        if plans[name].pair in broken and outcome.status is Status.RELEASED:
            new[name] = outcome.model_copy(update={"status": Status.REVIEW, "reasons": ("PAIR_HALF_HELD",)})
    return (
        Held(outcome, tuple(dict.fromkeys(beside[name])))
        for name, outcome in new.items()
        if outcome != outcomes[name] and name not in settled
    )


def _one_day(first: Plan, second: Plan) -> bool:
    """Whether both photos are known to be taken on the same day."""
    days = [_day(plan) for plan in (first, second)]
    return days[0] is not None and days[0] == days[1]


def _day(plan: Plan) -> date | None:
    if plan.taken is not None:
        return plan.taken
    try:
        facts = ingest.facts_of(plan.job.path.read_bytes(), plan.job.policy.max_megapixels)
    except (OSError, UnreadablePhoto):
        return None
    return facts.taken.date() if facts.taken else None

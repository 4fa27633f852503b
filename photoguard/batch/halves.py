"""What is known of how a photo lies once it was compared with another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .. import doubts
from ..features import Features
from ..mirror import pair
from ..outcome import MirrorVerdict, Outcome, Status
from ..policy import Policy
from .plan import Plan
from .worker import Result


def compared(
    plans: Sequence[Plan], results: Sequence[Result], points: Sequence[Features | None], policy: Policy
) -> Sequence[Result]:
    """Both halves of a pair: what is known of how the one lies tells how the other one does."""
    one, other = results
    here, there = points
    if here is None or there is None:
        return results
    lie = pair.relation(here, there)
    verdicts = pair.settle(one.outcome.mirror, other.outcome.mirror, lie)
    return [
        replace(result, outcome=with_verdict(plan, result.outcome, verdict, policy))
        for plan, result, verdict in zip(plans, results, verdicts, strict=True)
    ]


def with_verdict(plan: Plan, outcome: Outcome, verdict: MirrorVerdict, policy: Policy) -> Outcome:
    """The outcome of a cleaned photo with another verdict: a doubt holds it, and one that is gone does not."""
    others = [code for code in outcome.reasons if code not in doubts.OF_MIRROR.values()]
    said = [code for code in doubts.of_mirror(verdict, policy) if not plan.accepts(code)]
    status = Status.REVIEW if others or said else Status.RELEASED
    return outcome.model_copy(update={"mirror": verdict, "status": status, "reasons": (*others, *said)})

"""What becomes of a photo once it was compared with another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from photoguard.batch.halves import with_verdict
from photoguard.batch.plan import Plan
from photoguard.batch.worker import Job
from photoguard.decision import Decision, Told
from photoguard.mirror import judge
from photoguard.outcome import MirrorCue, Outcome, Status
from photoguard.policy import Policy


def cue(strength: str, says: str) -> MirrorCue:
    return MirrorCue.model_validate({"name": "x", "strength": strength, "says": says, "detail": "."})


YES, NO, STRONG = cue("decisive", "mirrored"), cue("decisive", "not_mirrored"), cue("strong", "mirrored")


def plan(*accepts: str) -> Plan:
    decision = Decision(by="Dr. A", note="looked at it", accepts=accepts) if accepts else None
    job = Job(Path("a.jpg"), "a.jpg", Policy(), Path(), Told(decision=decision))
    return Plan(job, Path())


R = Status.RELEASED, Status.REVIEW


@pytest.mark.parametrize(
    ("status", "reasons", "cue_given", "then", "why"),
    [
        (R[0], (), YES, R[1], ("MIRRORED",)),
        (R[0], (), STRONG, R[1], ("MIRROR_SUSPECTED",)),
        (R[0], (), NO, R[0], ()),
        (R[1], ("MIRROR_SUSPECTED",), NO, R[0], ()),
        (R[1], ("MIRROR_SUSPECTED",), YES, R[1], ("MIRRORED",)),
        (R[1], ("MULTI_PAGE", "MIRRORED"), NO, R[1], ("MULTI_PAGE",)),
        (R[1], ("MULTI_PAGE",), YES, R[1], ("MULTI_PAGE", "MIRRORED")),
    ],
)
def test_a_doubt_holds_a_photo_and_a_doubt_that_is_gone_lets_it_go(
    status: Status, reasons: tuple[str, ...], cue_given: MirrorCue, then: Status, why: tuple[str, ...]
) -> None:
    verdict = judge([cue_given])
    known = with_verdict(plan(), Outcome(source="a.jpg", status=status, reasons=reasons), verdict, Policy())
    assert (known.status, known.reasons, known.mirror) == (then, why, verdict)


def test_a_doubt_that_a_person_answers_for_does_not_hold() -> None:
    outcome = Outcome(source="a.jpg", status=Status.RELEASED)
    assert with_verdict(plan("MIRROR_SUSPECTED"), outcome, judge([STRONG]), Policy()).status == "released"
    assert with_verdict(plan("MIRROR_SUSPECTED"), outcome, judge([YES]), Policy()).status == "review"
    assert with_verdict(plan(), outcome, judge([YES]), Policy(mirrored="release")).status == "released"

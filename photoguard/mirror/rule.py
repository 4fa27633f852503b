"""The rule that makes one verdict of many cues."""

from __future__ import annotations

from collections.abc import Sequence

from ..outcome import MirrorCue, MirrorVerdict, Outcome, Status, Verdict


def judge(cues: Sequence[MirrorCue]) -> MirrorVerdict:
    """Decisive cues rule; where they disagree, or nothing answers a strong one, a person must look."""
    said = {(cue.strength, cue.says) for cue in cues}
    mirrored, straight = ("decisive", "mirrored") in said, ("decisive", "not_mirrored") in said
    if mirrored and straight:
        verdict = Verdict.SUSPECTED
    elif mirrored:
        verdict = Verdict.MIRRORED
    elif straight:
        verdict = Verdict.NOT_MIRRORED
    elif ("strong", "mirrored") in said:
        verdict = Verdict.SUSPECTED
    else:
        verdict = Verdict.NO_CUE
    return MirrorVerdict(verdict=verdict, cues=tuple(cues))


def with_verdict(outcome: Outcome, verdict: MirrorVerdict) -> Outcome:
    """The outcome of a photo that is released or waits for review, once more is known of how it lies.

    A doubt holds a released photo for review. A doubt that is gone lets it go, unless it is held for more.
    """
    others = tuple(code for code in outcome.reasons if code not in _DOUBTS.values())
    doubt = _DOUBTS.get(verdict.verdict)
    reasons = others if doubt is None else (*others, doubt)
    status = outcome.status
    if status in (Status.RELEASED, Status.REVIEW):
        status = Status.REVIEW if reasons else Status.RELEASED
    return outcome.model_copy(update={"mirror": verdict, "status": status, "reasons": reasons})


_DOUBTS = {Verdict.MIRRORED: "MIRRORED", Verdict.SUSPECTED: "MIRROR_SUSPECTED"}

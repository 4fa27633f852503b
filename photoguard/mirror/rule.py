"""The rule that makes one verdict of many cues."""

from __future__ import annotations

from collections.abc import Sequence

from ..outcome import MirrorCue, MirrorVerdict, Verdict


def judge(cues: Sequence[MirrorCue]) -> MirrorVerdict:
    """Decisive cues rule; where they disagree, or nothing answers a strong one, a person must look.

    What a person has said counts for more than any cue, and so does it that the picture was flipped back.
    """
    if any(cue in SETTLED for cue in cues):
        return MirrorVerdict(verdict=Verdict.NOT_MIRRORED, cues=tuple(cues))
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


RIGHT = MirrorCue(
    name="person",
    says="not_mirrored",
    strength="decisive",
    detail="A person has said that the picture is right as it is.",
)
FLIPPED = MirrorCue(
    name="flipped",
    says="not_mirrored",
    strength="decisive",
    detail="The picture was mirrored. It has been flipped back.",
)


def flipped(verdict: MirrorVerdict, width: int) -> MirrorVerdict:
    """The verdict once the picture, so many pixels wide, is flipped back: each cue where it is seen now."""
    moved = (
        cue.model_copy(
            update={"places": tuple((width - x1, y0, width - x0, y1) for x0, y0, x1, y1 in cue.places)}
        )
        for cue in verdict.cues
    )
    return judge((*moved, FLIPPED))


SETTLED = (RIGHT, FLIPPED)
"""Cues after which nothing more is asked."""

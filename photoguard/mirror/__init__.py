"""Photo + findings -> MirrorVerdict: is left where left should be? One module per cue."""

from __future__ import annotations

from collections.abc import Sequence

from ..outcome import MirrorCue, MirrorVerdict, Verdict
from ..photo import Finding, Photo
from . import camera, codes, orientation, text
from .text import Reader

__all__ = ["check", "judge"]


def check(photo: Photo, findings: Sequence[Finding], read: Reader) -> MirrorVerdict:
    """Gather every cue and judge them. `read` gives the text in RGB crops and how sure it is (0..1)."""
    cues = (
        orientation.cue(photo),
        camera.cue(photo),
        codes.cue(photo, findings),
        text.cue(photo, findings, read),
    )
    return judge([cue for cue in cues if cue is not None])


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

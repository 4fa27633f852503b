"""Photo + findings -> MirrorVerdict: is left where left should be? One module per cue."""

from __future__ import annotations

from collections.abc import Sequence

from ..features import features
from ..outcome import MirrorVerdict
from ..photo import Finding, Photo
from . import camera, codes, laterality, orientation, pair, preview, text
from .rule import FLIPPED, RIGHT, flipped, judge
from .side import Side, declared
from .text import Reader

__all__ = ["FLIPPED", "RIGHT", "Side", "check", "check_pair", "declared", "flipped", "judge"]


def check(photo: Photo, findings: Sequence[Finding], read: Reader, side: Side | None = None) -> MirrorVerdict:
    """Gather every cue that one photo holds and judge them.

    `read` gives the text in RGB crops and how sure it is (0..1); `side` is the one that the photo is said to
    show, see `side.declared`. What a second picture tells comes after: `pair.settle`, `batch.settle`.
    """
    cues = (
        orientation.cue(photo),
        camera.cue(photo),
        preview.cue(photo),
        codes.cue(photo, findings),
        text.cue(photo, findings, read),
        laterality.cue(photo, side),
    )
    return judge([cue for cue in cues if cue is not None])


def check_pair(first: Photo, second: Photo) -> pair.Relation | None:
    """How two photos of one site lie to each other; None where that is not clear. See `pair.settle`."""
    return pair.relation(features(first), features(second))

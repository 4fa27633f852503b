"""The cue in a pair: before and after of one site fit onto each other only one way round."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from ..features import Features, agreement
from ..outcome import MirrorCue, MirrorVerdict, Verdict
from .rule import judge

_LEAST = 12
_MARGIN = 3.0
"""Points that must agree one way, and how many times those that agree the other way. Photos of different
patients agree on five at most (benchmarks/mirror.py)."""

_KNOWN = frozenset({Verdict.MIRRORED, Verdict.NOT_MIRRORED})


class Relation(StrEnum):
    """How two photos of one site lie: the same way round, or one of them flipped."""

    SAME = "same"
    OPPOSITE = "opposite"


def relation(first: Features, second: Features) -> Relation | None:
    """How two photos of one site lie; None for different sites, and where it is not clear."""
    straight, flipped = agreement(first, second), agreement(first, second.flipped())
    if max(straight, flipped) < _LEAST or max(straight, flipped) < _MARGIN * min(straight, flipped):
        return None
    return Relation.OPPOSITE if flipped > straight else Relation.SAME


def settle(
    first: MirrorVerdict, second: MirrorVerdict, lie: Relation | None
) -> tuple[MirrorVerdict, MirrorVerdict]:
    """Both halves' verdicts in the light of how they lie: what is known of one is then known of the other.

    Where neither is known, one flipped half makes both suspected, unless something speaks against one only;
    and two that lie the same way stay without a verdict, for both could be mirrored.
    """
    if lie is None:
        return first, second
    return _told(first, second, lie), _told(second, first, lie)


def _told(half: MirrorVerdict, other: MirrorVerdict, lie: Relation) -> MirrorVerdict:
    cue = _cue(half, other, lie)
    return half if cue is None else judge((*half.cues, cue))


def _cue(half: MirrorVerdict, other: MirrorVerdict, lie: Relation) -> MirrorCue | None:
    opposite = lie is Relation.OPPOSITE
    if other.verdict in _KNOWN:
        mirrored = (other.verdict is Verdict.MIRRORED) != opposite
        return _said(lie, "mirrored" if mirrored else "not_mirrored", "decisive")
    if half.verdict in _KNOWN:
        return None
    if not opposite:
        return _said(lie, "not_mirrored", "weak")
    suspected = half.verdict is Verdict.SUSPECTED, other.verdict is Verdict.SUSPECTED
    if suspected == (True, False):
        return _said(lie, "mirrored", "decisive")
    if suspected == (False, True):
        return _said(lie, "not_mirrored", "weak")
    return _said(lie, "mirrored", "strong")


def _said(
    lie: Relation, says: Literal["mirrored", "not_mirrored"], strength: Literal["decisive", "strong", "weak"]
) -> MirrorCue:
    name, detail = _TEXTS[lie, says]
    return MirrorCue(name=name, says=says, strength=strength, detail=detail)


_TEXTS = {
    (Relation.OPPOSITE, "mirrored"): (
        "pair",
        "The two photos of the pair fit together only when this one is flipped.",
    ),
    (Relation.OPPOSITE, "not_mirrored"): (
        "pair",
        "The two photos of the pair fit together only when the other one is flipped.",
    ),
    (Relation.SAME, "mirrored"): (
        "pair_same",
        "The picture lies like the other half of its pair, which is mirrored.",
    ),
    (Relation.SAME, "not_mirrored"): (
        "pair_same",
        "The picture lies the same way round as the other half of its pair.",
    ),
}

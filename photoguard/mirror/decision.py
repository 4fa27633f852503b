"""What a person has said of a photo: it is right as it is, or it must be flipped. Kept in the audit log."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import StrEnum

from ..outcome import MirrorCue, MirrorVerdict, Verdict

EVENT = "mirror_decided"
"""The audit log's name for it."""


class Decision(StrEnum):
    """About one photo, known by its SHA-256."""

    AS_IT_IS = "as_it_is"
    FLIP = "flip"


def details(source_sha256: str, decision: Decision) -> dict[str, str]:
    """What the audit log keeps of a decision."""
    return {"source_sha256": source_sha256, "decision": decision.value}


def remembered(log: Iterable[tuple[str, str]]) -> dict[str, Decision]:
    """The last decision on each photo, from the log's entries (event and details as JSON), oldest first."""
    decided: dict[str, Decision] = {}
    for event, told in log:
        if event == EVENT:
            entry = json.loads(told)
            decided[entry["source_sha256"]] = Decision(entry["decision"])
    return decided


def settle(verdict: MirrorVerdict, decision: Decision | None) -> MirrorVerdict:
    """The verdict once a person has spoken: their word counts for more than any cue."""
    if decision is None:
        return verdict
    mirrored = decision is Decision.FLIP
    cue = MirrorCue(
        name="person",
        says="mirrored" if mirrored else "not_mirrored",
        strength="decisive",
        detail="A person has said that the picture must be flipped."
        if mirrored
        else "A person has said that the picture is right as it is.",
    )
    said = Verdict.MIRRORED if mirrored else Verdict.NOT_MIRRORED
    return MirrorVerdict(verdict=said, cues=(*verdict.cues, cue))

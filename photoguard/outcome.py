"""What became of a photo: the data that pipeline, batch and report share, and the shape of report.json."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from .photo import Box, Finding, Kind, Ring


class Status(StrEnum):
    """Where a photo ends."""

    RELEASED = "released"
    REVIEW = "review"
    BLOCKED = "blocked"
    FAILED = "failed"


EXIT_CODES = {Status.RELEASED: 0, Status.REVIEW: 3, Status.BLOCKED: 4, Status.FAILED: 5}


class Verdict(StrEnum):
    """What the mirror check says."""

    MIRRORED = "mirrored"
    SUSPECTED = "suspected"
    NOT_MIRRORED = "not_mirrored"
    NO_CUE = "no_cue"


ASKED = (Kind.TATTOO, Kind.BACKGROUND)
"""Kinds of finding that a person looks at where the detector is not sure. Any other kind is masked all the same."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Found(_Model):
    """A Finding as the report shows it."""

    kind: Kind
    box: tuple[int, int, int, int]
    score: float
    detector: str
    outline: tuple[Ring, ...] = ()
    """The shape where it is not the box: rings of points, inside is what lies within an odd number of them."""
    sure: bool = True
    """False where only a person can tell what it is; of the kinds ASKED it then has no mask of its own."""

    @classmethod
    def of(cls, finding: Finding) -> Found:
        """The report's view of a finding: its outline is as fine as can be seen in a small picture."""
        x0, y0, x1, y1 = finding.box
        step = max(1, max(x1 - x0, y1 - y0) // _FINEST)
        rings = (_thinned(ring, step) for ring in finding.outline)
        return cls(
            kind=finding.kind,
            box=finding.box,
            score=round(finding.score, 3),
            detector=finding.detector,
            outline=tuple(ring for ring in rings if ring),
            sure=finding.sure,
        )


_FINEST = 128
"""Steps along a finding's long side in which its outline is told: enough to be seen, and few kilobytes."""


def _thinned(ring: Ring, step: int) -> Ring:
    """The ring's points in whole steps, without repeats; none where it is smaller than a step."""
    points = [(round(x / step) * step, round(y / step) * step) for x, y in ring]
    return tuple(
        point for point, before in zip(points, points[-1:] + points, strict=False) if point != before
    )


class MirrorCue(_Model):
    """One cue for or against a mirrored picture."""

    name: str
    says: Literal["mirrored", "not_mirrored"]
    strength: Literal["decisive", "strong", "weak"]
    detail: str
    places: tuple[Box, ...] = ()
    """Where it is seen; empty for what the file tells, or another picture."""


class MirrorVerdict(_Model):
    """The mirror check's verdict with its cues."""

    verdict: Verdict = Verdict.NO_CUE
    cues: tuple[MirrorCue, ...] = ()


class ConsentDecision(_Model):
    """The gate's decision."""

    decision: Literal["allow", "block", "not_needed"] = "not_needed"
    codes: tuple[str, ...] = ()
    record: str | None = None


class Outcome(_Model):
    """What became of one photo, and why."""

    source: str
    """Relative to its INPUT, with forward slashes."""
    source_sha256: str | None = None
    status: Status
    reasons: tuple[str, ...] = ()
    """Stable codes, see `photoguard.reasons`."""
    output: str | None = None
    output_sha256: str | None = None
    size: tuple[int, int] | None = None
    """Width and height of the upright photo, in which findings are told."""
    output_size: tuple[int, int] | None = None
    """Of what was written: less where the policy asks for a size."""
    findings: tuple[Found, ...] = ()
    mirror: MirrorVerdict = MirrorVerdict()
    pair: str | None = None
    role: Literal["before", "after"] | None = None
    flipped: bool = False
    """It was mirrored; what was written is flipped back."""
    decided_by: str | None = None
    """The person whose decision was carried out."""
    shown: tuple[Kind, ...] = ()
    """Kinds of finding that this person wanted to stay visible, because they are none."""
    camera: str | None = None
    """Model of the camera that wrote its position into the file; empty where the file does not say which."""
    consent: ConsentDecision = ConsentDecision()
    timings_ms: dict[str, float] = Field(default_factory=dict)


class LeftOut(_Model):
    """A file that is not a photo and was not passed on."""

    source: str
    reason: str


class Totals(_Model):
    """How many photos ended where."""

    released: int = 0
    review: int = 0
    blocked: int = 0
    failed: int = 0


class RunReport(_Model):
    """report.json."""

    schema_: Literal["photoguard.report/1"] = Field(default="photoguard.report/1", alias="schema")
    channel: str
    policy: dict[str, object]
    photos: tuple[Outcome, ...]
    left_out: tuple[LeftOut, ...] = ()
    cameras: tuple[str, ...] = ()
    """Models of the cameras that wrote their position into photos: it should be switched off in them."""
    totals: Totals

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    def exit_code(self) -> int:
        """The gravest photo's exit code."""
        return max((EXIT_CODES[photo.status] for photo in self.photos), default=0)

"""What people have said about one photo. Boxes are pixels of the upright picture, as it is released."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from .outcome import ConsentDecision
from .photo import Box, Finding, Kind, Method, Ring

_THE_SAME = 0.5
"""Intersection over union of two boxes around one thing, found in two looks."""
_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DrawnMask(_Model):
    """An area that a person wants masked."""

    box: Box
    kind: Kind = Kind.DRAWN
    outline: tuple[Ring, ...] = ()
    """The shape where it is not the box, as in a Finding."""
    method: Literal[Method.BLUR, Method.PIXELATE, Method.SOLID] | None = None
    """How, where not as the policy says for its kind."""

    def finding(self) -> Finding:
        """The mask as the other stages know it."""
        return Finding(self.kind, self.box, 1.0, "person", outline=self.outline, method=self.method)


class Shown(_Model):
    """A finding that a person wants to stay visible: it is not what the detector took it for."""

    kind: Kind
    box: Box

    def means(self, finding: Finding) -> bool:
        """Whether it is this finding: of the kind, and there. A smaller one within it is none, nor a larger one."""
        return finding.kind is self.kind and _overlap(self.box, finding.box) >= _THE_SAME


class Decision(_Model):
    """All that a person has decided about a photo. A later one takes the place of an earlier one, as a whole."""

    by: _Words
    """Who decided: a name or a role that the practice understands."""
    note: _Words
    """Why."""
    mirror: Literal["as_it_is", "flip"] | None = None
    """It is right as it is, or it must be flipped; None where nothing is said."""
    turn: Literal[0, 90, 180, 270] = 0
    """Degrees clockwise, after flipping."""
    masks: tuple[DrawnMask, ...] = ()
    shown: tuple[Shown, ...] = ()
    keep: tuple[Box, ...] = ()
    """Areas that are the clinical finding."""
    accepts: tuple[str, ...] = Field(default=(), max_length=20)
    """Reasons (codes) for review that the person has looked at and takes the responsibility for."""

    @property
    def kinds_shown(self) -> tuple[Kind, ...]:
        """Kinds of finding that stay visible, each once."""
        return tuple(dict.fromkeys(one.kind for one in self.shown))

    def less_shown(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """The findings less those that stay visible."""
        return tuple(one for one in findings if not any(shown.means(one) for shown in self.shown))

    def digest(self) -> str:
        """SHA-256 (hex) over the decision."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Told:
    """All that is known of a photo before it is opened: what people have said of it, and what the gate has."""

    keep: tuple[Box, ...] = ()
    """Areas that the manifest says are the clinical finding."""
    side: str | None = None
    """The side of the body, as the manifest has it: left, right or both."""
    consent: ConsentDecision = ConsentDecision()  # noqa: RUF009 - frozen
    decision: Decision | None = None
    paired: bool = False
    """It is half of a pair, so that it will be compared with the other half."""


def _overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    both = max(0, width) * max(0, height)
    areas = ((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in (one, other))
    return both / (sum(areas) - both) if both else 0.0

"""The cue in text: writing that reads only when the picture is flipped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import cv2
import numpy as np

from ..outcome import MirrorCue
from ..photo import Finding, Kind, Photo, Pixels

Reader: TypeAlias = Callable[[Sequence[Pixels]], Sequence[tuple[str, float]]]
"""RGB crops of one upright line each -> text and mean score of its letters, 0..1."""

_SYMMETRIC = frozenset("AHIMOTUVWXYilomnouvwx0180-–—_.:·|+=*'\"^° ТФХШЖНМОАПоимтнпшжфх日口田中十一二三大小山王工土人八木本米")
"""Signs that look (nearly) the same in a mirror."""
_MOST = 6
_LEAST_SIGNS = 4
_CLEAR = 0.90
_MARGIN = 0.15


@dataclass(frozen=True, slots=True)
class Reading:
    """What a line says, read the right way round and flipped, each at its better turn."""

    straight: tuple[str, float]
    flipped: tuple[str, float]

    @property
    def says(self) -> Literal["mirrored", "not_mirrored"] | None:
        """The way round in which it reads clearly, if it does in one only."""
        better, worse = self.straight, self.flipped
        if better[1] < worse[1]:
            better, worse = worse, better
        telling = sum(sign not in _SYMMETRIC for sign in better[0])
        if telling < _LEAST_SIGNS or better[1] < _CLEAR or better[1] - worse[1] < _MARGIN:
            return None
        return "not_mirrored" if better is self.straight else "mirrored"


def cue(photo: Photo, findings: Sequence[Finding], read: Reader) -> MirrorCue | None:
    """What the lines of text among the findings say; None where none is clear or they disagree."""
    lines = sorted((f for f in findings if f.kind is Kind.TEXT), key=_promise, reverse=True)[:_MOST]
    said = set()
    for line in lines:
        says = reading(rectified(photo.pixels, line), read).says
        if says is not None:
            said.add(says)
    if len(said) != 1:
        return None
    (says,) = said
    seen = "reads only when the picture is flipped" if says == "mirrored" else "reads the right way round"
    return MirrorCue(name="text", says=says, strength="decisive", detail=f"Writing in the picture {seen}.")


def reading(line: Pixels, read: Reader) -> Reading:
    """Read a rectified line upright and upside down, straight and flipped."""
    turned = line[::-1, ::-1]
    crops = [np.ascontiguousarray(crop) for crop in (line, turned, line[:, ::-1], turned[:, ::-1])]
    upright, upside_down, flipped, flipped_upside_down = read(crops)
    return Reading(_better(upright, upside_down), _better(flipped, flipped_upside_down))


def rectified(pixels: Pixels, finding: Finding) -> Pixels:
    """The finding's quadrilateral as a rectangle that lies on its long side."""
    x0, y0, x1, y1 = finding.box
    corners = np.array(finding.polygon or ((x0, y0), (x1, y0), (x1, y1), (x0, y1)), np.float32)
    width = max(1, round(float(np.linalg.norm(corners[1] - corners[0]))))
    height = max(1, round(float(np.linalg.norm(corners[3] - corners[0]))))
    target = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    line = cv2.warpPerspective(pixels, cv2.getPerspectiveTransform(corners, target), (width, height))
    return np.ascontiguousarray(np.rot90(line) if height > width else line).astype(np.uint8, copy=False)


def _promise(finding: Finding) -> float:
    x0, y0, x1, y1 = finding.box
    return finding.score * (x1 - x0) * (y1 - y0)


def _better(first: tuple[str, float], second: tuple[str, float]) -> tuple[str, float]:
    return max(first, second, key=lambda reading: reading[1] * len(reading[0].strip()) ** 0.25)

"""The cue in text: writing that reads only when the picture is flipped."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np

from ..outcome import MirrorCue
from ..photo import Finding, Kind, Photo, Pixels

Reader: TypeAlias = Callable[[Sequence[Pixels]], Sequence[tuple[str, float]]]
"""RGB crops of one upright line each -> text and mean score of its letters, 0..1."""

_SYMMETRIC = frozenset("AHIMOTUVWXYilomnouvwx0180-–—_.:·|+=*'\"^°/ 日口田中十一二三大小山王工土人八木本米")
"""Signs that look (nearly) the same in a mirror."""
_MOST, _ENOUGH = 6, 3
"""Lines that are read at most, and where the first ones have settled the matter."""
_LEAST_IN_LINE = 3
_LEAST = 5
"""Telling signs needed in a line, and in all lines together."""
_CLEAR = 0.95
_MARGIN, _TOGETHER = 0.05, 0.5
"""How sure the reader must be of a line, how much surer than of its mirror image, and how much surer in all its
telling signs together. On 1200 rendered lines with PP-OCRv6 (benchmarks/mirror.py): of those in Latin script 78 %
settle the matter alone, none spoke for the wrong side. Of Cyrillic and Greek ones, which that net does not know,
2 % did, all too short to settle anything."""
_MIXED = re.compile(r"[^\W\d_]\d|\d[^\W\d_]")
"""A letter beside a digit: a lot number, or what a reader makes of a script or of a mirrored word it does not know."""
_ODD = re.compile(r"[a-zß-ÿ][A-ZÀ-Þ]|[^\W\d_]\d|\d[^\W\d_]|[^\x20-\u024f\u2010-\u2122]")
_ODD_COUNTS = 0.75
"""So do capitals within a word and signs that do not belong together; a rival like that counts for less."""

_Read: TypeAlias = tuple[str, float]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a line says, read the right way round and flipped, each at its better turn: text and score."""

    straight: _Read
    flipped: _Read

    def telling(self) -> int:
        """Signs that speak for the right way round (positive) or for mirrored (negative); 0 where unclear."""
        straight, flipped = _weight(self.straight), _weight(self.flipped)
        if straight == flipped:
            return 0
        (text, score), other = (
            (self.straight, self.flipped) if straight >= flipped else (self.flipped, self.straight)
        )
        words = text.split()
        signs = sum(_signs(word) for word in words if not _MIXED.search(word))
        margin = score - _rivalry(other, len(text))
        if signs < _LEAST_IN_LINE or signs < sum(map(_signs, words)) / 2:
            return 0
        if score < _CLEAR or margin < max(_MARGIN, _TOGETHER / signs):
            return 0
        return signs if straight >= flipped else -signs


def _signs(word: str) -> int:
    return sum(sign not in _SYMMETRIC for sign in word)


def _rivalry(read: _Read, length: int) -> float:
    """What the less likely reading counts for, beside one of so many signs."""
    text, score = read
    # A mirrored line often reads as a few odd letters, each quite sure: a short text counts for less.
    rival = score * math.sqrt(min(1.0, len(text) / max(1, length)))
    return rival * _ODD_COUNTS if _ODD.search(text) else rival


def cue(photo: Photo, findings: Sequence[Finding], read: Reader) -> MirrorCue | None:
    """What the lines of text among the findings say; None where too little is clear or they disagree."""
    lines = _in_order([finding for finding in findings if finding.kind is Kind.TEXT])[:_MOST]
    straight = mirrored = 0
    places = []
    for number, line in enumerate(lines, 1):
        telling = reading(rectified(photo.pixels, line), read).telling()
        straight, mirrored = straight + max(0, telling), mirrored + max(0, -telling)
        if telling:
            places.append(line.box)
        if number >= _ENOUGH and max(straight, mirrored) >= 2 * _LEAST:
            break
    if max(straight, mirrored) < _LEAST or (straight and mirrored):
        return None
    if mirrored:
        return MirrorCue(
            name="text",
            says="mirrored",
            strength="decisive",
            detail="Writing in the picture reads only when the picture is flipped.",
            places=tuple(places),
        )
    return MirrorCue(
        name="text",
        says="not_mirrored",
        strength="decisive",
        detail="Writing in the picture reads the right way round.",
        places=tuple(places),
    )


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


def _in_order(lines: Sequence[Finding]) -> list[Finding]:
    """The most promising line, then the one farthest from it, which may be seen in a mirror, then the others."""
    ordered = sorted(lines, key=_promise, reverse=True)
    if len(ordered) > 2:
        middle = _middle(ordered[0])
        far = max(range(1, len(ordered)), key=lambda number: math.dist(middle, _middle(ordered[number])))
        ordered.insert(1, ordered.pop(far))
    return ordered


def _middle(finding: Finding) -> tuple[float, float]:
    x0, y0, x1, y1 = finding.box
    return (x0 + x1) / 2, (y0 + y1) / 2


def _promise(finding: Finding) -> float:
    x0, y0, x1, y1 = finding.box
    return finding.score * (x1 - x0) * (y1 - y0)


def _better(first: _Read, second: _Read) -> _Read:
    return max(first, second, key=_weight)


def _weight(read: _Read) -> float:
    text, score = read
    return score * math.pow(len(text.strip()), 0.25)

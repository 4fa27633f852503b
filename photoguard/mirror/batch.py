"""The cue in the batch: the same photo straight and flipped in one run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ..outcome import MirrorCue, MirrorVerdict, Verdict
from ..photo import Photo
from .likeness import Grey
from .rule import judge

_Bits: TypeAlias = NDArray[np.bool_]

_WAVES = 12
_ODD = np.tile(np.arange(_WAVES) % 2 == 1, _WAVES)[1:]
"""The hash's bits that change when the picture is flipped: those of odd horizontal frequencies."""
_APART = 26
"""Bits, of 143, by which two copies of one photo differ at most: saved again 3, relit 12, cut by 3 % 25. Two
photos of different patients differ by 41 at least (420 photos of wounds)."""
_SIDE = 128
_FINE = 3.0
"""Pixels: coarser shapes are taken out before two pictures are compared. Left and right limbs share those."""
_DETAIL, _CLEAR = 0.85, 0.15
"""Correlation of what is left, once laid on each other, and by how much it must beat that of both as they are."""
_FLAT = 0.5
"""Greys by which details vary at least."""


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """What is kept of each photo while a run lasts: some 16 kB."""

    bits: _Bits
    """143: signs of the lowest frequencies (Zauner 2010), without the mean."""
    grey: Grey
    """H x W, long side 128."""

    def flipped(self) -> Trace:
        """The trace of the mirrored photo."""
        return Trace(self.bits ^ _ODD, self.grey[:, ::-1])


def trace(photo: Photo) -> Trace:
    """The trace of an upright photo."""
    grey = np.asarray(
        cv2.cvtColor(photo.scaled(min(1.0, _SIDE / max(photo.size))), cv2.COLOR_RGB2GRAY), np.uint8
    )
    square = cv2.resize(grey, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
    waves = cv2.dct(cv2.GaussianBlur(square, (0, 0), 1))[:_WAVES, :_WAVES]
    return Trace(np.asarray(waves.ravel()[1:] > 0), grey)


class Run:
    """The photos of one run, each compared with all before it.

    `again` gives a photo's trace once more, by its name: then only 18 bytes of each are held.
    """

    def __init__(self, again: Callable[[str], Trace] | None = None) -> None:
        self._names: list[str] = []
        self._traces: dict[str, Trace] = {}
        self._again = again or self._traces.__getitem__
        self._keeps = again is None
        self._bits = np.zeros((64, len(np.packbits(_ODD))), np.uint8)

    def twins(self, seen: Trace) -> tuple[str, ...]:
        """The names of those photos that are this one, flipped."""
        if not self._names:
            return ()
        known, asked = self._bits[: len(self._names)], np.packbits(seen.flipped().bits)[None]
        near = cv2.BFMatcher(cv2.NORM_HAMMING).radiusMatch(asked, known, _APART)[0]
        names = (self._names[place] for place in sorted(one.trainIdx for one in near))
        return tuple(name for name in names if _twins(seen.grey, self._again(name).grey))

    def add(self, name: str, seen: Trace) -> tuple[str, ...]:
        """Take in a photo; the names of its twins among those before it."""
        twins = self.twins(seen)
        self.take(name, seen)
        return twins

    def take(self, name: str, seen: Trace) -> None:
        """Take in a photo that has been compared with those before it already."""
        if len(self._names) == len(self._bits):
            self._bits = np.concatenate([self._bits, np.zeros_like(self._bits)])
        self._bits[len(self._names)] = np.packbits(seen.bits)
        self._names.append(name)
        if self._keeps:
            self._traces[name] = seen


def settle(first: MirrorVerdict, second: MirrorVerdict) -> tuple[MirrorVerdict, MirrorVerdict]:
    """The verdicts of one photo that is in a run both ways: what is known of one settles the other."""
    return _told(first, second), _told(second, first)


def _told(photo: MirrorVerdict, twin: MirrorVerdict) -> MirrorVerdict:
    if twin.verdict is Verdict.NOT_MIRRORED:
        cue = MirrorCue(name="batch", says="mirrored", strength="decisive", detail=_TWIN)
    elif twin.verdict is Verdict.MIRRORED:
        cue = MirrorCue(name="batch", says="not_mirrored", strength="decisive", detail=_OTHER)
    elif photo.verdict in (Verdict.MIRRORED, Verdict.NOT_MIRRORED):
        return photo
    else:
        cue = MirrorCue(name="batch", says="mirrored", strength="strong", detail=_TWIN)
    return judge((*photo.cues, cue))


_TWIN = "The same photo is there the other way round as well."
_OTHER = "The same photo is there the other way round as well, and that one is mirrored."


def _twins(first: Grey, second: Grey) -> bool:
    """Whether the second picture is the first one flipped: in its details too, and clearly more than as it is."""
    flipped = _alike(first, second[:, ::-1])
    return flipped > _DETAIL and flipped - _alike(first, second) > _CLEAR


def _alike(first: Grey, second: Grey) -> float:
    """Correlation of two small pictures' details, once laid on each other; 0 where there is nothing to hold on to."""
    height, width = first.shape
    other = np.asarray(cv2.resize(second, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    everywhere = np.full((height, width), 255, np.uint8)
    start = np.eye(2, 3, dtype=np.float32)
    try:
        _, move = cv2.findTransformECC(
            first, other, start, cv2.MOTION_AFFINE, (3, 60, 1e-4), inputMask=everywhere, gaussFiltSize=5
        )
    except cv2.error:
        return 0.0
    laid = cv2.warpAffine(other, move, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    inner = np.s_[height // 10 : height - height // 10, width // 10 : width - width // 10]
    one, two = _detail(first)[inner], _detail(np.asarray(laid, np.uint8))[inner]
    if min(one.std(), two.std()) < _FLAT:
        return 0.0
    return float(np.corrcoef(one.ravel(), two.ravel())[0, 1])


def _detail(grey: Grey) -> NDArray[np.float32]:
    values = grey.astype(np.float32)
    return values - cv2.GaussianBlur(values, (0, 0), _FINE)

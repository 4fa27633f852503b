"""Faces of every size and in every orientation, each grown to the whole head."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..photo import Box, Finding, Kind, Photo, Pixels
from .centerface import CenterFace
from .found import Faces, Floats
from .head import reach

_GREY = (127, 127, 127)
_TURNS = (0, 1, 2, 3)
"""Quarter turns, counter-clockwise."""
_ROTATION = {1: cv2.ROTATE_90_COUNTERCLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_CLOCKWISE}


@dataclass(frozen=True, slots=True)
class _Pass:
    """One way of looking at the whole photo."""

    area: int
    """Pixels that the photo is scaled to."""
    border: float
    """Grey added all round, as a share of the mean side, for faces that the photo's edge cuts off."""


_FINE = _Pass(area=2_400_000, border=0.011)
_COARSE = (
    _Pass(area=320 * 240, border=0.1),
    _Pass(area=160 * 120, border=0.23),  # a face that fills the frame is small enough here
)
_GLANCE = _Pass(area=320 * 240, border=0.1)
_ENLARGED = 2.0
_TILE, _SHARED = 480, 32
"""Sides of the tiles a large look is cut into, small enough for the net's layers to stay in the processor's cache,
and what neighbours have in common: no smaller face is cut in both. A face that is cut is seen by three quarters, and
from 64 pixels on by the coarse looks as well."""

_SUSPECTED = 0.04
_SURE = 0.62
_CLOSE_LOOKS = 32
"""Suspicions that are followed; only pictures full of fine texture raise more."""
_APART = 0.1
"""Weak answers around one face overlap by more; one close look serves them all."""
_SMALL = 0.2
"""Up to this share of the mean side a face shows more from close up; a larger one was seen as well before."""
_CONFIRMED = 0.6
"""What a close look at a small suspicion must answer."""
_TOGETHER = 1.15
"""What both looks at a larger one must add up to: feet and knees that fill the frame pass for faces in one."""
_CLOSE_SIDE, _CLOSE_FACE = 96, 42
_OVERLAP = 0.3


class FaceDetector:
    """Finds faces with CenterFace; a Finding's box is the whole head: hair, ears and neck.

    The whole photo is looked at coarsely in all four orientations and finely (a face 24 px wide in 12 megapixels)
    upright and in the orientation in which faces were found. A weak answer is enough for a suspicion: a face
    on its side or half covered raises one nearly always, and so does much else. Each suspicion is then looked at
    from close up in all four orientations, where faces and other things answer very differently.
    """

    name = "faces"

    def __init__(self) -> None:
        """Load the nets. Raises ModelError where a file is missing or another one."""
        self._net = CenterFace()

    def find(self, photo: Photo) -> tuple[Finding, ...]:
        """Every face in the photo, best first."""
        seen = [seen for how in _COARSE for seen in self._look_over(photo, how, _TURNS)]
        large = Faces.joined(seen).best(_OVERLAP)
        turns = {0, *large[large.scores > _SURE].turns().tolist()}
        seen += self._look_over(photo, _FINE, sorted(turns))
        every = Faces.joined(seen)
        found = every.best(_OVERLAP)
        sure = found.scores > _SURE
        confirmed = self._look_closely(photo, found[~sure].best(_APART)[:_CLOSE_LOOKS])
        return self._heads(photo, Faces.joined((found[sure], confirmed)), every[every.scores > _SURE])

    def glance(self, photo: Photo) -> tuple[Finding, ...]:
        """Faces that one coarse look in each orientation is sure of, and a close one confirms.

        A mask's grain passes for a face now and then, but from afar only.
        """
        seen = Faces.joined(self._look_over(photo, _GLANCE, _TURNS))
        sure = seen[seen.scores > _SURE]
        return self._heads(photo, self._look_closely(photo, sure.best(_APART)[:_CLOSE_LOOKS]), sure)

    def _heads(self, photo: Photo, faces: Faces, looks: Faces) -> tuple[Finding, ...]:
        faces = faces.best(_OVERLAP)
        whole = reach(faces, looks, _OVERLAP)
        found: list[Finding] = []
        for box, score in zip(_clipped(whole, photo.size), faces.scores, strict=True):
            # Part of a large face can pass for a small one; under the large one's mask it adds nothing.
            if not any(_within(box, better.box) for better in found):
                found.append(Finding(Kind.FACE, box, float(score), self.name))
        return tuple(found)

    def _look_over(self, photo: Photo, how: _Pass, turns: Sequence[int]) -> Iterator[Faces]:
        """What one pass sees in each of these turns, in the photo's pixels."""
        width, height = photo.size
        level = photo.scaled(min(_ENLARGED, (how.area / (width * height)) ** 0.5))
        rim = round(how.border * (level.shape[0] * level.shape[1]) ** 0.5)
        framed = cv2.copyMakeBorder(level, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=_GREY)
        for turn in turns:
            turned = np.asarray(cv2.rotate(framed, _ROTATION[turn]) if turn else framed, np.uint8)
            parts = [
                self._net([turned[y : y + h, x : x + w]], _SUSPECTED)[0].moved((x, y))
                for y, h in _tiles(turned.shape[0])
                for x, w in _tiles(turned.shape[1])
            ]
            seen = Faces.joined(parts).turned_back(turn, (framed.shape[1], framed.shape[0]))
            yield seen.moved((-rim, -rim)).scaled((width / level.shape[1], height / level.shape[0]))

    def _look_closely(self, photo: Photo, suspected: Faces) -> Faces:
        confirmed = []
        small = _SMALL * (photo.size[0] * photo.size[1]) ** 0.5
        for box, score in zip(suspected.boxes, suspected.scores, strict=True):
            length = max(box[2] - box[0], box[3] - box[1])
            needed = _CONFIRMED if length < small else _TOGETHER - float(score)
            side = length * _CLOSE_SIDE / _CLOSE_FACE
            corner = (box[:2] + box[2:] - side) / 2
            crop = _crop(photo, corner, side)
            answers = self._net([np.rot90(crop, turn) for turn in _TURNS], needed)
            near = [
                faces.turned_back(turn, (_CLOSE_SIDE, _CLOSE_SIDE)).scaled(side / _CLOSE_SIDE).moved(corner)
                for turn, faces in zip(_TURNS, answers, strict=True)
            ]
            faces = Faces.joined(near)
            inside = ((faces.centres > box[:2]) & (faces.centres < box[2:])).all(axis=1)
            confirmed.append(faces[inside])
        return Faces.joined(confirmed)


def _clipped(boxes: Floats, size: tuple[int, int]) -> list[Box]:
    """Whole pixels within the photo, one at least: a face outside it has its head at the edge."""
    width, height = size
    low = np.clip(np.floor(boxes[:, :2]), 0, (width - 1, height - 1))
    high = np.clip(np.ceil(boxes[:, 2:]), low + 1, (width, height))
    return [(x0, y0, x1, y1) for x0, y0, x1, y1 in np.hstack((low, high)).astype(int).tolist()]


def _within(inner: Box, outer: Box) -> bool:
    return inner[0] >= outer[0] and inner[1] >= outer[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def _tiles(length: int) -> Iterator[tuple[int, int]]:
    """Start and length of overlapping stretches of at most _TILE."""
    count = max(1, -(-(length - _SHARED) // (_TILE - _SHARED)))
    step = -(-(length - _SHARED) // count)
    for index in range(count):
        start = index * step
        yield start, min(step + _SHARED, length - start)


def _crop(photo: Photo, corner: Floats, side: float) -> Pixels:
    """The square at `corner` (x, y), scaled to _CLOSE_SIDE; grey where it reaches beyond the picture."""
    times = max(0, int(np.log2(side / _CLOSE_SIDE)))
    level = photo.halved(times)
    height, width = level.shape[:2]
    (x0, y0), (x1, y1) = (
        np.floor(corner / 2**times).astype(int),
        np.ceil((corner + side) / 2**times).astype(int),
    )
    inner = level[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)]
    rims = max(0, -y0), max(0, y1 - height), max(0, -x0), max(0, x1 - width)
    framed = cv2.copyMakeBorder(inner, *rims, cv2.BORDER_CONSTANT, value=_GREY)
    how = cv2.INTER_AREA if framed.shape[0] > _CLOSE_SIDE else cv2.INTER_LINEAR
    return cv2.resize(framed, (_CLOSE_SIDE, _CLOSE_SIDE), interpolation=how).astype(np.uint8, copy=False)

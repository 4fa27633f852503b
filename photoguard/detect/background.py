"""What stands around the patient: flat things that identify, other people, and all that is not the body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np

from ..photo import Box, Finding, Kind, Photo
from .body import BodyMaps, body_net
from .found import Floats
from .outline import Marked, cells_of, enlarged, filled, finding, grown, parts
from .person import PersonNet

THING_EXTENT, THING_SURE = 0.35, 0.8
"""Flat things: the peak that makes one, and how far it then reaches."""
_READ_EXTENT = 0.2
"""The same where text or a code was read on it: a label that the net was less sure of."""
_SMALLEST_THING = 0.0006
_THING_MARGIN = 0.004
"""Shares of the picture, and of its mean side."""

_BODY = 0.4
"""A cell from this on is body."""
_SMALLEST_BODY = 0.02
"""Share of the picture. With less the patient was not made out."""
_HOLE = 0.02
"""Gaps within the body up to this share of it are body: a wound that the net takes for none is not cut out."""
_FRAGMENT = 0.02
"""Parts with less than this share of the largest one are not the patient's."""
_RIM = 0.008
"""The room starts this far from the body's edge, as a share of the picture's mean side, for hair and soft edges."""
_SMALLEST_ROOM = 0.01
"""Share of the picture below which there is no background: the body fills the frame."""

_UNDECIDED = (0.25, 0.75)
"""What is between is never cut off: rather a rim of the room left visible than the shaded edge of a sole missing."""
_MOST_UNDECIDED = 0.08
"""Share of the body, apart from its edge, that may be undecided in an outline that can be relied upon."""
_SKIN, _MOST_SKIN = 0.7, 0.01
"""Share of the picture that may be skin to the one map and no body to the other."""
_SHOWN = 0.5
"""Share of a keep area or of a large face that must be body; else the net missed the patient, or part of them."""
_LARGE_FACE = 0.01
"""Share of the picture from which a face must have a body."""
_BLOCK = 8
"""Pixels of the blocks that masks follow, at least."""
_FINER = 4


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around the patient, seen from what other detectors have found."""

    identifying: tuple[Finding, ...]
    """What text and codes were read on, and other people."""
    room: Finding | None
    """Everything outside the patient's body; None where the body fills the frame. Not `sure` where the body's
    outline can't be relied upon, and then may cover the whole photo."""


class BackgroundDetector:
    """Finds what is not the patient. How much of it counts is the policy's business."""

    name = "background"

    def __init__(self) -> None:
        """Load the nets. Raises ModelError where a file is missing or another one."""
        self._net = body_net()
        self._persons = PersonNet()

    def find(self, photo: Photo) -> tuple[Finding, ...]:
        """Flat things that identify, each as a whole."""
        return tuple(
            finding(Kind.BACKGROUND, thing.whole, thing.peak, photo.size, self.name)
            for thing in _things(self._net.look(photo).thing, THING_EXTENT)
            if thing.peak >= THING_SURE
        )

    def glance(self, photo: Photo) -> tuple[Finding, ...]:
        """Nothing: masks bring no new things into a room, and their own grey squares look like signs."""
        return ()

    def around(self, photo: Photo, findings: Sequence[Finding], keep: Sequence[Box]) -> Around:
        """The patient's surroundings.

        `findings` are those of all detectors; faces, text and codes count. `keep` is what a person marked as the
        clinical finding: it says who the patient is and is never part of the room.
        """
        maps = self._net.look(photo)
        faces = [found.box for found in findings if found.kind is Kind.FACE]
        read = [found.box for found in findings if found.kind in (Kind.TEXT, Kind.CODE)]
        person = self._persons.look(photo, faces)
        body = maps.body if person is None else _joined(maps, person)
        people = _people(body, photo, faces, keep)
        carriers = [
            (thing.whole, thing.peak)
            for thing in _things(maps.thing, _READ_EXTENT)
            if thing.peak < THING_SURE and any(_share(thing.whole, box, photo.size) > _SHOWN for box in read)
        ]
        others = [(grown(other, 1), float(body[other].max())) for other in people.others]
        return Around(
            tuple(
                finding(Kind.BACKGROUND, marked, score, photo.size, self.name)
                for marked, score in carriers + others
            ),
            self._room(photo, body, maps.skin if person is None else body, people, faces, keep),
        )

    def _room(
        self,
        photo: Photo,
        body: Floats,
        skin: Floats,
        people: _People,
        faces: Sequence[Box],
        keep: Sequence[Box],
    ) -> Finding | None:
        patient = _outlined(np.where(grown(people.patient, 2) & ~people.apart, body, 0).astype(np.float32))
        sure = patient.mean() >= _SMALLEST_BODY and _reliable(body, skin, photo, faces, keep)
        # Masks are grown to whole blocks of the file, and not even that may reach the body.
        block = max(_BLOCK, *photo.block) * max(patient.shape) / max(photo.size)
        spared = grown(patient, _RIM * patient.size**0.5 + block)
        for box in keep:
            rows, columns = cells_of(box, photo.size, patient.shape)
            rim = ceil(block)
            spared[
                max(0, rows.start - rim) : rows.stop + rim, max(0, columns.start - rim) : columns.stop + rim
            ] = True
        room = ~spared
        if sure and room.mean() < _SMALLEST_ROOM:
            return None
        # Where nothing can be told apart, all of it is in doubt.
        marked = room if room.any() else np.ones(room.shape, bool)
        return finding(
            Kind.BACKGROUND, marked, float(np.abs(2 * body - 1).mean()), photo.size, self.name, sure=sure
        )


def _joined(maps: BodyMaps, person: Floats) -> Floats:
    """Where people are: with whole people in view their segmentation counts, and bare skin beyond doubt besides."""
    height, width = maps.body.shape
    known = cv2.resize(person, (width, height), interpolation=cv2.INTER_LINEAR)
    bare = np.minimum(maps.body, maps.skin)
    return np.maximum(known, np.where(bare > _UNDECIDED[1], bare, 0)).astype(np.float32, copy=False)


@dataclass(frozen=True, slots=True, eq=False)
class _Thing:
    whole: Marked
    peak: float


def _things(plane: Floats, extent: float) -> list[_Thing]:
    margin = max(1.0, _THING_MARGIN * plane.size**0.5)
    return [
        _Thing(filled(grown(part, margin), part.sum() / 2), float(plane[part].max()))
        for part in parts(plane > extent)
        if part.sum() >= _SMALLEST_THING * plane.size
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _People:
    patient: Marked
    others: list[Marked]
    apart: Marked
    """The others, and what is too small to be anyone's body."""


def _people(body: Floats, photo: Photo, faces: Sequence[Box], keep: Sequence[Box]) -> _People:
    """Who is who. The patient is whom a keep area marks, or who takes most of the picture's middle.

    Someone else is a body apart from theirs that has a face. Without one it may be their other leg, and stays.
    """
    seen = parts(body > _BODY)
    nobody = np.zeros(body.shape, bool)
    if not seen:
        return _People(nobody, [], nobody)
    marked = [part for part in seen if any(part[cells_of(box, photo.size, body.shape)].any() for box in keep)]
    height, width = body.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    central = np.exp(-(x**2 + y**2))
    largest = max(marked or seen, key=lambda part: central[part].sum())
    patient, others, apart = nobody.copy(), [], nobody.copy()
    for part in seen:
        if part is largest or any(part is one for one in marked):
            patient |= part
        elif any(_share(part, face, photo.size) > _SHOWN / 2 for face in faces):
            others.append(part)
            apart |= part
        elif part.sum() >= _FRAGMENT * largest.sum():
            patient |= part
        else:
            apart |= part
    return _People(patient, others, apart)


def _outlined(body: Floats) -> Marked:
    """The body's smooth outline on a finer grid, without small gaps."""
    fine = cv2.GaussianBlur(enlarged(body, _FINER), (0, 0), _FINER / 2) > _UNDECIDED[0]
    return filled(fine, _HOLE * fine.sum())


def _reliable(body: Floats, skin: Floats, photo: Photo, faces: Sequence[Box], keep: Sequence[Box]) -> bool:
    """Whether nothing speaks against the body's outline."""
    low, high = _UNDECIDED
    undecided = ((body > low) & (body < high)).astype(np.uint8)
    # An edge is a thin line of cells in between; an area of them is doubt.
    doubt = cv2.morphologyEx(undecided, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).mean()
    seen = body > _BODY
    large = [box for box in faces if _area(box) > _LARGE_FACE * photo.size[0] * photo.size[1]]
    return bool(
        doubt <= _MOST_UNDECIDED * seen.mean()
        and (skin > _SKIN)[~seen].sum() <= _MOST_SKIN * seen.size
        and all(_share(seen, box, photo.size) > _SHOWN / 2 for box in large)
        and all(_share(seen, box, photo.size) > _SHOWN for box in keep)
    )


def _share(marked: Marked, box: Box, size: tuple[int, int]) -> float:
    """Share of a box that is marked."""
    return float(marked[cells_of(box, size, marked.shape)].mean())


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])

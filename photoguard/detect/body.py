"""Our own net (models/body.md): where bodies, bare skin, tattoos and flat things that identify are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import floor, log2
from threading import Lock
from weakref import WeakKeyDictionary

import cv2
import numpy as np

from ..photo import Photo
from .found import Floats
from .net import open_net

_FINE, _COARSE = 384, 256
"""Long sides of the two looks: the sizes that the net learned at. Together they are better than either, and better
than any other two: on the tuning part 320 and 512 find fewer tattoos and more false ones, and a look at 1024 makes
every map worse (body 0.85 to 0.68 in IoU): so close the net has never seen anything."""
_ENLARGED = 2.0
"""Small photos are enlarged by no more: there is nothing in between their pixels."""
_STRIDE, _CELL = 32, 4
_BARE = 0.25
"""Skin's probability below which what is called a body can only be cloth."""


@dataclass(frozen=True, slots=True, eq=False)
class BodyMaps:
    """How likely each cell of one grid over the whole photo belongs to each of four things: h x w, 0..1."""

    body: Floats
    """People: skin, hair, the clothes they wear."""
    skin: Floats
    """Bare skin, with wounds, scars, moles and tattoos on it."""
    tattoo: Floats
    thing: Floats
    """Flat things that identify: screens, papers, cards, frames, signs, plates, badges, wristbands."""


class BodyNet:
    """The net, ready to run on one thread (photos are spread over processes, not threads)."""

    def __init__(self) -> None:
        """Load the net. Raises ModelError where its file is missing or another one."""
        self._session = open_net("body")
        self._seen: WeakKeyDictionary[Photo, BodyMaps] = WeakKeyDictionary()
        self._one_at_a_time = Lock()

    def look(self, photo: Photo) -> BodyMaps:
        """Both looks in one, on the grid of the fine one. Kept as long as the photo: several detectors ask.

        Their mean counts, but cloth is the patient's only as far as both say so: a drape beside an arm looks like a
        sleeve to one of them now and then, and to cut off a piece of a sleeve takes no finding away.
        """
        with self._one_at_a_time:
            if photo not in self._seen:
                self._seen[photo] = self._both_looks(photo)
            return self._seen[photo]

    def glance(self, photo: Photo) -> BodyMaps:
        """The coarse look alone."""
        return BodyMaps(*self._run(photo, _COARSE))

    def _both_looks(self, photo: Photo) -> BodyMaps:
        fine, coarse = self._run(photo, _FINE), self._run(photo, _COARSE)
        size = fine.shape[2], fine.shape[1]
        wide = np.stack([cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR) for plane in coarse])
        body, skin, tattoo, thing = (fine + wide) / 2
        cloth = np.minimum(fine[0], wide[0])
        return BodyMaps(np.where(skin > _BARE, body, cloth), skin, tattoo, thing)

    def _run(self, photo: Photo, side: int) -> Floats:
        """4 x h x w. The photo is squeezed to whole strides rather than padded: the maps cover just the photo."""
        scale = min(_ENLARGED, side / max(photo.size))
        width, height = (max(1, round(length * scale / _STRIDE)) * _STRIDE for length in photo.size)
        near = photo.halved(max(0, floor(-log2(scale))))
        picture = cv2.resize(near, (width, height), interpolation=cv2.INTER_AREA)
        (maps,) = self._session.run(
            ("maps",), {"picture": picture.transpose(2, 0, 1)[None].astype(np.float32)}
        )
        planes: Floats = maps[0]
        return planes


@cache
def body_net() -> BodyNet:
    """The one net of this process. Raises ModelError."""
    return BodyNet()

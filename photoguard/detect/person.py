"""MediaPipe's selfie segmentation: people with hair and clothes, where a face says that someone is in view.

It knows whole people better than our own net, which knows limbs, and is useless without a face: on close-ups of
legs it loses the leg and keeps the bedding. OpenCV runs the file as it lies in the wheel and gives MediaPipe's own
answers, without the second and the memory that importing MediaPipe costs.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from .. import weights
from ..photo import Box, Photo, Pixels
from .found import Floats
from .outline import cells_of

_SIDE = 256
_SHOWN = 0.8
"""Share of the faces' middles that must be people: else it took something else for them."""
_DECIDED = 0.85
"""How far from undecided an answer must be on average."""


class PersonNet:
    """The net, ready to run."""

    def __init__(self) -> None:
        """Load the net. Raises ModelError where its file is missing or another one."""
        self._net = cv2.dnn.readNetFromTFLite(str(weights.path("person")))

    def look(self, photo: Photo, faces: Sequence[Box]) -> Floats | None:
        """How likely each cell of a 256 x 256 grid over the photo is a person, 0..1; None where nobody was made out.

        `faces` are boxes in the photo's pixels. The net knows people who stand, so it sees the photo in all four
        turns, and the answer that is most decided counts.
        """
        if not faces:
            return None
        near = photo.scaled(min(1.0, 2 * _SIDE / max(photo.size)))
        picture = cv2.resize(near, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
        middles = [cells_of(_middle(face), photo.size, picture.shape) for face in faces]
        answers = [np.rot90(self._run(np.rot90(picture, turn)), -turn) for turn in range(4)]
        person = max(answers, key=_decided)
        shown = np.mean([person[middle].mean() for middle in middles])
        return person if shown > _SHOWN and _decided(person) > _DECIDED else None

    def _run(self, picture: Pixels) -> Floats:
        self._net.setInput(cv2.dnn.blobFromImage(np.ascontiguousarray(picture), 1 / 255))
        answer: Floats = self._net.forward()[0, 0]
        return answer


def _decided(person: Floats) -> float:
    return float(np.abs(2 * person - 1).mean())


def _middle(box: Box) -> Box:
    """The middle half of a box in each direction: a head's box has room around it in its corners."""
    x0, y0, x1, y1 = box
    return x0 + (x1 - x0) // 4, y0 + (y1 - y0) // 4, x1 - (x1 - x0) // 4, y1 - (y1 - y0) // 4

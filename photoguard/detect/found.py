"""Faces as arrays: what a pass of a net found, moved between the pass's picture and the photo."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]

_DOWN = np.array([(0, 1), (-1, 0), (0, -1), (1, 0)], np.float32)
"""Where the chin of a face points that 0, 1, 2 or 3 quarter turns counter-clockwise set upright."""


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """N faces in pixels of one picture; boxes may reach beyond it."""

    corners: Floats
    """N x 2 x 2: two opposite corners (x, y) of the face from forehead to chin."""
    scores: Floats
    """N, 0..1."""
    landmarks: Floats
    """N x 5 x 2: x, y of the eyes, the nose and the corners of the mouth."""

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, index: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Faces:
        return Faces(self.corners[index], self.scores[index], self.landmarks[index])

    @classmethod
    def none(cls) -> Faces:
        """No faces."""
        return cls(np.empty((0, 2, 2), np.float32), np.empty(0, np.float32), np.empty((0, 5, 2), np.float32))

    @classmethod
    def joined(cls, parts: Iterable[Faces]) -> Faces:
        """All faces of several finds."""
        every = [cls.none(), *parts]
        return cls(
            np.concatenate([part.corners for part in every]),
            np.concatenate([part.scores for part in every]),
            np.concatenate([part.landmarks for part in every]),
        )

    @property
    def boxes(self) -> Floats:
        """N x 4: x0, y0, x1, y1."""
        boxes: Floats = np.hstack((self.corners.min(axis=1), self.corners.max(axis=1)))
        return boxes

    @property
    def centres(self) -> Floats:
        """N x 2: x, y."""
        centres: Floats = self.corners.mean(axis=1)
        return centres

    @property
    def down(self) -> Floats:
        """N x 2: unit vectors from the eyes to the mouth."""
        way = self.landmarks[:, 3:].mean(axis=1) - self.landmarks[:, :2].mean(axis=1)
        unit: Floats = way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-6)
        return unit

    def turns(self) -> NDArray[np.intp]:
        """N: the quarter turns counter-clockwise (`np.rot90`) that set each face most nearly upright."""
        nearest: NDArray[np.intp] = np.argmax(self.down @ _DOWN.T, axis=1)
        return nearest

    def moved(self, by: ArrayLike) -> Faces:
        """The same faces with (x, y) added."""
        way = np.asarray(by, np.float32)
        return Faces(self.corners + way, self.scores, self.landmarks + way)

    def scaled(self, by: ArrayLike) -> Faces:
        """The same faces with x and y multiplied by a factor, or each by its own."""
        factor = np.asarray(by, np.float32)
        return Faces(self.corners * factor, self.scores, self.landmarks * factor)

    def turned_back(self, turns: int, size: tuple[int, int]) -> Faces:
        """The same faces in the picture of this size (width, height) that `np.rot90(picture, turns)` turned."""
        width, height = size
        return Faces(
            _turned_back(self.corners, turns, width, height),
            self.scores,
            _turned_back(self.landmarks, turns, width, height),
        )

    def best(self, overlap: float) -> Faces:
        """Best first, without those that overlap a better one by more than this share of their union."""
        shapes = np.hstack((self.boxes[:, :2], self.boxes[:, 2:] - self.boxes[:, :2]))
        kept = cv2.dnn.NMSBoxes(shapes.tolist(), self.scores.tolist(), 0.0, overlap)
        return self[np.asarray(kept, dtype=np.intp).reshape(-1)]

    def like(self, box: Floats, overlap: float) -> Faces:
        """Those that overlap a box (x0, y0, x1, y1) by more than this share of their union."""
        boxes = self.boxes
        both = (
            (np.minimum(boxes[:, 2:], box[2:]) - np.maximum(boxes[:, :2], box[:2])).clip(min=0).prod(axis=1)
        )
        either = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) + (box[2:] - box[:2]).prod() - both
        return self[both > overlap * either]


def _turned_back(points: Floats, turns: int, width: int, height: int) -> Floats:
    x, y = points[..., 0], points[..., 1]
    match turns:
        case 0:
            return points
        case 1:
            return np.stack((width - y, x), axis=-1)
        case 2:
            return np.stack((width - x, height - y), axis=-1)
        case _:
            return np.stack((y, height - x), axis=-1)

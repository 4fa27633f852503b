"""From a face (forehead to chin) to the whole head: hair, ears and neck."""

from __future__ import annotations

import numpy as np

from .found import Faces, Floats

_ABOVE = 0.45
_BESIDE = 0.35
_BELOW = 0.35
"""How far the box grows, in heights of the face."""


def heads(faces: Faces) -> Floats:
    """N x 4 boxes (x0, y0, x1, y1) of whole heads, which may reach beyond the picture.

    The head's own up and down come from eyes and mouth, so that a lying patient's hair is covered too.
    """
    boxes, down = faces.boxes, faces.down
    across = down[:, ::-1] * (-1, 1)
    grown = np.stack((-_ABOVE * down, _BELOW * down, -_BESIDE * across, _BESIDE * across), axis=1)
    size = np.max(boxes[:, 2:] - boxes[:, :2], axis=1, keepdims=True)
    return np.hstack(
        (
            boxes[:, :2] + size * grown.min(axis=1).clip(max=0),
            boxes[:, 2:] + size * grown.max(axis=1).clip(min=0),
        )
    ).astype(np.float32)


def reach(faces: Faces, looks: Faces, overlap: float) -> Floats:
    """N x 4 boxes of the heads of faces, each as far as any of several looks at it has it.

    Looks at one face, in several sizes and turns, differ by a hand's breadth in where it ends. `overlap` is the share
    of their union from which on two boxes are of one face.
    """
    boxes = np.empty((len(faces), 4), np.float32)
    for number, box in enumerate(faces.boxes):
        every = heads(Faces.joined((faces[number : number + 1], looks.like(box, overlap))))
        boxes[number] = (*every[:, :2].min(axis=0), *every[:, 2:].max(axis=0))
    return boxes

"""Turns a mirrored photo back: its pixels at once, its JPEG coefficients when it is written."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..orientation import TURNS, Turn
from ..photo import Photo, Pixels

_ORIENTATIONS = {turn: orientation for orientation, turn in TURNS.items()}


def flipped(photo: Photo) -> Photo:
    """The photo with left and right swapped.

    Only what turns the stored picture upright changes with it, so a JPEG keeps its own coefficients: the writer
    takes the orientation from `facts`. What was found in the photo before has to be looked for anew.
    """
    turn = TURNS[photo.facts.orientation]
    other = Turn(turn.transpose, not turn.flip_x, turn.flip_y)
    return replace(
        photo,
        pixels=_read_only(photo.pixels),
        alpha=None if photo.alpha is None else _read_only(photo.alpha),
        facts=replace(photo.facts, orientation=_ORIENTATIONS[other]),
    )


def _read_only(pixels: Pixels) -> Pixels:
    swapped = np.ascontiguousarray(pixels[:, ::-1])
    swapped.setflags(write=False)
    return swapped

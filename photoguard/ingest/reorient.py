"""Turns or flips a photo that lies wrong: its pixels at once, its JPEG coefficients when it is written."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from ..orientation import TURNS, Turn
from ..photo import Box, Photo, Pixels
from .turn import upright

_ORIENTATIONS = {turn: orientation for orientation, turn in TURNS.items()}
_FLIP = 2
_CLOCKWISE = {0: 1, 90: 6, 180: 3, 270: 8}


def reoriented(photo: Photo, *, flip: bool = False, turn: Literal[0, 90, 180, 270] = 0) -> Photo:
    """The photo with left and right swapped where `flip`, then turned clockwise by `turn` degrees.

    Only what turns the stored picture upright changes with it, so a JPEG keeps its own coefficients: the writer
    takes the orientation from `facts`. What was found in the photo before has to be looked for anew.
    """
    for orientation in (_FLIP if flip else 1, _CLOCKWISE[turn]):
        if orientation != 1:
            photo = _moved(photo, orientation)
    return photo


def reoriented_box(
    box: Box, size: tuple[int, int], *, flip: bool = False, turn: Literal[0, 90, 180, 270] = 0
) -> Box:
    """Where a box of a picture (width, height) lies after `reoriented`."""
    for orientation in (_FLIP if flip else 1, _CLOCKWISE[turn]):
        how = TURNS[orientation]
        x0, y0, x1, y1 = (box[1], box[0], box[3], box[2]) if how.transpose else box
        size = width, height = how.size(*size)
        if how.flip_x:
            x0, x1 = width - x1, width - x0
        if how.flip_y:
            y0, y1 = height - y1, height - y0
        box = x0, y0, x1, y1
    return box


def _moved(photo: Photo, orientation: int) -> Photo:
    def moved(pixels: Pixels) -> Pixels:
        placed = upright(pixels, orientation)
        placed.setflags(write=False)
        return placed

    both = _then(TURNS[photo.facts.orientation], TURNS[orientation])
    return replace(
        photo,
        pixels=moved(photo.pixels),
        alpha=None if photo.alpha is None else moved(photo.alpha),
        facts=replace(photo.facts, orientation=_ORIENTATIONS[both]),
        block=TURNS[orientation].size(*photo.block),
    )


def _then(first: Turn, second: Turn) -> Turn:
    """One turn in place of two."""
    # The second one's transpose takes the first one's flips along: across becomes down.
    across, down = (first.flip_y, first.flip_x) if second.transpose else (first.flip_x, first.flip_y)
    return Turn(first.transpose != second.transpose, across != second.flip_x, down != second.flip_y)

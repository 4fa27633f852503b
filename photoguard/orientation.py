"""What the eight EXIF orientations mean, as steps that pixels and DCT blocks can both take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Turn:
    """How a stored picture becomes upright: first the transpose (rows become columns), then the flips."""

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Upright width and height of what is stored as width x height."""
        return (height, width) if self.transpose else (width, height)


TURNS: dict[int, Turn] = {
    1: Turn(),
    2: Turn(flip_x=True),
    3: Turn(flip_x=True, flip_y=True),
    4: Turn(flip_y=True),
    5: Turn(transpose=True),
    6: Turn(transpose=True, flip_x=True),
    7: Turn(transpose=True, flip_x=True, flip_y=True),
    8: Turn(transpose=True, flip_y=True),
}
"""Exif 2.32, tag 0x0112. 2, 4, 5 and 7 mirror the picture."""

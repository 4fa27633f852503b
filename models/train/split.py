"""Which pictures and which artwork may be learned from: the one place that says so.

Clinical photos are divided by their number, before anything else is done with them; artwork, fonts and
backgrounds by a hash of their name. Nothing of `test` is ever seen in training or when thresholds are chosen.
"""

from __future__ import annotations

import zlib
from typing import Literal

Part = Literal["train", "tune", "test"]


def part_of_photo(number: int) -> Part:
    """Part that clinical photo `number` (the figure in its file name) belongs to: 7 : 1 : 2."""
    last = number % 10
    if last <= 6:
        return "train"
    return "tune" if last == 7 else "test"


def part_of_artwork(name: str) -> Part:
    """Part that artwork, font or background `name` belongs to: four fifths train, a tenth each tune and test."""
    last = zlib.crc32(name.encode()) % 10
    if last % 5:
        return "train"
    return "tune" if last == 0 else "test"

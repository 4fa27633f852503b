"""What the window and the process behind it tell each other.

Through a pipe goes an `Order`, and back comes what becomes of it. What a person wants meanwhile stands in memory that
both share: neither waits until the other has read it.
"""

from __future__ import annotations

from ctypes import c_int
from dataclasses import dataclass, field
from enum import IntEnum
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from ..outcome import Outcome
from ..policy import Policy
from .declared import Pair

if TYPE_CHECKING:
    from ..batch.walk import Source


@dataclass(frozen=True, slots=True)
class Order:
    """Files and folders to clean."""

    inputs: tuple[Path, ...] = field(repr=False)
    out: Path = field(repr=False)
    policy: Policy
    pairs: tuple[Pair, ...] = field(repr=False)


class Wish(IntEnum):
    """What a person wants of the order that is under way, once the photos it is at are finished."""

    GO_ON = 0
    PAUSE = 1
    STOP = 2


@dataclass(frozen=True, slots=True)
class Found:
    """The order's photos."""

    photos: tuple[Source, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing more of the order can be cleaned: stable code and a sentence."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Over:
    """Nothing of the order is under way any more."""

    done: bool
    """False where it paused."""


News: TypeAlias = Found | Outcome | Refused | Over
"""What comes back: an Outcome for each photo, Over at last."""


def carry_out(pipe: Connection, wish: c_int, home: Path | None, jobs: int) -> None:
    """Carry out one order after the other, `jobs` photos at once, until the window closes the pipe or is gone."""
    from .behind import Behind  # late: only the process behind the window needs what cleans

    Behind(pipe, wish, home, jobs).serve()

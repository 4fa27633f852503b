"""Rows of numbers that are put aside in files, so that memory does not grow with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

Rows: TypeAlias = NDArray[Any]


class Drawers:
    """Rows of one type, sorted into numbered drawers: each is a file `NAME-NUMBER` in a folder, while it is needed.

    All methods raise OSError.
    """

    def __init__(self, folder: Path, name: str, kind: DTypeLike) -> None:
        self._folder, self._name, self._kind = folder, name, np.dtype(kind)
        self._held: dict[int, int] = {}
        """Rows, by drawer."""

    def put(self, drawers: NDArray[np.integer[Any]], rows: Rows) -> None:
        """Put each row into its drawer, behind those that are there."""
        if not len(rows):
            return
        order = np.argsort(drawers, kind="stable")
        numbers, starts = np.unique(drawers[order], return_index=True)
        for number, some in zip(numbers.tolist(), np.split(order, starts[1:]), strict=True):
            with self._file(number).open("ab" if number in self._held else "wb") as file:
                file.write(rows[some].tobytes())
            self._held[number] = self._held.get(number, 0) + len(some)

    def numbers(self) -> list[int]:
        """Of the drawers that hold something, ascending."""
        return sorted(self._held)

    def count(self, number: int) -> int:
        """How many rows a drawer holds."""
        return self._held.get(number, 0)

    def rows(self, number: int, some: range | None = None) -> Rows:
        """All rows of a drawer, or some that follow each other, in the order in which they came."""
        some = range(self.count(number)) if some is None else some
        if not len(some):
            return np.zeros(0, self._kind)
        return np.fromfile(
            self._file(number), self._kind, count=len(some), offset=some.start * self._kind.itemsize
        )

    def empty(self, number: int) -> None:
        """Throw away what a drawer holds."""
        if self._held.pop(number, 0):
            self._file(number).unlink(missing_ok=True)

    def _file(self, number: int) -> Path:
        return self._folder / f"{self._name}-{number}"

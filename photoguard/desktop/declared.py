"""Pairs that a person has declared in the window, told to the library as a manifest."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from ..home import Home

Pair: TypeAlias = tuple[str, str]
"""The names of the photo before and of the photo after."""


@contextmanager
def manifest_of(pairs: Sequence[Pair], home: Home) -> Iterator[Path | None]:
    """A manifest with these pairs, for as long as it is needed; None where there are none.

    It names files, so it lies in the practice's folder, which nobody else can read.
    """
    if not pairs:
        yield None
        return
    with tempfile.TemporaryDirectory(dir=home.path) as place:
        file = Path(place) / "pairs.csv"
        with file.open("w", encoding="utf-8", newline="") as lines:
            writer = csv.writer(lines)
            writer.writerow(("file", "pair", "role"))
            for before, after in pairs:
                for name, role in ((before, "before"), (after, "after")):
                    writer.writerow((name, f"{before} → {after}", role))
        yield file

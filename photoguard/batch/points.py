"""What a cleaned photo is compared with others by, as a file.

It waits beside the output instead of going back with the outcome: whoever hands photos to workers elsewhere sends no
pixels about, and nothing that pixels could be guessed from.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..features import Features
from ..mirror.batch import Trace
from ..store import Place, Stored
from .together import Seen


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Of one photo."""

    seen: Seen
    half: Features | None = None
    """Of half a pair: what it is laid on the other half by."""

    def data(self) -> bytes:
        """What they are in a file, `.npz`."""
        trace = self.seen.trace
        half = {} if self.half is None else _parts("half", self.half)
        file = io.BytesIO()
        np.savez(file, bits=trace.bits, grey=trace.grey, **_parts("seen", self.seen.features), **half)
        return file.getvalue()

    @classmethod
    def read(cls, path: Place) -> Points:
        """The points in a file. Raises OSError where it can't be read or is damaged, StoreError."""
        data = path.read_bytes()
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as held:
                half = _whole("half", held) if "half_places" in held else None
                return cls(Seen(Trace(held["bits"], held["grey"]), _whole("seen", held)), half)
        except Exception:  # NumPy and zipfile raise whatever they like at damaged bytes
            raise OSError("not the points of a photo") from None


_AT_HAND = 512
"""Photos whose points are held for a while, some 40 kB each: few are asked for once only."""


class Shelf(Mapping[str, Seen]):
    """What photos are compared by, by name: each lies as a file in a folder of this computer, so that memory does not
    grow with a run.

    Raises OSError where one can't be read or written any more.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, Path] = {}
        self._read = lru_cache(maxsize=_AT_HAND)(Points.read)

    def take(self, name: str, file: Place) -> Features | None:
        """Take in a photo's points as they lie there, or from a store. What half of a pair is laid on the other by is
        given back, and not kept: it is of the photo as it was. Raises StoreError, too.
        """
        points, kept = Points.read(file), self._folder / file.name
        if points.half is not None or isinstance(file, Stored):
            kept.write_bytes(Points(points.seen).data())
        if isinstance(file, Stored):
            file.unlink(missing_ok=True)
        self._files[name] = kept
        return points.half

    def put(self, name: str, seen: Seen) -> None:
        """Take in what there is to compare of a photo of an earlier run."""
        file = self._folder / f"earlier-{len(self._files)}.npz"
        file.write_bytes(Points(seen).data())
        self._files[name] = file

    def kept(self, name: str, file: Path) -> bool:
        """Take in what `keep` has left of a photo; False where that can't be read."""
        try:
            self._read(file)
        except OSError:
            return False
        self._files[name] = file
        return True

    def keep(self, name: str, file: Path) -> None:
        """Move what there is to compare of a photo to where the next run finds it. Raises OSError."""
        self._files[name] = self._files[name].replace(file)

    def among(self, names: Iterable[str]) -> Shelf:
        """The same for these photos only, in their order."""
        some = Shelf(self._folder)
        some._files = {name: self._files[name] for name in names}
        return some

    def __getitem__(self, name: str) -> Seen:
        return self._read(self._files[name]).seen

    def __contains__(self, name: object) -> bool:
        return name in self._files  # Mapping would read the file

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def _parts(name: str, features: Features) -> dict[str, NDArray[Any]]:
    return {
        f"{name}_places": features.places,
        f"{name}_descriptors": features.descriptors,
        f"{name}_width": np.array(features.width),
    }


def _whole(name: str, held: np.lib.npyio.NpzFile) -> Features:
    return Features(held[f"{name}_places"], held[f"{name}_descriptors"], float(held[f"{name}_width"]))

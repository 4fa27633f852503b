"""What a cleaned photo is compared with others by, as a file.

It waits beside the output instead of going back with the outcome: whoever hands photos to workers elsewhere sends no
pixels about, and nothing that pixels could be guessed from.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from ..features import Features
from ..mirror.batch import Trace
from ..store import Place
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
        try:
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as held:
                half = _whole("half", held) if "half_places" in held else None
                return cls(Seen(Trace(held["bits"], held["grey"]), _whole("seen", held)), half)
        except (ValueError, KeyError, EOFError, BadZipFile):
            raise OSError("not the points of a photo") from None


def _parts(name: str, features: Features) -> dict[str, NDArray[Any]]:
    return {
        f"{name}_places": features.places,
        f"{name}_descriptors": features.descriptors,
        f"{name}_width": np.array(features.width),
    }


def _whole(name: str, held: np.lib.npyio.NpzFile) -> Features:
    return Features(held[f"{name}_places"], held[f"{name}_descriptors"], float(held[f"{name}_width"]))

"""The cue in earlier runs: a photo that was let through the other way round."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Column, Integer, MetaData, Table, Text, func, insert, select

from ..database import Store, about_table, append_only
from ..home import Home
from ..outcome import MirrorCue
from .batch import Trace

_BANDS, _BITS = 11, 13
_ALIKE = 5
"""Bands, of 11, that a photo must share with one of an earlier run, but for one bit in each. Copies of one photo,
saved again, made smaller, relit or cut by 4 %, share so many in 99 %; photos of different sites share three at most
(benchmarks/mirror.py)."""

_AT_ONCE = 1000
"""Photos that are remembered in one transaction, some 20 MB."""

_TABLES = MetaData()
about_table(_TABLES)
_PART = append_only(
    Table(
        "part",
        _TABLES,
        Column("id", Integer, primary_key=True),
        Column("photo", Text, nullable=False, index=True),
        Column("token", Text, nullable=False, index=True),
    )
)


class Earlier:
    """What earlier runs let through: for each photo eleven keyed hashes, and nothing that shows it.

    Without the practice's key they can't be compared with a picture. Raises StorageError, code PICTURES_...
    """

    def __init__(self, home: Home) -> None:
        self._key = home.key()
        self._store = Store(
            home.path / "pictures.sqlite", "PICTURES", "The list of earlier pictures", 1, _TABLES
        )

    def cue(self, seen: Trace) -> MirrorCue | None:
        """Strong where an earlier run let the photo through the other way round only; else None.

        Not decisive: there is no picture left to lay it on.
        """
        if self._known(seen) or not self._known(seen.flipped()):
            return None
        return MirrorCue(
            name="earlier",
            says="mirrored",
            strength="strong",
            detail="An earlier run let this photo through the other way round.",
        )

    def add(self, released: Iterable[Trace]) -> None:
        """Remember photos that were released."""
        waiting = iter(released)
        while some := list(islice(waiting, _AT_ONCE)):
            rows = [
                {"photo": self._keyed(b"whole", trace.bits), "token": token}
                for trace in some
                if not self._known(trace)
                for token in self._tokens(trace)
            ]
            if rows:
                with self._store.writing() as connection:
                    connection.execute(insert(_PART), rows)

    def _known(self, seen: Trace) -> bool:
        with self._store.reading() as connection:
            if connection is None:
                return False
            alike = func.count(_PART.c.token.distinct())
            rows = connection.execute(
                select(_PART.c.photo)
                .where(_PART.c.token.in_(self._near_tokens(seen)))
                .group_by(_PART.c.photo)
                .having(alike >= _ALIKE)
                .limit(1)
            )
            return rows.first() is not None

    def _tokens(self, seen: Trace) -> list[str]:
        return [self._keyed(bytes([number]), band) for number, band in enumerate(_bands(seen))]

    def _near_tokens(self, seen: Trace) -> list[str]:
        """Those of each band, and of the same band with any one bit changed. A stored photo has one per band."""
        changes = np.concatenate([np.zeros((1, _BITS), np.bool_), np.eye(_BITS, dtype=np.bool_)])
        return [
            self._keyed(bytes([number]), band ^ change)
            for number, band in enumerate(_bands(seen))
            for change in changes
        ]

    def _keyed(self, what: bytes, bits: NDArray[np.bool_]) -> str:
        return hmac.digest(self._key, b"picture\0" + what + np.packbits(bits).tobytes(), "sha256")[:12].hex()


def _bands(seen: Trace) -> NDArray[np.bool_]:
    """11 x 13."""
    return seen.bits[: _BANDS * _BITS].reshape(_BANDS, _BITS)

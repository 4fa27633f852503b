"""What shows only when the photos of a run, and of earlier runs, are seen together.

The same photo both ways round; a before/after pair that nobody declared. Looked at are the cleaned pictures, in the
small size that the report shows: nothing more is kept of any photo.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, overload

import numpy as np
from PIL import Image

from ..features import Features, of_pixels
from ..mirror import batch, judge
from ..outcome import MirrorVerdict
from ..pairing import same_site
from ..photo import CaptureFacts, Container, Photo

if TYPE_CHECKING:
    from ..mirror.earlier import Earlier  # with a database, which no worker needs

_POINTS = 150
_SIDE = 320
"""Long side of the picture in which points are looked for: coarse ones are still there on another day."""

_AT_HAND = 128
"""Photos whose details are kept, 45 MB: each is compared with all that share points with it, in a series a dozen."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a cleaned picture is compared with others by."""

    trace: batch.Trace
    features: Features


def seen(thumbnail: bytes) -> Seen:
    """What there is to compare in a small picture (JPEG)."""
    photo = _photo(thumbnail)
    small = photo.scaled(min(1.0, _SIDE / max(photo.size)))
    return Seen(batch.trace(photo), of_pixels(small).strongest(_POINTS))


def mirrored(
    verdicts: Mapping[str, MirrorVerdict],
    pictures: Mapping[str, Seen],
    earlier: Earlier,
    compared: Set[str] = frozenset(),
) -> dict[str, tuple[MirrorVerdict, tuple[str, ...]]]:
    """The verdicts that are others once the photos of this run and of earlier ones are compared, by name; those that
    are `compared` have been, with each other.

    Beside each, the photos of this run that are the reason.
    """
    run, told = batch.Run(lambda name: pictures[name].trace), dict(verdicts)
    beside: dict[str, list[str]] = {name: [] for name in pictures}
    for name in (name for name in pictures if name in compared):
        run.take(name, pictures[name].trace)
    for name in (name for name in pictures if name not in compared):
        picture = pictures[name]
        twins = run.add(name, picture.trace)
        for twin in twins:
            told[name], told[twin] = batch.settle(told[name], told[twin])
            beside[name].append(twin)
            beside[twin].append(name)
        cue = None if twins else earlier.cue(picture.trace)
        if cue is not None:
            told[name] = judge((*told[name].cues, cue))
    return {
        name: (verdict, tuple(beside[name])) for name, verdict in told.items() if verdict != verdicts[name]
    }


def same_site_twice(
    names: Sequence[str],
    pictures: Mapping[str, Seen],
    thumbnails: Mapping[str, bytes],
    folder: Path,
    compared: Set[str] = frozenset(),
) -> Iterator[tuple[str, str]]:
    """Two of these photos that show one site of a body and are not known to be one photo. Of those that have been
    `compared` with each other, only what a new one has to do with.

    A copy of one of them shows that site as well, also where too few of its points say so: a mask's grain has some too.
    The folder is for files that are needed meanwhile. Raises OSError.
    """
    features = _Features(names, pictures)

    @lru_cache(maxsize=_AT_HAND)
    def details(name: str) -> same_site.Details | None:
        there = thumbnails.get(name)
        return None if there is None else same_site.details(_photo(there).pixels)

    others, copies = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    new = {place for place, name in enumerate(names) if name not in compared}
    for one, other, laid in same_site.alike(features, folder, new):
        first, second = names[one], names[other]
        here, there = details(first), details(second)
        same = here is not None and there is not None and same_site.one_photo(here, there, laid)
        kin = copies if same else others
        kin[first].add(second)
        kin[second].add(first)
        if not same:
            yield first, second
    for name, its in copies.items():
        beside = {far for copy in its for far in others[copy]}
        for shown in sorted(beside - others[name] - its - {name}):
            yield name, shown


@dataclass(frozen=True, slots=True)
class _Features(Sequence[Features]):
    """The features of photos in their order, each fetched when it is asked for."""

    names: Sequence[str]
    pictures: Mapping[str, Seen]

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, place: int) -> Features: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Features]: ...
    def __getitem__(self, place: int | slice) -> Features | Sequence[Features]:
        if isinstance(place, slice):
            return _Features(self.names[place], self.pictures)
        return self.pictures[self.names[place]].features


def _photo(thumbnail: bytes) -> Photo:
    with Image.open(io.BytesIO(thumbnail)) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    return Photo(pixels, Container.JPEG, CaptureFacts(picture.size))

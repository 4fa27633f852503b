"""Pictures that the net is measured on, with what is known about each: composed, clinical and ordinary ones."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from .bodymasks import body_mask, without_padding
from .compose import compose
from .pools import Pools
from .sources import REAL_TATTOOS
from .split import Part, part_of_photo
from .tone import ita

Picture = NDArray[np.uint8]

TONES = ((55, "very light"), (41, "light"), (28, "intermediate"), (10, "tan"), (-30, "brown"), (-91, "dark"))
"""Groups of the individual typology angle, from the angle above which they begin (Chardon et al., 1991)."""
NO_SKIN = "no skin"


@dataclass(frozen=True)
class Unseen:
    """One picture to look at."""

    picture: Picture
    """Height x width x 3, RGB."""
    tone: str
    """Name of the skin's group in `TONES`, or NO_SKIN."""
    labels: Picture | None = None
    """4 x height x width in {0, 1, 255 = unknown}, as the net's maps; None where it is only known that there is
    no tattoo."""


def tone_group(angle: float) -> str:
    """Group of a skin tone in degrees of ITA; NO_SKIN for NaN."""
    return NO_SKIN if np.isnan(angle) else next(name for least, name in TONES if angle > least)


def composed(part: Part, pools: Pools, count: int, side: int = 512) -> Iterator[Unseen]:
    """Pictures of side x side composed from `pools`, with seeds that training never uses."""
    for number in range(count):
        sample = compose(np.random.default_rng((zlib.crc32(part.encode()), number)), side, pools)
        yield Unseen(sample.picture, tone_group(sample.ita), sample.labels)


def clinical(data: Path, part: Part) -> Iterator[Unseen]:
    """Clinical photos of `part` without a tattoo. `data` is the folder of development photos."""
    for file in sorted((data / "skin").glob("*.jpg")):
        number = int(file.stem)
        if part_of_photo(number) != part or number in REAL_TATTOOS:
            continue
        picture = _read(file)
        rows, columns = without_padding(picture)
        picture = np.ascontiguousarray(picture[rows, columns])
        wound = cv2.imread(str(file.with_suffix(".wound.png")), cv2.IMREAD_GRAYSCALE)[rows, columns]
        skin = (body_mask(picture, wound).skin == 1) & (wound < 100)
        yield Unseen(picture, tone_group(ita(picture[skin].astype(np.float32)) if skin.any() else np.nan))


def ordinary(pools: Pools) -> Iterator[Unseen]:
    """Pictures of no patient: landscapes, rooms, things, drawings."""
    for picture in pools.background:
        yield Unseen(np.array(picture), NO_SKIN)


def clothed(pools: Pools) -> Iterator[Unseen]:
    """People in clothes, most of them painted."""
    for picture in pools.people:
        yield Unseen(np.array(picture), NO_SKIN)


def people(data: Path) -> Iterator[Unseen]:
    """Photos of people and places as cameras write them, each once. None of them is ever learned or tuned from."""
    files = [*(data / "faces").glob("*.jpg"), *(data / "metadata").glob("*.jpg")]
    for file in sorted(files):
        turned_copy = file.stem.rpartition("_")[0] in ("portrait", "landscape") and not file.stem.endswith(
            "_1"
        )
        if file.parent.name == "metadata" and turned_copy:
            continue
        picture = _read(file)
        if picture is not None:
            yield Unseen(picture, NO_SKIN)


def _read(file: Path) -> Picture | None:
    picture = cv2.imread(str(file), cv2.IMREAD_COLOR)
    return None if picture is None else np.ascontiguousarray(picture[..., ::-1])

"""The arrays that pictures are composed from: those `sources.py` gathered, or a small set that needs no cache."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from . import artwork, techniques
from .split import Part

Array = NDArray[np.uint8]


@dataclass(frozen=True)
class Photos:
    """Clinical photos in the upper left of squares: `body` {0, 1, 255 = doubt}, `wound` {0, 1}, `size` (h, w)."""

    picture: Array
    body: Array
    wound: Array
    size: NDArray[np.int64]
    trusted: NDArray[np.bool_]


@dataclass(frozen=True)
class Pools:
    """What is at hand.

    mono, plate, lettering, portrait: artwork in one colour, density and extent (N x side x side x 2).
    colour: RGBA artwork. sheet, sheet_extent: sleeves, RGBA and extent. background: RGB. texture: real skin's
    structure, 128 = flat. people: RGB, clothed and without a tattoo.
    """

    mono: Array
    plate: Array
    lettering: Array
    portrait: Array
    colour: Array
    sheet: Array
    sheet_extent: Array
    background: Array
    texture: Array
    people: Array
    photos: Photos | None


FOLDER = "pools-3"  # below the cache; counts up when the arrays change their form
ARTWORK = ("mono", "plate", "lettering", "portrait", "colour", "sheet", "sheet_extent")


@lru_cache(maxsize=4)
def gathered(cache: Path, part: Part) -> Pools:
    """The pools of `part` below `cache`, read from disk as they are needed (shared between processes)."""
    folder = cache / FOLDER / part

    def load(name: str) -> Array:
        return np.load(folder / f"{name}.npy", mmap_mode="r")

    photos = None
    if (folder / "photo.npy").exists():
        photos = Photos(
            load("photo"),
            load("photo_body"),
            load("photo_wound"),
            np.load(folder / "photo_size.npy"),
            np.load(folder / "photo_trusted.npy"),
        )
    return Pools(
        **{name: load(name) for name in ARTWORK},
        background=load("background"),
        texture=load("texture") if photos is not None else made_up_texture(),
        people=load("people"),
        photos=photos,
    )


def made_up_texture(count: int = 24, side: int = 128) -> Array:
    """Pores and creases from filtered noise, for where no clinical photo is at hand (128 = flat)."""
    rng = np.random.default_rng(5)
    made = []
    for _ in range(count):
        noise = rng.normal(size=(side, side)).astype(np.float32)
        fine = cv2.GaussianBlur(noise, (0, 0), rng.uniform(0.6, 1.6))
        fine = fine / fine.std() * rng.uniform(4, 12)
        made.append(np.clip(fine + 128, 0, 255).astype(np.uint8))
    return np.stack(made)


@lru_cache(maxsize=1)
def built_in() -> Pools:
    """A small set from scikit-image's photos, Pillow's own font and drawn patterns; needs no cache."""
    from skimage import data

    rng = np.random.default_rng(7)
    photos = [data.chelsea(), data.coffee(), data.rocket(), data.stereo_motorcycle()[0]]
    fields = np.stack([cv2.resize(photo, (256, 256), interpolation=cv2.INTER_AREA) for photo in photos])
    size = (techniques.SIDE, techniques.SIDE)
    draws = (artwork.mandala, artwork.tribal, artwork.knot, artwork.ornament)
    drawn = [cv2.resize(draw(rng), size, interpolation=cv2.INTER_AREA) for draw in draws for _ in range(3)]
    letters = [picture for _ in range(8) if (picture := artwork.lettering(None, rng)) is not None]
    plates = np.stack([techniques.drawn_as(plate, rng) for plate in drawn])
    colour = np.stack([techniques.vivid(plate, rng) for plate in drawn])
    sheets = [techniques.sheet(plates, colour, rng) for _ in range(3)]
    return Pools(
        mono=plates,
        plate=plates,
        lettering=np.stack([techniques.with_extent(picture, 0.07) for picture in letters]),
        portrait=np.stack([techniques.portrait(photo, None, rng) for photo in photos]),
        colour=colour,
        sheet=np.stack([rgba for rgba, _ in sheets]),
        sheet_extent=np.stack([extent for _, extent in sheets]),
        background=fields,
        texture=made_up_texture(),
        people=cv2.resize(data.astronaut(), (256, 256), interpolation=cv2.INTER_AREA)[None],
        photos=None,
    )

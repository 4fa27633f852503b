"""Training samples for the body net: skin, tattoos and everything that only looks like them, put together at random."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from . import bodies, ink, light, marks, things
from .pools import FOLDER, Pools, built_in, gathered
from .scene import Scene
from .sources import DEFAULT_CACHE

_FRAMED = 0.07
"""Share of pictures with bands along their sides."""


@dataclass(frozen=True)
class Sample:
    """picture: side x side x 3 uint8 RGB. labels: 4 x side x side uint8 (body, skin, tattoo, object) in
    {0, 1, 255 = ignore}. ita: skin tone in degrees before the light fell on it, NaN without measured skin.
    """

    picture: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    ita: float


@lru_cache(maxsize=1)
def training_pools() -> Pools:
    """The gathered training pools, or the built-in set where nothing was gathered."""
    there = (DEFAULT_CACHE / FOLDER / "train" / "background.npy").exists()
    return gathered(DEFAULT_CACHE, "train") if there else built_in()


def compose(rng: np.random.Generator, side: int, pools: Pools | None = None) -> Sample:
    """One sample of side x side pixels; the same state of `rng` gives the same sample."""
    pools = pools or training_pools()
    scene = _scene(pools, rng, side)
    picture = light.photographed(scene.picture, rng)
    if rng.random() < _FRAMED:
        light.framed(picture, scene.labels, rng)
    turns = int(rng.integers(4))
    picture, labels = np.rot90(picture, turns), np.rot90(scene.labels, turns, (1, 2))
    if rng.random() < 0.5:
        picture, labels = picture[:, ::-1], labels[:, :, ::-1]
    return Sample(np.ascontiguousarray(picture), np.ascontiguousarray(labels), scene.ita)


def _scene(pools: Pools, rng: np.random.Generator, side: int) -> Scene:
    kind = rng.random()
    if kind < 0.5 and pools.photos is not None:
        scene = bodies.photographed(pools, rng, side)
        made = False
    else:
        scene = bodies.empty(pools, rng, side)
        for _ in range(int(rng.choice((0, 0, 1, 1, 2, 3)))):
            things.put_object(scene, pools, rng)
        if rng.random() < 0.3:
            things.clutter(scene, pools, rng)
        made = kind < 0.86
        if made:
            bodies.add_body(scene, pools, rng)
    if made or kind < 0.5:
        _on_skin(scene, pools, rng, made)
        if rng.random() < 0.12:
            things.put_object(scene, pools, rng)
    return scene


def _on_skin(scene: Scene, pools: Pools, rng: np.random.Generator, made: bool) -> None:
    """Findings, ink, more findings (hair and pen marks lie on ink as well), then what is worn."""
    wanted = rng.random()
    if wanted > 0.35:
        marks.some(scene, pools, rng)
    if wanted < 0.62:
        number = int(rng.choice((1, 1, 1, 2, 3, 5)))
        for _ in range(2 * number):  # a motif that would hardly be seen is drawn anew
            number -= ink.tattoo(scene, pools, rng)
            if number <= 0:
                break
        if rng.random() < 0.12:
            marks.hair(scene, pools, rng)
        if rng.random() < 0.05:
            marks.pen(scene, pools, rng)
    if rng.random() < 0.12:
        things.on_skin(scene, pools, rng)
    if made and rng.random() < 0.4:
        things.dressed(scene, pools, rng)

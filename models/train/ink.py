"""Tattoos: artwork wrapped onto the scene's skin as ink that spreads, fades and lets the skin show through."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .pools import Pools
from .scene import IGNORE, SKIN, TATTOO, Scene, noise
from .techniques import VIVID

Real = NDArray[np.float32]
Array = NDArray[np.uint8]
VISIBLE = 18.0  # mean change of colour, in levels of 255, below which a motif is not put on the skin at all
KINDS = ("mono", "plate", "lettering", "portrait", "colour", "sheet", "band")
SHARES = (0.21, 0.13, 0.17, 0.12, 0.15, 0.16, 0.06)


def tattoo(scene: Scene, pools: Pools, rng: np.random.Generator) -> bool:
    """Puts one tattoo on bare skin and labels it; False where there was no room or it would hardly be seen."""
    free = scene.bare
    ys, xs = np.nonzero(free[::4, ::4])
    if len(ys) < 30:
        return False
    room = 4 * np.sqrt(len(ys))  # side of a square as large as the bare skin
    k = int(rng.integers(len(ys)))
    centre = (int(ys[k]) * 4, int(xs[k]) * 4)
    kind = str(rng.choice(KINDS, p=SHARES))
    black = _black(rng)
    if kind == "sheet":
        density, colour, extent = _sleeve(scene, pools, rng, centre, room * rng.uniform(0.6, 1.9))
        if rng.random() < 0.4:
            grey = colour.mean(axis=2, keepdims=True)
            colour = black + (grey - black) * rng.uniform(0, 0.3)
    elif kind == "band":
        density, extent = _band(scene, rng, centre, room)
        colour = np.broadcast_to(black, (*free.shape, 3))
    else:
        most = min(1.6 * room, 1.4 * scene.side)
        size = np.exp(rng.uniform(np.log(min(0.07 * scene.side, most)), np.log(most)))
        pool: Array = getattr(pools, kind)
        art = pool[int(rng.integers(len(pool)))]
        if kind == "lettering":
            size *= 1.3
        flat = _wrapped(scene, art, rng, centre, size)
        if kind == "colour":
            density, colour = flat[..., 3].astype(np.float32) / 255, flat[..., :3].astype(np.float32)
            radius = max(1, round(0.02 * size))
            close = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
            extent = cv2.morphologyEx((flat[..., 3] > 40).astype(np.uint8), cv2.MORPH_CLOSE, close) > 0
        else:
            density, extent = flat[..., 0].astype(np.float32) / 255, flat[..., 1] > 127
            colour = np.broadcast_to(_tint(rng, black), (*free.shape, 3))
    return _apply(scene, rng, density, colour, extent)


def _black(rng: np.random.Generator) -> Real:
    """Fresh black, or the blue and green that it turns to."""
    fresh = np.array((20, 20, 24)) + rng.uniform(-10, 12, 3)
    old = np.array((42, 62, 76)) + rng.uniform(-16, 16, 3)
    age = rng.random() ** 1.5
    return (fresh * (1 - age) + old * age).astype(np.float32)


def _tint(rng: np.random.Generator, black: Real) -> Real:
    if rng.random() < 0.8:
        return black
    return (
        np.array(VIVID[int(rng.integers(len(VIVID)))]) * rng.uniform(0.6, 1) + rng.uniform(-20, 20, 3)
    ).astype(np.float32)


def _sleeve(
    scene: Scene, pools: Pools, rng: np.random.Generator, centre: tuple[int, int], size: float
) -> tuple[Real, Real, NDArray[np.bool_]]:
    """A sheet of many motifs; half of the time it goes on round the limb and along a good part of it."""
    k = int(rng.integers(len(pools.sheet)))
    endless = rng.random() < 0.5
    x, y = _places(scene, rng, centre, size, pools.sheet.shape[1])
    border = cv2.BORDER_REFLECT if endless else cv2.BORDER_CONSTANT
    flat = cv2.remap(np.ascontiguousarray(pools.sheet[k]), x, y, cv2.INTER_LINEAR, borderMode=border)
    density = flat[..., 3].astype(np.float32) / 255
    if endless:
        along = scene.surface[..., 0] - scene.surface[centre][0]
        reach = scene.side * rng.uniform(0.2, 1.0)
        wave = noise(rng, scene.side, 6) * scene.side * 0.03
        extent = (along + wave > -reach * rng.random()) & (along + wave < reach)
        density = density * extent
    else:
        sheet = cv2.remap(np.ascontiguousarray(pools.sheet_extent[k]), x, y, cv2.INTER_LINEAR)
        extent = sheet > 127
    return density, flat[..., :3].astype(np.float32), extent


def _band(
    scene: Scene, rng: np.random.Generator, centre: tuple[int, int], room: float
) -> tuple[Real, NDArray[np.bool_]]:
    """Solid rings round the limb, or a solid black part of it."""
    along = scene.surface[..., 0] - scene.surface[centre][0]
    along = along + noise(rng, scene.side, 5) * rng.uniform(0, 0.03) * scene.side
    width = room * (rng.uniform(0.06, 0.25) if rng.random() < 0.6 else rng.uniform(0.3, 0.9))
    extent = np.abs(along) < width / 2
    density = np.clip(width / 2 - np.abs(along), 0, 1)
    if rng.random() < 0.4:
        period = width / rng.integers(2, 5)
        density = density * ((along / period) % 1 < rng.uniform(0.35, 0.75))
    if rng.random() < 0.5:
        around = np.abs(scene.surface[..., 1] - scene.surface[centre][1])
        extent = extent & (around < room * rng.uniform(0.15, 0.6))
        density = density * extent
    return density.astype(np.float32), extent


def _places(
    scene: Scene, rng: np.random.Generator, centre: tuple[int, int], size: float, side: int
) -> tuple[Real, Real]:
    """For each pixel the place on artwork of `side` that lies there, `size` pixels long, turned and askew."""
    turn = (
        rng.uniform(0, 2 * np.pi) if rng.random() < 0.4 else rng.integers(4) * np.pi / 2 + rng.normal(0, 0.2)
    )
    stretch = np.float32(np.exp(rng.normal(0, 0.15)))
    shear = np.float32(rng.normal(0, 0.12))
    cos, sin = np.float32(np.cos(turn) * side / size), np.float32(np.sin(turn) * side / size)
    u = scene.surface[..., 0] - scene.surface[centre][0]
    v = scene.surface[..., 1] - scene.surface[centre][1]
    x = (u * cos + v * sin) * stretch
    y = (v * cos - u * sin) / stretch + shear * x
    return x + np.float32(side / 2), y + np.float32(side / 2)


def _wrapped(
    scene: Scene, art: Array, rng: np.random.Generator, centre: tuple[int, int], size: float
) -> Array:
    x, y = _places(scene, rng, centre, size, art.shape[0])
    if size < art.shape[0] / 2:  # or its lines would break up
        art = cv2.resize(np.ascontiguousarray(art), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        x, y = x / 2, y / 2
    if rng.random() < 0.5:
        art = art[:, ::-1]
    return cv2.remap(np.ascontiguousarray(art), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)


def _apply(
    scene: Scene, rng: np.random.Generator, density: Real, colour: Real, extent: NDArray[np.bool_]
) -> bool:
    """Lets `density` of `colour` into the skin and labels `extent`; nothing where it would hardly be seen."""
    free = scene.bare
    spread = rng.uniform(0.2, 0.7) if rng.random() < 0.7 else rng.uniform(0.7, 2.2)
    density = cv2.GaussianBlur(density, (0, 0), spread * scene.side / 256) * free
    inside = density > 0.25
    extent = extent & free
    if inside.sum() < 25 or extent.sum() < 25:
        return False
    strength = rng.uniform(0.78, 1.0) if rng.random() < 0.7 else rng.uniform(0.42, 0.78)
    patchy = 1 + noise(rng, scene.side, 10) * rng.uniform(0, 0.15)
    share = np.clip(density * strength * patchy, 0, 0.97)[..., None]
    skin = scene.picture
    light = cv2.cvtColor(skin, cv2.COLOR_RGB2GRAY)[..., None]
    # pigment lies under the uppermost skin: part of the light is filtered by it, part thrown back in its colour
    opaque = rng.uniform(0.25, 0.75)
    reference = max(cv2.mean(light, free.astype(np.uint8))[0], 40.0)
    own = colour * (light * (min(1.0, reference / 150 + 0.25) / reference))
    seen = skin * colour * ((1 - opaque) / 255) + own * opaque
    inked = skin + (np.clip(seen, 0, 255) - skin) * share
    change = np.abs(inked[::2, ::2] - skin[::2, ::2])
    sampled = inside[::2, ::2]
    if not sampled.any() or change[sampled].mean() < VISIBLE or change[extent[::2, ::2]].mean() < VISIBLE / 3:
        return False
    scene.picture = inked.astype(np.float32)
    outlined = extent.astype(np.uint8)
    rim = cv2.dilate(outlined, np.ones((3, 3), np.uint8)) - cv2.erode(outlined, np.ones((3, 3), np.uint8))
    label = scene.labels[TATTOO]
    # wide gaps in a sleeve: some would outline them with it, some not
    near = cv2.blur((density > 0.12).astype(np.float32), (scene.side // 14,) * 2) > 0.03
    label[((extent & ~near) | (inside & ~extent)) & (label == 0)] = IGNORE
    sure = extent & near & ((rim == 0) | inside)
    label[(rim > 0) & (label == 0) & (scene.labels[SKIN] == 1)] = IGNORE
    label[sure] = 1
    return True

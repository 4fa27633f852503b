"""Bodies: real ones from clinical photos, and made limbs, torsos and close-ups with real skin's structure."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from . import things, tone
from .pools import Pools
from .scene import BODY, IGNORE, OBJECT, SKIN, TATTOO, Scene, noise

Real = NDArray[np.float32]


def photographed(pools: Pools, rng: np.random.Generator, side: int) -> Scene:
    """A random piece of a clinical photo, turned, often in another skin tone."""
    photos = pools.photos
    assert photos is not None
    trusted = rng.random() < 0.75 and photos.trusted.any()
    choice = np.flatnonzero(photos.trusted) if trusted else np.arange(len(photos.picture))
    k = int(rng.choice(choice))
    height, width = (int(n) for n in photos.size[k])
    # the window: a square inside the photo, now and then close up
    span = int(min(height, width) * (rng.uniform(0.35, 1.0) if rng.random() < 0.6 else 1.0))
    y, x = int(rng.integers(0, height - span + 1)), int(rng.integers(0, width - span + 1))
    angle = rng.uniform(-25, 25) if rng.random() < 0.5 else 0.0
    scale = side / span * (1.0 if angle == 0 else 1.25)
    turn = cv2.getRotationMatrix2D((x + span / 2, y + span / 2), angle, scale)
    turn[:, 2] += np.array((side / 2 - x - span / 2, side / 2 - y - span / 2))
    picture = _moved(photos.picture[k, :height, :width], turn, side, cv2.INTER_LINEAR, cv2.BORDER_REFLECT)
    body = _moved(photos.body[k, :height, :width], turn, side, cv2.INTER_NEAREST, cv2.BORDER_REFLECT)
    wound = _moved(photos.wound[k, :height, :width], turn, side, cv2.INTER_NEAREST, cv2.BORDER_REFLECT)
    labels = np.zeros((4, side, side), np.uint8)
    sure = bool(photos.trusted[k])
    labels[BODY] = labels[SKIN] = body if sure else IGNORE
    labels[BODY if sure else SKIN][wound == 1] = 1
    # what stands about in a treatment room was not outlined
    labels[OBJECT] = np.where(body == 1, 0, IGNORE) if sure else IGNORE
    scene = Scene(picture.astype(np.float32), labels, _round(body == 1), wound)
    if sure and (body == 1).mean() > 0.02:
        _change_tone(scene, rng)
    return scene


def _moved(
    array: NDArray[np.uint8], turn: NDArray[np.float64], side: int, how: int, border: int
) -> NDArray[np.uint8]:
    return cv2.warpAffine(np.ascontiguousarray(array), turn, (side, side), flags=how, borderMode=border)


def _change_tone(scene: Scene, rng: np.random.Generator) -> None:
    free = scene.bare
    source = np.median(tone.lab(scene.picture[free][None])[0], axis=0)
    if rng.random() < 0.65:
        target = tone.draw(rng)
        weight = cv2.GaussianBlur((scene.labels[SKIN] == 1).astype(np.float32), (0, 0), scene.side / 200)
        scene.picture = tone.recolour(scene.picture, weight, source, target, scene.wound.astype(np.float32))
    scene.ita = tone.ita(scene.picture[free])


def _round(body: NDArray[np.bool_]) -> Real:
    """Surface of a limb seen in a photo: unrolled across its main axis as if it were a cylinder."""
    side = body.shape[0]
    ys, xs = np.nonzero(body[::4, ::4])
    rows, cols = np.mgrid[:side, :side].astype(np.float32)
    if len(ys) < 30:
        return np.stack((cols, rows), axis=2)
    points = np.stack((xs, ys), 1).astype(np.float32) * 4
    middle = points.mean(0)
    values, axes = np.linalg.eigh(np.cov((points - middle).T))
    across, along = axes[:, 0], axes[:, 1]
    reach = 2.2 * np.sqrt(max(values[0], 1.0))
    dx, dy = cols - middle[0], rows - middle[1]
    v = np.clip((dx * across[0] + dy * across[1]) / reach, -0.97, 0.97)
    return np.stack((dx * along[0] + dy * along[1], reach * np.arcsin(v)), axis=2).astype(np.float32)


def empty(pools: Pools, rng: np.random.Generator, side: int) -> Scene:
    """A scene without anyone: a photo, a plain surface or cloth."""
    field = things.cloth(pools, rng, side) if rng.random() < 0.22 else background(pools, rng, side)
    return Scene(
        field, np.zeros((4, side, side), np.uint8), np.zeros((side, side, 2), np.float32), _none(side)
    )


def add_body(scene: Scene, pools: Pools, rng: np.random.Generator) -> None:
    """An arm, leg or trunk, two of them, a hand, or skin that fills the picture."""
    side = scene.side
    kind = rng.random()
    colour = tone.draw(rng)
    if kind < 0.2:
        rows, cols = np.mgrid[:side, :side].astype(np.float32)
        bend = (noise(rng, side, 2) * 0.35 + rng.uniform(-0.6, 0.6) * (cols / side - 0.5)).astype(np.float32)
        _cover(
            scene, pools, rng, np.ones((side, side), np.float32), bend, np.stack((cols, rows), axis=2), colour
        )
        return
    if kind < 0.3:
        _cover(scene, pools, rng, *_hand(rng, side), colour)
        return
    width = rng.uniform(0.09, 0.25) if kind < 0.75 else rng.uniform(0.28, 0.5)
    for _ in range(2 if width < 0.2 and rng.random() < 0.3 else 1):
        ends = rng.uniform(0.3, 0.9) if rng.random() < 0.3 else 9.0
        turn, middle = rng.uniform(0, 2 * np.pi), rng.uniform(0.25, 0.75, 2)
        tube = _tube(rng, side, width, turn, middle, ends, rng.uniform(-0.35, 0.35))
        _cover(scene, pools, rng, *tube, colour)


def _none(side: int) -> NDArray[np.uint8]:
    return np.zeros((side, side), np.uint8)


def _tube(
    rng: np.random.Generator,
    side: int,
    width: float,
    turn: float,
    middle: NDArray[np.float64],
    ends: float,
    bend: float,
) -> tuple[Real, Real, Real]:
    """Coverage 0..1, place across -1..1 and unrolled surface of a tube about 2 * width * side thick.

    It runs in the direction `turn` through `middle` (parts of the side) and stops, rounded, after the part `ends`
    of its length (9: it leaves the picture); `bend` is how far it bows out.
    """
    small = 96
    steps = 14
    t = np.linspace(-0.9, 0.9, steps)
    bow = bend * t**2
    spine = middle + np.stack(
        (t * np.cos(turn) - bow * np.sin(turn), t * np.sin(turn) + bow * np.cos(turn)), axis=1
    )
    swell = (
        1
        + rng.uniform(-0.3, 0.3) * t
        + rng.uniform(0, 0.25) * np.sin(rng.uniform(2, 5) * t + rng.uniform(0, 6))
    )
    radius = width * swell
    along = np.concatenate(([0], np.cumsum(np.hypot(*np.diff(spine, axis=0).T))))
    rows, cols = (np.mgrid[:small, :small] + 0.5) / small
    nearest = np.full((small, small), 1e9)
    u, v = np.zeros((small, small)), np.zeros((small, small))
    for k in range(steps - 1):
        (x0, y0), (x1, y1) = spine[k], spine[k + 1]
        dx, dy = x1 - x0, y1 - y0
        length = dx * dx + dy * dy
        s = ((cols - x0) * dx + (rows - y0) * dy) / length
        inner = np.clip(s, 0, 1)
        ex, ey = cols - x0 - inner * dx, rows - y0 - inner * dy
        r = radius[k] + (radius[k + 1] - radius[k]) * inner
        distance = np.hypot(ex, ey) / r
        closer = distance < nearest
        nearest = np.where(closer, distance, nearest)
        u = np.where(closer, along[k] + inner * np.sqrt(length), u)
        v = np.where(closer, np.sign(dx * ey - dy * ex) * distance, v)
    reach = nearest
    if ends < 9:
        over = np.maximum(u - along[-1] * ends, 0) / width
        reach = np.hypot(nearest, over)
    big = (side, side)
    inside = cv2.resize(((1 - reach) * width * 40).astype(np.float32), big, interpolation=cv2.INTER_LINEAR)
    inside = np.clip(inside * side / 256 + 0.5, 0, 1)
    across = cv2.resize(v.astype(np.float32), big, interpolation=cv2.INTER_LINEAR)
    place = cv2.resize((u * side).astype(np.float32), big, interpolation=cv2.INTER_LINEAR)
    surface = np.stack((place, width * side * np.arcsin(np.clip(across, -0.98, 0.98))), axis=2)
    return inside.astype(np.float32), across, surface.astype(np.float32)


def _hand(rng: np.random.Generator, side: int) -> tuple[Real, Real, Real]:
    """Something like a hand or foot: three to five fingers side by side on a palm, as `_tube` gives it."""
    count, width = int(rng.integers(3, 6)), rng.uniform(0.04, 0.085)
    heading, middle = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 0.7, 2)
    ahead = np.array((np.cos(heading), np.sin(heading)))
    aside = np.array((-ahead[1], ahead[0]))
    fan, bow = rng.uniform(0.02, 0.2), rng.uniform(-0.15, 0.15)
    tubes = []
    for k in range(count):
        place = k - (count - 1) / 2
        start = middle + aside * place * width * 1.9 - ahead * 0.1
        reach = rng.uniform(0.62, 0.74) - 0.02 * abs(place)
        tubes.append(_tube(rng, side, width, heading + place * fan, start, reach, bow))
    palm = width * count * rng.uniform(0.85, 1.05)
    tubes.append(_tube(rng, side, palm, heading, middle - ahead * 0.75, 0.8, 0.0))
    return _joined(tubes)


def _joined(tubes: list[tuple[Real, Real, Real]]) -> tuple[Real, Real, Real]:
    """Several tubes as one body: each pixel shows the later of those that cover it."""
    inside, across, surface = (part.copy() for part in tubes[0])
    for covers, place, unrolled in tubes[1:]:
        front = covers > 0.5
        across[front], surface[front] = place[front], unrolled[front]
        np.maximum(inside, covers, out=inside)
    return inside, across, surface


def _cover(
    scene: Scene,
    pools: Pools,
    rng: np.random.Generator,
    inside: Real,
    across: Real,
    surface: Real,
    colour: Real,
) -> None:
    """Paints skin into the scene where `inside`, shaded across, with real skin's structure and mottling."""
    side = scene.side
    v = np.clip(across, -1, 1)
    depth = cv2.sqrt(1 - 0.96 * v * v)
    light, ambient = rng.uniform(-0.8, 0.8), rng.uniform(0.25, 0.75)
    facing = np.clip(v * np.float32(light) + depth * np.float32(np.sqrt(1 - light**2)), 0, 1)
    shade = (ambient + (1 - ambient) * facing) / (ambient + (1 - ambient) * 0.85)
    blotch = noise(rng, side, int(rng.integers(3, 12)))
    redness = noise(rng, side, int(rng.integers(2, 8)))
    skin = np.empty((side, side, 3), np.float32)
    skin[..., 0] = colour[0] * (1 + blotch * rng.uniform(0.01, 0.06))
    skin[..., 1] = colour[1] + redness * rng.uniform(0.5, 3)
    skin[..., 2] = colour[2] + blotch * rng.uniform(-1.5, 1.5)
    painted = tone.rgb(skin)
    texture = pools.texture[int(rng.integers(len(pools.texture)))]
    zoom = rng.uniform(0.5, 1.3)
    turn = cv2.getRotationMatrix2D((64, 64), rng.uniform(0, 360), side / 256 * zoom)
    fine = cv2.warpAffine(np.ascontiguousarray(texture), turn, (side, side), borderMode=cv2.BORDER_REFLECT)
    strength = rng.uniform(0.5, 1.3) / 300
    painted *= (shade * (1 + (fine.astype(np.float32) - 128) * strength))[..., None]
    gloss = cv2.pow(facing, float(rng.integers(20, 60))) * np.float32(
        rng.uniform(0, 60 if rng.random() < 0.3 else 15)
    )
    painted += gloss[..., None]
    # a shadow of the limb on what lies behind it
    dark = cv2.GaussianBlur(inside, (0, 0), side * rng.uniform(0.01, 0.05)) * rng.uniform(0, 0.6)
    share = inside[..., None]
    scene.picture *= 1 - dark[..., None]
    scene.picture += (np.clip(painted, 0, 255) - scene.picture) * share
    solid = inside > 0.5
    edge = (inside > 0.05) & (inside < 0.95)
    for channel in (BODY, SKIN):
        scene.labels[channel][solid] = 1
        scene.labels[channel][edge] = IGNORE
    scene.labels[TATTOO][solid] = 0
    scene.labels[OBJECT][solid] = 0
    scene.surface[solid] = surface[solid]
    free = scene.bare
    if free.any():
        scene.ita = tone.ita(scene.picture[free])


def background(pools: Pools, rng: np.random.Generator, side: int) -> Real:
    """Something without a person: a photo's piece, or a plain or striped surface in soft light."""
    if rng.random() < 0.7:
        field = pools.background[int(rng.integers(len(pools.background)))]
        span = int(field.shape[0] * rng.uniform(0.5, 1.0))
        y, x = rng.integers(0, field.shape[0] - span + 1, 2)
        cut = cv2.resize(np.ascontiguousarray(field[y : y + span, x : x + span]), (side, side))
        if rng.random() < 0.4:
            cut = cv2.GaussianBlur(cut, (0, 0), rng.uniform(1, 8) * side / 256)
        return cut.astype(np.float32)
    plain = np.ones((side, side, 3), np.float32) * rng.uniform(5, 250, 3)
    if rng.random() < 0.25:  # a black cloth, as behind many clinical photos
        plain[:] = rng.uniform(0, 14)
    elif rng.random() < 0.7:
        grey = plain.mean()
        plain = grey + (plain - grey) * rng.uniform(0, 0.4)
    folds = noise(rng, side, int(rng.integers(2, 9)))
    plain *= (1 + folds * rng.uniform(0, 0.25))[..., None]
    return np.clip(plain + rng.normal(0, rng.uniform(0, 4), (side, side, 1)), 0, 255).astype(np.float32)

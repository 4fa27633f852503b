"""Things: screens, papers, cards, frames and signs (objects that identify), clutter, and what is worn."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from .pools import Pools
from .scene import BODY, IGNORE, OBJECT, SKIN, TATTOO, Scene, noise

Real = NDArray[np.float32]
Array = NDArray[np.uint8]
FACE = 160  # longest side that a flat thing is drawn at


def _pick(pool: Array, rng: np.random.Generator) -> Array:
    return np.ascontiguousarray(pool[int(rng.integers(len(pool)))])


def _fit(picture: Array, height: int, width: int) -> Array:
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


def _ink(face: Array, density: Array, colour: Real, top: int, left: int, height: int, width: int) -> None:
    """Prints one-colour artwork (density) into a rectangle of `face`."""
    height, width = min(height, face.shape[0] - top), min(width, face.shape[1] - left)
    if height < 4 or width < 4:
        return
    share = _fit(density, height, width).astype(np.float32)[..., None] / 255
    part = face[top : top + height, left : left + width]
    part[:] = (part * (1 - share) + colour * share).astype(np.uint8)


def _writing(face: Array, rng: np.random.Generator, box: tuple[int, int, int, int], colour: Real) -> None:
    """Lines of print in (top, left, bottom, right)."""
    top, left, bottom, right = box
    step = int(rng.integers(5, 13))
    for y in range(top, bottom - step, step):
        x = left
        end = left + int((right - left) * (rng.uniform(0.3, 1) if rng.random() < 0.4 else 1))
        while x < end - 3:
            word = int(rng.integers(4, 22))
            strokes = rng.random((max(2, step // 2), min(word, end - x))) < 0.55
            part = face[y : y + strokes.shape[0], x : x + strokes.shape[1]]
            part[strokes[: part.shape[0], : part.shape[1]]] = colour
            x += word + int(rng.integers(2, 5))


def paper(pools: Pools, rng: np.random.Generator) -> Array:
    """A form, letter, label or sheet of drawings."""
    height, width = (
        (FACE, int(FACE * rng.uniform(0.5, 0.8)))
        if rng.random() < 0.7
        else (int(FACE * rng.uniform(0.2, 0.7)), FACE)
    )
    white = (
        np.array((235, 235, 230)) + rng.uniform(-25, 18, 3)
        if rng.random() < 0.8
        else rng.uniform(120, 255, 3)
    )
    face = np.ones((height, width, 3), np.uint8) * np.clip(white, 0, 255).astype(np.uint8)
    dark = np.array((25, 25, 35)) + rng.uniform(-20, 30, 3) if rng.random() < 0.8 else rng.uniform(0, 160, 3)
    kind = rng.random()
    if kind < 0.4:
        _writing(face, rng, (height // 12, width // 10, height - 4, width - width // 10), dark)
    elif kind < 0.55:  # a form
        for y in range(height // 10, height - 4, int(rng.integers(9, 22))):
            cv2.line(face, (width // 12, y), (width - width // 12, y), tuple(float(c) for c in dark), 1)
        for x in rng.integers(width // 12, width - 4, 2):
            cv2.line(face, (int(x), height // 10), (int(x), height - 6), tuple(float(c) for c in dark), 1)
        _writing(face, rng, (height // 8, width // 10, height // 2, width // 2), dark)
    elif kind < 0.75:  # artwork: a drawing of a tattoo is no tattoo
        pool = (pools.mono, pools.plate, pools.portrait, pools.lettering)[int(rng.integers(4))]
        for _ in range(int(rng.choice((1, 1, 2, 4)))):
            size = int(min(height, width) * rng.uniform(0.4, 1))
            y, x = int(rng.integers(0, height - size + 1)), int(rng.integers(0, width - size + 1))
            _ink(face, _pick(pool, rng)[..., 0], dark, y, x, size, size)
    elif kind < 0.85:
        _coloured(face, _pick(pools.colour, rng))
    else:
        size = min(height, width)
        _ink(
            face,
            _pick(pools.lettering, rng)[..., 0],
            dark,
            (height - size) // 2,
            (width - size) // 2,
            size,
            size,
        )
        if rng.random() < 0.5:
            bars = np.repeat((rng.random(width // 2) < 0.5).astype(np.uint8) * 255, 2)
            face[height * 3 // 4 : height * 9 // 10, : len(bars)][:, bars > 0] = 20
    return face


def _coloured(face: Array, rgba: Array) -> None:
    laid = _fit(rgba, *face.shape[:2]).astype(np.float32)
    share = laid[..., 3:] / 255
    face[:] = (face * (1 - share) + laid[..., :3] * share).astype(np.uint8)


def screen(pools: Pools, rng: np.random.Generator) -> Array:
    """A monitor, telephone or tablet that shows a photo, a list or a form."""
    tall = rng.random() < 0.4
    height, width = (
        (FACE, int(FACE * rng.uniform(0.48, 0.7))) if tall else (int(FACE * rng.uniform(0.52, 0.75)), FACE)
    )
    face = np.ones((height, width, 3), np.uint8) * np.uint8(
        rng.integers(5, 60) if rng.random() < 0.8 else 220
    )
    edge = int(rng.integers(3, 12))
    inner = face[edge:-edge, edge:-edge]
    kind = rng.random()
    if kind < 0.35:
        inner[:] = _fit(_pick(pools.background, rng), *inner.shape[:2])
    elif kind < 0.85:
        light = rng.random() < 0.7
        inner[:] = np.uint8(rng.integers(200, 256) if light else rng.integers(10, 60))
        inner[: inner.shape[0] // 8] = rng.integers(0, 256, 3)
        ink = np.full(3, 40.0 if light else 215.0)
        _writing(
            inner,
            rng,
            (inner.shape[0] // 6, 5, inner.shape[0] - 4, int(inner.shape[1] * rng.uniform(0.4, 1))),
            ink,
        )
    elif kind < 0.95:
        _coloured(inner, _pick(pools.sheet, rng))
    return face


def card(pools: Pools, rng: np.random.Generator) -> Array:
    """An identity card, badge or business card: a photo, lines, a coloured head."""
    height, width = (int(FACE * 0.63), FACE) if rng.random() < 0.65 else (FACE, int(FACE * 0.63))
    face = np.ones((height, width, 3), np.uint8) * np.clip(rng.uniform(140, 255, 3), 0, 255).astype(np.uint8)
    face[: int(height * rng.uniform(0.1, 0.3))] = rng.integers(0, 230, 3)
    photo = _fit(_pick(pools.background, rng), int(height * 0.45), int(width * 0.28))
    y, x = int(height * 0.35), int(width * rng.choice((0.06, 0.64)))
    face[y : y + photo.shape[0], x : x + photo.shape[1]] = photo
    left = int(width * 0.4) if x < width / 3 else int(width * 0.06)
    _writing(
        face, rng, (int(height * 0.35), left, int(height * 0.9), left + int(width * 0.5)), np.full(3, 30.0)
    )
    return face


def framed(pools: Pools, rng: np.random.Generator) -> Array:
    """A photo, painting or print in its frame."""
    height, width = int(FACE * rng.uniform(0.6, 1)), int(FACE * rng.uniform(0.6, 1))
    face = np.ones((height, width, 3), np.uint8) * rng.integers(10, 240, 3).astype(np.uint8)
    edge = int(rng.integers(5, 18))
    inner = face[edge:-edge, edge:-edge]
    inner[:] = _fit(_pick(pools.background, rng), *inner.shape[:2])
    if rng.random() < 0.3:
        inner[:] = 235
        _coloured(inner, _pick(pools.colour, rng))
    return face


def plate(pools: Pools, rng: np.random.Generator) -> Array:
    """A licence plate, door sign or name plate: large letters on one colour."""
    height, width = int(FACE * rng.uniform(0.2, 0.5)), FACE
    ground = rng.integers(200, 256, 3) if rng.random() < 0.6 else rng.integers(0, 256, 3)
    face = np.ones((height, width, 3), np.uint8) * ground.astype(np.uint8)
    dark = np.full(3, 20.0) if ground.mean() > 120 else np.full(3, 240.0)
    text = "".join(rng.choice(list("ABCDEFGHKLMNPRSTUVWXYZ0123456789 -"), int(rng.integers(4, 9))))
    scale = height / 45
    cv2.putText(
        face,
        text,
        (8, int(height * 0.72)),
        int(rng.choice((0, 2, 3))),
        scale,
        dark.tolist(),
        max(1, int(scale * 2.5)),
        cv2.LINE_AA,
    )
    cv2.rectangle(face, (1, 1), (width - 2, height - 2), dark.tolist(), int(rng.integers(1, 4)))
    return face


OBJECTS: tuple[tuple[Callable[[Pools, np.random.Generator], Array], float], ...] = (
    (paper, 0.38),
    (screen, 0.24),
    (card, 0.14),
    (framed, 0.12),
    (plate, 0.12),
)


def put_object(scene: Scene, pools: Pools, rng: np.random.Generator) -> None:
    """Lays one flat thing into the scene in perspective, over what is there; a wound is never covered."""
    draw = OBJECTS[int(rng.choice(len(OBJECTS), p=[share for _, share in OBJECTS]))][0]
    face = draw(pools, rng)
    side = scene.side
    height, width = face.shape[:2]
    size = side * np.exp(rng.uniform(np.log(0.1), np.log(0.8))) / max(height, width)
    turn = rng.normal(0, 0.3) if rng.random() < 0.6 else rng.uniform(0, 2 * np.pi)
    corners = np.array(((-width, -height), (width, -height), (width, height), (-width, height))) * size / 2
    corners = corners @ np.array(((np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn))))
    corners *= np.exp(rng.normal(0, 0.15, 2))
    corners *= 1 + rng.normal(0, 0.1, (4, 1))
    corners += rng.uniform(0, side, 2)
    before = np.array(((0, 0), (width, 0), (width, height), (0, height)), np.float32)
    lens = cv2.getPerspectiveTransform(before, corners.astype(np.float32))
    inside = np.zeros((side, side), np.uint8)
    cv2.fillConvexPoly(inside, np.round(corners).astype(np.int32), 255, cv2.LINE_AA)
    left, top, wide, high = cv2.boundingRect(inside)
    if wide == 0 or (scene.wound[inside > 0] == 1).any():
        return
    box = (slice(top, top + high), slice(left, left + wide))
    lens = np.array(((1, 0, -left), (0, 1, -top), (0, 0, 1))) @ lens
    flat = cv2.warpPerspective(
        face, lens, (wide, high), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    light = rng.uniform(0.5, 1.1) * (1 + noise(rng, side, 2)[box] * rng.uniform(0, 0.2))
    share = inside[box].astype(np.float32)[..., None] / 255
    part = scene.picture[box]
    part += (np.clip(flat * light[..., None], 0, 255) - part) * share
    _belongs(scene, inside > 127, object_=1)


def _belongs(scene: Scene, where: NDArray[np.bool_], *, body: int = 0, object_: int = 0) -> None:
    """Labels what covers the scene `where`: no skin and no tattoo is seen there any more."""
    scene.labels[BODY][where] = body
    scene.labels[SKIN][where] = 0
    scene.labels[TATTOO][where] = 0
    scene.labels[OBJECT][where] = object_


def clutter(scene: Scene, pools: Pools, rng: np.random.Generator) -> None:
    """Drawn and photographed things that stand about: toys, flowers, tools, stickers, writing on the wall."""
    side = scene.side
    kind = rng.random()
    size = side * rng.uniform(0.15, 0.9)
    art = _pick(pools.colour if kind < 0.6 else pools.portrait if kind < 0.75 else pools.lettering, rng)
    turn = cv2.getRotationMatrix2D(
        (art.shape[1] / 2, art.shape[0] / 2), rng.normal(0, 25), size / art.shape[0]
    )
    turn[:, 2] += rng.uniform(0, side, 2) - art.shape[0] / 2
    laid = cv2.warpAffine(art, turn, (side, side)).astype(np.float32)
    if art.shape[2] == 4:
        share, colour = laid[..., 3:] / 255, laid[..., :3]
    else:
        share, colour = laid[..., :1] / 255, rng.uniform(0, 255, 3).astype(np.float32)
    scene.picture = scene.picture * (1 - share) + colour * share


def cloth(pools: Pools, rng: np.random.Generator, side: int) -> Real:
    """Patterned cloth that fills side x side: plain, checks, stripes, repeated or large prints, in folds."""
    ground = rng.uniform(15, 245, 3).astype(np.float32)
    if rng.random() < 0.4:
        ground = ground.mean() + (ground - ground.mean()) * 0.25
    weave = np.ones((side, side, 3), np.float32) * ground
    rows, cols = np.mgrid[:side, :side].astype(np.float32)
    bend = noise(rng, side, 3) * side * rng.uniform(0, 0.06)
    turn = rng.uniform(0, np.pi)
    x = cols * np.cos(turn) + rows * np.sin(turn) + bend
    y = rows * np.cos(turn) - cols * np.sin(turn) + bend * 0.7
    kind = rng.random()
    second = rng.uniform(0, 255, 3).astype(np.float32)
    if kind < 0.2:
        period = side * rng.uniform(0.02, 0.2)
        stripe = ((x / period) % 1 < rng.uniform(0.2, 0.7)).astype(np.float32)
        if rng.random() < 0.5:
            stripe = (stripe + ((y / period) % 1 < 0.5)) / 2
        weave += (second - ground) * stripe[..., None]
    elif kind < 0.75:
        pool = (pools.mono, pools.plate, pools.colour, pools.portrait, pools.lettering, pools.sheet)[
            int(rng.integers(6))
        ]
        art = _pick(pool, rng)
        size = side * (rng.uniform(0.08, 0.35) if rng.random() < 0.6 else rng.uniform(0.5, 1.2))
        scale = art.shape[0] / size
        border = cv2.BORDER_WRAP if size < 0.4 * side else cv2.BORDER_CONSTANT
        shift = (
            rng.uniform(0, art.shape[0], 2)
            if border == cv2.BORDER_WRAP
            else -art.shape[0] * rng.uniform(0, 0.8, 2)
        )
        laid = cv2.remap(
            art,
            (x * scale + shift[0]).astype(np.float32),
            (y * scale + shift[1]).astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=border,
        )
        if art.shape[2] == 4:
            share, tint = laid[..., 3:].astype(np.float32) / 255, laid[..., :3].astype(np.float32)
        else:
            share, tint = laid[..., :1].astype(np.float32) / 255, second
        weave += (tint - weave) * share
    elif kind < 0.82:  # camouflage, marble, stains
        cells = int(rng.integers(4, 16))
        for _ in range(3):
            where = noise(rng, side, cells) > 0.3
            weave[where] = ground * 0.5 + rng.uniform(0, 255, 3) * 0.5
    folds = noise(rng, side, int(rng.integers(2, 6))) + 0.4 * noise(rng, side, 14)
    weave *= (1 + folds * rng.uniform(0.05, 0.35))[..., None]
    if rng.random() < 0.4:  # hanging or creased: narrow ridges with shadows beside them
        bumps, stretch = int(rng.integers(3, 9)), rng.uniform(1, 4)
        relief = noise(rng, side, bumps)
        places = np.stack((x, y / stretch), axis=2).astype(np.float32)
        creased = cv2.remap(relief, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        weave *= (1 - np.clip(np.abs(creased) * rng.uniform(0.5, 1.6), 0, rng.uniform(0.4, 0.85)))[..., None]
    return np.clip(weave + rng.normal(0, rng.uniform(0, 6), (side, side, 1)), 0, 255).astype(np.float32)


def dressed(scene: Scene, pools: Pools, rng: np.random.Generator) -> None:
    """Covers a stretch of the made limb with a sleeve, trouser leg, sock, glove, bandage or wristband."""
    side = scene.side
    skin = scene.labels[SKIN] == 1
    if not skin.any():
        return
    along = scene.surface[..., 0]
    low, high = float(along[skin].min()), float(along[skin].max())
    kind = rng.random()
    if kind < 0.62:
        edge = low + (high - low) * rng.uniform(0.05, 0.75)
        where = along < edge if rng.random() < 0.5 else along > edge
        if kind < 0.42:
            cover = cloth(pools, rng, side)
        else:  # a medical glove or stocking: one colour, shiny
            tints = (
                (60, 120, 190),
                (90, 150, 215),
                (120, 90, 170),
                (225, 225, 220),
                (40, 40, 45),
                (70, 170, 160),
                (235, 215, 180),
            )
            cover = np.ones((side, side, 3), np.float32) * tints[int(rng.integers(len(tints)))]
            cover += (noise(rng, side, 16) * rng.uniform(4, 25) + noise(rng, side, 5) * 12)[..., None]
        thing = 0
    else:
        middle = low + (high - low) * rng.uniform(0.1, 0.9)
        width = side * (rng.uniform(0.03, 0.12) if kind < 0.82 else rng.uniform(0.1, 0.35))
        where = np.abs(along - middle) < width
        if kind < 0.82:  # a patient's wristband
            cover = np.ones((side, side, 3), np.float32) * (
                rng.uniform(190, 255, 3) if rng.random() < 0.6 else rng.uniform(30, 255, 3)
            )
            art = _pick(pools.lettering, rng)[..., 0]
            x = (scene.surface[..., 1] / (width * 4) + 0.5) % 1 * art.shape[1]
            y = ((along - middle) / (width * 3) + 0.5) * art.shape[0]
            print_ = (
                cv2.remap(art, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR).astype(
                    np.float32
                )[..., None]
                / 255
            )
            cover = cover * (1 - print_) + 30 * print_
            thing = 1
        else:  # gauze or a plaster
            cover = np.ones((side, side, 3), np.float32) * (
                (235, 232, 225) if rng.random() < 0.6 else (222, 184, 150)
            )
            cover += (noise(rng, side, 60) * rng.uniform(2, 12))[..., None]
            thing = 0
    where = where & (scene.labels[BODY] != 0) & (scene.wound == 0)
    # the light that falls on the limb falls on what it wears
    light = cv2.cvtColor(scene.picture, cv2.COLOR_RGB2GRAY)
    light = cv2.GaussianBlur(light, (0, 0), side * 0.02) / max(float(light[skin].mean()), 20)
    worn = np.clip(cover * (0.35 + 0.65 * np.clip(light, 0, 1.6))[..., None], 0, 255)
    share = (
        cv2.GaussianBlur(where.astype(np.float32), (0, 0), 0.7)[..., None]
        * (scene.labels[BODY] == 1)[..., None]
    )
    scene.picture = scene.picture * (1 - share) + worn * share
    sure = where & (scene.labels[BODY] == 1)
    _belongs(scene, sure, body=1, object_=thing)


def on_skin(scene: Scene, pools: Pools, rng: np.random.Generator) -> None:
    """A plaster, a ruler, a ring or a chain on the skin; none of them is an object that identifies."""
    side = scene.side
    ys, xs = np.nonzero(scene.bare[::4, ::4])
    if not len(ys):
        return
    k = int(rng.integers(len(ys)))
    x, y = float(xs[k] * 4), float(ys[k] * 4)
    kind = rng.random()
    inside = np.zeros((side, side), np.uint8)
    cover = np.zeros((side, side, 3), np.float32)
    turn = float(rng.uniform(0, 180))
    if kind < 0.7:
        long = side * rng.uniform(0.15, 0.9)
        wide = long * (rng.uniform(0.25, 0.6) if kind < 0.35 else rng.uniform(0.06, 0.16))
        corners = cv2.boxPoints(((x, y), (long, wide), turn))
        cv2.fillConvexPoly(inside, corners.astype(np.int32), 255, cv2.LINE_AA)
        if kind < 0.35:  # plaster
            cover[:] = (
                np.array((220, 180, 145)) * rng.uniform(0.5, 1.1) if rng.random() < 0.6 else (240, 238, 232)
            )
            cover += (noise(rng, side, 50) * 8)[..., None]
        else:  # ruler
            cover[:] = (245, 245, 240) if rng.random() < 0.7 else (245, 225, 90)
            first, second, third = corners[:3]
            if np.hypot(*(second - first)) < np.hypot(*(third - second)):
                first, second, third = second, third, corners[3]
            step, across = second - first, third - second
            count = int(rng.integers(15, 60))
            figures = np.zeros((side, side), np.uint8)
            for n in range(1, count):
                start = first + step * n / count
                end = start + across * (0.5 if n % 10 == 0 else 0.35 if n % 5 == 0 else 0.2)
                cv2.line(cover, tuple(map(int, start)), tuple(map(int, end)), (20, 20, 20), 1, cv2.LINE_AA)
                if n % 10 == 0:
                    spot = tuple(map(int, start + across * 0.85))
                    cv2.putText(figures, str(n // 10), spot, 0, wide / 70, 255, 1, cv2.LINE_AA)
            cover[figures > 127] = 20
    else:  # ring, watch strap, chain
        axes = (int(side * rng.uniform(0.06, 0.5)), int(side * rng.uniform(0.03, 0.2)))
        width = max(1, int(side * rng.uniform(0.006, 0.03)))
        cv2.ellipse(
            inside, (int(x), int(y)), axes, turn, 0, float(rng.uniform(120, 360)), 255, width, cv2.LINE_AA
        )
        metal = ((215, 180, 90), (200, 200, 205), (60, 50, 45), (30, 30, 32))[int(rng.integers(4))]
        cover[:] = metal
        cover *= np.clip(1 + noise(rng, side, 50) * 0.5, 0.3, 1.6)[..., None]
    where = (inside > 127) & (scene.wound == 0) & (scene.labels[BODY] == 1)
    share = (inside.astype(np.float32) / 255 * ((scene.wound == 0) & (scene.labels[BODY] == 1)))[..., None]
    brightness = max(float(scene.picture[scene.bare].mean()), 40) / 150
    scene.picture = scene.picture * (1 - share) + np.clip(cover * min(1.1, brightness), 0, 255) * share
    _belongs(scene, where, body=IGNORE if 0.35 <= kind < 0.7 else 1)  # a ruler is no clothing

"""What skin bears that is not a tattoo: findings, hair, pen marks, stitches. Nothing here is ever labelled as ink."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from .pools import Pools
from .scene import Scene, noise

Real = NDArray[np.float32]
Point = tuple[int, int]


def _spot(scene: Scene, rng: np.random.Generator) -> Point | None:
    """x, y of a random pixel of bare skin."""
    ys, xs = np.nonzero(scene.bare[::4, ::4])
    if not len(ys):
        return None
    k = int(rng.integers(len(ys)))
    return int(xs[k]) * 4, int(ys[k]) * 4


def _stain(
    scene: Scene, share: Real, colour: tuple[float, float, float] | Real, filtering: float = 1.0
) -> None:
    """Colours bare skin by `share` 0..1: `filtering` 1 multiplies (a stain), 0 covers (a paint)."""
    share = (share * scene.bare).astype(np.float32)
    left, top, width, height = cv2.boundingRect((share > 0.01).astype(np.uint8))
    if width == 0:
        return
    tint = np.asarray(colour, np.float32)
    part = scene.picture[top : top + height, left : left + width]
    seen = part * (tint * np.float32(filtering / 255)) + tint * np.float32(1 - filtering)
    part += (seen - part) * share[top : top + height, left : left + width, None]


def _blob(
    scene: Scene, rng: np.random.Generator, centre: Point, radius: float, ragged: float, soft: float
) -> Real:
    """0..1 inside an uneven round patch; `soft` is the width of its edge as a part of the radius."""
    side = scene.side
    rows, cols = np.mgrid[:side, :side].astype(np.float32)
    stretch = np.exp(rng.normal(0, 0.25))
    reach = np.hypot((cols - centre[0]) * stretch, (rows - centre[1]) / stretch) / radius
    cells = max(2, min(40, int(side / radius * 1.8)))
    reach = reach + (noise(rng, side, cells) + 0.5 * noise(rng, side, min(60, cells * 3))) * ragged
    return np.clip((1 - reach) / soft + 0.5, 0, 1)


def pen(scene: Scene, pools: Pools, rng: np.random.Generator) -> None:
    """Surgical skin marker: lines, arrows, crosses, dotted outlines, circles, numbers, a measuring grid."""
    side = scene.side
    drawn = np.zeros((side * 2, side * 2), np.uint8)
    width = max(2, int(side * 2 * rng.uniform(0.004, 0.018)))
    for _ in range(int(rng.integers(1, 6))):
        spot = _spot(scene, rng)
        if spot is None:
            return
        x, y = spot[0] * 2, spot[1] * 2
        size = side * rng.uniform(0.06, 0.5)
        turn = rng.uniform(0, 2 * np.pi)
        tip = (int(x + size * np.cos(turn)), int(y + size * np.sin(turn)))
        kind = rng.integers(0, 9)
        if kind == 0:
            cv2.line(drawn, (x, y), tip, 255, width, cv2.LINE_AA)
        elif kind == 1:
            cv2.arrowedLine(drawn, (x, y), tip, 255, width, cv2.LINE_AA, tipLength=0.2)
        elif kind == 2:
            half = int(size * 0.25)
            cv2.line(drawn, (x - half, y - half), (x + half, y + half), 255, width, cv2.LINE_AA)
            cv2.line(drawn, (x - half, y + half), (x + half, y - half), 255, width, cv2.LINE_AA)
        elif kind in {3, 4}:
            loop = _loop(rng, (x, y), size * 0.5)
            if kind == 3:
                cv2.polylines(drawn, [loop], True, 255, width, cv2.LINE_AA)
            else:
                for k in range(0, len(loop), 3):
                    cv2.line(
                        drawn,
                        tuple(map(int, loop[k])),
                        tuple(map(int, loop[(k + 1) % len(loop)])),
                        255,
                        width,
                        cv2.LINE_AA,
                    )
        elif kind == 5:
            text = str(
                rng.choice(("1", "2", "3", "4", "7", "R", "L", "OP", "x", "12", "A", "B", "R 2", "ok"))
            )
            cv2.putText(
                drawn, text, (x, y), int(rng.choice((0, 1, 3, 6, 7))), size / 60, 255, width, cv2.LINE_AA
            )
        elif kind == 6:
            t = np.linspace(0, 1, 20)
            curve = np.stack((x + t * size * np.cos(turn), y + t * size * np.sin(turn)), 1)
            curve += (np.sin(t * rng.uniform(2, 7)) * size * rng.uniform(0, 0.25))[:, None] * (
                -np.sin(turn),
                np.cos(turn),
            )
            cv2.polylines(drawn, [curve.astype(np.int32)], False, 255, width, cv2.LINE_AA)
            if rng.random() < 0.5:
                for k in range(1, 20, 3):  # cross strokes, for closing a cut the same way
                    a, b = curve[k] - (8 * width * 0.4, 0), curve[k] + (8 * width * 0.4, 0)
                    cv2.line(drawn, tuple(a.astype(int)), tuple(b.astype(int)), 255, width, cv2.LINE_AA)
        elif kind == 7:
            for k in range(int(rng.integers(3, 9))):
                shift = int(k * size * 0.12)
                cv2.line(drawn, (x + shift, y), (tip[0] + shift, tip[1]), 255, width, cv2.LINE_AA)
        else:
            for k in range(int(rng.integers(3, 12))):
                dot = (int(x + k * size * 0.12 * np.cos(turn)), int(y + k * size * 0.12 * np.sin(turn)))
                cv2.circle(drawn, dot, width, 255, -1, cv2.LINE_AA)
    share = cv2.resize(drawn, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    share *= np.clip(rng.uniform(0.6, 1.0) + noise(rng, side, 40) * rng.uniform(0, 0.5), 0, 1)
    inks = (
        (70, 30, 120),
        (110, 40, 130),
        (40, 40, 150),
        (25, 60, 170),
        (20, 20, 30),
        (30, 30, 40),
        (20, 110, 70),
        (170, 30, 40),
    )
    _stain(
        scene,
        share,
        np.array(
            inks[int(rng.choice(len(inks), p=(0.22, 0.18, 0.15, 0.12, 0.14, 0.09, 0.05, 0.05)))], np.float32
        )
        + rng.uniform(-12, 12, 3),
        rng.uniform(0.1, 0.7),
    )


def _loop(rng: np.random.Generator, centre: Point, radius: float) -> NDArray[np.int32]:
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    reach = radius * (
        1 + 0.12 * np.sin(turn * 2 + rng.uniform(0, 6)) + 0.06 * np.sin(turn * 3 + rng.uniform(0, 6))
    )
    stretch = np.exp(rng.normal(0, 0.4))
    points = np.stack(
        (centre[0] + reach * np.cos(turn) * stretch, centre[1] + reach * np.sin(turn) / stretch), 1
    )
    return points.astype(np.int32)


def moles(scene: Scene, pools: Pools, rng: np.random.Generator) -> None:
    """A few moles, many freckles, or one large naevus."""
    side = scene.side
    kind = rng.random()
    if kind < 0.35:
        spot = _spot(scene, rng)
        if spot:
            share = _blob(scene, rng, spot, side * rng.uniform(0.03, 0.3), 0.35, rng.uniform(0.05, 0.35))
            brown = np.array((85, 55, 42)) * rng.uniform(0.35, 1.5) + rng.uniform(-12, 12, 3)
            _stain(
                scene, share * np.clip(0.85 + noise(rng, side, 30) * 0.25, 0, 1), brown, rng.uniform(0.2, 0.8)
            )
        return
    drawn = np.zeros((side, side), np.float32)
    for _ in range(int(rng.integers(1, 12) if kind < 0.7 else rng.integers(25, 120))):
        spot = _spot(scene, rng)
        if spot is None:
            return
        size = side * (rng.uniform(0.006, 0.03) if kind < 0.7 else rng.uniform(0.003, 0.009))
        axes = (max(1, int(size * rng.uniform(0.7, 1.3))), max(1, int(size)))
        cv2.ellipse(
            drawn, spot, axes, float(rng.uniform(0, 180)), 0, 360, float(rng.uniform(0.5, 1)), -1, cv2.LINE_AA
        )
    drawn = cv2.GaussianBlur(drawn, (0, 0), rng.uniform(0.4, 1.5) * side / 256)
    _stain(
        scene,
        drawn * rng.uniform(0.5, 1),
        np.array((120, 75, 55)) * rng.uniform(0.3, 1.3),
        rng.uniform(0.4, 0.9),
    )


def patches(scene: Scene, pools: Pools, rng: np.random.Generator) -> None:
    """Port-wine stain, vitiligo, redness, bruise, iodine, mottled stasis or black eschar."""
    side = scene.side
    kind = rng.integers(0, 8)
    spot = _spot(scene, rng)
    if spot is None:
        return
    radius = side * np.exp(rng.uniform(np.log(0.05), np.log(0.6)))
    mottled = np.clip(0.8 + noise(rng, side, 24) * 0.3 + noise(rng, side, 60) * 0.25, 0, 1)
    if kind == 0:  # port-wine stain, haemangioma
        share = _blob(scene, rng, spot, radius, rng.uniform(0.2, 0.6), rng.uniform(0.03, 0.3)) * mottled
        _stain(
            scene,
            share * rng.uniform(0.5, 1),
            (rng.uniform(150, 225), rng.uniform(60, 130), rng.uniform(80, 150)),
        )
    elif kind == 1:  # vitiligo, scars that lost their pigment
        share = _blob(scene, rng, spot, radius, rng.uniform(0.3, 0.8), rng.uniform(0.03, 0.2))
        _stain(scene, share * rng.uniform(0.5, 0.95), (232, 205, 188), 0.15)
    elif kind == 2:  # redness, eczema, psoriasis
        share = _blob(scene, rng, spot, radius, rng.uniform(0.2, 0.8), rng.uniform(0.1, 0.8)) * mottled
        _stain(scene, share * rng.uniform(0.4, 1), (235, rng.uniform(110, 170), rng.uniform(110, 160)))
        if rng.random() < 0.3:
            flakes = (noise(rng, side, 70) > 0.75) * share
            _stain(scene, flakes.astype(np.float32), (225, 215, 205), 0)
    elif kind == 3:  # bruise
        for tint in ((110, 90, 140), (150, 110, 130), (150, 160, 100), (215, 190, 110)):
            near = (int(spot[0] + rng.normal(0, radius * 0.4)), int(spot[1] + rng.normal(0, radius * 0.4)))
            share = _blob(scene, rng, near, radius * rng.uniform(0.3, 0.9), 0.4, rng.uniform(0.5, 1.2))
            _stain(scene, share * rng.uniform(0.3, 0.9) * mottled, tint)
    elif kind == 4:  # iodine, disinfectant, gentian violet
        share = _blob(scene, rng, spot, radius * 1.6, rng.uniform(0.1, 0.5), rng.uniform(0.03, 0.4))
        tint = ((190, 110, 40), (150, 80, 30), (225, 160, 70), (230, 110, 130), (110, 60, 160))
        _stain(
            scene,
            share * np.clip(0.8 + noise(rng, side, 8) * 0.3, 0.2, 1),
            tint[int(rng.choice(5, p=(0.35, 0.25, 0.2, 0.1, 0.1)))],
        )
    elif kind in {5, 6}:  # stasis: brown, mottled, over a wide area
        share = np.clip(
            noise(rng, side, int(rng.integers(5, 14))) + 0.6 * noise(rng, side, 40) + rng.uniform(-0.2, 0.5),
            0,
            1,
        )
        share *= _blob(scene, rng, spot, radius * 2, 0.5, 0.8)
        _stain(scene, share * rng.uniform(0.5, 1), np.array((120, 75, 60)) * rng.uniform(0.35, 1.3))
    else:  # eschar with a red and yellow rim
        radius = min(radius, side * 0.25)
        _stain(scene, _blob(scene, rng, spot, radius * 1.5, 0.3, 0.9), (225, 130, 120))
        rng_state = rng.bit_generator.state
        rim = _blob(scene, rng, spot, radius * 1.12, 0.3, 0.1)
        rng.bit_generator.state = rng_state
        core = _blob(scene, rng, spot, radius, 0.3, 0.08)
        _stain(scene, rim * mottled, (195, 150, 90) if rng.random() < 0.6 else (160, 40, 40), 0.2)
        dark = np.array((38, 30, 28)) * rng.uniform(0.5, 1.8)
        _stain(scene, core * np.clip(0.9 + noise(rng, side, 40) * 0.3, 0, 1), dark, 0.1)


def streaks(scene: Scene, pools: Pools, rng: np.random.Generator) -> None:
    """Veins, striae, scars, stitches and staples: everything long and thin."""
    side = scene.side
    kind = rng.integers(0, 5)
    spot = _spot(scene, rng)
    if spot is None:
        return
    drawn = np.zeros((side, side), np.float32)
    if kind == 0:  # veins
        for _ in range(int(rng.integers(1, 6))):
            start = _spot(scene, rng)
            if start:
                _wander(
                    drawn,
                    rng,
                    start,
                    side * rng.uniform(0.2, 0.8),
                    max(1, int(side * rng.uniform(0.006, 0.025))),
                )
        soft = cv2.GaussianBlur(drawn, (0, 0), side * rng.uniform(0.004, 0.012))
        _stain(scene, soft * rng.uniform(0.3, 0.8), (130, 150, 165) if rng.random() < 0.7 else (170, 70, 110))
    elif kind == 1:  # spider veins
        for _ in range(int(rng.integers(5, 25))):
            near = (int(spot[0] + rng.normal(0, side * 0.08)), int(spot[1] + rng.normal(0, side * 0.08)))
            _wander(drawn, rng, near, side * rng.uniform(0.03, 0.15), 1)
        _stain(scene, drawn * rng.uniform(0.4, 0.8), (180, 60, 90) if rng.random() < 0.6 else (110, 70, 140))
    elif kind == 2:  # striae
        turn = rng.uniform(0, np.pi)
        for _ in range(int(rng.integers(8, 40))):
            near = _spot(scene, rng)
            if near:
                _wander(
                    drawn,
                    rng,
                    near,
                    side * rng.uniform(0.05, 0.3),
                    int(rng.integers(1, 4)),
                    turn + rng.normal(0, 0.15),
                )
        drawn = cv2.GaussianBlur(drawn, (0, 0), 0.8 * side / 256)
        pale = rng.random() < 0.5
        _stain(
            scene,
            drawn * rng.uniform(0.3, 0.8),
            (235, 210, 200) if pale else (200, 110, 130),
            0.3 if pale else 1,
        )
    else:  # a scar or a closed cut
        width = max(1, int(side * rng.uniform(0.006, 0.03)))
        path = _wander(drawn, rng, spot, side * rng.uniform(0.15, 0.7), width)
        soft = cv2.GaussianBlur(drawn, (0, 0), max(0.5, width / 3))
        tint = ((232, 190, 180), (205, 110, 110), (150, 60, 60))[int(rng.integers(3))]
        _stain(scene, soft * rng.uniform(0.5, 1), tint, 0.4)
        if kind == 4:
            _stitches(scene, rng, path, width)


def _wander(
    drawn: Real,
    rng: np.random.Generator,
    start: Point,
    length: float,
    width: int,
    heading: float | None = None,
) -> NDArray[np.int32]:
    """Draws a path that turns a little at each step, and gives its points."""
    steps = 16
    turn = (rng.uniform(0, 2 * np.pi) if heading is None else heading) + np.cumsum(rng.normal(0, 0.22, steps))
    path = np.array(start) + np.cumsum(np.stack((np.cos(turn), np.sin(turn)), 1), 0) * length / steps
    points = path.astype(np.int32)
    cv2.polylines(drawn, [points], False, 1.0, width, cv2.LINE_AA)
    return points


def _stitches(scene: Scene, rng: np.random.Generator, path: NDArray[np.int32], width: int) -> None:
    side = scene.side
    threads = np.zeros((side, side), np.float32)
    metal = rng.random() < 0.4
    half = width * rng.uniform(1.2, 3) + 2
    for k in range(1, len(path) - 1):
        step = (path[k + 1] - path[k - 1]).astype(np.float64)
        normal = np.array((-step[1], step[0])) / max(float(np.hypot(*step)), 1)
        a, b = path[k] - normal * half, path[k] + normal * half
        cv2.line(threads, tuple(a.astype(int)), tuple(b.astype(int)), 1.0, 2 if metal else 1, cv2.LINE_AA)
        if not metal:
            end = b + rng.normal(0, half * 0.8, 2)
            cv2.line(threads, tuple(b.astype(int)), tuple(end.astype(int)), 1.0, 1, cv2.LINE_AA)
    tint = (185, 188, 192) if metal else ((20, 20, 30), (30, 50, 140), (90, 60, 140))[int(rng.integers(3))]
    _stain(scene, threads, tint, 0.1)


def hair(scene: Scene, pools: Pools, rng: np.random.Generator) -> None:
    """Body hair, sparse to dense, combed one way or another; it lies on the ink too."""
    side = scene.side
    big = 2 * side
    drawn = np.zeros((big, big), np.uint8)
    count = int(np.exp(rng.uniform(np.log(40), np.log(900))))
    starts = rng.uniform(0, big, (count, 2))
    field = noise(rng, 32, 3) * 1.2 + rng.uniform(0, 2 * np.pi)
    length = big * rng.uniform(0.02, 0.12)
    cells = np.minimum((starts / big * 32).astype(int), 31)
    turn = field[cells[:, 1], cells[:, 0]] + rng.normal(0, 0.35, count)
    bend = rng.normal(0, 0.5, count)
    reach = length * rng.uniform(0.5, 1.3, count)
    middle = starts + np.stack((np.cos(turn), np.sin(turn)), 1) * reach[:, None] / 2
    end = middle + np.stack((np.cos(turn + bend), np.sin(turn + bend)), 1) * reach[:, None] / 2
    paths = np.stack((starts, middle, end), 1).astype(np.int32)
    cv2.polylines(drawn, list(paths), False, 255, int(rng.choice((1, 1, 1, 2))), cv2.LINE_AA)
    share = cv2.resize(drawn, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    tint = np.array(
        ((25, 20, 18), (70, 45, 30), (120, 90, 55), (190, 185, 180))[
            int(rng.choice(4, p=(0.5, 0.3, 0.12, 0.08)))
        ]
    )
    _stain(scene, share * rng.uniform(0.6, 1), tint, 0.15)


def wound(scene: Scene, pools: Pools, rng: np.random.Generator) -> None:
    """A real wound from a clinical photo, set into the skin with soft edges; without photos, a made one."""
    spot = _spot(scene, rng)
    if spot is None:
        return
    side = scene.side
    photos = pools.photos
    size = side * rng.uniform(0.15, 0.5)
    if photos is None:
        share = _blob(scene, rng, spot, size / 2, 0.35, 0.15)
        red = np.array((150, 45, 45)) * rng.uniform(0.6, 1.3)
        _stain(scene, share * np.clip(0.85 + noise(rng, side, 30) * 0.4, 0, 1), red, 0.3)
        scene.wound[(share > 0.3) & scene.bare] = 1
        return
    k = int(rng.integers(len(photos.picture)))
    ys, xs = np.nonzero(photos.wound[k] == 1)
    if len(ys) < 60:
        return
    top, bottom, left, right = ys.min(), ys.max() + 1, xs.min(), xs.max() + 1
    margin = int(0.15 * max(bottom - top, right - left)) + 4
    zoom = size / max(bottom - top, right - left)
    turn = cv2.getRotationMatrix2D(
        (float(left + right) / 2, float(top + bottom) / 2), rng.uniform(0, 360), zoom
    )
    turn[:, 2] += np.array(spot) - np.array(((left + right) / 2, (top + bottom) / 2))
    box = np.zeros(photos.wound[k].shape, np.uint8)
    box[ys, xs] = 255
    grown = cv2.dilate(box, np.ones((margin // 2 * 2 + 1,) * 2, np.uint8))
    grown = cv2.GaussianBlur(grown, (0, 0), margin / 3)
    picture = cv2.warpAffine(
        np.ascontiguousarray(photos.picture[k]), turn, (side, side), borderMode=cv2.BORDER_REFLECT
    )
    share = cv2.warpAffine(grown, turn, (side, side)).astype(np.float32) / 255 * scene.bare
    core = cv2.warpAffine(box, turn, (side, side)) > 127
    scene.picture = scene.picture * (1 - share[..., None]) + picture * share[..., None]
    scene.wound[core & (scene.labels[1] == 1)] = 1


MARKS: tuple[tuple[Callable[[Scene, Pools, np.random.Generator], None], float], ...] = (
    (pen, 0.22),
    (moles, 0.16),
    (patches, 0.26),
    (streaks, 0.2),
    (hair, 0.12),
    (wound, 0.2),
)


def some(scene: Scene, pools: Pools, rng: np.random.Generator) -> None:
    """Puts each kind of mark on the skin with its own probability."""
    for mark, probability in MARKS:
        if rng.random() < probability:
            for _ in range(int(rng.choice((1, 1, 2)))):
                mark(scene, pools, rng)

"""Artwork drawn by rule: lettering, mandalas, Celtic knots, tribal shapes, stippled and halftoned portraits.

Every picture is an ink density, uint8, 0 = bare skin, 255 = full ink.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Array = NDArray[np.uint8]
PLATE = 256
WORDS = """
    Love Hope Faith Family Forever Mama Dad Carpe diem Memento mori Veni vidi vici Stay strong Breathe
    Anna Marie Joseph Luca Noah Sofia 1987 12.04.2009 XIV.VII.MMX Only God can judge me Never give up
    Lost not found Wild heart Serenity Resist Dream Believe Freedom Rebel Saint Los Angeles Roma Chicago
    Live laugh love Fortune favours the brave This too shall pass La vie est belle Alis volat propriis
""".split()  # noqa: SIM905 (a list would be a page long)


def lettering(font: str | None, rng: np.random.Generator) -> Array | None:
    """One to four lines in `font` (None: Pillow's own) across a plate; None where it has no letters."""
    lines = []
    for _ in range(int(rng.choice((1, 1, 1, 2, 2, 3, 4)))):
        words = [str(rng.choice(WORDS)) for _ in range(int(rng.integers(1, 4)))]
        lines.append(" ".join(words))
    text = "\n".join(lines)
    if rng.random() < 0.2:
        text = text.upper()
    try:
        face = ImageFont.truetype(font, 64) if font else ImageFont.load_default(64)
        left, top, right, bottom = ImageDraw.Draw(Image.new("L", (1, 1))).multiline_textbbox(
            (0, 0), text, face
        )
    except (OSError, ValueError):
        return None
    width, height = int(right - left) + 8, int(bottom - top) + 8
    if width < 30 or height < 20 or width > 3000 or height > 1200:
        return None
    image = Image.new("L", (width, height))
    ImageDraw.Draw(image).multiline_text((4 - left, 4 - top), text, 255, face, align="center")
    drawn = np.asarray(image)
    if not 0.01 < (drawn > 128).mean() < 0.8:
        return None
    scale = PLATE / max(drawn.shape)
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = cv2.resize(drawn, size, interpolation=cv2.INTER_AREA)
    # fine strokes would vanish in the reduction: ink is what is drawn, thin or not
    small = cv2.normalize(small, None, 0, 255, cv2.NORM_MINMAX)
    plate = np.zeros((PLATE, PLATE), np.uint8)
    y, x = (PLATE - size[1]) // 2, (PLATE - size[0]) // 2
    plate[y : y + size[1], x : x + size[0]] = small
    return plate


def mandala(rng: np.random.Generator) -> Array:
    """Rings of petals, dots and arcs around a centre, in a symmetry of 6 to 20."""
    big = PLATE * 2
    plate = np.zeros((big, big), np.uint8)
    centre = big // 2
    fold = int(rng.integers(6, 21))
    reach = 0.96 * centre
    radius = reach * rng.uniform(0.06, 0.15)
    thick = int(rng.integers(2, 6))
    while radius < reach:
        band = reach * rng.uniform(0.08, 0.24)
        outer = min(reach, radius + band)
        kind = rng.integers(0, 6)
        solid = -1 if rng.random() < 0.35 else thick
        count = fold * int(rng.choice((1, 1, 2)))
        for k in range(count):
            turn = 2 * np.pi * k / count
            middle = (radius + outer) / 2
            spot = (int(centre + middle * np.cos(turn)), int(centre + middle * np.sin(turn)))
            half = np.pi / count
            if kind == 0:
                cv2.circle(plate, spot, max(2, int(band * 0.35)), 255, solid, cv2.LINE_AA)
            elif kind == 1:
                axes = (max(2, int((outer - radius) / 2)), max(2, int(middle * half * 0.8)))
                cv2.ellipse(plate, spot, axes, np.degrees(turn), 0, 360, 255, solid, cv2.LINE_AA)
            elif kind == 2:
                points = [
                    _polar(centre, radius, turn - half),
                    _polar(centre, outer, turn),
                    _polar(centre, radius, turn + half),
                ]
                _polygon(plate, points, solid)
            elif kind == 3:
                cv2.line(
                    plate, _polar(centre, radius, turn), _polar(centre, outer, turn), 255, thick, cv2.LINE_AA
                )
            elif kind == 4:
                points = [_petal(centre, radius, outer, turn, half, t) for t in np.linspace(0, 1, 24)]
                _polygon(plate, points, solid)
                if solid > 0:
                    inner = [
                        _petal(centre, radius, outer * 0.9, turn, half * 0.5, t)
                        for t in np.linspace(0, 1, 24)
                    ]
                    _polygon(plate, inner, -1 if rng.random() < 0.5 else 1)
            else:
                for fraction in (0.25, 0.5, 0.75):
                    dot = _polar(centre, radius + band * fraction, turn)
                    cv2.circle(plate, dot, max(1, thick - 1), 255, -1, cv2.LINE_AA)
        if rng.random() < 0.6:
            cv2.circle(plate, (centre, centre), int(outer), 255, thick, cv2.LINE_AA)
        radius = outer
    return cv2.resize(plate, (PLATE, PLATE), interpolation=cv2.INTER_AREA)


def _polar(centre: float, radius: float, turn: float) -> tuple[int, int]:
    return int(centre + radius * np.cos(turn)), int(centre + radius * np.sin(turn))


def _petal(c: float, inner: float, outer: float, turn: float, half: float, t: float) -> tuple[int, int]:
    side = 1 if t < 0.5 else -1
    s = 2 * t if t < 0.5 else 2 - 2 * t
    return _polar(c, inner + (outer - inner) * s, turn + side * half * np.sin(np.pi * s) * 0.95)


def _polygon(plate: Array, points: list[tuple[int, int]], solid: int) -> None:
    shape = np.array(points, np.int32)
    if solid < 0:
        cv2.fillPoly(plate, [shape], 255, cv2.LINE_AA)
    else:
        cv2.polylines(plate, [shape], True, 255, solid, cv2.LINE_AA)


def tribal(rng: np.random.Generator) -> Array:
    """Mirrored or turned sets of swelling, pointed curves, solid."""
    big = PLATE * 2
    plate = np.zeros((big, big), np.uint8)
    for _ in range(int(rng.integers(3, 9))):
        start = rng.uniform(0.1, 0.9, 2) * big
        heading, bend = rng.uniform(0, 2 * np.pi), rng.uniform(-2.6, 2.6)
        length, width = rng.uniform(0.3, 0.9) * big, rng.uniform(0.02, 0.07) * big
        steps = np.linspace(0, 1, 40)
        turn = heading + bend * steps + rng.uniform(-1, 1) * bend * steps**2
        path = start + np.cumsum(np.stack((np.cos(turn), np.sin(turn)), 1), 0) * length / 40
        normal = np.stack((-np.sin(turn), np.cos(turn)), 1)
        swell = (np.sin(np.pi * steps ** rng.uniform(0.5, 1.8)) * width)[:, None]
        outline = np.concatenate((path + normal * swell, (path - normal * swell * rng.uniform(0, 1))[::-1]))
        cv2.fillPoly(plate, [outline.astype(np.int32)], 255, cv2.LINE_AA)
        if rng.random() < 0.6:
            k = int(rng.integers(8, 30))
            tip = path[k] + normal[k] * width * rng.uniform(-4, 4)
            spike = np.array((path[k - 3], tip, path[k + 3]), np.int32)
            cv2.fillPoly(plate, [spike], 255, cv2.LINE_AA)
    if rng.random() < 0.7:
        plate = np.maximum(plate, plate[:, ::-1])
    if rng.random() < 0.3:
        plate = np.maximum(plate, plate[::-1])
    return cv2.resize(plate, (PLATE, PLATE), interpolation=cv2.INTER_AREA)


def knot(rng: np.random.Generator) -> Array:
    """A Celtic plait: strands woven over and under on a square or round grid."""
    big = PLATE * 2
    plate = np.zeros((big, big), np.uint8)
    strands, waves = int(rng.integers(2, 5)), int(rng.integers(3, 9))
    width = int(big * rng.uniform(0.025, 0.05))
    closed = rng.random() < 0.6
    depth = rng.uniform(0.07, 0.16) * big
    t = np.linspace(0, 2 * np.pi, 720)
    paths = []
    for k in range(strands):
        swing = depth * np.sin(waves * t + 2 * np.pi * k / strands)
        if closed:
            radius = big * 0.36 + swing
            paths.append(np.stack((big / 2 + radius * np.cos(t), big / 2 + radius * np.sin(t)), 1))
        else:
            paths.append(np.stack((big * (0.04 + 0.92 * t / (2 * np.pi)), big / 2 + swing), 1))
    pieces, core = 4 * waves, int(rng.choice((0, 90, 255)))
    for piece in range(pieces):
        for k in np.roll(np.arange(strands), piece):
            part = paths[k][int(720 * piece / pieces) : int(720 * (piece + 1) / pieces) + 2].astype(np.int32)
            cv2.polylines(plate, [part], False, 0, width + 8, cv2.LINE_AA)
            cv2.polylines(plate, [part], False, 255, width, cv2.LINE_AA)
            cv2.polylines(plate, [part], False, core, max(1, width // 3), cv2.LINE_AA)
    return cv2.resize(plate, (PLATE, PLATE), interpolation=cv2.INTER_AREA)


def ornament(rng: np.random.Generator) -> Array:
    """Rows of triangles, waves, dots, steps and bars, as in Polynesian and geometric bands."""
    big = PLATE * 2
    plate = np.zeros((big, big), np.uint8)
    y = int(big * rng.uniform(0.02, 0.25))
    end = big - y
    while y < end - 12:
        band = int(rng.uniform(0.03, 0.16) * big)
        bottom = min(end, y + band)
        kind, period = rng.integers(0, 7), int(rng.uniform(0.6, 2) * band) + 6
        if kind == 0:
            plate[y:bottom] = 255
        for x in range(-period, big + period, period):
            middle = (x + period // 2, (y + bottom) // 2)
            if kind == 1:
                cv2.fillPoly(
                    plate, [np.array(((x, bottom), (x + period // 2, y), (x + period, bottom)))], 255
                )
            elif kind == 2:
                cv2.circle(plate, middle, max(2, band // 3), 255, -1, cv2.LINE_AA)
            elif kind == 3:
                cv2.line(plate, (x, bottom), (x + period, y), 255, 6, cv2.LINE_AA)
                cv2.line(plate, (x, y), (x + period, bottom), 255, 6, cv2.LINE_AA)
            elif kind == 4:
                cv2.rectangle(plate, (x, y), (x + period // 2, bottom), 255, -1)
            elif kind == 5:
                cv2.ellipse(plate, middle, (period // 2, band // 2), 0, 180, 360, 255, 5, cv2.LINE_AA)
                cv2.ellipse(plate, middle, (period // 4, band // 4), 0, 0, 360, 255, -1, cv2.LINE_AA)
        y = bottom + int(rng.choice((0, 4, 8, 14)))
    return cv2.resize(plate, (PLATE, PLATE), interpolation=cv2.INTER_AREA)

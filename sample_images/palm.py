"""The form of a left hand that shows its palm, fingers up: heights above the drape, and the lines of the palm.

The hand is a heap of balls along its bones, smoothed. All lengths are shares of the picture's height; the middle of
the picture is the origin, y runs down.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

Plane = NDArray[np.float32]
_Point = tuple[float, float, float]
_Ball = tuple[float, float, float, float]

_KNUCKLES: dict[str, _Point] = {
    "index": (-0.095, 0.02, 0.0),
    "middle": (-0.033, 0.0, 0.0),
    "ring": (0.030, 0.012, 0.0),
    "little": (0.086, 0.052, 0.0),
}
_FINGERS = {
    "index": (-11.0, (0.130, 0.085, 0.060)),
    "middle": (-2.0, (0.145, 0.095, 0.065)),
    "ring": (7.0, (0.135, 0.090, 0.060)),
    "little": (19.0, (0.105, 0.060, 0.052)),
}
"""Degrees from upright, and the lengths of the three bones."""
_RADII = (0.041, 0.036, 0.033, 0.026)
_CURL = 0.10
"""Radians by which each joint bends towards the viewer."""
_PALM_LINES = (
    ((-0.125, 0.115), (-0.055, 0.13), (-0.025, 0.22), (-0.04, 0.33)),
    ((-0.125, 0.10), (-0.03, 0.115), (0.06, 0.17)),
    ((0.112, 0.105), (0.045, 0.085), (-0.03, 0.035)),
    ((-0.06, 0.372), (0.0, 0.38), (0.06, 0.372)),
    ((-0.245, 0.07), (-0.205, 0.085), (-0.165, 0.10)),
)


def height(x: Plane, y: Plane) -> Plane:
    """Of the hand's surface; 0 where there is no hand."""
    surface = np.full(x.shape, -1.0, np.float32)
    for ball_x, ball_y, ball_z, radius in _balls():
        inside = radius**2 - (x - ball_x) ** 2 - (y - ball_y) ** 2
        surface = np.maximum(surface, np.where(inside > 0, ball_z + np.sqrt(np.maximum(inside, 0)), -1))
    there = (surface > -1).astype(np.float32)
    soft = 0.006 * x.shape[0]
    smooth = ndimage.gaussian_filter(surface * there, soft) / np.maximum(
        ndimage.gaussian_filter(there, soft), 1e-3
    )
    return (smooth * there).astype(np.float32)


def lines(shape: tuple[int, int], turn: float) -> Plane:
    """How deep the lines of palm and fingers are (0..1) in a picture of that height and width, turned by `turn`."""
    high, wide = shape
    drawn = Image.new("L", (wide * 2, high * 2))
    draw = ImageDraw.Draw(drawn)
    around = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    for line in (*_PALM_LINES, *_finger_lines()):
        places = (_smooth(np.array(line)) @ around * high + (wide / 2, high / 2)) * 2
        draw.line([tuple(place) for place in places], fill=255, width=max(1, round(0.004 * high)))
    small = np.asarray(drawn.resize((wide, high), Image.Resampling.BOX), np.float32) / 255
    return ndimage.gaussian_filter(small, 0.0018 * high)


def _balls() -> Iterator[_Ball]:
    yield from _bone((0.0, 0.80, 0), (0.0, 0.40, 0), 0.112, 0.092)
    for x, y, z in _KNUCKLES.values():
        yield from _bone((0.62 * x, 0.36, 0), (x, y, z), 0.062, 0.046)
    yield from _bone((0.035, 0.32, 0.01), (0.07, 0.18, 0.01), 0.062, 0.055)
    for name, (degrees, lengths) in _FINGERS.items():
        yield from _finger(_KNUCKLES[name], degrees, lengths, 0.87 if name == "little" else 1.0)
    yield from _bone((-0.035, 0.35, 0.01), (-0.125, 0.19, 0.045), 0.064, 0.054)
    yield from _bone((-0.125, 0.19, 0.045), (-0.205, 0.085, 0.07), 0.050, 0.040)
    yield from _bone((-0.205, 0.085, 0.07), (-0.255, 0.0, 0.085), 0.040, 0.027)


def _bone(start: _Point, end: _Point, first: float, last: float) -> Iterator[_Ball]:
    for share in np.linspace(0, 1, 24).tolist():
        x, y, z = (a + (b - a) * share for a, b in zip(start, end, strict=True))
        yield x, y, z, first + (last - first) * share


def _finger(at: _Point, degrees: float, lengths: tuple[float, ...], thick: float) -> Iterator[_Ball]:
    turn, bent = np.radians(degrees), 0.0
    for length, first, last in zip(lengths, _RADII, _RADII[1:], strict=False):
        bent += _CURL
        flat = length * float(np.cos(bent))
        end = (
            at[0] + flat * float(np.sin(turn)),
            at[1] - flat * float(np.cos(turn)),
            at[2] + length * float(np.sin(bent)),
        )
        yield from _bone(at, end, thick * first, thick * last)
        at = end


def _finger_lines() -> Iterator[tuple[tuple[float, float], ...]]:
    for name, (degrees, lengths) in _FINGERS.items():
        along = np.array([np.sin(np.radians(degrees)), -np.cos(np.radians(degrees))])
        across = np.array([-along[1], along[0]])
        for far, half in ((0.025, 0.034), (lengths[0], 0.032), (lengths[0] + lengths[1], 0.030)):
            middle = np.array(_KNUCKLES[name][:2]) + far * along
            ends = middle - half * across, middle - 0.004 * along, middle + half * across
            yield tuple((float(px), float(py)) for px, py in ends)


def _smooth(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A curve through the points (Chaikin's corner cutting)."""
    for _ in range(4):
        cut = np.stack(
            [0.75 * points[:-1] + 0.25 * points[1:], 0.25 * points[:-1] + 0.75 * points[1:]], axis=1
        )
        points = np.concatenate([points[:1], cut.reshape(-1, 2), points[-1:]])
    return points

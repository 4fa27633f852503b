"""The cue in the side: a photo said to show the left hand shows a right one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import weights
from ..outcome import MirrorCue
from ..photo import Box, Photo, Pixels
from .side import Side

_SIDE = 640
"""Long side, in pixels, of the picture that is looked at."""
_LEAST_LOOKS = 7
_SURE = 0.9
_PALMAR = 0.15
"""Of eight looks (four turns, straight and flipped) so many must find the hand, all agree, and be so sure on
average; and in each the thumb must stand off the palm as that side's does. Where it does so only on average, one
drawn hand in 60 is taken for one of the other side (benchmarks/mirror.py)."""
_LARGE = 0.25
"""Share of the picture's shorter side that the hand takes at least: a hand far off may be another person's."""

_MODELS = ("hand", "palm", "hand-graph", "hand-labels")
"""What MediaPipe opens by itself, from where it is installed."""

# MediaPipe's 21 landmarks
_WRIST, _THUMB_ROOT, _THUMB_TIP, _INDEX_ROOT, _LITTLE_ROOT = 0, 1, 4, 5, 17


def cue(photo: Photo, side: Side | None) -> MirrorCue | None:
    """What the only hand in the picture says of the side that the photo is said to show.

    Strong against that side, weak for it: a hand can be the examiner's. None where no side is declared, where
    there is no hand or more than one, and where palm and back, left and right can't be told for sure.
    Raises ModelError where a model file is missing or another one.
    """
    if side is None:
        return None
    hand = _hand(photo)
    if hand is None:
        return None
    seen, place = hand
    if seen is side:
        return MirrorCue(
            name="side",
            says="not_mirrored",
            strength="weak",
            detail=f"The hand in the picture is a {seen} one, as it should be.",
            places=(place,),
        )
    return MirrorCue(
        name="side",
        says="mirrored",
        strength="strong",
        detail=f"The photo is said to show the {side} side, but the hand in it is a {seen} one.",
        places=(place,),
    )


@dataclass(frozen=True, slots=True)
class _Look:
    side: Side
    sure: float
    palmar: float
    """How far the thumb stands off that side's palm."""
    points: NDArray[np.float64]
    """N x 2: where the hand is, in parts of the upright picture's width and height."""


def _hand(photo: Photo) -> tuple[Side, Box] | None:
    """The side of the hand, where all looks agree on it, and its place."""
    small = photo.scaled(min(1.0, _SIDE / max(photo.size)))
    with _quiet():
        looks = list(_looks(small))
    if len(looks) < _LEAST_LOOKS:
        return None
    sides = {look.side for look in looks}
    sure, palmar = np.mean([look.sure for look in looks]), min(look.palmar for look in looks)
    if len(sides) != 1 or sure < _SURE or palmar < _PALMAR:
        return None
    points = np.concatenate([look.points for look in looks]).clip(0, 1) * photo.size
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    return sides.pop(), (int(x0), int(y0), int(np.ceil(x1)), int(np.ceil(y1)))


def _looks(pixels: Pixels) -> Iterator[_Look]:
    """What the net sees, upright and turned, straight and flipped, where it sees one hand."""
    for flipped in (False, True):
        for turns in range(4):
            seen = np.ascontiguousarray(np.rot90(pixels[:, ::-1] if flipped else pixels, turns))
            found = _net().process(seen)
            hands = list(found.multi_handedness or [])
            if len(hands) != 1 or _extent(found.multi_hand_landmarks[0], seen) < _LARGE:
                continue
            told = hands[0].classification[0]
            # MediaPipe speaks of a picture that a front camera has mirrored.
            side = Side.RIGHT if told.label == "Left" else Side.LEFT
            palmar = _thumb_off_palm(_points(found.multi_hand_world_landmarks[0]), side)
            points = _turned_back(_points(found.multi_hand_landmarks[0])[:, :2], turns)
            if flipped:
                points[:, 0] = 1 - points[:, 0]
            yield _Look(side.other if flipped else side, float(told.score), palmar, points)


def _turned_back(points: NDArray[np.float64], turns: int) -> NDArray[np.float64]:
    """Points of a picture that was turned by quarters, anticlockwise, where they were before."""
    for _ in range(turns):
        points = np.stack((1 - points[:, 1], points[:, 0]), axis=1)
    return points


def _thumb_off_palm(points: NDArray[np.float64], side: Side) -> float:
    """Sine of the angle by which the thumb leaves the palm's plane towards what is the palm's side of such a hand.

    A thumb bends to the palm. Palm and back being told by that, which way the fingers follow each other tells
    left from right without the net's own word for it.
    """
    normal = np.cross(points[_INDEX_ROOT] - points[_WRIST], points[_LITTLE_ROOT] - points[_WRIST])
    thumb = points[_THUMB_TIP] - points[_THUMB_ROOT]
    off = float(normal @ thumb / (np.linalg.norm(normal) * np.linalg.norm(thumb) + 1e-12))
    return off if side is Side.RIGHT else -off


def _extent(landmarks: Any, pixels: Pixels) -> float:
    high, wide = pixels.shape[:2]
    places = _points(landmarks)[:, :2] * np.array([wide, high])
    return float((places.max(axis=0) - places.min(axis=0)).max() / min(high, wide))


def _points(landmarks: Any) -> NDArray[np.float64]:
    return np.array([(point.x, point.y, point.z) for point in landmarks.landmark])


@contextmanager
def _quiet() -> Iterator[None]:
    """MediaPipe's native code writes notes for its own developers to descriptor 2, and no setting keeps it from it."""
    try:
        kept = os.dup(2)
    except OSError:  # a program without a terminal
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


@cache
def _net() -> Any:
    for model in _MODELS:
        weights.path(model)
    # Late: MediaPipe takes a second to import, and most photos have no declared side.
    from mediapipe.python.solutions.hands import Hands

    return Hands(static_image_mode=True, max_num_hands=2, model_complexity=1)

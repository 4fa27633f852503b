"""How alike two small pictures are, straight and with one of them flipped, however they are turned or cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ..photo import Pixels

Grey: TypeAlias = NDArray[np.uint8]
"""H x W, 0..255."""

_SIDE = 64
_BAR = 6.0
"""A row or column whose grey varies less than this, at the rim, may be a bar that fills up another shape."""
_WHOLE = 0.9
"""So alike, the two show the same section, and no part of one need be looked for in the other."""
_PARTS = tuple(0.96**step for step in range(1, 28))
"""Share of the other picture's long side that the picture may be cut down to: to a third."""


def small(pixels: Pixels) -> Grey:
    """Grey, long side 64, without bars. Takes RGB or grey."""
    grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return _resized(_without_bars(np.asarray(grey, np.uint8)), _SIDE)


def likeness(picture: Grey, other: Grey) -> tuple[float, float]:
    """The best correlation (-1..1) of `picture` with `other`, or with a part of it: straight, and flipped.

    Each is the best of four turns. Both come from `small`.
    """
    cut = [_resized(picture, round(share * _SIDE)) for share in _PARTS]
    templates = [template for template in cut if template.std() > 1]
    straight, flipped = (
        _best(picture, templates, [np.rot90(seen, turns) for turns in range(4)])
        for seen in (other, other[:, ::-1])
    )
    return straight, flipped


def _best(picture: Grey, templates: Sequence[Grey], others: Sequence[Grey]) -> float:
    whole = max(_whole(picture, other) for other in others)
    return whole if whole > _WHOLE else max(whole, *(_part(templates, other) for other in others))


def _whole(picture: Grey, other: Grey) -> float:
    height, width = picture.shape
    if abs(np.log(other.shape[1] / other.shape[0] * height / width)) > 0.05:
        return -1.0
    return _correlation(picture, np.asarray(cv2.resize(other, (width, height), interpolation=cv2.INTER_AREA)))


def _part(templates: Sequence[Grey], other: Grey) -> float:
    best = -1.0
    for template in templates:
        if template.shape[0] <= other.shape[0] and template.shape[1] <= other.shape[1]:
            best = max(best, float(cv2.matchTemplate(other, template, cv2.TM_CCOEFF_NORMED).max()))
    return best


def _correlation(first: Grey, second: Grey) -> float:
    if min(first.std(), second.std()) < 1:
        return 0.0
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


def _resized(grey: Grey, side: int) -> Grey:
    scale = side / max(grey.shape)
    size = max(2, round(grey.shape[1] * scale)), max(2, round(grey.shape[0] * scale))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _without_bars(grey: Grey) -> Grey:
    """The picture without even bars of black or white at opposite rims (a 3:2 photo in a 4:3 thumbnail)."""
    for _ in range(2):
        even = (grey.std(axis=1) < _BAR) & ((grey.mean(axis=1) < 24) | (grey.mean(axis=1) > 231))
        first, last = _inner(even)
        grey = grey[first:last].T
    return np.ascontiguousarray(grey)


def _inner(even: NDArray[np.bool_]) -> tuple[int, int]:
    picture = np.flatnonzero(~even)
    if len(picture) <= len(even) // 2:
        return 0, len(even)
    return int(picture[0]), int(picture[-1]) + 1

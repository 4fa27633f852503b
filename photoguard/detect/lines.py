"""From PP-OCR's answers to lines of text: quadrilaterals from a map, signs from a row of scores.

Sources: Liao et al., "Real-time Scene Text Detection with Differentiable Binarization", 2020 (the map shows the
core of each line, which is grown back to the whole); Graves et al., "Connectionist Temporal Classification", 2006.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_CORE = 0.3
"""From here on a pixel belongs to a line's core."""
_LIKELY = 0.45
"""Mean over the core that makes a line. PaddleOCR asks for more: rather a mask too many than a name left."""
_GROWTH = 1.6
"""The core is grown by so many times its area over its perimeter."""
_SMALLEST_CORE, _SMALLEST_LINE = 3, 5
_JOIN = np.ones((2, 2), np.uint8)


def outlined(where: Floats) -> Iterator[tuple[Floats, float]]:
    """Lines in a map (H x W, 0..1) of where text is: 4 x 2 corners (x, y) and score.

    Corners run clockwise from the upper left one, in whole pixels of the map.
    """
    height, width = where.shape
    cores = cv2.dilate((where > _CORE).astype(np.uint8), _JOIN)
    contours, _ = cv2.findContours(cores, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for contour in contours:
        centre, (long, short), angle = cv2.minAreaRect(contour)
        if min(long, short) < _SMALLEST_CORE:
            continue
        score = _mean_within(where, _corners(centre, (long, short), angle))
        growth = 2 * _GROWTH * long * short / (2 * (long + short))
        if score < _LIKELY or min(long, short) + growth < _SMALLEST_LINE:
            continue
        grown = _corners(centre, (long + growth, short + growth), angle)
        yield np.clip(np.round(grown), 0, np.array((width - 1, height - 1), np.float32)), score


def spelled(scores: Floats, signs: Sequence[str]) -> tuple[str, float]:
    """What stands in a line (T x N scores of the `signs`, the first one blank), and the signs' mean score."""
    best, sure = scores.argmax(axis=1), scores.max(axis=1)
    shown = (best != 0) & (best != np.concatenate(([0], best[:-1])))
    if not shown.any():
        return "", 0.0
    return "".join(signs[sign] for sign in best[shown]), float(sure[shown].mean())


def _mean_within(where: Floats, corners: Floats) -> float:
    height, width = where.shape
    x0, y0 = np.clip(np.floor(corners.min(axis=0)), 0, (width - 1, height - 1)).astype(int)
    x1, y1 = np.clip(np.ceil(corners.max(axis=0)), 0, (width - 1, height - 1)).astype(int)
    part = where[y0 : y1 + 1, x0 : x1 + 1]
    within = np.zeros(part.shape, np.uint8)
    cv2.fillPoly(within, [(corners - (x0, y0)).astype(np.int32)], (1,))
    return float(cv2.mean(part, within)[0])


def _corners(centre: Sequence[float], sides: Sequence[float], angle: float) -> Floats:
    """A rectangle's, clockwise from the upper one of the two on the left."""
    corners = np.asarray(cv2.boxPoints((centre, sides, angle)), np.float32)
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = by_x[:2][np.argsort(by_x[:2, 1])], by_x[2:][np.argsort(by_x[2:, 1])]
    return np.stack((left[0], right[0], right[1], left[1]))

"""Text: names on wristbands, labels, screens and forms. PP-OCR's two nets, from RapidOCR's wheel.

The whole picture is looked at once, small. What that look surely sees is done with; where it sees a trace of text, it
is followed by a finer look at that place and a little around it, which costs as much as the place is large.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, floor, log2
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..photo import Box, Finding, Kind, Photo, Pixels
from .lines import outlined, spelled
from .net import open_net

_COARSE_SIDE = 1024
_COARSE_SCALE = 1 / 4
"""The first look is at the whole picture, its long side `_COARSE_SIDE` or a quarter, whichever is more.
In a 12-megapixel photo the net then sees letters of 28 px surely, and a trace of smaller ones. (A fifth is
quicker by a quarter of a second and finds half of the words of 20 px written onto a photo, instead of 83 %.)"""
_TRACE, _FINER = 0.1, 2.0
"""Where the first look sees more than this, a second one follows at so many times the scale."""
_CLEAR_LETTER = 8
"""Pixels of height that a letter has in the first look for it to be seen whole."""
_GLANCE_SIDE = 512
_SURROUNDINGS = 12
"""Pixels of the first look around a trace that the second one sees with it."""
_PART, _OVERLAP = 320, 16
"""Pixels of the first look that the second one sees at once at most, and what neighbouring parts share."""
_STRIDE = 32  # the net's input sides are multiples of it
_LINE_HEIGHT = 48  # the recogniser's input
_LARGE = 0.15
"""Letters that take more of the picture's shorter side than this count only if they can surely be read."""
_SQUARE = 2.0
_UNSURE = 0.6
"""Something no longer than twice its height that scores less counts only if two signs can be made out in it:
stars, buttons and patterns of cloth look like single letters, and a single letter identifies nobody. So does a row
of sutures, however sure the first net is: it reads as one H, or as several."""
_SURELY, _MADE_OUT = 0.8, 0.5
_MARGIN = 0.1
"""Share of the letter height by which a box is grown."""

_Map = NDArray[np.float32]


class TextDetector:
    """Finds text in any direction, and reads crops. One thread; not to be shared between threads.

    Raises ModelError where a net is missing or is not the one it should be.
    """

    name = "text"

    def __init__(self) -> None:
        self._locator = open_net("text-detection")
        self._reader = open_net("text-recognition")
        known = self._reader.get_modelmeta().custom_metadata_map["character"].splitlines()
        self._signs = ("", *known, " ")

    def find(self, photo: Photo) -> list[Finding]:
        """Lines of text as quadrilaterals (`polygon`) with their bounds (`box`)."""
        scale = min(1.0, max(_COARSE_SIDE / max(photo.size), _COARSE_SCALE))
        trace = self._where(photo.scaled(scale))
        found = list(self._lines(trace, (0, 0), scale))
        if scale < 1:
            fine = min(1.0, _FINER * scale)
            _settle(trace, found, scale)
            for box in _traces(trace, scale, photo.size):
                found += self._lines(self._where(_part(photo, box, fine)), box[:2], fine)
        found = [
            (corners, score) for corners, score in found if self._plausible(photo.pixels, corners, score)
        ]
        return [_finding(corners, score, photo.size) for corners, score in _distinct(found)]

    def glance(self, photo: Photo) -> list[Finding]:
        """Lines of large letters that one coarse look is sure of, where `find` sees them as well.

        From afar alone a wound with its sutures is a line of letters, once all around it is masked.
        """
        scale = min(1.0, _GLANCE_SIDE / max(photo.size))
        suspected = [
            corners
            for corners, score in self._lines(self._where(photo.scaled(scale)), (0, 0), scale)
            if score > _UNSURE and self._plausible(photo.pixels, corners, score)
        ]
        if not suspected:
            return []
        return [found for found in self.find(photo) if any(_over(found.box, line) for line in suspected)]

    def read(self, crops: Sequence[Pixels]) -> list[tuple[str, float]]:
        """What stands in each crop (H x W x 3, RGB, one upright line) and the mean score (0..1) of its letters."""
        lines = [_line(crop) for crop in crops]
        readings = [("", 0.0)] * len(lines)
        for width in {line.shape[1] for line in lines}:
            alike = [number for number, line in enumerate(lines) if line.shape[1] == width]
            planes = _planes([lines[number] for number in alike])
            (answers,) = self._reader.run(None, {self._reader.get_inputs()[0].name: planes})
            for number, answer in zip(alike, answers, strict=True):
                readings[number] = spelled(answer, self._signs)
        return readings

    def _plausible(self, pixels: Pixels, corners: NDArray[Any], score: float) -> bool:
        """Writing, not something that only looks like a sign. Most lines are beyond doubt and are not read."""
        long, letter = _sides(corners)
        large, square = letter > _LARGE * min(pixels.shape[:2]), long < _SQUARE * letter
        if not large and not square:
            return True
        (x0, y0), (x1, y1) = np.maximum(0, corners.min(axis=0)).astype(int), corners.max(axis=0).astype(int)
        crop = pixels[y0 : y1 + 1, x0 : x1 + 1]
        readings = self.read([np.rot90(seen, turns) for turns in range(4) for seen in (crop, crop[:, ::-1])])
        if large or score < _UNSURE:
            needed = _SURELY if large else _MADE_OUT
            return any(len(text) > 1 and sure > needed for text, sure in readings)
        text, sure = max(readings, key=lambda reading: reading[1])
        return len(set(text)) != 1 or sure < _SURELY

    def _where(self, pixels: Pixels) -> _Map:
        """How likely each pixel belongs to text, 0..1, H x W."""
        height, width = pixels.shape[:2]
        canvas = _baited(pixels)
        (answer,) = self._locator.run(None, {self._locator.get_inputs()[0].name: _planes([canvas])})
        result: _Map = answer[0, 0, :height, :width]
        return result

    def _lines(
        self, where: _Map, origin: tuple[int, int], scale: float
    ) -> Iterator[tuple[NDArray[Any], float]]:
        for corners, score in outlined(where):
            yield corners / scale + origin, score


def _line(crop: Pixels) -> Pixels:
    """The crop at the height of the recogniser's input."""
    height, width = crop.shape[:2]
    size = max(_LINE_HEIGHT, round(width * _LINE_HEIGHT / height)), _LINE_HEIGHT
    return cv2.resize(np.ascontiguousarray(crop), size).astype(np.uint8, copy=False)


def _planes(pictures: Sequence[Pixels]) -> _Map:
    """N x 3 x H x W, BGR, -1..1, as the nets want pictures of one size."""
    planes = cv2.dnn.blobFromImages(pictures, 1 / 127.5, mean=(127.5, 127.5, 127.5), swapRB=True)
    return np.asarray(planes, np.float32)


def _baited(pixels: Pixels) -> Pixels:
    """The picture with a line of print below it, sides rounded up to the net's stride.

    In a picture without text the net takes whatever is large in the middle, a foot for instance, for one
    huge sign. A line of real text in view keeps it from that.
    """
    height, width = pixels.shape[:2]
    wide, high = -(-width // _STRIDE) * _STRIDE, (-(-height // _STRIDE) + 1) * _STRIDE
    canvas = np.full((high, wide, 3), 114, np.uint8)
    canvas[:height, :width] = pixels
    strip = canvas[-_STRIDE:]
    strip[:] = 235
    for left in range(8, wide, 420):
        cv2.putText(
            strip, "Sample text 0123", (left, 23), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (20,) * 3, 2, cv2.LINE_AA
        )
    return canvas


def _settle(trace: _Map, found: Sequence[tuple[NDArray[Any], float]], scale: float) -> None:
    """Take out of the trace what the first look has surely found: large letters need no second look."""
    for corners, score in found:
        if score > _UNSURE and _sides(corners)[1] * scale > _CLEAR_LETTER:
            cv2.fillConvexPoly(trace, np.round(corners * scale).astype(np.int32), (0.0,))


def _part(photo: Photo, box: Box, scale: float) -> Pixels:
    """The box of the photo, scaled."""
    times = max(0, floor(-log2(scale)))
    step = 2**times
    x0, y0, x1, y1 = box
    part = photo.halved(times)[y0 // step : -(-y1 // step), x0 // step : -(-x1 // step)]
    size = max(1, round(part.shape[1] * step * scale)), max(1, round(part.shape[0] * step * scale))
    return cv2.resize(part, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _traces(trace: _Map, scale: float, size: tuple[int, int]) -> Iterator[Box]:
    """Where the first look saw a trace of text, with surroundings, in the photo's pixels."""
    reach = 2 * _SURROUNDINGS + 1
    seen = cv2.dilate((trace > _TRACE).astype(np.uint8), np.ones((reach, reach), np.uint8))
    _, _, areas, _ = cv2.connectedComponentsWithStats(seen)
    for x, y, width, height, _ in areas[1:].tolist():
        for top, rows in _stretches(y, height):
            for left, columns in _stretches(x, width):
                if seen[top : top + rows, left : left + columns].any():
                    yield (
                        int(left / scale),
                        int(top / scale),
                        min(size[0], ceil((left + columns) / scale)),
                        min(size[1], ceil((top + rows) / scale)),
                    )


def _stretches(start: int, length: int) -> Iterator[tuple[int, int]]:
    """Start and length of overlapping stretches of at most _PART."""
    count = max(1, ceil((length - _OVERLAP) / (_PART - _OVERLAP)))
    step = ceil((length - _OVERLAP) / count) if count > 1 else length
    for index in range(count):
        yield start + index * step, min(step + _OVERLAP, length - index * step)


def _distinct(found: Sequence[tuple[NDArray[Any], float]]) -> list[tuple[NDArray[Any], float]]:
    """Without lines that lie within another one."""
    kept: list[tuple[NDArray[Any], float]] = []
    for corners, score in sorted(found, key=lambda line: -cv2.contourArea(line[0].astype(np.float32))):
        middle = corners.mean(axis=0)
        inner = (middle + 0.8 * (corners - middle)).astype(np.float32)
        if not any(_within(inner, other) for other, _ in kept):
            kept.append((corners, score))
    return kept


def _within(inner: NDArray[Any], outer: NDArray[Any]) -> bool:
    outline = outer.astype(np.float32)
    return all(cv2.pointPolygonTest(outline, (float(x), float(y)), False) >= 0 for x, y in inner)


def _over(box: Box, corners: NDArray[Any]) -> bool:
    """Whether a box has anything of a line's bounds."""
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    return bool(box[0] < x1 and x0 < box[2] and box[1] < y1 and y0 < box[3])


def _sides(corners: NDArray[Any]) -> tuple[float, float]:
    """Length of a line and height of its letters."""
    sides = float(np.linalg.norm(corners[0] - corners[1])), float(np.linalg.norm(corners[0] - corners[3]))
    return max(sides), min(sides)


def _finding(corners: NDArray[Any], score: float, size: tuple[int, int]) -> Finding:
    _, letter = _sides(corners)
    x0, y0 = np.floor(corners.min(axis=0) - _MARGIN * letter).astype(int)
    x1, y1 = np.ceil(corners.max(axis=0) + _MARGIN * letter).astype(int)
    return Finding(
        kind=Kind.TEXT,
        box=(max(0, int(x0)), max(0, int(y0)), min(size[0], int(x1)), min(size[1], int(y1))),
        score=min(1.0, score),
        detector=TextDetector.name,
        polygon=tuple((round(float(x)), round(float(y))) for x, y in corners),
    )

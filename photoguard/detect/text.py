"""Text: names on wristbands, labels, screens and forms. PP-OCR's two nets, as they come with RapidOCR."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import floor, log2
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rapidocr.ch_ppocr_det.utils import DBPostProcess
from rapidocr.ch_ppocr_rec.utils import CTCLabelDecode

from ..photo import Finding, Kind, Photo, Pixels
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
_WINDOW = 320
_OVERLAP = 32
_STRIDE = 32  # the net's input sides are multiples of it
_LINE_HEIGHT = 48  # the recogniser's input
_LARGE = 0.15
"""Letters that take more of the picture's shorter side than this count only if they can surely be read."""
_SQUARE = 2.0
_UNSURE = 0.6
"""Something no longer than twice its height that scores less counts only if two signs can be made out in it:
stars, buttons and patterns of cloth look like single letters, and a single letter identifies nobody."""
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
        # RapidOCR's own settings, but for a lower threshold: rather a mask too many than a name left.
        self._outline = DBPostProcess(thresh=0.3, box_thresh=0.45, unclip_ratio=1.6, use_dilation=True)
        self._decode = CTCLabelDecode(
            self._reader.get_modelmeta().custom_metadata_map["character"].splitlines()
        )

    def find(self, photo: Photo) -> list[Finding]:
        """Lines of text as quadrilaterals (`polygon`) with their bounds (`box`)."""
        scale = min(1.0, max(_COARSE_SIDE / max(photo.size), _COARSE_SCALE))
        trace = self._where(photo.scaled(scale))
        found = list(self._lines(trace, (0, 0), scale))
        if scale < 1:
            fine = min(1.0, _FINER * scale)
            _settle(trace, found, scale)
            for x, y, side in _windows(trace, scale, fine, photo.size):
                found += self._lines(self._where(_window(photo, x, y, side, fine)), (x, y), fine)
        found = [
            (corners, score) for corners, score in found if self._plausible(photo.pixels, corners, score)
        ]
        return [_finding(corners, score, photo.size) for corners, score in _distinct(found)]

    def glance(self, photo: Photo) -> list[Finding]:
        """Lines of large letters that one coarse look is sure of."""
        scale = min(1.0, _GLANCE_SIDE / max(photo.size))
        found = [
            line for line in self._lines(self._where(photo.scaled(scale)), (0, 0), scale) if line[1] > _UNSURE
        ]
        return [
            _finding(corners, score, photo.size)
            for corners, score in found
            if self._plausible(photo.pixels, corners, score)
        ]

    def read(self, crops: Sequence[Pixels]) -> list[tuple[str, float]]:
        """What stands in each crop (H x W x 3, RGB, one upright line) and the mean score (0..1) of its letters."""
        return [self._read(crop) for crop in crops]

    def _plausible(self, pixels: Pixels, corners: NDArray[Any], score: float) -> bool:
        """Writing, not something that only looks like a sign. Most lines are beyond doubt and are not read."""
        long, letter = _sides(corners)
        if letter > _LARGE * min(pixels.shape[:2]):
            needed = _SURELY
        elif score < _UNSURE and long < _SQUARE * letter:
            needed = _MADE_OUT
        else:
            return True
        (x0, y0), (x1, y1) = np.maximum(0, corners.min(axis=0)).astype(int), corners.max(axis=0).astype(int)
        crop = pixels[y0 : y1 + 1, x0 : x1 + 1]
        ways = (np.rot90(seen, turns) for turns in range(4) for seen in (crop, crop[:, ::-1]))
        return any(len(text) > 1 and sure > needed for text, sure in map(self._read, ways))

    def _where(self, pixels: Pixels) -> _Map:
        """How likely each pixel belongs to text, 0..1, H x W."""
        height, width = pixels.shape[:2]
        canvas = _baited(pixels)
        values = canvas[:, :, ::-1].astype(np.float32) / 127.5 - 1  # the nets want BGR, -1..1
        (answer,) = self._locator.run(
            None, {self._locator.get_inputs()[0].name: values.transpose(2, 0, 1)[None]}
        )
        result: _Map = answer[0, 0, :height, :width]
        return result

    def _lines(
        self, where: _Map, origin: tuple[int, int], scale: float
    ) -> Iterator[tuple[NDArray[Any], float]]:
        corners, scores = self._outline(where[None, None], (where.shape[0], where.shape[1]))
        for four, score in zip(corners, scores, strict=True):
            yield four / scale + origin, float(score)

    def _read(self, crop: Pixels) -> tuple[str, float]:
        height, width = crop.shape[:2]
        line = cv2.resize(
            np.ascontiguousarray(crop),
            (max(_LINE_HEIGHT, round(width * _LINE_HEIGHT / height)), _LINE_HEIGHT),
        )
        values = line[:, :, ::-1].astype(np.float32) / 127.5 - 1
        (answer,) = self._reader.run(
            None, {self._reader.get_inputs()[0].name: values.transpose(2, 0, 1)[None]}
        )
        ((text, score),) = self._decode(answer)[0]
        return text, float(score)


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


def _window(photo: Photo, x: int, y: int, side: int, scale: float) -> Pixels:
    """The square of the photo at x, y, scaled."""
    times = max(0, floor(-log2(scale)))
    step = 2**times
    part = photo.halved(times)[y // step : -(-(y + side) // step), x // step : -(-(x + side) // step)]
    size = max(1, round(part.shape[1] * step * scale)), max(1, round(part.shape[0] * step * scale))
    return cv2.resize(part, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _windows(trace: _Map, scale: float, fine: float, size: tuple[int, int]) -> Iterator[tuple[int, int, int]]:
    """Left, top and side, in the photo's pixels, of the windows in which the first look saw a trace of text."""
    side = round(_WINDOW / fine)
    step = round((_WINDOW - _OVERLAP) / fine)
    width, height = size
    for y in range(0, max(1, height - round(_OVERLAP / fine)), step):
        for x in range(0, max(1, width - round(_OVERLAP / fine)), step):
            left, top = max(0, min(x, width - side)), max(0, min(y, height - side))
            seen = trace[
                int(top * scale) : int((top + side) * scale), int(left * scale) : int((left + side) * scale)
            ]
            if seen.size and seen.max() > _TRACE:
                yield left, top, side


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

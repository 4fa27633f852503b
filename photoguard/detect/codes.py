"""QR and bar codes, by zxing-cpp: patient numbers on wristbands, samples and forms."""

from __future__ import annotations

from collections.abc import Iterator
from math import log2
from typing import TypeAlias

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from ..photo import Box, Finding, Kind, Photo, Pixels

_Point: TypeAlias = tuple[float, float]
_Vector: TypeAlias = NDArray[np.float32]

_GLANCE_SIDE = 1024
_HALF_FROM = 2048
"""Long side from which the slow symbologies are looked for at half the size."""
_QUICK = zxingcpp.barcode_formats_from_str("AllLinear,QRCode,MicroQRCode,rMQRCode,Aztec,MaxiCode")
_ONE_WAY = zxingcpp.barcode_formats_from_str("DataMatrix,MicroPDF417,rMQRCode")
"""Those that zxing does not read mirrored, or not always (oblong Data Matrix)."""
_LINEAR = frozenset(zxingcpp.barcode_formats_list(zxingcpp.barcode_formats_from_str("AllLinear")))
_GROWTH = 0.1
"""Share of a code's longer side by which its box is grown."""
_SAMPLES = 256
_ALIKE = 0.5
"""Correlation with the line on which a linear code was read, from which another one still shows its bars."""
_DAMAGED = 0.5
"""Score of a code that was located but can't be decoded; a decoded one has 1."""


class CodeDetector:
    """Finds codes of every symbology zxing knows: turned, light on dark, mirrored, and damaged ones."""

    name = "codes"

    def find(self, photo: Photo) -> list[Finding]:
        """Codes with their outline (`polygon`) and its bounds grown by the quiet zone (`box`)."""
        grey = cv2.cvtColor(photo.pixels, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)
        findings: list[Finding] = []
        for barcode, corners in _looks(grey):
            # Whatever looks like a corner is a damaged Data Matrix to zxing: in 7 of 420 photos of skin.
            # Other symbologies raised no such alarm.
            if not barcode.valid and barcode.format == zxingcpp.BarcodeFormat.DataMatrix:
                continue
            if barcode.format in _LINEAR:
                corners = corners + _bars(grey, corners)
            finding = _finding(barcode, corners, photo.size)
            if not any(_holds(other.box, finding.box) for other in findings):
                findings.append(finding)
        return findings

    def glance(self, photo: Photo) -> list[Finding]:
        """Codes that one look at the reduced picture reads."""
        times = max(0, round(log2(max(photo.size) / _GLANCE_SIDE)))
        grey = np.asarray(cv2.cvtColor(photo.halved(times), cv2.COLOR_RGB2GRAY), np.uint8)
        return [
            _finding(barcode, [(2**times * x, 2**times * y) for x, y in _corners(barcode)], photo.size)
            for barcode in zxingcpp.read_barcodes(grey, _QUICK, try_downscale=False)
        ]


def _looks(grey: Pixels) -> Iterator[tuple[zxingcpp.Barcode, list[_Point]]]:
    """Every code with its corners in the picture's pixels, from three looks that together cost one full one."""
    scale = 1
    if max(grey.shape) > _HALF_FROM:
        for barcode in zxingcpp.read_barcodes(grey, _QUICK, try_downscale=False, return_errors=True):
            yield barcode, _corners(barcode)
        half = max(1, round(grey.shape[1] / 2)), max(1, round(grey.shape[0] / 2))
        grey = np.asarray(cv2.resize(grey, half, interpolation=cv2.INTER_AREA), np.uint8)
        scale = 2
    for barcode in zxingcpp.read_barcodes(grey, try_invert=scale == 1, return_errors=True):
        yield barcode, [(scale * x, scale * y) for x, y in _corners(barcode)]
    width = grey.shape[1]
    for barcode in zxingcpp.read_barcodes(np.asarray(cv2.flip(grey, 1)), _ONE_WAY, try_invert=False):
        yield barcode, [(scale * (width - x), scale * y) for x, y in _corners(barcode)]


def _corners(barcode: zxingcpp.Barcode) -> list[_Point]:
    place = barcode.position
    return [(p.x, p.y) for p in (place.top_left, place.top_right, place.bottom_right, place.bottom_left)]


def _finding(barcode: zxingcpp.Barcode, corners: list[_Point], size: tuple[int, int]) -> Finding:
    (left, top), (right, bottom) = np.min(corners, axis=0), np.max(corners, axis=0)
    hull = cv2.convexHull(np.array(corners, np.float32))
    margin = max(2, _GROWTH * max(right - left, bottom - top))
    return Finding(
        kind=Kind.CODE,
        box=(
            max(0, int(left - margin)),
            max(0, int(top - margin)),
            min(size[0], int(right + margin) + 1),
            min(size[1], int(bottom + margin) + 1),
        ),
        score=1.0 if barcode.valid else _DAMAGED,
        detector=CodeDetector.name,
        polygon=tuple((round(float(x)), round(float(y))) for ((x, y),) in hull),
    )


def _bars(grey: Pixels, corners: list[_Point]) -> list[_Point]:
    """Where a linear code's bars end.

    zxing tells only between which scan lines it read the code; the rest of the bars could still be scanned.
    """
    four = np.array(corners, np.float32)
    start, end = (four[0] + four[3]) / 2, (four[1] + four[2]) / 2
    length = int(np.linalg.norm(end - start))
    if length < 1:
        return []
    direction = _bar_direction(grey, start, end)
    steps = np.arange(-length, length + 1, dtype=np.float32)
    scan = start + np.linspace(0, 1, _SAMPLES, dtype=np.float32)[:, None] * (end - start)
    places = scan + steps[:, None, None] * direction
    lines = np.empty(places.shape[:2], np.float32)
    cv2.remap(
        grey.astype(np.float32), places[..., 0].copy(), places[..., 1].copy(), cv2.INTER_LINEAR, dst=lines
    )
    lines -= lines.mean(axis=1, keepdims=True)
    likeness = lines @ lines[length] / (np.linalg.norm(lines, axis=1) * np.linalg.norm(lines[length]) + 1e-6)
    other = np.flatnonzero(likeness < _ALIKE) - length
    back, forth = other[other < 0].max(initial=-length), other[other > 0].min(initial=length)
    ends = [point + reach * direction for point in (start, end) for reach in (back, forth)]
    return [(float(x), float(y)) for x, y in ends]


def _bar_direction(grey: Pixels, start: _Vector, end: _Vector) -> _Vector:
    """The unit vector along the bars, across the mean gradient around the line on which a code was read."""
    (left, top), (right, bottom) = np.minimum(start, end).astype(int), np.maximum(start, end).astype(int)
    part = grey[max(0, top - 2) : bottom + 3, max(0, left - 2) : right + 3].astype(np.float32)
    x, y = cv2.Sobel(part, cv2.CV_32F, 1, 0), cv2.Sobel(part, cv2.CV_32F, 0, 1)
    # The gradient's angle, by the structure tensor.
    angle = np.arctan2(2 * (x * y).sum(), (x * x - y * y).sum()) / 2
    return np.array((-np.sin(angle), np.cos(angle)), np.float32)


def _holds(outer: Box, inner: Box) -> bool:
    """Nearly all of `inner` lies in `outer`: one code seen by two looks."""
    width = min(outer[2], inner[2]) - max(outer[0], inner[0])
    height = min(outer[3], inner[3]) - max(outer[1], inner[1])
    area = (inner[2] - inner[0]) * (inner[3] - inner[1])
    return min(width, height) > 0 and width * height > 0.9 * area

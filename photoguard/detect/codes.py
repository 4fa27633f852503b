"""QR and bar codes, by zxing-cpp: patient numbers on wristbands, samples and forms."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import zxingcpp

from ..photo import Box, Finding, Kind, Photo, Pixels

_HALF_FROM = 2048
"""Long side from which the slow symbologies are looked for at half the size."""
_QUICK = zxingcpp.barcode_formats_from_str("AllLinear,QRCode,MicroQRCode,rMQRCode,Aztec,MaxiCode")
_ONE_WAY = zxingcpp.barcode_formats_from_str("DataMatrix,MicroPDF417,rMQRCode")
"""Those that zxing does not read mirrored, or not always (oblong Data Matrix)."""
_GROWTH = 0.08
"""Share of a code's longer side by which its box is grown."""
_LINE_STEP = 1 / 200
"""zxing scans for linear codes along lines: one may reach this share of the picture beyond what it saw."""
_DAMAGED = 0.5
"""Score of a code that was located but can't be decoded; a decoded one has 1."""


class CodeDetector:
    """Finds codes of every symbology zxing knows: turned, light on dark, mirrored, and damaged ones."""

    name = "codes"

    def find(self, photo: Photo) -> list[Finding]:
        """Codes as quadrilaterals (`polygon`) with their bounds (`box`), quiet zone included."""
        grey = cv2.cvtColor(photo.pixels, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)
        findings: list[Finding] = []
        for barcode, corners in _looks(grey):
            # Whatever looks like a corner is a damaged Data Matrix to zxing: in 7 of 420 photos of skin.
            # Other symbologies raised no such alarm.
            if not barcode.valid and barcode.format == zxingcpp.BarcodeFormat.DataMatrix:
                continue
            finding = _finding(barcode, corners, photo.size)
            if not any(_holds(other.box, finding.box) for other in findings):
                findings.append(finding)
        return findings


def _looks(grey: Pixels) -> Iterator[tuple[zxingcpp.Barcode, list[tuple[float, float]]]]:
    """Every code with its corners in the picture's pixels, from three looks that together cost one full one."""
    scale = 1
    if max(grey.shape) > _HALF_FROM:
        for barcode in zxingcpp.read_barcodes(grey, _QUICK, try_downscale=False, return_errors=True):
            yield barcode, _corners(barcode)
        grey = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(
            np.uint8, copy=False
        )
        scale = 2
    for barcode in zxingcpp.read_barcodes(grey, try_invert=scale == 1, return_errors=True):
        yield barcode, [(scale * x, scale * y) for x, y in _corners(barcode)]
    width = grey.shape[1]
    for barcode in zxingcpp.read_barcodes(np.ascontiguousarray(grey[:, ::-1]), _ONE_WAY, try_invert=False):
        yield barcode, [(scale * (width - x), scale * y) for x, y in _corners(barcode)]


def _corners(barcode: zxingcpp.Barcode) -> list[tuple[float, float]]:
    place = barcode.position
    return [(p.x, p.y) for p in (place.top_left, place.top_right, place.bottom_right, place.bottom_left)]


def _finding(barcode: zxingcpp.Barcode, corners: list[tuple[float, float]], size: tuple[int, int]) -> Finding:
    (left, top), (right, bottom) = np.min(corners, axis=0), np.max(corners, axis=0)
    margin = max(_GROWTH * max(right - left, bottom - top), _LINE_STEP * max(size))
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
        polygon=tuple((round(x), round(y)) for x, y in corners),
    )


def _holds(outer: Box, inner: Box) -> bool:
    """Nearly all of `inner` lies in `outer`: one code seen by two looks."""
    width = min(outer[2], inner[2]) - max(outer[0], inner[0])
    height = min(outer[3], inner[3]) - max(outer[1], inner[1])
    area = (inner[2] - inner[0]) * (inner[3] - inner[1])
    return min(width, height) > 0 and width * height > 0.9 * area

"""The cue in a code: most two-dimensional symbologies have a handedness, and their reader knows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, TypeAlias

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from ..outcome import MirrorCue
from ..photo import Finding, Kind, Photo, Pixels

_Says: TypeAlias = Literal["mirrored", "not_mirrored"]

_F = zxingcpp.BarcodeFormat
_ONE_WAY = frozenset({_F.MicroPDF417, _F.RMQRCode})
"""Decoded by zxing only when not mirrored."""
_CLOCKWISE = frozenset({_F.Aztec, _F.AztecCode, _F.DataBarStk, _F.DataBarStkOmni})
"""Decoded both ways; the corners zxing gives then run the other way round.
Linear codes are left out: mirrored they are the same code turned by 180 degrees. PDF417 is decoded both ways
without a trace of which it was."""
_MOST = 6
_MARGIN = 0.25
_CLEAR = 4
"""Format bits of a QR code, of 30, by which one reading must beat the other."""


def cue(photo: Photo, findings: Sequence[Finding]) -> MirrorCue | None:
    """What the codes among the findings say; None where none has a handedness or they disagree."""
    codes = [finding for finding in findings if finding.kind is Kind.CODE][:_MOST]
    said = {finding.box: set(_sayings(_crop(photo, finding))) for finding in codes}
    together: set[_Says] = set().union(*said.values())
    if len(together) != 1:
        return None
    says = together.pop()
    seen = "reads only when it is flipped" if says == "mirrored" else "reads the right way round"
    return MirrorCue(
        name="codes",
        says=says,
        strength="decisive",
        detail=f"A code in the picture {seen}.",
        places=tuple(box for box, says_it in said.items() if says_it),
    )


def _crop(photo: Photo, finding: Finding) -> Pixels:
    x0, y0, x1, y1 = finding.box
    margin = round(_MARGIN * max(x1 - x0, y1 - y0))
    part = photo.pixels[max(0, y0 - margin) : y1 + margin, max(0, x0 - margin) : x1 + margin]
    return cv2.cvtColor(part, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)


def _sayings(grey: Pixels) -> Iterator[_Says]:
    straight, flipped = _read(grey), _read(grey[:, ::-1])
    one_way = {barcode.format for barcode in straight} & _ONE_WAY
    for barcode in straight:
        says = _handedness(barcode)
        if says is not None:
            yield says
    for barcode in flipped:
        # A code that seems to decode both ways proves nothing.
        if barcode.format in _ONE_WAY and barcode.format not in one_way:
            yield "mirrored"


def _read(grey: Pixels) -> list[zxingcpp.Barcode]:
    picture = np.ascontiguousarray(grey)
    half = (
        cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        if min(grey.shape) > 64
        else None
    )
    found = zxingcpp.read_barcodes(picture)
    return found or (zxingcpp.read_barcodes(half) if half is not None else [])


def _handedness(barcode: zxingcpp.Barcode) -> _Says | None:
    if barcode.format in _ONE_WAY:
        return "not_mirrored"
    if barcode.format in _CLOCKWISE:
        return "not_mirrored" if _signed_area(barcode.position) > 0 else "mirrored"
    if barcode.format in (_F.QRCode, _F.QRCodeModel2):
        return _qr_handedness(barcode)
    if barcode.format == _F.DataMatrix:
        return _data_matrix_handedness(barcode)
    return None


def _signed_area(place: zxingcpp.Position) -> float:
    """Positive where top left, top right, bottom right, bottom left run clockwise as seen."""
    corners = [(p.x, p.y) for p in (place.top_left, place.top_right, place.bottom_right, place.bottom_left)]
    return (
        sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True))
        / 2
    )


def _qr_handedness(barcode: zxingcpp.Barcode) -> _Says | None:
    """From the modules as they were sampled: a mirrored QR code is the transposed one (ISO/IEC 18004, 7.9).

    The format information says which error correction and data mask the code has, and zxing tells both, so
    its bits are known; they must stand where the standard puts them or, mirrored, in the transposed place.
    """
    modules = np.asarray(barcode.to_image(scale=1, add_quiet_zones=False)) < 128
    extra: Any = barcode.extra or {}
    level, mask = extra.get("ECLevel"), extra.get("DataMask")
    if modules.ndim != 2 or modules.shape[0] != modules.shape[1] or level not in _LEVELS or mask is None:
        return None
    bits = _format_bits(_LEVELS[level] << 3 | int(mask))
    straight, mirrored = _agreement(modules, bits), _agreement(modules.T, bits)
    if abs(straight - mirrored) < _CLEAR:
        return None
    return "not_mirrored" if straight > mirrored else "mirrored"


def _data_matrix_handedness(barcode: zxingcpp.Barcode) -> _Says | None:
    """From the modules as they were sampled, beside those of the same content written anew.

    Silent where another writer would have packed the content differently.
    """
    modules = np.asarray(barcode.to_image(scale=1, add_quiet_zones=False))
    try:
        again = zxingcpp.create_barcode(barcode.text, barcode.format)
    except ValueError:
        return None
    anew = np.asarray(again.to_image(scale=1, add_quiet_zones=False))
    mirrored = anew[::-1, ::-1].T  # the finder's L stays at the left and the bottom
    if modules.shape == anew.shape and np.mean(modules == anew) > _SAME:
        return "not_mirrored"
    if modules.shape == mirrored.shape and np.mean(modules == mirrored) > _SAME:
        return "mirrored"
    return None


_SAME = 0.95
_LEVELS = {"L": 1, "M": 0, "Q": 3, "H": 2}


def _format_bits(data: int) -> list[bool]:
    """The 15 bits, lowest first, of format data (5 bits) with its BCH(15,5) code and the standard's mask."""
    rest = data << 10
    for shift in range(4, -1, -1):
        if rest >> (10 + shift) & 1:
            rest ^= 0b10100110111 << shift
    bits = (data << 10 | rest) ^ 0b101010000010010
    return [bool(bits >> i & 1) for i in range(15)]


def _agreement(modules: NDArray[np.bool_], bits: list[bool]) -> int:
    """How many of the 30 modules that hold the format information, twice, are as they should be."""
    size = modules.shape[0]
    first = [(i, 8) for i in (0, 1, 2, 3, 4, 5, 7, 8)] + [(8, i) for i in (7, 5, 4, 3, 2, 1, 0)]
    second = [(8, size - 1 - i) for i in range(8)] + [(size - 7 + i, 8) for i in range(7)]
    return sum(
        bool(modules[place]) == bit for copy in (first, second) for place, bit in zip(copy, bits, strict=True)
    )

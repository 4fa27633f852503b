"""Masks and turns a JPEG in its DCT domain: coefficients outside the masks stay as the camera wrote them."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import cv2
import jpeglib
import numpy as np
from jpeglib._bind import CJpegLib
from numpy.typing import NDArray

from .. import jpegfile
from ..jpegfile import DHT, DQT, SOF0, SOF1, SOS, Colour, Frame, JpegFile, Segment
from ..orientation import Turn
from ..photo import Pixels, Region
from .scratch import scratch

_Blocks = NDArray[np.int16]
"""One component's quantized coefficients: rows, columns, 8 vertical and 8 horizontal frequencies."""
_Samples = NDArray[np.float32]

_K = np.arange(8)
_BASIS = (np.cos((2 * _K[None, :] + 1) * _K[:, None] * np.pi / 16) / 2).astype(np.float32)
_BASIS[0] /= np.sqrt(np.float32(2))
"""The orthonormal 8-point DCT-II; with it on both sides a block becomes T.81's FDCT (A.3.3)."""

_SIGN = np.where(_K % 2, -1, 1).astype(np.int16)
"""What a mirrored block's coefficients are multiplied by, per frequency."""

_YCC = np.array(
    [[0.299, 0.587, 0.114, -128], [-0.168736, -0.331264, 0.5, 0], [0.5, -0.418688, -0.081312, 0]], np.float32
)
"""RGB to YCbCr (JFIF 1.02), all three around 0."""

_LARGEST = 1023
"""The largest coefficient that baseline Huffman tables can code."""
_STRIP = 4
"""Rows of MCUs that are transformed at once: what they need fits into a processor's cache."""


def recode(source: JpegFile, turn: Turn, pixels: Pixels, regions: Sequence[Region]) -> list[Segment] | None:
    """The coding segments of the source, turned upright and with the regions taken from `pixels`.

    `pixels` are the masked picture (H x W x 3, RGB, upright). Blocks that a region touches are coded anew
    with the source's own quantization tables; all others keep their coefficients. The result is one baseline
    scan (four for CMYK) whatever the source was. None where it is impossible: a side that becomes the left
    or upper edge does not end with a whole MCU, or baseline coding has no codes for the coefficients.
    """
    frame, tables = _turned(source, turn)
    mcu_width, mcu_height = frame.mcu
    if (turn.flip_x and frame.width % mcu_width) or (turn.flip_y and frame.height % mcu_height):
        return None
    planes = _read(source)
    if planes is None:
        return None
    if turn != Turn():
        for index in range(len(planes)):  # one by one: a second copy of a single component at most
            planes[index] = _turn(planes[index], turn)
    _replace(planes, frame, tables, source.colour, pixels, _masked(frame, regions))
    scans = _entropy_code(planes, frame)
    return None if scans is None else [*_headers(frame, tables), *scans]


def _turned(source: JpegFile, turn: Turn) -> tuple[Frame, list[NDArray[np.uint16]]]:
    """The upright frame and each component's table. Components are numbered from 1, as JFIF asks."""
    width, height = turn.size(source.frame.width, source.frame.height)
    components = [
        replace(component, identifier=number, h=component.v, v=component.h) if turn.transpose
        else replace(component, identifier=number)
        for number, component in enumerate(source.frame.components, 1)
    ]  # fmt: skip
    tables = [table.T if turn.transpose else table for table in source.tables]
    distinct = list(dict.fromkeys(table.tobytes() for table in tables))
    numbered = [
        replace(component, table=distinct.index(table.tobytes()))
        for component, table in zip(components, tables, strict=True)
    ]
    marker = SOF1 if any(int(table.max()) > 255 for table in tables) else SOF0
    return Frame(marker, width, height, tuple(numbered)), tables


def _turn(blocks: _Blocks, turn: Turn) -> _Blocks:
    """The blocks of the turned picture."""
    if turn.transpose:
        blocks = blocks.transpose(1, 0, 3, 2)
    sign = np.ones((8, 8), np.int16)
    if turn.flip_x:
        blocks, sign = blocks[:, ::-1], sign * _SIGN
    if turn.flip_y:
        blocks, sign = blocks[::-1], sign * _SIGN[:, None]
    return np.multiply(blocks, sign, out=np.empty(blocks.shape, np.int16))


def _masked(frame: Frame, regions: Sequence[Region]) -> NDArray[np.bool_]:
    """Which MCUs the regions touch: rows x columns."""
    width, height = frame.mcu
    masked = np.zeros((-(-frame.height // height), -(-frame.width // width)), bool)
    for region in regions:
        for x0, y0, x1, y1 in region.boxes():
            masked[y0 // height : -(-y1 // height), x0 // width : -(-x1 // width)] = True
    return masked


def _replace(
    planes: Sequence[_Blocks],
    frame: Frame,
    tables: Sequence[NDArray[np.uint16]],
    colour: Colour,
    pixels: Pixels,
    masked: NDArray[np.bool_],
) -> None:
    """Codes the masked MCUs anew."""
    width, height = frame.mcu
    for top in range(0, len(masked), _STRIP):
        rows, columns = np.nonzero(masked[top : top + _STRIP])
        if not rows.size:
            continue
        left, right, bottom = columns.min(), columns.max() + 1, top + rows.max() + 1
        patch = pixels[top * height : bottom * height, left * width : right * width]
        missing = (bottom - top) * height - patch.shape[0], (right - left) * width - patch.shape[1]
        if any(missing):
            patch = np.pad(patch, ((0, missing[0]), (0, missing[1]), (0, 0)), "edge")
        mcus = patch.reshape(bottom - top, height, right - left, width, 3)[rows, :, columns - left]
        # Side by side they are a picture that is one MCU high.
        samples = _components(mcus.swapaxes(0, 1).reshape(height, -1, 3), colour)
        for plane, component, table, sample in zip(planes, frame.components, tables, samples, strict=True):
            blocks = _transform(_shrunk(sample, frame.v_max // component.v, frame.h_max // component.h))
            blocks /= table
            blocks = blocks.round().clip(-_LARGEST, _LARGEST)
            for down in range(component.v):
                for across in range(component.h):
                    place = (top + rows) * component.v + down, columns * component.h + across
                    # A picture's blocks end before its last MCU may do.
                    there = (place[0] < plane.shape[0]) & (place[1] < plane.shape[1])
                    plane[place[0][there], place[1][there]] = blocks[down, across :: component.h][there]


def _components(patch: Pixels, colour: Colour) -> list[_Samples]:
    """What the JPEG stores for these RGB pixels, shifted by -128: one H x W array per component.

    CMYK is stored inverted, as Adobe does and everyone reads it: the ink's absence, and no black.
    """
    rgb = patch.astype(np.float32)
    if colour in (Colour.RGB, Colour.CMYK):
        stored = [rgb[..., channel] - 128 for channel in range(3)]
    else:
        # libjpeg takes YCCK's YCC for the complement of the stored CMY.
        ycc = cv2.transform(255 - rgb if colour is Colour.YCCK else rgb, _YCC)
        stored = [np.asarray(channel, np.float32) for channel in cv2.split(ycc)]
    if colour in (Colour.CMYK, Colour.YCCK):
        stored.append(np.full(patch.shape[:2], 127, np.float32))
    return stored[:1] if colour is Colour.GREY else stored


def _shrunk(samples: _Samples, down: int, across: int) -> _Samples:
    """Averages over boxes of `down` x `across` samples."""
    size = samples.shape[1] // across, samples.shape[0] // down
    return np.asarray(cv2.resize(samples, size, interpolation=cv2.INTER_AREA), np.float32)


def _transform(samples: _Samples) -> NDArray[np.float32]:
    """The forward DCT of each 8 x 8 block."""
    height, width = samples.shape
    rows = _BASIS @ samples.reshape(height // 8, 8, width)
    both = rows.reshape(-1, 8) @ _BASIS.T
    return np.asarray(both.reshape(height // 8, 8, width // 8, 8).transpose(0, 2, 1, 3), np.float32)


def _headers(frame: Frame, tables: Sequence[NDArray[np.uint16]]) -> list[Segment]:
    """Quantization tables and frame header."""
    wide = frame.marker == SOF1
    segments = []
    for number in sorted({component.table for component in frame.components}):
        table = next(t for t, c in zip(tables, frame.components, strict=True) if c.table == number)
        values = table.ravel()[jpegfile.ZIGZAG].astype(">u2" if wide else "u1")
        segments.append(Segment(DQT, bytes([wide << 4 | number]) + values.tobytes()))
    components = b"".join(bytes((c.identifier, c.h << 4 | c.v, c.table)) for c in frame.components)
    size = frame.height.to_bytes(2, "big") + frame.width.to_bytes(2, "big")
    segments.append(Segment(frame.marker, b"\x08" + size + bytes([len(frame.components)]) + components))
    return segments


# jpeglib, by its C functions: its Python objects decode the picture twice before they give coefficients, and
# leave a copy of the photo in the temporary folder when they are interrupted. Neither writes a fourth
# component.


@cache
def _library() -> ctypes.CDLL:
    with jpeglib.version("turbo210"):  # the quickest of those it brings
        library: ctypes.CDLL = CJpegLib.get()
    return library


def _read(source: JpegFile) -> list[_Blocks] | None:
    """Each component's coefficients as stored."""
    frame = source.frame
    planes = [np.empty((*frame.blocks(component), 8, 8), np.int16) for component in frame.components]
    pointers = [_pointer(plane) for plane in planes] + [None] * (4 - len(planes))
    with scratch(jpegfile.join(source.plain)) as path:
        done = _library().read_jpeg_dct(os.fsencode(path), *pointers, None, None)
    return planes if done else None


def _entropy_code(planes: Sequence[_Blocks], frame: Frame) -> list[Segment] | None:
    """Huffman tables and scans for these coefficients: one scan, or for CMYK one per component."""
    if not all(_is_codable(plane) for plane in planes):
        return None
    if len(planes) <= 3:
        return _scan(planes, [(c.h, c.v) for c in frame.components], frame.width, frame.height)
    segments: list[Segment] = []
    for plane, component in zip(planes, frame.components, strict=True):
        rows, columns = plane.shape[:2]
        scan = _scan([plane], [(1, 1)], columns * 8, rows * 8)
        if scan is None:
            return None
        for segment in scan:
            if segment.marker == SOS:
                payload = segment.payload[:1] + bytes([component.identifier]) + segment.payload[2:]
                segments.append(replace(segment, payload=payload))
            elif segment not in segments:  # the Huffman tables are the same for all
                segments.append(segment)
    return segments


def _is_codable(plane: _Blocks) -> bool:
    """Whether baseline tables have codes for all (T.81, F.1.2). libjpeg-turbo leaves out those it has none for."""
    if plane.max() > _LARGEST or plane.min() < -_LARGEST - 1:
        return False
    # Only the first coefficient may be one lower: black.
    return plane.min() >= -_LARGEST or bool((plane.reshape(-1, 64)[:, 1:] >= -_LARGEST).all())


def _scan(
    planes: Sequence[_Blocks], factors: Sequence[tuple[int, int]], width: int, height: int
) -> list[Segment] | None:
    """The Huffman tables and the scan that libjpeg writes for one or three components."""
    count = len(planes)
    pointers = [_pointer(plane) for plane in planes] + [None] * (4 - count)
    blocks = [side for plane in planes for side in plane.shape[:2]]
    sampling = [factor for h, v in factors for factor in (v, h)]
    with scratch() as path:
        done = _library().write_jpeg_dct(
            None,
            os.fsencode(path),
            *pointers,
            (ctypes.c_int * 2)(height, width),
            (ctypes.c_int * 8)(*blocks),
            (ctypes.c_int * 8)(*sampling),
            3 if count == 3 else 1,  # YCbCr or grey; it only decides about headers, which are not kept
            count,
            None,
            ctypes.c_short(-1),
            None,
            0,
            None,
            None,
            None,
            ctypes.c_uint(0),
            ctypes.c_uint(0),
        )
        if not done:
            return None
        written = jpegfile.parse(path.read_bytes())
    return [segment for segment in written.segments if segment.marker in (DHT, SOS)]


def _pointer(plane: _Blocks) -> ctypes.c_void_p:
    return ctypes.c_void_p(plane.ctypes.data)

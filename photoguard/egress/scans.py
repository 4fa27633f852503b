"""What a JPEG's scans are decoded with, and whether they hold a picture and nothing else (ITU-T T.81).

The segments that pixels come from have room for more: tables that no scan uses or that are replaced before one
does, a component that is sent twice, of which only the second is seen, bytes behind the last block.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..jpegfile import DHT, DQT, DRI, SOF2, SOS, JpegFile, Segment

_AC = 1
_Table = tuple[int, int]
"""A Huffman table's class (0 for DC) and number."""
_MOST_DC, _MOST_AC = 11, 10
"""Bits of the largest difference and of the largest coefficient in 8-bit pictures (T.81, F.1.2)."""
_ZERO_RUN = 15


def needed(picture: JpegFile) -> list[Segment]:
    """The coding segments, in their order, with only those tables and restart intervals that a scan uses.

    Pixels are the same, and so is every byte of a file that holds nothing else.
    """
    coding = picture.coding
    numbers = {component.identifier: component.table for component in picture.frame.components}
    quantization: dict[int, tuple[int, int]] = {}
    huffman: dict[_Table, tuple[int, int]] = {}
    interval: tuple[int, int] | None = None
    latched: set[int] = set()
    used: set[tuple[int, int]] = set()
    for place, segment in enumerate(coding):
        if segment.marker == DQT:
            quantization |= {part[0] & 15: (place, i) for i, part in enumerate(_tables(segment))}
        elif segment.marker == DHT:
            huffman |= {(part[0] >> 4, part[0] & 15): (place, i) for i, part in enumerate(_tables(segment))}
        elif segment.marker == DRI:
            interval = (place, 0)
        elif segment.marker == SOS:
            scan = _Scan(segment)
            found = [quantization.get(numbers.get(one, -1)) for one in scan.components if one not in latched]
            found += [huffman.get(table) for table in scan.tables(picture.frame.marker)]
            used.update(one for one in (*found, interval) if one)
            latched.update(scan.components)
    return list(_less(coding, used))


def hold_only_the_picture(picture: JpegFile) -> bool:
    """Whether scans can be passed on as they are: each coefficient is sent once, with tables made of codes that mean
    something, and by a sampling at which the decoder complains of every byte too many.
    """
    return picture.frame.usual and not strange(picture)


def strange(picture: JpegFile) -> list[str]:
    """What there is in coding segments besides a picture, by kind; empty where there is nothing."""
    found = []
    if needed(picture) != list(picture.coding):
        found.append("tables that no scan uses")
    if not _each_coefficient_once(picture):
        found.append("scans over each other")
    sequential = picture.frame.marker != SOF2
    tables = [part for one in picture.coding if one.marker == DHT for part in _tables(one)]
    if not all(_means_something(table, sequential) for table in tables):
        found.append("codes without a meaning")
    return found


class _Scan:
    """What a scan's header says."""

    def __init__(self, segment: Segment) -> None:
        count, payload = segment.payload[0], segment.payload
        self.components = tuple(payload[1 : 1 + 2 * count : 2])
        self._numbers = payload[2 : 2 + 2 * count : 2]
        self.first, self.last, approximation = payload[-3:]
        self.high, self.low = approximation >> 4, approximation & 15

    def tables(self, frame: int) -> Iterator[_Table]:
        """The Huffman tables that it is decoded with."""
        for number in self._numbers:
            if frame != SOF2 or (self.first == 0 and self.high == 0):
                yield 0, number >> 4
            if frame != SOF2 or self.first > 0:
                yield _AC, number & 15


def _tables(segment: Segment) -> list[bytes]:
    """The tables in a DQT or DHT segment, each as it stands there; a piece that is none is left out."""
    payload, parts, place = segment.payload, [], 0
    while place < len(payload):
        if segment.marker == DQT:
            size = 129 if payload[place] >> 4 else 65
        else:
            size = 17 + sum(payload[place + 1 : place + 17])
        if place + size > len(payload):
            break
        parts.append(payload[place : place + size])
        place += size
    return parts


def _less(coding: Sequence[Segment], used: set[tuple[int, int]]) -> Iterator[Segment]:
    for place, segment in enumerate(coding):
        if segment.marker in (DQT, DHT):
            kept = b"".join(part for i, part in enumerate(_tables(segment)) if (place, i) in used)
            if kept:
                yield replace(segment, payload=kept)
        elif segment.marker != DRI or (place, 0) in used:
            yield segment


def _each_coefficient_once(picture: JpegFile) -> bool:
    """Whether no scan sends again what another one sent: what is overwritten, nobody sees (T.81, G.1.1.1)."""
    sent: dict[tuple[int, int], int] = {}
    for segment in picture.coding:
        if segment.marker != SOS:
            continue
        scan = _Scan(segment)
        if picture.frame.marker != SOF2 and (scan.first, scan.last, scan.high, scan.low) != (0, 63, 0, 0):
            return False
        for coefficient in ((one, k) for one in scan.components for k in range(scan.first, scan.last + 1)):
            if sent.get(coefficient, 0) != scan.high or (scan.high == 0 and coefficient in sent):
                return False
            sent[coefficient] = scan.low
    return True


def _means_something(table: bytes, sequential: bool) -> bool:
    """Whether each code of a Huffman table stands for something that can be in a picture, and no two for the same.

    An order of codes is all that could be told by it.
    """
    lengths, symbols = struct.unpack("16B", table[1:17]), table[17:]
    if len(symbols) != sum(lengths) or len(set(symbols)) < len(symbols):
        return False
    if table[0] >> 4 != _AC:
        return all(symbol <= _MOST_DC for symbol in symbols)
    return all(
        symbol & 15 <= _MOST_AC and (symbol & 15 or not sequential or symbol >> 4 in (0, _ZERO_RUN))
        for symbol in symbols
    )

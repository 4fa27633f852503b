"""A JPEG file as its marker segments (ITU-T T.81, annex B), without decoding a pixel."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from math import inf

import numpy as np
from numpy.typing import NDArray

from .errors import UnreadablePhoto
from .reasons import REASONS

SOF0, SOF1, SOF2 = 0xC0, 0xC1, 0xC2
DHT, SOI, EOI, SOS, DQT, DRI = 0xC4, 0xD8, 0xD9, 0xDA, 0xDB, 0xDD
APP0, APP1, APP2, APP13, APP14, COM = 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE

CODING = frozenset({DQT, DHT, DRI, SOF0, SOF1, SOF2, SOS})
"""The segments that pixels are decoded from. All others only describe, or hide, something."""

ICC_PREFIX = b"ICC_PROFILE\0"
ADOBE_PREFIX = b"Adobe"

_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""Any but those within entropy-coded data: a stuffed byte, a fill byte, a restart."""
_FRAMES = frozenset(range(0xC0, 0xD0)) - {DHT, 0xC8, 0xCC}
_WITHOUT_PAYLOAD = frozenset({0x01, *range(0xD0, 0xD8)})
_MOST_SCANS = 100
"""Encoders write 10 or so. A small file with thousands keeps a decoder busy for hours."""

_USUAL_FACTORS = frozenset({(1, 1), (2, 1), (1, 2), (2, 2), (4, 1)})
"""The first component's, those of the two for colour being 1 x 1."""

_DIAGONAL = np.add.outer(np.arange(8), np.arange(8)).ravel()
ZIGZAG = np.lexsort((np.arange(64) % 8 * (-1) ** _DIAGONAL, _DIAGONAL))
"""Row by row index of each coefficient in the order in which a file holds them (T.81, figure A.6)."""


class Colour(Enum):
    """What the components stand for."""

    GREY = "grey"
    YCC = "ycc"
    RGB = "rgb"
    CMYK = "cmyk"
    YCCK = "ycck"


@dataclass(frozen=True, slots=True)
class Segment:
    """A marker with what follows it."""

    marker: int
    payload: bytes
    """Without the marker and the two bytes of length."""
    entropy: memoryview | bytes = b""
    """After SOS only: the entropy-coded data with its stuffing and restart markers."""

    def parts(self) -> Iterator[bytes | memoryview]:
        """The segment as it stands in a file, in pieces."""
        yield struct.pack(">BBH", 0xFF, self.marker, len(self.payload) + 2)
        yield self.payload
        yield self.entropy


@dataclass(frozen=True, slots=True)
class Component:
    """A colour component: its identifier, sampling factors and quantization table's number."""

    identifier: int
    h: int
    v: int
    table: int


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame header: how large the picture is and how it is sampled."""

    marker: int
    width: int
    height: int
    components: tuple[Component, ...]

    @property
    def h_max(self) -> int:
        """The largest horizontal sampling factor."""
        return max(c.h for c in self.components)

    @property
    def v_max(self) -> int:
        """The largest vertical sampling factor."""
        return max(c.v for c in self.components)

    @property
    def mcu(self) -> tuple[int, int]:
        """Width and height in pixels of what all components' blocks share: nothing smaller can be masked."""
        return 8 * self.h_max, 8 * self.v_max

    @property
    def usual(self) -> bool:
        """Whether TurboJPEG decodes this sampling, and so tells of every byte that is too many."""
        first, *others = self.components
        return (
            (first.h, first.v) in _USUAL_FACTORS
            and all((c.h, c.v) == (1, 1) for c in others[:2])
            and all((c.h, c.v) == (first.h, first.v) for c in others[2:])
        )

    def blocks(self, component: Component) -> tuple[int, int]:
        """Rows and columns of a component's 8 x 8 blocks, without padding to whole MCUs."""
        width = -(-self.width * component.h // self.h_max)
        height = -(-self.height * component.v // self.v_max)
        return -(-height // 8), -(-width // 8)


@dataclass(frozen=True)
class JpegFile:
    """A JPEG picture's segments, from SOI to EOI."""

    segments: tuple[Segment, ...]
    frame: Frame
    stray: int = 0
    """Bytes that stand between segments and belong to none."""
    end: int = 0
    """Where the picture ends in the data; what follows is a trailer."""

    @property
    def plain(self) -> list[Segment]:
        """The least a decoder needs: how colours are coded, then the coding segments."""
        return [*colour_segments(self.colour, self.adobe), *self.coding]

    @property
    def coding(self) -> tuple[Segment, ...]:
        """The segments that pixels are decoded from, in their order."""
        return tuple(segment for segment in self.segments if segment.marker in CODING)

    def payloads(self, marker: int, prefix: bytes = b"") -> list[bytes]:
        """What stands after `prefix` in each segment that has this marker and begins with it."""
        found = (segment.payload for segment in self.segments if segment.marker == marker)
        return [payload[len(prefix) :] for payload in found if payload.startswith(prefix)]

    @cached_property
    def adobe(self) -> int | None:
        """The Adobe segment's colour transform (0, 1 or 2); None where there is no such segment."""
        for payload in self.payloads(APP14, ADOBE_PREFIX):
            if len(payload) >= 7:
                return payload[6]
        return None

    @cached_property
    def colour(self) -> Colour:
        """What the components stand for, told as libjpeg does."""
        identifiers = bytes(c.identifier for c in self.frame.components)
        if len(identifiers) == 1:
            return Colour.GREY
        if len(identifiers) == 4:
            return Colour.YCCK if self.adobe else Colour.CMYK
        if self.payloads(APP0, b"JFIF\0"):
            return Colour.YCC
        rgb = self.adobe == 0 if self.adobe is not None else identifiers == b"RGB"
        return Colour.RGB if rgb else Colour.YCC

    @cached_property
    def icc(self) -> bytes | None:
        """The embedded ICC profile, put together from its segments."""
        chunks = [chunk for chunk in self.payloads(APP2, ICC_PREFIX) if len(chunk) > 2]
        return b"".join(chunk[2:] for chunk in sorted(chunks, key=lambda chunk: chunk[0])) or None

    @cached_property
    def tables(self) -> tuple[NDArray[np.uint16], ...]:
        """Each component's quantization table, 8 x 8, rows are vertical frequencies.

        A number may be given a new table between scans: what holds is the one at the component's first scan.
        """
        numbers = {c.identifier: c.table for c in self.frame.components}
        defined: dict[int, NDArray[np.uint16]] = {}
        latched: dict[int, NDArray[np.uint16]] = {}
        for segment in self.segments:
            if segment.marker == DQT:
                defined.update(quantization_tables(segment.payload))
            elif segment.marker == SOS:
                for identifier in segment.payload[1 : 1 + 2 * segment.payload[0] : 2]:
                    number = numbers.get(identifier)
                    if number not in defined:
                        raise _refusal("FILE_DAMAGED")
                    latched.setdefault(identifier, defined[number])
        if any(c.identifier not in latched for c in self.frame.components):
            raise _refusal("FILE_DAMAGED")
        return tuple(latched[c.identifier] for c in self.frame.components)


JFIF = Segment(APP0, b"JFIF\0" + bytes((1, 1, 0, 0, 1, 0, 1, 0, 0)))
"""Version 1.01, square pixels of no stated size, no thumbnail."""


def adobe_segment(transform: int) -> Segment:
    """The Adobe segment (Adobe technical note 5116, section 18) with nothing but the colour transform."""
    return Segment(APP14, ADOBE_PREFIX + struct.pack(">HHHB", 100, 0, 0, transform))


def colour_segments(colour: Colour, adobe: int | None) -> list[Segment]:
    """What tells a decoder the colours. CMYK stays without Adobe's segment where it had none: with it,
    programs take 0 for full ink."""
    if colour in (Colour.GREY, Colour.YCC):
        return [JFIF]
    if colour is Colour.CMYK and adobe is None:
        return []
    return [adobe_segment(2 if colour is Colour.YCCK else 0)]


def parse(data: bytes, most_pixels: float = inf) -> JpegFile:
    """The first picture in `data`. Every length is checked; entropy-coded data is skipped, not decoded.

    Raises UnreadablePhoto: NOT_A_PHOTO, NO_PIXELS, TOO_LARGE (more than `most_pixels`), FORMAT_UNSUPPORTED
    (arithmetic, lossless, hierarchical, 12-bit), FILE_DAMAGED (no end, a length beyond it, a part missing).
    """
    if data[:2] != bytes((0xFF, SOI)):
        raise _refusal("NOT_A_PHOTO")
    view = memoryview(data)
    segments: list[Segment] = []
    frame: Frame | None = None
    scans = stray = 0
    position = 2
    while True:
        start, marker = _next_marker(data, position)
        stray += start - position
        position = start + 2
        if marker == EOI:
            break
        if marker in _WITHOUT_PAYLOAD:
            stray += 2
            continue
        payload = _payload(data, position)
        position += 2 + len(payload)
        entropy: memoryview | bytes = b""
        if marker in _FRAMES:
            if frame is not None:
                raise _refusal("FILE_DAMAGED")
            frame = _frame(marker, payload)
            if frame.width * frame.height > most_pixels:
                raise _refusal("TOO_LARGE")
        elif marker == SOS:
            scans += 1
            if frame is None or not payload or len(payload) != 4 + 2 * payload[0] or scans > _MOST_SCANS:
                raise _refusal("FILE_DAMAGED")
            end = _entropy_end(data, position)
            entropy, position = view[position:end], end
        segments.append(Segment(marker, payload, entropy))
    if frame is None or not scans:
        raise _refusal("FILE_DAMAGED")
    return JpegFile(tuple(segments), frame, stray, position)


def join(segments: Iterable[Segment]) -> bytes:
    """A file of these segments between SOI and EOI, and nothing else."""
    parts: list[bytes | memoryview] = [bytes((0xFF, SOI))]
    for segment in segments:
        parts.extend(segment.parts())
    parts.append(bytes((0xFF, EOI)))
    return b"".join(parts)


def quantization_tables(payload: bytes) -> dict[int, NDArray[np.uint16]]:
    """The tables in a DQT segment by number, 8 x 8. Raises UnreadablePhoto (FILE_DAMAGED)."""
    tables: dict[int, NDArray[np.uint16]] = {}
    position = 0
    while position < len(payload):
        precision, number = payload[position] >> 4, payload[position] & 15
        stop = position + 1 + (128 if precision else 64)
        if precision > 1 or number > 3 or stop > len(payload):
            raise _refusal("FILE_DAMAGED")
        table = np.empty(64, np.uint16)
        table[ZIGZAG] = np.frombuffer(payload[position + 1 : stop], ">u2" if precision else "u1")
        tables[number] = table.reshape(8, 8)
        position = stop
    return tables


def _next_marker(data: bytes, position: int) -> tuple[int, int]:
    """Where the next marker stands, and which it is, past fill bytes and whatever else is in between."""
    while True:
        position = data.find(b"\xff", position)
        if position < 0 or position + 1 >= len(data):
            raise _refusal("FILE_DAMAGED")
        if data[position + 1] not in (0x00, 0xFF):
            return position, data[position + 1]
        position += 1


def _payload(data: bytes, position: int) -> bytes:
    length = int.from_bytes(data[position : position + 2], "big")
    if length < 2 or position + length > len(data):
        raise _refusal("FILE_DAMAGED")
    return data[position + 2 : position + length]


def _entropy_end(data: bytes, position: int) -> int:
    """Where the entropy-coded data that begins here is ended by a marker other than a restart."""
    found = _MARKER.search(data, position)
    if found is None:
        raise _refusal("FILE_DAMAGED")
    return found.start()


def _frame(marker: int, payload: bytes) -> Frame:
    if marker not in CODING or payload[:1] != b"\x08":
        raise _refusal("FORMAT_UNSUPPORTED")
    if len(payload) < 6 or len(payload) != 6 + 3 * payload[5]:
        raise _refusal("FILE_DAMAGED")
    height, width, count = struct.unpack_from(">HHB", payload, 1)
    if not width or not height:
        raise _refusal("NO_PIXELS")
    components = tuple(
        Component(identifier, factors >> 4, factors & 15, table)
        for identifier, factors, table in struct.iter_unpack("3B", payload[6:])
    )
    if count not in (1, 3, 4):
        raise _refusal("FORMAT_UNSUPPORTED")
    if (
        not all(1 <= c.h <= 4 and 1 <= c.v <= 4 for c in components)
        or len({c.identifier for c in components}) < count
    ):
        raise _refusal("FILE_DAMAGED")
    if count == 1:
        # A single component is never interleaved, so its factors mean nothing (T.81, A.2.2).
        components = (Component(components[0].identifier, 1, 1, components[0].table),)
    frame = Frame(marker, width, height, components)
    if any(frame.h_max % c.h or frame.v_max % c.v for c in components):
        raise _refusal("FORMAT_UNSUPPORTED")
    return frame


def _refusal(code: str) -> UnreadablePhoto:
    return UnreadablePhoto(code, REASONS[code].seen)

"""Image file directories: the tables of tags that EXIF, TIFF and maker notes are made of.

Read tolerantly: an entry that points outside the block is left out and the rest still counts. The readers
at hand give up at the first damage, and with it lose the orientation. TIFF 6.0, BigTIFF, EXIF 2.32.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

_SIZES = {
    1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
    16: 8, 17: 8, 18: 8,  # BigTIFF
    129: 1,  # UTF-8, EXIF 3.0
}  # fmt: skip
"""Bytes per value of each field type."""

_INTEGERS = {1: "B", 3: "H", 4: "L", 6: "b", 8: "h", 9: "l", 13: "L", 16: "Q", 17: "q", 18: "Q"}
_RATIONALS = {5: "L", 10: "l"}

_MOST_ENTRIES = 1024
"""Real directories have fewer than 300; more are damage, or made to keep a reader busy."""
_MOST_DIRECTORIES = 1024
_MOST_VALUES = 4096


@dataclass(frozen=True, slots=True)
class Entry:
    """One tag's value, undecoded."""

    kind: int
    count: int
    raw: memoryview
    order: str

    def integers(self) -> tuple[int, ...]:
        """The value as whole numbers (at most 4096 of them); empty where it is something else."""
        code = _INTEGERS.get(self.kind)
        return self._unpacked(code, 1) if code else ()

    def rationals(self) -> tuple[float, ...]:
        """The value as fractions; empty where it is something else or a denominator is zero."""
        code = _RATIONALS.get(self.kind)
        numbers = self._unpacked(code, 2) if code else ()
        if 0 in numbers[1::2]:
            return ()
        return tuple(a / b for a, b in zip(numbers[::2], numbers[1::2], strict=True))

    def _unpacked(self, code: str, each: int) -> tuple[int, ...]:
        count = min(self.count, _MOST_VALUES) * each
        return struct.unpack_from(f"{self.order}{count}{code}", self.raw)


@dataclass(slots=True)
class Directory:
    """The entries of one directory by tag, and where the next one starts (0: there is none)."""

    entries: dict[int, Entry] = field(default_factory=dict)
    next: int = 0
    damaged: bool = False

    def integer(self, tag: int, default: int = 0) -> int:
        """The tag's first whole number."""
        numbers = self.entries[tag].integers() if tag in self.entries else ()
        return numbers[0] if numbers else default

    def integers(self, tag: int) -> tuple[int, ...]:
        """The tag's whole numbers; empty where it is missing."""
        return self.entries[tag].integers() if tag in self.entries else ()

    def rationals(self, tag: int) -> tuple[float, ...]:
        """The tag's fractions; empty where it is missing."""
        return self.entries[tag].rationals() if tag in self.entries else ()

    def raw(self, tag: int) -> bytes:
        """The tag's bytes; empty where it is missing."""
        return bytes(self.entries[tag].raw) if tag in self.entries else b""

    def text(self, tag: int) -> str:
        """The tag as text without padding; empty where it is missing or holds no text."""
        entry = self.entries.get(tag)
        if entry is None or entry.kind not in (1, 2, 7, 129):
            return ""
        raw = bytes(entry.raw[:_MOST_VALUES])
        return raw.decode("utf-8", "replace").replace("\0", " ").strip()


class Directories:
    """A block that starts with a TIFF header (II or MM).

    Raises ValueError where it does not.
    """

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        order = {b"II": "<", b"MM": ">"}.get(bytes(data[:2]))
        if order is None or len(data) < 8:
            raise ValueError("no TIFF header")
        self.order = order
        (magic,) = struct.unpack_from(f"{order}H", data, 2)
        self.big = magic == 43
        if self.big and len(data) < 16:
            raise ValueError("no TIFF header")
        self.first: int = struct.unpack_from(f"{order}Q", data, 8)[0] if self.big else self._long(4)

    def at(self, offset: int) -> Directory:
        """The directory that starts at a byte; empty and marked as damaged where there is none."""
        return read_directory(self._data, offset, self.order, big=self.big)

    def chain(self, offset: int | None = None) -> Iterator[Directory]:
        """The directory at a byte (by default the first) and all that follow it, each once."""
        here = self.first if offset is None else offset
        seen: set[int] = set()
        while here and here not in seen and len(seen) < _MOST_DIRECTORIES:
            seen.add(here)
            directory = self.at(here)
            yield directory
            here = directory.next

    def _long(self, offset: int) -> int:
        return int(struct.unpack_from(f"{self.order}L", self._data, offset)[0])


def read_directory(data: memoryview, offset: int, order: str, *, big: bool = False) -> Directory:
    """One directory at a byte of `data`, whose offsets count from the start of `data`.

    `order` is `<` or `>`; `big` reads BigTIFF's wider fields.
    """
    counter, head, inline, pointer = ("Q", "HHQ", 8, "Q") if big else ("H", "HHL", 4, "L")
    step = struct.calcsize(order + head) + inline
    directory = Directory()
    try:
        (count,) = struct.unpack_from(order + counter, data, offset)
    except (struct.error, OverflowError):
        directory.damaged = True
        return directory
    start = offset + struct.calcsize(order + counter)
    directory.damaged = count > _MOST_ENTRIES
    for place in range(start, start + step * min(count, _MOST_ENTRIES), step):
        try:
            tag, kind, number = struct.unpack_from(order + head, data, place)
            where = place + step - inline
            size = number * _SIZES[kind]
            if size > inline:
                (where,) = struct.unpack_from(order + pointer, data, where)
        except (struct.error, KeyError):
            directory.damaged = True
            continue
        raw = data[where : where + size]
        if len(raw) < size:
            directory.damaged = True
        else:
            directory.entries.setdefault(tag, Entry(kind, number, raw, order))
    if count <= _MOST_ENTRIES:
        try:
            (directory.next,) = struct.unpack_from(order + pointer, data, start + step * count)
        except struct.error:
            # Many writers leave out the pointer of a last directory at the end of the block.
            directory.next = 0
    return directory

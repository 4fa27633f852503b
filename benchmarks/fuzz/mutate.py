"""Changes to files that leave them whole enough to be read further: by bytes, by the container's parts, by JSON's."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable
from random import Random
from typing import Any

_NUMBERS = (
    0,
    1,
    2,
    7,
    8,
    0x7F,
    0x80,
    0xFF,
    0x100,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x10000,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
)
_LONGEST = 1 << 16


def file(data: bytes, random: Random) -> bytes:
    """The file with its parts moved, or a change to some bytes of one part or of the whole."""
    parts = _parts(data)
    if len(parts) > 1 and random.random() < 0.7:
        return _joined(_moved(parts, random), random)[:_LONGEST]
    return some_bytes(data, random)[:_LONGEST]


def some_bytes(data: bytes, random: Random) -> bytes:
    """Bits flipped, a number put in, a piece cut out, doubled or overwritten, the end cut off."""
    if not data:
        return random.randbytes(random.randint(1, 16))
    at, changed = random.randrange(len(data)), bytearray(data)
    end = min(len(data), at + random.choice((1, 2, 4, 8, 16, 64, 256)))
    match random.randrange(7):
        case 0:
            for _ in range(random.choice((1, 1, 2, 8))):
                changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
        case 1:
            size, order = random.choice("BHIQ"), random.choice("<>")
            number = struct.pack(order + size, random.choice(_NUMBERS) % (1 << 8 * struct.calcsize(size)))
            changed[at : at + len(number)] = number
        case 2:
            del changed[at:end]
        case 3:
            changed[at:at] = changed[at:end]
        case 4:
            there = random.randrange(len(data))
            changed[there : there + end - at] = changed[at:end]
        case 5:
            changed[at:end] = random.randbytes(end - at)
        case _:
            del changed[at:]
    return bytes(changed)


def text(data: bytes, random: Random) -> bytes:
    """Lines and cells of a table moved, doubled, emptied or filled with what is hard to read."""
    if random.random() < 0.3:
        return some_bytes(data, random)
    separator = random.choice(
        [one for one in (b"\n", b",", b";", b'"') for _ in range(data.count(one))] or [b"\n"]
    )
    cells = data.split(separator)
    at, other = random.randrange(len(cells)), random.randrange(len(cells))
    match random.randrange(4):
        case 0:
            cells[at], cells[other] = cells[other], cells[at]
        case 1:
            cells.insert(at, cells[other])
        case 2:
            del cells[at]
        case _:
            cells[at] = random.choice(_CELLS)
    return separator.join(cells)


_CELLS = (
    *(b"", b'"', b"\0", b"\r", b"\n", b"-1", b"1" * 5000, b"0 0 9 9", b"0 0 " + b"9" * 30 + b" 9", b"\xff\xfe"),
    *(b"2026-13-45", b"9999-12-31", b"0001-01-01", b"31.12.9999", b"01.01.0001", b"2026-11-29T10:00:00+99:99"),
    *("٣".encode(), "\u2028".encode(), "\u202e".encode(), "\U0001f600".encode(), b"../../etc/passwd"),
    *(b"\xef\xbb\xbf", b"a" * 5000, b"|", b"=1+1"),
)  # fmt: skip


def tree(data: bytes, random: Random) -> bytes:
    """A JSON document with a value exchanged, left out, doubled, nested or put elsewhere."""
    lines = data.splitlines() or [b""]
    at = 0 if len(lines) == 1 or b"\n " in data else random.randrange(len(lines))
    whole = b"\n " in data
    try:
        found = json.loads(data if whole else lines[at])
    except (ValueError, RecursionError):
        return some_bytes(data, random)
    if random.random() < 0.1:
        return some_bytes(data, random)
    changed = json.dumps(_grown(found, random)).encode()
    return changed if whole else b"\n".join([*lines[:at], changed, *lines[at + 1 :]])


_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1 << 70, 1.5, 1e300, "", "x", "a" * 300, "\0", "é", [], {}, [None], [[]],
    {"": {}}, [{}], ["x"], "2026-02-30", "9999-12-31", "0001-01-01", "2026-11-29T10:00:00Z", "Patient/p-1",
    "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00",
    [1, 2, 3, 4], [0, 0, 1 << 40, 1 << 40], [-5, -5, 5, 5], [[[0, 0], [9, 9], [0, 9]]], [[]],
)  # fmt: skip


def _grown(value: Any, random: Random) -> Any:
    places = list(_places(value))
    if not places:
        return random.choice(_VALUES)
    holder, key = random.choice(places)
    match random.randrange(6):
        case 0:
            del holder[key]
        case 1:
            other, there = random.choice(places)
            holder[key] = json.loads(json.dumps(other[there])) if _is_there(other, there) else None
        case 2:
            holder[key] = [holder[key], holder[key]]
        case 3:
            holder[key] = {"value": holder[key]} if random.random() < 0.5 else str(holder[key])
        case _:
            holder[key] = random.choice(_VALUES)
    return value


def _is_there(holder: Any, key: Any) -> bool:
    return key in holder if isinstance(holder, dict) else key < len(holder)


def _places(value: Any) -> list[tuple[Any, Any]]:
    keys = (
        list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    )
    return [(value, key) for key in keys] + [place for key in keys for place in _places(value[key])]


def _moved(parts: list[bytes], random: Random) -> list[bytes]:
    """Parts after the first, which says what the file is, exchanged, doubled, left out, cut or with other bytes."""
    at, other = random.randrange(len(parts)), random.randrange(len(parts))
    match random.randrange(6):
        case 0:
            parts[at], parts[other] = parts[other], parts[at]
        case 1:
            parts.insert(at, parts[other])
        case 2:
            del parts[at]
        case 3:
            parts.insert(at, random.choice((b"\xff" * 17, bytes(16), random.randbytes(16))))
        case _:
            parts[at] = some_bytes(parts[at], random)
    return parts


def _parts(data: bytes) -> list[bytes]:
    """The container's parts, with whatever follows as the last; one alone where it has none."""
    for beginning, cut in _CUTS:
        if beginning in data[:16]:
            return cut(data)
    return [data]


def _jpeg(data: bytes) -> list[bytes]:
    parts, place = [data[:2]], 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if data[place + 1] == 0xDA:
            end = max(end, data.find(b"\xff\xd9", place))
        if data[place + 1] in (0xD9, 0xFF) or end > len(data):
            break
        parts.append(data[place:end])
        place = end
    return [*parts, data[place:]]


def _png(data: bytes) -> list[bytes]:
    return _chunks(data, 8, lambda place: 12 + int.from_bytes(data[place : place + 4], "big"))


def _riff(data: bytes) -> list[bytes]:
    def long(place: int) -> int:
        length = int.from_bytes(data[place + 4 : place + 8], "little")
        return 8 + length + length % 2

    return _chunks(data, 12, long)


def _chunks(data: bytes, place: int, long: Callable[[int], int]) -> list[bytes]:
    """What comes before `place`, each whole chunk from there on, and the rest; `long` is the length of one."""
    parts = [data[:place]]
    while place + 8 <= len(data) and (end := place + long(place)) <= len(data):
        parts.append(data[place:end])
        place = end
    return [*parts, data[place:]]


def _boxes(data: bytes) -> list[bytes]:
    parts, place = [], 0
    while place + 8 <= len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        if size < 8 or place + size > len(data):
            break
        parts.append(data[place : place + size])
        place += size
    return [*parts, data[place:]]


_CUTS: tuple[tuple[bytes, Callable[[bytes], list[bytes]]], ...] = (
    (b"\xff\xd8\xff", _jpeg),
    (b"\x89PNG", _png),
    (b"RIFF", _riff),
    (b"ftyp", _boxes),
)


def _joined(parts: list[bytes], random: Random) -> bytes:
    """The parts as a file. Mostly checksums and the length of the whole are right: else nothing reads on."""
    if random.random() < 0.1:
        return b"".join(parts)
    if parts[0].startswith(b"\x89PNG"):
        parts = [parts[0], *(_summed(part) for part in parts[1:])]
    whole = b"".join(parts)
    if whole[:4] == b"RIFF":
        whole = whole[:4] + struct.pack("<I", max(0, len(whole) - 8)) + whole[8:]
    return whole


def _summed(chunk: bytes) -> bytes:
    if len(chunk) < 12:
        return chunk
    name, content = chunk[4:8], chunk[8:-4]
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

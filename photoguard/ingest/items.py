"""The items of a HEIF or AVIF file, from its boxes (ISO/IEC 14496-12, 23008-12): which picture is meant, how
it is turned, and how many others there are. Decoders show one picture and say little about the rest."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

_PICTURES = {
    b"hvc1", b"av01", b"avc1", b"vvc1", b"evc1", b"j2k1", b"jpeg", b"unci", b"lhv1", b"mski",
    b"grid", b"iovl", b"iden",
}  # fmt: skip
_ASSEMBLED = {b"grid", b"iovl", b"iden"}
_ALPHA = (b"urn:mpeg:hevc:2015:auxid:1", b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha")

_ORDINARY = {
    b"ftyp",
    b"styp",
    b"meta",
    b"mdat",
    b"idat",
    b"free",
    b"skip",
    b"moov",
    b"moof",
    b"mfra",
    b"pdin",
}
"""Boxes that a still picture or a sequence is stored in. Makers put films and more into others."""

# (irot, imir) to the EXIF orientation that does the same. irot: quarter turns to the left, first; imir: None,
# 0 (top and bottom change places) or 1 (left and right do).
_ORIENTATIONS = {
    (0, None): 1, (0, 1): 2, (2, None): 3, (0, 0): 4, (1, 0): 5, (3, None): 6, (1, 1): 7, (1, None): 8,
    (2, 0): 2, (2, 1): 4, (3, 1): 5, (3, 0): 7,
}  # fmt: skip

_MOST_BOXES = 100_000


class BrokenBoxes(ValueError):
    """The boxes don't add up: the file is damaged or cut off."""


@dataclass(slots=True)
class Items:
    """What the boxes say."""

    size: tuple[int, int] = (0, 0)
    """Width and height of the main picture before it is turned."""
    orientation: int = 1
    frames: int = 1
    extra_images: int = 0
    foreign_bytes: int = 0
    """Bytes in boxes or behind them that are no part of the picture."""
    depth: int = 8
    code: tuple[int, int] | None = None
    """Colour primaries and transfer (H.273), where the main picture names them."""


@dataclass(slots=True)
class _Meta:
    primary: int = 0
    kinds: dict[int, bytes] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    references: list[tuple[bytes, int, tuple[int, ...]]] = field(default_factory=list)
    properties: list[tuple[bytes, memoryview]] = field(default_factory=list)
    owned: dict[int, list[int]] = field(default_factory=dict)

    def of(self, item: int) -> Iterator[tuple[bytes, memoryview]]:
        """The item's properties, in the order in which they apply."""
        for index in self.owned.get(item, ()):
            if 0 < index <= len(self.properties):
                yield self.properties[index - 1]


def read_items(data: bytes) -> Items:
    """What the boxes of a file say.

    Raises BrokenBoxes.
    """
    items, meta = Items(), None
    try:
        for name, body in _boxes(memoryview(data), whole=False):
            if name == b"meta" and meta is None:
                meta = _read_meta(body[4:])
            elif name == b"moov":
                items.frames = 2  # a sequence: at least one more picture
            elif name not in _ORDINARY:
                items.foreign_bytes += len(body) + 8
        if meta is None:
            return items
        _main_picture(meta, items)
        _others(meta, items)
    except (struct.error, IndexError) as error:
        raise BrokenBoxes from error
    return items


def _main_picture(meta: _Meta, items: Items) -> None:
    quarters, mirror = 0, None
    for name, body in meta.of(meta.primary):
        if name == b"ispe":
            items.size = struct.unpack_from(">II", body, 4)
        elif name == b"irot":
            quarters = body[0] & 3
        elif name == b"imir":
            mirror = body[0] & 1
        elif name == b"pixi":
            items.depth = max(body[5:], default=8)
        elif name == b"av1C" and body[2] & 0x40:
            items.depth = 10
        elif name == b"colr" and bytes(body[:4]) == b"nclx":
            items.code = struct.unpack_from(">HH", body, 4)
    items.orientation = _ORIENTATIONS[quarters, mirror]


def _others(meta: _Meta, items: Items) -> None:
    pictures = {item for item, kind in meta.kinds.items() if kind in _PICTURES}
    tiles: set[int] = set()
    aside = pictures & meta.hidden
    for name, source, targets in meta.references:
        if name == b"dimg" and meta.kinds.get(source) in _ASSEMBLED:
            tiles.update(targets)
        elif name == b"dimg":
            aside.update(targets)  # a gain map, joined with the main picture by `tmap`
        elif name == b"thmb" or (name == b"auxl" and not _is_alpha(meta, source)):
            aside.add(source)
        elif name == b"auxl":
            tiles.add(source)
    whole = pictures - tiles
    aside = (aside & whole) - {meta.primary}
    items.extra_images = len(aside)
    items.frames = max(items.frames, len(whole - aside), 1)


def _is_alpha(meta: _Meta, item: int) -> bool:
    return any(name == b"auxC" and bytes(body[4:]).startswith(_ALPHA) for name, body in meta.of(item))


def _read_meta(body: memoryview) -> _Meta:
    meta = _Meta()
    for name, content in _boxes(body):
        version = content[0] if content else 0
        if name == b"pitm":
            (meta.primary,) = struct.unpack_from(">I" if version else ">H", content, 4)
        elif name == b"iinf":
            for kind, entry in _boxes(content[8 if version else 6 :]):
                if kind == b"infe" and entry[0] >= 2:
                    wide = entry[0] > 2
                    (item,) = struct.unpack_from(">I" if wide else ">H", entry, 4)
                    meta.kinds[item] = bytes(entry[10:14] if wide else entry[8:12])
                    if entry[3] & 1:
                        meta.hidden.add(item)
        elif name == b"iref":
            number = "I" if version else "H"
            for kind, entry in _boxes(content[4:]):
                source, count = struct.unpack_from(f">{number}H", entry)
                targets = struct.unpack_from(f">{count}{number}", entry, struct.calcsize(f">{number}H"))
                meta.references.append((kind, source, targets))
        elif name == b"iprp":
            for kind, entry in _boxes(content):
                if kind == b"ipco":
                    meta.properties = list(_boxes(entry))
                elif kind == b"ipma":
                    _read_owners(entry, meta)
    return meta


def _read_owners(entry: memoryview, meta: _Meta) -> None:
    wide_item, wide_index = entry[0] >= 1, bool(entry[3] & 1)
    (count,) = struct.unpack_from(">I", entry, 4)
    place = 8
    for _ in range(min(count, _MOST_BOXES)):
        (item,) = struct.unpack_from(">I" if wide_item else ">H", entry, place)
        place += 4 if wide_item else 2
        number = entry[place]
        indices = struct.unpack_from(f">{number}{'H' if wide_index else 'B'}", entry, place + 1)
        meta.owned[item] = [index & (0x7FFF if wide_index else 0x7F) for index in indices]
        place += 1 + number * (2 if wide_index else 1)


def _boxes(data: memoryview, *, whole: bool = True) -> Iterator[tuple[bytes, memoryview]]:
    """Name and content of each box. `whole` is False for a file, which may have anything behind its boxes."""
    place = 0
    for _ in range(_MOST_BOXES):
        if place >= len(data):
            return
        start = place + 8
        try:
            size, name = struct.unpack_from(">I4s", data, place)
            if size == 1:
                (size,) = struct.unpack_from(">Q", data, start)
                start += 8
        except struct.error:
            size, name = 0, b"\0"
        end = place + size if size else len(data)
        sound = start <= end <= len(data) and name.isascii() and name != b"\0"
        if not sound and (whole or name in _ORDINARY):
            raise BrokenBoxes
        if not sound:
            yield b"\0\0\0\0", data[min(place + 8, len(data)) :]
            return
        yield name, data[start:end]
        place = end
    raise BrokenBoxes

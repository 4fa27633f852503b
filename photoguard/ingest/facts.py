"""What a file tells about patient, place, time and device: read before it is cleaned, however damaged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..photo import CaptureFacts, Disclosure
from . import xmp as xmp_packet
from .ifd import Directories, Directory, read_directory

_ORIENTATION = 0x0112
_EXIF, _GPS, _MAKER_NOTE = 0x8769, 0x8825, 0x927C
_THUMBNAIL_AT, _THUMBNAIL_SIZE, _STRIPS_AT = 0x0201, 0x0202, 0x0111
_LENS_MODEL = 0xA434

_IMAGE_TEXTS = {
    0x010F: ("device", "make"),
    0x0110: ("device", "model"),
    0x013C: ("device", "computer"),
    0xC62F: ("device", "serial number"),
    0x0131: ("software", "software"),
    0x0132: ("time", "changed"),
    0x013B: ("author", "author"),
    0x8298: ("author", "rights"),
    0x010D: ("content", "name of the document"),
    0x010E: ("content", "description"),
    0x011D: ("content", "name of the page"),
}
_WINDOWS_TEXTS = {
    0x9C9B: ("content", "title"),
    0x9C9C: ("content", "comment"),
    0x9C9D: ("author", "author"),
    0x9C9E: ("content", "keywords"),
    0x9C9F: ("content", "subject"),
}
_EXIF_TEXTS = {
    0x9003: ("time", "taken"),
    0x9004: ("time", "digitised"),
    0x9010: ("time", "time zone"),
    0x9011: ("time", "time zone when taken"),
    0xA420: ("content", "number of the picture"),
    0xA430: ("author", "owner of the camera"),
    0xA431: ("device", "serial number"),
    0xA433: ("device", "make of the lens"),
    _LENS_MODEL: ("device", "lens"),
    0xA435: ("device", "serial number of the lens"),
    0xA436: ("content", "title"),
    0xA437: ("author", "photographer"),
    0xA438: ("author", "editor"),
}
_USER_COMMENT = 0x9286
_CHARACTER_CODES = {b"ASCII\0\0\0": "utf-8", b"UNICODE\0": "utf-16", b"JIS\0\0\0\0\0": "iso2022_jp"}

_GPS_TEXTS = {
    0x1B: ("place", "how the place was found"),
    0x1C: ("place", "area"),
    0x1D: ("time", "date of the position"),
}
_LATITUDE, _LONGITUDE, _ALTITUDE, _DIRECTION = 0x0002, 0x0004, 0x0006, 0x0011

_APPLE_NOTE = b"Apple iOS\0"
_APPLE_FRONT = 0x0045  # FrontFacingCamera in ExifTool's table of Apple's maker notes


def from_exif(
    exif: bytes | None,
    *,
    stored_size: tuple[int, int],
    xmp: bytes | None = None,
    other: Sequence[Disclosure] = (),
    extra_images: int = 0,
    frames: int = 1,
    trailer_bytes: int = 0,
    damaged: bool = False,
    pages: bool = False,
) -> CaptureFacts:
    """The facts from an EXIF block (with or without its `Exif` mark; a whole TIFF file is one as well).

    `other` are disclosures that the container's reader found itself; `damaged` says that it met damaged
    metadata; `pages`, that the block is a whole TIFF file, where a second directory is a page of its own and
    no thumbnail. Never raises: what can't be read is left out and `damaged_metadata` set.
    """
    told: list[Disclosure] = []
    orientation, front, thumbnail = 1, False, None
    if exif:
        block = exif.removeprefix(b"Exif\0\0")
        try:
            directories = Directories(block)
        except ValueError:
            damaged = True
            told.append(Disclosure("content", "EXIF", "a block that can't be read"))
        else:
            main = directories.at(directories.first)
            if not main.entries:
                main = directories.at(8)  # where it nearly always stands
            photo = _below(directories, main, _EXIF)
            gps = _below(directories, main, _GPS)
            note = photo.raw(_MAKER_NOTE)
            orientation = main.integer(_ORIENTATION, 1)
            front = "front" in photo.text(_LENS_MODEL).lower() or _apple_front(note)
            told += _texts(main, _IMAGE_TEXTS, "EXIF")
            told += _texts(photo, _EXIF_TEXTS, "EXIF")
            told += _odd_texts(main, photo)
            told += _places(gps)
            if note:
                told.append(Disclosure("device", "EXIF", f"maker notes, {len(note)} bytes"))
            second = directories.at(main.next) if main.next and not pages else Directory()
            thumbnail, uncompressed = _thumbnail(block, second)
            if thumbnail or uncompressed:
                told.append(Disclosure("content", "EXIF", "a small copy of the picture"))
            extra_images += uncompressed
            damaged |= any(part.damaged for part in (main, photo, gps, second))
    if xmp:
        in_xmp, whole = xmp_packet.read(xmp)
        told += in_xmp
        front |= any(d.about == "device" and "front" in d.value.lower() for d in in_xmp)
        damaged |= not whole
    return CaptureFacts(
        stored_size=stored_size,
        orientation=orientation if 1 <= orientation <= 8 else 1,
        front_camera=front,
        thumbnail=thumbnail,
        extra_images=extra_images,
        frames=frames,
        trailer_bytes=trailer_bytes,
        damaged_metadata=damaged,
        disclosures=(*told, *other),
    )


def _below(directories: Directories, main: Directory, tag: int) -> Directory:
    offset = main.integer(tag)
    return directories.at(offset) if offset else Directory()


def _texts(directory: Directory, table: dict[int, tuple[str, str]], where: str) -> Iterator[Disclosure]:
    for tag, (about, label) in table.items():
        text = directory.text(tag)
        if text:
            yield Disclosure(about, where, f"{label}: {text}")


def _odd_texts(main: Directory, photo: Directory) -> Iterator[Disclosure]:
    """Texts in encodings of their own: Windows' (UTF-16) and the user comment (it names its code)."""
    for tag, (about, label) in _WINDOWS_TEXTS.items():
        text = main.raw(tag).decode("utf-16-le", "replace").rstrip("\0").strip()
        if text:
            yield Disclosure(about, "EXIF", f"{label}: {text}")
    raw = photo.raw(_USER_COMMENT)
    comment = raw[8:].decode(_CHARACTER_CODES.get(raw[:8], "utf-8"), "replace").replace("\0", " ").strip()
    if comment:
        yield Disclosure("content", "EXIF", f"comment: {comment}")


def _places(gps: Directory) -> Iterator[Disclosure]:
    latitude, longitude = _degrees(gps, _LATITUDE, "S"), _degrees(gps, _LONGITUDE, "W")
    altitude, direction = gps.rationals(_ALTITUDE), gps.rationals(_DIRECTION)
    if latitude is not None and longitude is not None:
        yield Disclosure("place", "GPS", f"coordinates: {latitude:.5f}, {longitude:.5f}")
    elif gps.entries.keys() & {_LATITUDE, _LONGITUDE}:
        yield Disclosure("place", "GPS", "coordinates that can't be read in full")
    if altitude:
        below = gps.raw(_ALTITUDE - 1)[:1] == b"\x01"
        yield Disclosure("place", "GPS", f"altitude: {-altitude[0] if below else altitude[0]:.0f} m")
    if direction:
        yield Disclosure("place", "GPS", f"direction of view: {direction[0]:.0f}°")
    for tag, (about, label) in _GPS_TEXTS.items():
        text = gps.text(tag).removeprefix("ASCII").strip()
        if text:
            yield Disclosure(about, "GPS", f"{label}: {text}")


def _degrees(gps: Directory, tag: int, negative: str) -> float | None:
    parts = gps.rationals(tag)
    if not parts:
        return None
    degrees: float = sum(part / 60.0**power for power, part in enumerate(parts[:3]))
    return -degrees if gps.text(tag - 1).upper().startswith(negative) else degrees


def _thumbnail(block: bytes, second: Directory) -> tuple[bytes | None, bool]:
    """The JPEG thumbnail, and whether there is one that is not a JPEG."""
    start, size = second.integer(_THUMBNAIL_AT), second.integer(_THUMBNAIL_SIZE)
    jpeg = block[start : start + size] if start > 0 and size > 0 else b""
    if jpeg.startswith(b"\xff\xd8"):
        return jpeg, False
    return None, bool(jpeg) or _STRIPS_AT in second.entries


def _apple_front(note: bytes) -> bool:
    if not note.startswith(_APPLE_NOTE):
        return False
    directory = read_directory(memoryview(note), 14, ">" if note[12:14] == b"MM" else "<")
    return directory.integer(_APPLE_FRONT) == 1

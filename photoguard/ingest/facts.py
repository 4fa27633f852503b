"""What a file tells about patient, place, time and device: read before it is cleaned, however damaged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from piexif import GPSIFD, ExifIFD, ImageIFD

from ..photo import CaptureFacts, Disclosure
from . import xmp as xmp_packet
from .ifd import Directories, Directory, read_directory

# Tag numbers by piexif's names; those it does not know are EXIF 3.0's and TIFF's.
_IMAGE_TEXTS = {
    ImageIFD.Make: ("device", "make"),
    ImageIFD.Model: ("device", "model"),
    ImageIFD.HostComputer: ("device", "computer"),
    ImageIFD.CameraSerialNumber: ("device", "serial number"),
    ImageIFD.Software: ("software", "software"),
    ImageIFD.DateTime: ("time", "changed"),
    ImageIFD.Artist: ("author", "author"),
    ImageIFD.Copyright: ("author", "rights"),
    ImageIFD.DocumentName: ("content", "name of the document"),
    ImageIFD.ImageDescription: ("content", "description"),
    0x011D: ("content", "name of the page"),  # PageName
}
_WINDOWS_TEXTS = {
    ImageIFD.XPTitle: ("content", "title"),
    ImageIFD.XPComment: ("content", "comment"),
    ImageIFD.XPAuthor: ("author", "author"),
    ImageIFD.XPKeywords: ("content", "keywords"),
    ImageIFD.XPSubject: ("content", "subject"),
}
_EXIF_TEXTS = {
    ExifIFD.DateTimeOriginal: ("time", "taken"),
    ExifIFD.DateTimeDigitized: ("time", "digitised"),
    ExifIFD.OffsetTime: ("time", "time zone"),
    ExifIFD.OffsetTimeOriginal: ("time", "time zone when taken"),
    ExifIFD.ImageUniqueID: ("content", "number of the picture"),
    ExifIFD.CameraOwnerName: ("author", "owner of the camera"),
    ExifIFD.BodySerialNumber: ("device", "serial number"),
    ExifIFD.LensMake: ("device", "make of the lens"),
    ExifIFD.LensModel: ("device", "lens"),
    ExifIFD.LensSerialNumber: ("device", "serial number of the lens"),
    0xA436: ("content", "title"),  # ImageTitle
    0xA437: ("author", "photographer"),  # Photographer
    0xA438: ("author", "editor"),  # ImageEditor
}
_CHARACTER_CODES = {b"ASCII\0\0\0": "utf-8", b"UNICODE\0": "utf-16", b"JIS\0\0\0\0\0": "iso2022_jp"}

_GPS_TEXTS = {
    GPSIFD.GPSProcessingMethod: ("place", "how the place was found"),
    GPSIFD.GPSAreaInformation: ("place", "area"),
    GPSIFD.GPSDateStamp: ("time", "date of the position"),
}

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
    previews: Sequence[bytes] = (),
) -> CaptureFacts:
    """The facts from an EXIF block (with or without its `Exif` mark; a whole TIFF file is one as well).

    `other` are disclosures that the container's reader found itself; `damaged` says that it met damaged
    metadata; `pages`, that the block is a whole TIFF file, where a second directory is a page of its own and
    no thumbnail. `previews` are copies of the picture outside the block. Never raises: what can't be read is
    left out and `damaged_metadata` set.
    """
    told: list[Disclosure] = []
    orientation, front, thumbnail, camera, taken = 1, False, None, "", None
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
            photo = _below(directories, main, ImageIFD.ExifTag)
            gps = _below(directories, main, ImageIFD.GPSTag)
            note = photo.raw(ExifIFD.MakerNote)
            orientation = main.integer(ImageIFD.Orientation, 1)
            front = "front" in photo.text(ExifIFD.LensModel).lower() or _apple_front(note)
            camera = named(main.text(ImageIFD.Make).strip(), main.text(ImageIFD.Model).strip())
            taken = _time(photo.text(ExifIFD.DateTimeOriginal))
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
        camera=camera,
        taken=taken,
        thumbnail=thumbnail,
        previews=tuple(previews),
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


def named(make: str, model: str) -> str:
    """A camera's maker and model in one, the name that both begin with once: not "NIKON CORPORATION NIKON D850"."""
    first = make.lower().split(" ")[0]
    return (model if model.lower().startswith(first) else f"{make} {model}").strip()


def _time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text.strip()[:19], "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None


def _odd_texts(main: Directory, photo: Directory) -> Iterator[Disclosure]:
    """Texts in encodings of their own: Windows' (UTF-16) and the user comment (it names its code)."""
    for tag, (about, label) in _WINDOWS_TEXTS.items():
        text = main.raw(tag).decode("utf-16-le", "replace").rstrip("\0").strip()
        if text:
            yield Disclosure(about, "EXIF", f"{label}: {text}")
    raw = photo.raw(ExifIFD.UserComment)
    comment = raw[8:].decode(_CHARACTER_CODES.get(raw[:8], "utf-8"), "replace").replace("\0", " ").strip()
    if comment:
        yield Disclosure("content", "EXIF", f"comment: {comment}")


def _places(gps: Directory) -> Iterator[Disclosure]:
    latitude, longitude = _degrees(gps, GPSIFD.GPSLatitude, "S"), _degrees(gps, GPSIFD.GPSLongitude, "W")
    altitude, direction = gps.rationals(GPSIFD.GPSAltitude), gps.rationals(GPSIFD.GPSImgDirection)
    if latitude is not None and longitude is not None:
        yield Disclosure("place", "GPS", f"coordinates: {latitude:.5f}, {longitude:.5f}")
    elif gps.entries.keys() & {GPSIFD.GPSLatitude, GPSIFD.GPSLongitude}:
        yield Disclosure("place", "GPS", "coordinates that can't be read in full")
    if altitude:
        below = gps.raw(GPSIFD.GPSAltitudeRef)[:1] == b"\x01"
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
    start, size = (
        second.integer(ImageIFD.JPEGInterchangeFormat),
        second.integer(ImageIFD.JPEGInterchangeFormatLength),
    )
    jpeg = block[start : start + size] if start > 0 and size > 0 else b""
    if jpeg.startswith(b"\xff\xd8"):
        return jpeg, False
    return None, bool(jpeg) or ImageIFD.StripOffsets in second.entries


def _apple_front(note: bytes) -> bool:
    if not note.startswith(_APPLE_NOTE):
        return False
    directory = read_directory(memoryview(note), 14, ">" if note[12:14] == b"MM" else "<")
    return directory.integer(_APPLE_FRONT) == 1

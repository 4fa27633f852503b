"""JPEG files, as cameras, phones and image programs write them."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np
import simplejpeg
from PIL import Image

from .. import jpegfile, profiles
from ..errors import UnreadablePhoto
from ..jpegfile import APP0, APP1, APP2, APP13, APP14, COM, Colour, JpegFile
from ..orientation import TURNS
from ..photo import CaptureFacts, Container, Disclosure, Photo, Pixels, Profile
from . import facts
from .ifd import Directories
from .refusal import refusal
from .turn import upright

_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"

_APP11 = 0xEB
_MOST_PREVIEWS = 4
"""Further pictures that are handed on for comparison; all of them are counted."""

_BLOCKS = (
    (APP0, b"JFXX\0", "content", "JFXX", "a small copy of the picture"),
    (
        APP1,
        b"http://ns.adobe.com/xmp/extension/\0",
        "content",
        "XMP",
        "further blocks, which may hold a picture",
    ),
    (APP2, b"FPXR\0", "device", "FPXR", "Flashpix data"),
    (APP2, b"MPF\0", "content", "MPF", "list of further pictures"),
    (APP2, b"urn:iso:std:iso:ts:21496:-1\0", "content", "gain map", "parameters of a second picture"),
    (_APP11, b"JP", "content", "C2PA", "origin and history of the picture, often with small copies"),
    (APP13, b"Photoshop 3.0\0", "content", "IPTC", "caption block"),
)
"""Segments that are known by how they begin: marker, beginning, what it is about, where, what."""

_IPTC = {
    5: ("content", "title"),
    25: ("content", "keyword"),
    55: ("time", "date"),
    80: ("author", "author"),
    90: ("place", "city"),
    92: ("place", "location"),
    95: ("place", "state"),
    101: ("place", "country"),
    110: ("author", "credit"),
    116: ("author", "rights"),
    120: ("content", "caption"),
}
"""IPTC-IIM 4.2, record 2."""
_IPTC_DATASET = re.compile(rb"\x1c\x02(.)(..)", re.DOTALL)

_IMAGES_IN_MPF = 0xB001
_SMALL = 480
"""Long side, at least, of a picture that nobody looks at: enough for the report."""
_MOST_TRIES = 32
"""Places in a trailer that are tried as the beginning of a picture."""

_COLOUR_SPACES = {Colour.GREY: b"GRAY", Colour.YCC: b"RGB ", Colour.RGB: b"RGB "}


def read(data: bytes, max_megapixels: float) -> Photo:
    """The photo in a JPEG file; of a multi-picture file, the first picture.

    The pixels are upright RGB. What libjpeg only warns of counts as damage: a person would see a grey bar,
    and what it hides could not be checked. `native` is False where colours were converted, and where padding
    in the scan keeps it from being passed on bit for bit.

    Raises UnreadablePhoto: NOT_A_PHOTO, NO_PIXELS, TOO_LARGE (before anything is decoded),
    FORMAT_UNSUPPORTED, FILE_DAMAGED.
    """
    picture = jpegfile.parse(data, max_megapixels * 1e6)
    told = capture_facts(picture, data)
    decoded, padded = decode(picture)
    pixels, profile = _in_known_colours(decoded, picture)
    pixels = upright(pixels, told.orientation)
    pixels.setflags(write=False)
    return Photo(
        pixels=pixels,
        container=Container.JPEG,
        facts=told,
        profile=profile or Profile.SRGB,
        source=data,
        native=profile is not None and not padded,
        block=TURNS[told.orientation].size(*picture.frame.mcu),
    )


def facts_of(data: bytes, max_megapixels: float) -> CaptureFacts:
    """What the file tells. Raises UnreadablePhoto as `read`, but for what shows only in the picture itself."""
    return capture_facts(jpegfile.parse(data, max_megapixels * 1e6), data)


def read_small(data: bytes, max_megapixels: float) -> Photo | None:
    """An upright photo of which nobody looks at the picture; None where `read` has to see to it.

    Decoded is a copy down to an eighth as large. For that the decoder reads the scan to its end and complains as ever:
    it only leaves out to compute what is not shown. May raise anything that `read` would.
    """
    picture = jpegfile.parse(data, max_megapixels * 1e6)
    told = capture_facts(picture, data)
    profile = profiles.recognise(picture.icc)
    plain = picture.frame.usual and picture.colour in (Colour.GREY, Colour.YCC)
    if told.orientation != 1 or profile is None or not plain:
        return None
    width, height = picture.frame.width, picture.frame.height
    small = min(1.0, _SMALL / max(width, height))
    pixels = simplejpeg.decode_jpeg(
        jpegfile.join(picture.plain),
        "RGB",
        min_height=round(height * small),
        min_width=round(width * small),
        strict=True,
    )
    pixels.setflags(write=False)
    return Photo(
        pixels=pixels,
        container=Container.JPEG,
        facts=told,
        profile=profile,
        source=data,
        block=picture.frame.mcu,
        full=(width, height),
    )


def decode(picture: JpegFile) -> tuple[Pixels, bool]:
    """The stored pixels (H x W x 3 RGB, or H x W x 4 as stored for CMYK), and whether its scan is padded.

    Raises UnreadablePhoto (FILE_DAMAGED).
    """
    if not picture.frame.usual:
        return _decode_unusual(picture), False
    space = "CMYK" if len(picture.frame.components) == 4 else "RGB"
    try:
        return simplejpeg.decode_jpeg(jpegfile.join(picture.plain), space, strict=True), False
    except ValueError as error:
        whole = _without_padding(picture, str(error))
    try:
        return simplejpeg.decode_jpeg(jpegfile.join(whole.plain), space, strict=True), True
    except ValueError:
        raise refusal("FILE_DAMAGED") from None


def _without_padding(picture: JpegFile, complaint: str) -> JpegFile:
    """The picture without the bytes of one value that some cameras leave after the last block.

    Left-over bytes of any other kind mean that the data before them is damaged.
    """
    surplus = re.search(r"(\d+) extraneous bytes", complaint)
    last = picture.segments[-1]
    count = int(surplus[1]) if surplus else 0
    kept, rest = last.entropy[: len(last.entropy) - count], bytes(last.entropy[len(last.entropy) - count :])
    if not 0 < count <= len(last.entropy) or len(set(rest)) != 1:
        raise refusal("FILE_DAMAGED")
    return replace(picture, segments=(*picture.segments[:-1], replace(last, entropy=kept)))


def _decode_unusual(picture: JpegFile) -> Pixels:
    """As `decode`, by Pillow, for samplings that TurboJPEG does not know.

    Pillow keeps libjpeg's warnings to itself. So the picture is decoded a second time with bytes added to its
    last scan: they change nothing if the scan was complete.
    """
    *before, last = picture.plain
    longer = replace(last, entropy=bytes(last.entropy) + bytes(range(1, 250)) * 20)
    pictures: list[Pixels] = []
    for segments in ([*before, last], [*before, longer]):
        try:
            with Image.open(io.BytesIO(jpegfile.join(segments)), formats=("JPEG",)) as image:
                pictures.append(np.asarray(image if image.mode == "CMYK" else image.convert("RGB"), np.uint8))
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
            raise refusal("FILE_DAMAGED") from None
    if not np.array_equal(pictures[0], pictures[1]):
        raise refusal("FILE_DAMAGED")
    # Pillow takes all CMYK for inverted, as Adobe writes it; here it is to be as stored.
    return np.bitwise_not(pictures[0]) if pictures[0].shape[2] == 4 else pictures[0]


def _in_known_colours(decoded: Pixels, picture: JpegFile) -> tuple[Pixels, Profile | None]:
    """RGB pixels and the profile they are in; None where they had to be converted to sRGB."""
    icc = picture.icc
    if icc is not None and icc[16:20] != _COLOUR_SPACES.get(picture.colour, b"CMYK"):
        icc = None  # a profile of other channels says nothing about these
    profile = profiles.recognise(icc)
    cmyk = decoded.shape[2] == 4
    if profile is not None and not cmyk:
        return decoded, profile
    if cmyk:
        height, width = decoded.shape[:2]
        image = Image.frombytes("CMYK", (width, height), decoded.tobytes(), "raw", "CMYK;I")
    else:
        image = Image.fromarray(decoded[:, :, 0] if picture.colour is Colour.GREY else decoded)
    converted = profiles.to_srgb(image, icc) if profile is None and icc is not None else image.convert("RGB")
    return np.array(converted), profile


def capture_facts(picture: JpegFile, data: bytes) -> CaptureFacts:
    """What the segments of a picture tell, and what follows it in `data`."""
    exif = picture.payloads(APP1, _EXIF)
    xmp = picture.payloads(APP1, _XMP)
    trailer = data[picture.end :]
    listed = [_images_in_mpf(block) for block in picture.payloads(APP2, b"MPF\0")]
    pictures = list(_pictures(trailer))
    extra = max(0, len(pictures), *(count - 1 for count in listed))
    other = [*_disclosures(picture)]
    if extra:
        other.append(Disclosure("content", "further pictures", f"{extra} more in the file"))
    if trailer:
        other.append(Disclosure("content", "trailer", f"{len(trailer)} bytes after the picture"))
    return facts.from_exif(
        exif[0] if exif else None,
        stored_size=(picture.frame.width, picture.frame.height),
        xmp=xmp[0] if xmp else None,
        other=other,
        extra_images=extra,
        trailer_bytes=len(trailer),
        previews=[*pictures, *_pictures(_provenance(picture))][:_MOST_PREVIEWS],
    )


def _disclosures(picture: JpegFile) -> Iterator[Disclosure]:
    """What stands in segments other than EXIF and XMP."""
    exif = xmp = 0
    for segment in picture.segments:
        marker, payload = segment.marker, segment.payload
        if marker in jpegfile.CODING or (marker == APP2 and payload.startswith(jpegfile.ICC_PREFIX)):
            continue
        if marker == COM:
            yield Disclosure("content", "comment", payload.rstrip(b"\0").decode("utf-8", "replace"))
        elif marker == APP1 and payload.startswith(_EXIF):
            exif += 1
            if exif > 1:
                yield Disclosure("content", "EXIF", f"one more block, {len(payload)} bytes")
        elif marker == APP1 and payload.startswith(_XMP):
            xmp += 1
            if xmp > 1:
                yield Disclosure("content", "XMP", f"one more block, {len(payload)} bytes")
        elif marker == APP0 and payload.startswith(b"JFIF\0"):
            if len(payload) > 14:
                yield Disclosure("content", "JFIF", "a small copy of the picture")
        elif marker == APP14 and payload.startswith(jpegfile.ADOBE_PREFIX):
            yield Disclosure("software", "Adobe", "written by a program of Adobe or one like it")
        else:
            yield from _vendor_block(marker, payload)
    if picture.stray:
        yield Disclosure("content", "between segments", f"{picture.stray} bytes that belong to nothing")


def _vendor_block(marker: int, payload: bytes) -> Iterator[Disclosure]:
    for known, beginning, about, where, what in _BLOCKS:
        if marker == known and payload.startswith(beginning):
            yield Disclosure(about, where, f"{what}, {len(payload)} bytes")
            if marker == APP13:
                yield from _iptc(payload)
            return
    name = f"APP{marker - APP0}" if APP0 <= marker <= APP0 + 15 else f"marker {marker:02X}"
    yield Disclosure("device", name, f"a block of the maker's own, {len(payload)} bytes")


def _iptc(payload: bytes) -> Iterator[Disclosure]:
    for match in _IPTC_DATASET.finditer(payload):
        about, label = _IPTC.get(match[1][0], ("", ""))
        length = int.from_bytes(match[2], "big")
        value = payload[match.end() : match.end() + length].decode("utf-8", "replace").strip()
        if about and value and match.end() + length <= len(payload):
            yield Disclosure(about, "IPTC", f"{label}: {value}")


def _images_in_mpf(block: bytes) -> int:
    """How many pictures a multi-picture index (CIPA DC-007) counts, the first one too; 1 where damaged."""
    try:
        directories = Directories(block)
        return directories.at(directories.first).integer(_IMAGES_IN_MPF, 1)
    except (ValueError, struct.error):
        return 1


def _pictures(data: bytes) -> Iterator[bytes]:
    """The JPEG pictures in what follows the photo, or in a block of it."""
    end = 0
    for found in islice(re.finditer(rb"\xff\xd8\xff", data), _MOST_TRIES):
        start = found.start()
        if start < end:
            continue  # the thumbnail of the picture before
        try:
            end = start + jpegfile.parse(data[start:]).end
        except UnreadablePhoto:
            continue
        yield data[start:end]


def _provenance(picture: JpegFile) -> bytes:
    """The file's C2PA boxes (JUMBF, ISO/IEC 19566-5), put together from their segments."""
    whole = b""
    for segment in picture.segments:
        if segment.marker == _APP11 and segment.payload.startswith(b"JP"):
            # After the first segment of a box, each repeats the box's length and type.
            whole += bytes(segment.payload[16 if segment.payload[4:8] != b"\0\0\0\1" else 8 :])
    return whole

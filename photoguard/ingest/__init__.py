"""From a file's bytes, or another program's pixels, to a Photo."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import UnreadablePhoto
from ..photo import CaptureFacts, Container, Photo
from . import dicom, heif, jpeg, png, tiff, webp
from .memory import from_image, from_pixels
from .refusal import refusal
from .reorient import reoriented, reoriented_box
from .sniff import is_other_picture, is_raw, sniff

__all__ = [
    "facts",
    "from_image",
    "from_pixels",
    "read",
    "read_small",
    "reoriented",
    "reoriented_box",
    "sniff",
]

_READERS: dict[Container, Callable[[bytes, float], Photo]] = {
    Container.JPEG: jpeg.read,
    Container.PNG: png.read,
    Container.WEBP: webp.read,
    Container.TIFF: tiff.read,
    Container.HEIF: heif.read_heif,
    Container.AVIF: heif.read_avif,
    Container.DICOM: dicom.read,
}


def read(data: bytes, max_megapixels: float = 200) -> Photo:
    """The Photo in a file, recognised by its content.

    `max_megapixels` is compared with what the header announces, before anything is decoded.
    Raises UnreadablePhoto: FILE_EMPTY, NOT_A_PHOTO, FORMAT_UNSUPPORTED, RAW_PHOTO, FILE_DAMAGED, NO_PIXELS,
    TOO_LARGE, MEMORY_LIMIT; for DICOM also DICOM_NOT_A_PHOTO, DICOM_INCOMPLETE, DICOM_PART_MISSING.
    """
    if not data:
        raise refusal("FILE_EMPTY")
    container = sniff(data)
    if container is None:
        if is_raw(data):
            raise refusal("RAW_PHOTO")
        raise refusal("FORMAT_UNSUPPORTED" if is_other_picture(data) else "NOT_A_PHOTO")
    try:
        return _READERS[container](data, max_megapixels)
    except UnreadablePhoto:
        raise
    except MemoryError:
        raise refusal("MEMORY_LIMIT") from None
    except Exception:  # decoders raise whatever they like at hostile or damaged bytes
        raise refusal("FILE_DAMAGED") from None


def facts_of(data: bytes, max_megapixels: float = 200) -> CaptureFacts:
    """What a photo's file tells, without opening the picture where it is a JPEG. Raises UnreadablePhoto as `read`."""
    if sniff(data) is not Container.JPEG:
        return read(data, max_megapixels).facts
    try:
        return jpeg.facts_of(data, max_megapixels)
    except UnreadablePhoto:
        raise
    except Exception:  # hostile or damaged bytes
        raise refusal("FILE_DAMAGED") from None


def read_small(data: bytes, max_megapixels: float = 200) -> Photo | None:
    """A photo that can be passed on without its picture being opened, with a small copy for its pixels.

    None where it has to be read in full: no upright JPEG in known colours, or one that something is wrong with.
    """
    if sniff(data) is not Container.JPEG:
        return None
    try:
        return jpeg.read_small(data, max_megapixels)
    except Exception:  # `read` says what it is
        return None

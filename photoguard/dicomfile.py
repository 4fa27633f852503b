"""A DICOM file (PS3.10) as its data set, and the picture in it as it is coded. No pixel is decoded here."""

from __future__ import annotations

import io
import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from . import jpegfile
from .errors import UnreadablePhoto
from .jpegfile import APP14, Colour, JpegFile
from .reasons import REASONS

if TYPE_CHECKING:
    from pydicom.dataset import Dataset, FileMetaDataset

PREFIX_AT, PREFIX = 128, b"DICM"
"""Where a file says that it is DICOM; before it lies a preamble that means nothing."""

_META_GROUP = 0x0002
_LOSSY = "01"


class Coding(Enum):
    """How pixels are coded."""

    PLAIN = "uncompressed"
    RLE = "run lengths"
    JPEG = "JPEG"
    LOSSLESS_JPEG = "lossless JPEG"
    JPEG_2000 = "JPEG 2000"


@dataclass(frozen=True, slots=True)
class _Syntax:
    coding: Coding = Coding.PLAIN
    implicit: bool = False
    little: bool = True


JPEG_BASELINE, JPEG_EXTENDED = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
_SYNTAXES = {
    "1.2.840.10008.1.2": _Syntax(implicit=True),
    EXPLICIT_LITTLE: _Syntax(),
    "1.2.840.10008.1.2.2": _Syntax(little=False),
    JPEG_BASELINE: _Syntax(Coding.JPEG),
    JPEG_EXTENDED: _Syntax(Coding.JPEG),
    "1.2.840.10008.1.2.4.57": _Syntax(Coding.LOSSLESS_JPEG),
    "1.2.840.10008.1.2.4.70": _Syntax(Coding.LOSSLESS_JPEG),
    "1.2.840.10008.1.2.4.90": _Syntax(Coding.JPEG_2000),
    "1.2.840.10008.1.2.4.91": _Syntax(Coding.JPEG_2000),
    "1.2.840.10008.1.2.5": _Syntax(Coding.RLE),
}
"""Transfer syntaxes (PS3.6, annex A). Deflated ones are left out: a small file unpacks to any size."""

_ONE_AT_A_TIME = threading.RLock()


@contextmanager
def quiet() -> Iterator[None]:
    """Around all that is done with a data set: pydicom warns of odd values by repeating them, also in logs.

    Values are converted when they are asked for, so it is not enough to be quiet while a file is opened.
    """
    logger = logging.getLogger("pydicom")
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        disabled, logger.disabled = logger.disabled, True
        try:
            yield
        finally:
            logger.disabled = disabled


@dataclass(frozen=True)
class DicomFile:
    """A file's two data sets."""

    meta: FileMetaDataset
    """Group 0002: how the rest is coded, and who wrote it."""
    dataset: Dataset
    coding: Coding

    def text(self, keyword: str) -> str:
        """An attribute's value as text; empty where it is missing or can't be read."""
        try:
            value = self.dataset.get(keyword)
        except Exception:  # pydicom raises whatever it likes at values that make no sense
            return ""
        return "" if value is None else str(value).strip()

    def number(self, keyword: str, default: int | None = None) -> int:
        """An attribute's value as a whole number.

        Raises UnreadablePhoto (DICOM_INCOMPLETE) where it is missing and has no default, or is no number.
        """
        value = self.dataset.get(keyword)
        if default is not None and value in (None, ""):
            return default
        try:
            return int(value)
        except (TypeError, ValueError):
            raise _refusal("DICOM_INCOMPLETE") from None

    @property
    def lossy(self) -> bool:
        """Whether the picture has lost something to its coding, now or at any time before."""
        return (
            self.coding is Coding.JPEG
            or self.meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.91"
            or self.text("LossyImageCompression") == _LOSSY
        )

    @cached_property
    def frame(self) -> bytes:
        """The first frame of encapsulated pixel data, without the byte that makes its length even."""
        from pydicom.encaps import get_frame

        count = self.number("NumberOfFrames", 1)
        return get_frame(self.dataset.PixelData, 0, number_of_frames=count).rstrip(b"\0")

    @cached_property
    def jpeg(self) -> JpegFile:
        """The first frame where the coding is JPEG, with the mark that tells a decoder the right colours.

        Raises UnreadablePhoto as `jpegfile.parse` does.
        """
        picture = jpegfile.parse(self.frame)
        unmarked = not (picture.payloads(jpegfile.APP0, b"JFIF\0") or picture.payloads(APP14))
        if unmarked and picture.colour is Colour.YCC and self.text("PhotometricInterpretation") == "RGB":
            return JpegFile(
                (jpegfile.adobe_segment(0), *picture.segments), picture.frame, picture.stray, picture.end
            )
        return picture


def parse(data: bytes) -> DicomFile:
    """The file in `data`. To be called, and the result used, within `quiet()`.

    Raises UnreadablePhoto: DICOM_PART_MISSING (pydicom is not installed), DICOM_INCOMPLETE, FORMAT_UNSUPPORTED
    (another transfer syntax), FILE_DAMAGED. What pydicom itself raises at damage is let through.
    """
    try:
        from pydicom.dataset import FileMetaDataset
        from pydicom.filereader import read_dataset
    except ModuleNotFoundError:
        raise _refusal("DICOM_PART_MISSING") from None
    file = io.BytesIO(data)
    file.seek(PREFIX_AT + len(PREFIX))
    # The steps that pydicom's own reader takes, less the unpacking of deflated files of any size.
    meta = FileMetaDataset(
        read_dataset(file, False, True, stop_when=lambda tag, _vr, _length: tag >> 16 != _META_GROUP)
    )
    name = meta.get("TransferSyntaxUID")
    if not name:
        raise _refusal("DICOM_INCOMPLETE")
    syntax = _SYNTAXES.get(str(name))
    if syntax is None:
        raise _refusal("FORMAT_UNSUPPORTED")
    dataset = read_dataset(file, syntax.implicit, syntax.little)
    dataset.file_meta = meta
    return DicomFile(meta, dataset, syntax.coding)


def _refusal(code: str) -> UnreadablePhoto:
    return UnreadablePhoto(code, REASONS[code].seen)

"""DICOM photographs (PS3.3, VL Photographic Image and what cameras' pictures are stored as besides)."""

from __future__ import annotations

from dataclasses import replace
from typing import IO, Any

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image, ImageOps, Jpeg2KImagePlugin

from .. import dicomfile
from ..dicomfile import Coding, DicomFile
from ..jpegfile import Colour
from ..photo import CaptureFacts, Container, Photo
from . import dicom_header, jpeg, raster
from .refusal import check_size, refusal

_PHOTOGRAPHS = frozenset({
    "1.2.840.10008.5.1.4.1.1.77.1.4",  # VL Photographic Image Storage
    "1.2.840.10008.5.1.4.1.1.77.1.7",  # Dermoscopic Photography Image Storage
})  # fmt: skip
_SECONDARY_CAPTURES = frozenset({
    "1.2.840.10008.5.1.4.1.1.7",  # of one frame
    "1.2.840.10008.5.1.4.1.1.7.2",  # of several: grey
    "1.2.840.10008.5.1.4.1.1.7.4",  # and in colour
})  # fmt: skip
_CAMERAS = ("XC", "DMS")
"""Modalities: external-camera photography and dermoscopy. Only they make a secondary capture a photograph."""

_GREY = ("MONOCHROME1", "MONOCHROME2")
_COLOUR = {
    Coding.PLAIN: ("RGB", "YBR_FULL", "YBR_FULL_422"),
    Coding.RLE: ("RGB", "YBR_FULL"),
    Coding.JPEG: ("RGB", "YBR_FULL", "YBR_FULL_422"),
    Coding.LOSSLESS_JPEG: ("RGB",),
    Coding.JPEG_2000: ("RGB", "YBR_RCT", "YBR_ICT"),
}
"""What three samples may mean in each coding; others would have to be guessed."""
_UNPACKED = (Coding.PLAIN, Coding.RLE)


def read(data: bytes, max_megapixels: float) -> Photo:
    """The photograph in a DICOM file; of several frames, the first.

    JPEG keeps its own coding, as in a JPEG file. Grey of more than eight bits is shown as a viewer does at
    first: through the first window in the header, or its whole range where there is none.

    Raises UnreadablePhoto: DICOM_PART_MISSING, DICOM_NOT_A_PHOTO (another modality), DICOM_INCOMPLETE,
    FORMAT_UNSUPPORTED (palettes, other codings), NO_PIXELS, TOO_LARGE. Whatever else a decoder raises means damage.
    """
    with dicomfile.quiet():
        file = dicomfile.parse(data)
        _check_photograph(file)
        size = file.number("Columns"), file.number("Rows")
        check_size(*size, max_megapixels)
        _check_samples(file)
        facts = dicom_header.facts(file, data)
        icc = file.dataset.get("ICCProfile") or None
        if file.coding is Coding.JPEG:
            return _from_jpeg(file, facts, icc, data)
        image, bits = _decoded(file, size)
        return raster.to_photo(
            image, container=Container.DICOM, facts=facts, icc=icc, source=data, bits=max(bits, 8)
        )


def _check_photograph(file: DicomFile) -> None:
    kind = file.text("SOPClassUID") or str(file.meta.get("MediaStorageSOPClassUID") or "")
    if not kind:
        raise refusal("DICOM_INCOMPLETE")
    if kind not in _PHOTOGRAPHS and not (
        kind in _SECONDARY_CAPTURES and file.text("Modality").upper() in _CAMERAS
    ):
        raise refusal("DICOM_NOT_A_PHOTO")


def _check_samples(file: DicomFile) -> None:
    """Refuse what stored values can't be taken for colours from."""
    if "PixelData" not in file.dataset:
        raise refusal("DICOM_INCOMPLETE")
    colours, samples = file.text("PhotometricInterpretation"), file.number("SamplesPerPixel")
    if not colours:
        raise refusal("DICOM_INCOMPLETE")
    allocated, stored = file.number("BitsAllocated"), file.number("BitsStored")
    if samples != (1 if colours in _GREY else 3) or file.number("HighBit", stored - 1) != stored - 1:
        raise refusal("FORMAT_UNSUPPORTED")
    signed = file.number("PixelRepresentation")
    if samples > 1 and file.coding in _UNPACKED:
        file.number("PlanarConfiguration")
    usual = allocated == stored == 8 and not signed
    deep = colours in _GREY and allocated == 16 and 8 <= stored <= 16 and file.coding in _UNPACKED
    if colours not in (*_GREY, *_COLOUR[file.coding]) or not (usual or deep):
        raise refusal("FORMAT_UNSUPPORTED")


def _from_jpeg(file: DicomFile, facts: CaptureFacts, icc: bytes | None, data: bytes) -> Photo:
    picture = file.jpeg
    if (picture.frame.width, picture.frame.height) != facts.stored_size:
        raise refusal("FILE_DAMAGED")
    expected = (Colour.GREY,) if file.number("SamplesPerPixel") == 1 else (Colour.YCC, Colour.RGB)
    if picture.colour not in expected:
        raise refusal("FORMAT_UNSUPPORTED")
    pixels, padded = jpeg.decode(picture)
    image = Image.fromarray(pixels[:, :, 0] if picture.colour is Colour.GREY else pixels)
    inverted = file.text("PhotometricInterpretation") == _GREY[0]
    photo = raster.to_photo(
        ImageOps.invert(image) if inverted else image,
        container=Container.DICOM,
        facts=facts,
        icc=icc or picture.icc,
        source=data,
    )
    kept = photo.native and not padded and not inverted
    return replace(photo, native=kept, block=picture.frame.mcu if kept else (1, 1))


def _decoded(file: DicomFile, size: tuple[int, int]) -> tuple[Image.Image, int]:
    """The picture in 8 bits per channel, and how many there were."""
    if file.coding is Coding.JPEG_2000:
        image = _from_jpeg_2000(file, size)
    elif file.coding is Coding.LOSSLESS_JPEG:
        image = _from_lossless_jpeg(file, size)
    else:
        from pydicom.pixels.decoders.base import get_decoder

        stored, told = get_decoder(file.meta.TransferSyntaxUID).as_array(file.dataset, index=0)
        if told["photometric_interpretation"] not in ("RGB", *_GREY):
            raise refusal("FORMAT_UNSUPPORTED")
        image = Image.fromarray(stored if stored.dtype == np.uint8 else _windowed(stored, file))
    if file.text("PhotometricInterpretation") == _GREY[0]:
        image = ImageOps.invert(image)
    return image, file.number("BitsStored")


# A picture's own header has the last word on memory: it must say what the one said that was checked.


def _from_jpeg_2000(file: DicomFile, size: tuple[int, int]) -> Image.Image:
    def opened(stream: IO[bytes]) -> Image.Image:
        image = Jpeg2KImagePlugin.Jpeg2KImageFile(stream)
        if image.size != size:
            raise refusal("FILE_DAMAGED")
        if image.mode != ("L" if file.number("SamplesPerPixel") == 1 else "RGB"):
            raise refusal("FORMAT_UNSUPPORTED")
        return image

    return raster.decode(opened, file.frame, size)


def _from_lossless_jpeg(file: DicomFile, size: tuple[int, int]) -> Image.Image:
    height, width, _, _ = simplejpeg.decode_jpeg_header(file.frame)
    if (width, height) != size:
        raise refusal("FILE_DAMAGED")
    grey = file.number("SamplesPerPixel") == 1
    pixels = simplejpeg.decode_jpeg(file.frame, "GRAY" if grey else "RGB", strict=True)
    return Image.fromarray(pixels[:, :, 0] if grey else pixels)


def _windowed(stored: NDArray[np.integer[Any]], file: DicomFile) -> NDArray[np.uint8]:
    """Grey of up to 16 bits as 8: PS3.3, C.11.1 (rescale) and C.11.2.1.2.1 (linear window)."""
    bits = file.number("BitsStored")
    low = -(1 << (bits - 1)) if file.number("PixelRepresentation") else 0
    # What lies above the stored bits is no part of the picture: overlays stood there once.
    values = ((stored.astype(np.int32) - low) & ((1 << bits) - 1)) + low
    slope, intercept = _first(file, "RescaleSlope", 1.0), _first(file, "RescaleIntercept", 0.0)
    width = _first(file, "WindowWidth", 0.0)
    if width >= 1:
        centre = _first(file, "WindowCenter", 0.0)
        start, span = centre - 0.5 - (width - 1) / 2, max(width - 1, 1e-6)
    else:
        start, span = low * slope + intercept, ((1 << bits) - 1) * slope
    if not span:
        raise refusal("DICOM_INCOMPLETE")
    shades = (values * np.float32(slope) + np.float32(intercept - start)) * np.float32(255 / span)
    return np.asarray(np.clip(np.rint(shades), 0, 255), np.uint8)


def _first(file: DicomFile, keyword: str, default: float) -> float:
    value = file.dataset.get(keyword)
    if value is None or value == "":
        return default
    try:
        return float(value if isinstance(value, (int, float, str)) else value[0])
    except (TypeError, ValueError, IndexError):
        raise refusal("DICOM_INCOMPLETE") from None

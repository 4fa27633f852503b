"""Writes DICOM VL Photographic Images (PS3.3, A.32.4) through an allow-list, and tells what else stands in one.

The header is never the source's with parts taken out, but a new one: what PS3.15's basic profile would empty or
replace was never there.
"""

from __future__ import annotations

import hashlib
import io
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import dicomfile, jpegfile, profiles
from ..dicomfile import EXPLICIT_LITTLE, JPEG_BASELINE, JPEG_EXTENDED, Coding, DicomFile
from ..errors import UnreadablePhoto
from ..jpegfile import SOF0, SOF1, Colour
from ..photo import Container, Photo, Pixels, Profile, Region
from . import jpeg
from .png import is_grey

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_PHOTOGRAPHIC = "1.2.840.10008.5.1.4.1.1.77.1.4"
_UUIDS = "2.25."  # the root of UIDs that are UUIDs (PS3.5, B.2)

CONSTANT: Mapping[str, str | int | list[str]] = {
    "ImageType": ["DERIVED", "PRIMARY"],
    "SOPClassUID": _PHOTOGRAPHIC,
    "StudyDate": "",
    "StudyTime": "",
    "AccessionNumber": "",
    "Modality": "XC",
    "Manufacturer": "",
    "ReferringPhysicianName": "",
    "PatientName": "",
    "PatientID": "",
    "PatientBirthDate": "",
    "PatientSex": "",
    "PatientIdentityRemoved": "YES",
    "DeidentificationMethod": "photoguard: new header; picture searched, finds masked",
    "StudyID": "",
    "SeriesNumber": "",
    "InstanceNumber": "1",
    "PatientOrientation": "",
    "LongitudinalTemporalInformationModified": "REMOVED",
    "AcquisitionContextSequence": [],
    "BitsAllocated": 8,
    "BitsStored": 8,
    "HighBit": 7,
    "PixelRepresentation": 0,
}
"""What stands in every output: what the standard asks for, empty where it may be."""

VARYING: Mapping[str, str] = {
    "SOPInstanceUID": r"2\.25\.\d{1,39}",
    "StudyInstanceUID": r"2\.25\.\d{1,39}",
    "SeriesInstanceUID": r"2\.25\.\d{1,39}",
    "Laterality": "|L|R",
    "SamplesPerPixel": "1|3",
    "PhotometricInterpretation": "MONOCHROME2|RGB|YBR_FULL_422",
    "PlanarConfiguration": "0",
    "Rows": r"\d{1,5}",
    "Columns": r"\d{1,5}",
    "BurnedInAnnotation": "NO",
    "LossyImageCompression": "00|01",
    "LossyImageCompressionRatio": r"\d{1,5}\.\d\d",
    "LossyImageCompressionMethod": "ISO_10918_1",
}
"""What else may, and which values it may have. Then ICCProfile, one of our own profiles, and PixelData."""

_META = {
    "FileMetaInformationVersion": b"\0\1",
    "MediaStorageSOPClassUID": _PHOTOGRAPHIC,
    "ImplementationClassUID": f"{_UUIDS}{uuid.uuid5(uuid.NAMESPACE_OID, 'photoguard').int}",
    "ImplementationVersionName": "PHOTOGUARD",
}
_SIDES = {None: "", "left": "L", "right": "R"}
_COLOURS = {Colour.GREY: "MONOCHROME2", Colour.YCC: "YBR_FULL_422"}
"""What a JPEG in a VL image may hold (PS3.3, C.8.12.1.1.1), and what the header then says."""


def write(photo: Photo, pixels: Pixels, regions: Sequence[Region], *, text_hidden: bool) -> bytes:
    """The photo as a DICOM file that holds what the allow-list names and nothing else.

    `pixels` are the upright pixels with masks painted (H x W x 3, RGB), `regions` what is masked. Where the
    source's picture is a baseline JPEG in grey or YCbCr, it stays one, kept as in `jpeg.write`; all others are written
    uncompressed. `text_hidden` says that text in the picture was looked for and masked: only then does the header say
    that no annotation is burned in. All UIDs are new, and follow from the picture that is written.

    Raises UnwritablePhoto as `jpeg.write` does.
    """
    with dicomfile.quiet():
        height, width = pixels.shape[:2]
        source = dicomfile.parse(photo.source)
        varying: dict[str, Any] = {"Rows": height, "Columns": width, "Laterality": _SIDES[photo.facts.side]}
        if text_hidden:
            varying["BurnedInAnnotation"] = "NO"
        coded = _as_jpeg(photo, source, pixels, regions)
        if coded is None:
            grey = photo.profile is Profile.SRGB and is_grey(pixels)
            stored = np.ascontiguousarray(pixels[:, :, 0] if grey else pixels).tobytes()
            varying |= {
                "PhotometricInterpretation": "MONOCHROME2" if grey else "RGB",
                "LossyImageCompression": "01" if source.lossy else "00",
            }
            return _file(varying, stored, EXPLICIT_LITTLE, photo.profile)
        picture = jpegfile.parse(coded)
        samples = len(picture.frame.components)
        varying |= {
            "PhotometricInterpretation": _COLOURS[picture.colour],
            "LossyImageCompression": "01",
            "LossyImageCompressionRatio": f"{width * height * samples / len(coded):.2f}",
            "LossyImageCompressionMethod": "ISO_10918_1",
        }
        syntax = JPEG_BASELINE if picture.frame.marker == SOF0 else JPEG_EXTENDED
        return _file(varying, coded, syntax, photo.profile)


def structure(data: bytes, profile: Profile) -> list[str]:
    """What stands in a DICOM file that the allow-list does not name; empty where it is clean.

    The names tell elements only, never what they hold.
    """
    try:
        with dicomfile.quiet():
            return _strange(dicomfile.parse(data), data, profile)
    except UnreadablePhoto as error:
        return [f"not a whole DICOM file ({error.code})"]
    except Exception:  # pydicom raises whatever it likes at bytes that are no data set
        return ["not a whole DICOM file"]


def coded(data: bytes) -> bytes | None:
    """The JPEG in an output that `structure` found clean; None where its pixels are not coded."""
    with dicomfile.quiet():
        file = dicomfile.parse(data)
        return file.frame if file.coding is Coding.JPEG else None


def decoded(data: bytes) -> Pixels:
    """The pixels (H x W x 3, RGB) of an output that `structure` found clean and whose pixels are not coded.

    Raises ValueError where they do not fill the picture.
    """
    with dicomfile.quiet():
        file = dicomfile.parse(data)
        height, width, samples = (file.number(name) for name in ("Rows", "Columns", "SamplesPerPixel"))
        stored = np.frombuffer(file.dataset.PixelData, np.uint8)
    size = height * width * samples
    if len(stored) != size + size % 2 or stored[size:].any():
        raise ValueError("bytes beside the pixels")
    picture = stored[:size].reshape(height, width, samples)
    return np.ascontiguousarray(np.broadcast_to(picture, (height, width, 3)))


def _as_jpeg(photo: Photo, source: DicomFile, pixels: Pixels, regions: Sequence[Region]) -> bytes | None:
    """The picture in the source's own JPEG coding; None where it has none, or none that DICOM allows."""
    if not photo.native or source.coding is not Coding.JPEG:
        return None
    if source.jpeg.frame.marker not in (SOF0, SOF1) or source.jpeg.colour not in _COLOURS:
        return None
    inner = jpegfile.join(source.jpeg.plain)
    return jpeg.write(replace(photo, container=Container.JPEG, source=inner), pixels, regions)


def _file(varying: dict[str, Any], picture: bytes, syntax: str, profile: Profile) -> bytes:
    from pydicom.dataset import Dataset
    from pydicom.encaps import encapsulate

    dataset = Dataset()
    grey = varying["PhotometricInterpretation"] == "MONOCHROME2"
    for keyword, value in (*CONSTANT.items(), *varying.items()):
        setattr(dataset, keyword, value)
    dataset.SamplesPerPixel = 1 if grey else 3
    if not grey:
        dataset.PlanarConfiguration = 0
    if profile is not Profile.SRGB:
        dataset.ICCProfile = _icc(profile)
    plain = syntax == EXPLICIT_LITTLE
    dataset.PixelData = picture + bytes(len(picture) % 2) if plain else encapsulate([picture])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = not plain
    for keyword, uid in _uids(dataset).items():
        setattr(dataset, keyword, uid)
    return _bytes(dataset, syntax)


def _bytes(dataset: Dataset, syntax: str) -> bytes:
    """A data set as a file: always the same bytes for the same values."""
    from pydicom import dcmwrite
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import UID

    dataset.file_meta = FileMetaDataset()
    for keyword, value in _META.items():
        setattr(dataset.file_meta, keyword, value)
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    out = io.BytesIO()
    dcmwrite(out, dataset, enforce_file_format=True)
    return out.getvalue()


def _uids(dataset: Dataset) -> dict[str, str]:
    """The UIDs of a data set: name-based UUIDs of its picture and of how that is shown."""
    shown = ("Rows", "Columns", "PhotometricInterpretation", "Laterality", "BurnedInAnnotation")
    seed = hashlib.sha256(dataset.PixelData)
    seed.update(repr([str(dataset.get(keyword, "")) for keyword in shown]).encode())
    space = uuid.UUID(bytes=seed.digest()[:16])
    return {
        keyword: f"{_UUIDS}{uuid.uuid5(space, keyword).int}"
        for keyword in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
    }


def _icc(profile: Profile) -> bytes:
    icc = profiles.icc(profile)
    return icc + bytes(len(icc) % 2)


def _strange(file: DicomFile, data: bytes, profile: Profile) -> list[str]:
    from pydicom.encaps import encapsulate

    dataset = file.dataset
    found = [
        f"element {element.tag}" for element in dataset if not _is_allowed(element.keyword, element.value)
    ]
    if dataset.get("ICCProfile") != (None if profile is Profile.SRGB else _icc(profile)):
        found.append("a colour profile that is not the photo's")
    if not found and any(keyword not in dataset for keyword in (*CONSTANT, "PixelData")):
        found.append("elements missing")
    if not found and any(dataset.get(keyword) != uid for keyword, uid in _uids(dataset).items()):
        found.append("numbers that do not belong to the picture")
    if not found and file.coding is Coding.JPEG and dataset.PixelData != encapsulate([file.frame]):
        found.append("fragments that are not the picture")
    # The same values written anew are the same bytes: nothing hides in padding, the preamble or behind the end.
    if not found and _bytes(dataset, str(file.meta.TransferSyntaxUID)) != data:
        found.append("bytes between elements")
    return found


def _is_allowed(keyword: str, value: Any) -> bool:
    if keyword in ("ICCProfile", "PixelData"):
        return True  # looked at as a whole
    said = "" if value is None else value
    if keyword in CONSTANT:
        constant = CONSTANT[keyword]
        return list(said) == constant if isinstance(constant, list) else str(said) == str(constant)
    return keyword in VARYING and re.fullmatch(VARYING[keyword], str(said)) is not None

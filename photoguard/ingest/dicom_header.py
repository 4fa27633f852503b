"""What the header of a DICOM file gives away: every element that is not the picture's own description."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from ..dicomfile import PREFIX_AT, Coding, DicomFile
from ..photo import CaptureFacts, Disclosure
from . import jpeg
from .facts import named

if TYPE_CHECKING:
    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset

_MOST = 500
_LONGEST = 200

_PICTURE, _PIXELS = 0x0028, 0x7FE0
_PATIENT, _OVERLAYS = 0x0010, range(0x6000, 0x6100, 2)

_TELL_NOTHING = frozenset({
    "SpecificCharacterSet", "SOPClassUID", "ImageType", "Modality", "ConversionType", "DataSetTrailingPadding",
    "MediaStorageSOPClassUID", "TransferSyntaxUID", "FileMetaInformationVersion", "FileMetaInformationGroupLength",
    "ImplementationClassUID", "SeriesNumber", "InstanceNumber", "Laterality", "ImageLaterality", "PatientOrientation",
    "PatientIdentityRemoved", "LongitudinalTemporalInformationModified",
})  # fmt: skip
_TIMES = frozenset({"DA", "DT", "TM"})
_BULK = frozenset({"OB", "OW", "OD", "OF", "OL", "OV", "UN"})
_DEVICES = (
    "Manufacturer",
    "Device",
    "Detector",
    "Camera",
    "Lens",
    "StationName",
    "StationAETitle",
    "SourceApplication",
)
_SOFTWARE = ("SoftwareVersions", "ImplementationVersionName")
_PLACES = ("Institution", "Department", "Facility", "Location", "Address", "Country", "Region")
_ICON = "a small copy of the picture"
_OVERLAY = "a drawing that lies over the picture"
_SIDES: dict[str, Literal["left", "right"]] = {"L": "left", "R": "right"}


def facts(file: DicomFile, data: bytes) -> CaptureFacts:
    """The facts from the header, and from what a JPEG in it brings along. Values that can't be read are left out.

    Raises UnreadablePhoto (DICOM_INCOMPLETE) where size or number of frames make no sense, and what
    `DicomFile.jpeg` raises.
    """
    size = file.number("Columns"), file.number("Rows")
    inner = CaptureFacts(stored_size=size)
    if file.coding is Coding.JPEG:
        inner = jpeg.capture_facts(file.jpeg, file.frame)
    told, damaged = _told(file, data)
    pictures = sum(d.value in (_ICON, _OVERLAY) for d in told)
    return replace(
        inner,
        stored_size=size,
        orientation=1,  # a viewer of DICOM knows none, whatever a JPEG within says
        camera=named(file.text("Manufacturer"), file.text("ManufacturerModelName")) or inner.camera,
        taken=_taken(file) or inner.taken,
        side=_SIDES.get(file.text("ImageLaterality") or file.text("Laterality")),
        extra_images=inner.extra_images + pictures,
        frames=max(1, file.number("NumberOfFrames", 1)),
        damaged_metadata=inner.damaged_metadata or damaged,
        disclosures=(*told, *inner.disclosures),
    )


def _told(file: DicomFile, data: bytes) -> tuple[list[Disclosure], bool]:
    """What the elements tell, and whether one of them can't be read."""
    told: list[Disclosure] = []
    damaged = False
    if any(data[:PREFIX_AT]):
        told.append(Disclosure("content", "DICOM", f"preamble, {PREFIX_AT} bytes"))
    for element in (*_elements(file.meta), *_elements(file.dataset)):
        if element is None:
            damaged = True
        elif len(told) < _MOST:
            told += _of(element)
    if (surplus := _surplus(file)) > 1:
        told.append(Disclosure("content", "DICOM", f"{surplus} bytes after the picture"))
    if damaged:
        told.append(Disclosure("content", "DICOM", "elements that can't be read"))
    return told, damaged


def _surplus(file: DicomFile) -> int:
    """Bytes of pixel data beyond what the header's frames need; one more makes the length even."""
    if file.coding is not Coding.PLAIN or file.text("PhotometricInterpretation") == "YBR_FULL_422":
        return 0
    frame = file.number("Rows") * file.number("Columns") * file.number("SamplesPerPixel")
    needed = frame * file.number("BitsAllocated") // 8 * max(1, file.number("NumberOfFrames", 1))
    return len(file.dataset.PixelData) - needed


def _elements(dataset: Dataset) -> Iterator[DataElement | None]:
    """The elements with those of all sequences; None for each that can't be read."""
    for tag in dataset.keys():  # noqa: SIM118 - iterating over the data set itself converts its values
        try:
            element = dataset[tag]
        except Exception:  # pydicom raises whatever it likes at values that make no sense
            yield None
            continue
        yield element
        if element.VR == "SQ" and element.value:
            for item in element.value:
                yield from _elements(item)


def _of(element: DataElement) -> Iterator[Disclosure]:
    group = element.tag.group
    if group in _OVERLAYS:
        if element.tag.element == 0x3000:
            yield Disclosure("content", "DICOM overlay", _OVERLAY)
        elif element.VR in ("LO", "SH", "LT") and element.value:
            yield Disclosure("content", "DICOM overlay", f"label: {_text(element)}")
        return
    if element.keyword == "IconImageSequence":
        yield Disclosure("content", "DICOM", _ICON)
        return
    if (
        group in (_PICTURE, _PIXELS)
        or element.keyword in _TELL_NOTHING
        or element.VR == "SQ"
        or element.is_empty
    ):
        return
    where = "DICOM private" if element.tag.is_private else "DICOM"
    yield Disclosure(_about(element), where, f"{_name(element)}: {_text(element)}")


def _about(element: DataElement) -> str:
    keyword = element.keyword
    if element.tag.group == _PATIENT or keyword.startswith("Patient"):
        return "patient"
    if element.VR in _TIMES:
        return "time"
    if keyword.startswith(_DEVICES):
        return "device"
    if keyword in _SOFTWARE:
        return "software"
    if any(part in keyword for part in _PLACES):
        return "place"
    return "author" if element.VR == "PN" else "content"


def _name(element: DataElement) -> str:
    name = element.name.strip("[]") if element.keyword or element.tag.is_private else ""
    return f"{name or 'unknown'} {element.tag}" if not element.keyword else name


def _text(element: DataElement) -> str:
    if isinstance(element.value, bytes) or element.VR in _BULK:
        return f"{len(element.value)} bytes"
    return " ".join(str(element.value).split())[:_LONGEST]


def _taken(file: DicomFile) -> datetime | None:
    """When the picture was taken: by the first attribute that says so, to the second."""
    texts = [file.text("AcquisitionDateTime")]
    texts += [file.text(f"{what}Date") + file.text(f"{what}Time") for what in ("Acquisition", "Content")]
    for text in texts:
        for length, form in ((14, "%Y%m%d%H%M%S"), (8, "%Y%m%d")):
            if len(text) >= length:
                try:
                    return datetime.strptime(text[:length], form)
                except ValueError:
                    continue
    return None

"""DICOM photographs as a hospital's archive gives them out, for the tests of what reads and writes them."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path
from typing import Any

import piexif
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmwrite, examples
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filewriter import write_file_meta_info
from pydicom.pixels import compress
from pydicom.sequence import Sequence
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    RLELossless,
)

VL_PHOTOGRAPHIC = "1.2.840.10008.5.1.4.1.1.77.1.4"

TEXTS = {
    "PatientName": "Beispiel^Anna^Müller",
    "PatientID": "PAT-4711-0815",
    "IssuerOfPatientID": "Spital Musterwil",
    "PatientBirthDate": "19580314",
    "PatientAddress": "Musterweg 5, 8000 Musterwil",
    "PatientComments": "Allergie auf Penicillin",
    "OtherPatientNames": "Anna Vorher",
    "EthnicGroup": "ETHN-TOLD",
    "AdditionalPatientHistory": "Melanom 2019",
    "StudyDate": "20260914",
    "StudyTime": "084131.125",
    "AcquisitionDateTime": "20260914084131",
    "AccessionNumber": "ACC-99881177",
    "StudyID": "ST-77123",
    "StudyDescription": "Verlaufskontrolle Unterschenkel",
    "SeriesDescription": "Serie vor OP",
    "InstitutionName": "Klinik Sonnenblick",
    "InstitutionAddress": "Seestrasse 12",
    "InstitutionalDepartmentName": "Wundambulanz",
    "StationName": "WUND-PC-03",
    "ReferringPhysicianName": "Muster^Petra",
    "OperatorsName": "Knipser^Karl",
    "PerformingPhysicianName": "Doktor^Dora",
    "Manufacturer": "Lindqvist Optik",
    "ManufacturerModelName": "LQ-900 Derm",
    "DeviceSerialNumber": "SN-00991177",
    "SoftwareVersions": "LQ-Firm 7.1.3",
    "ProtocolName": "Protokoll Wunde",
    "ImageComments": "linker Unterschenkel, Frau Beispiel",
    "PatientOrientation": "L\\F",
    "StudyInstanceUID": "1.2.756.5.99.4711.1",
    "SeriesInstanceUID": "1.2.756.5.99.4711.2",
    "SOPInstanceUID": "1.2.756.5.99.4711.3",
}
"""What the header tells of patient, place, time and device."""

PRIVATE = b"secret of the maker: Beispiel"
OVERLAY = b"OVERLAYBITS" * 8
ICON = b"ICONPIXELS" * 10
PREAMBLE = b"written for Beispiel".ljust(128, b".")
NEEDLES = (
    *(text.encode() for text in TEXTS.values() if "\\" not in text),
    *(part.encode() for text in TEXTS.values() for part in text.replace("^", " ").split() if len(part) > 4),
    "Müller".encode(),
    "Müller".encode("latin-1"),
    *(PRIVATE, OVERLAY[:22], ICON[:20], PREAMBLE[:20], b"Private Creator Lindqvist", b"Etikett"),
)


def photograph(
    pixels: NDArray[Any],
    *,
    coding: str = "explicit",
    colours: str = "",
    jpeg: bytes | None = None,
    remove: tuple[str, ...] = (),
    **changed: Any,
) -> bytes:
    """A VL Photographic Image whose header tells everything.

    `pixels` are H x W or H x W x 3, uint8 or uint16, or N of those. `coding` is one of CODINGS; `colours` the
    photometric interpretation; `jpeg` the frame to encapsulate; `changed` and `remove` are attributes.
    """
    dataset = _header()
    frames = pixels.ndim == 4 or (pixels.ndim == 3 and pixels.shape[-1] != 3)
    height, width = pixels.shape[1:3] if frames else pixels.shape[:2]
    grey = pixels.shape[-1] != 3
    dataset.SamplesPerPixel = 1 if grey else 3
    dataset.PhotometricInterpretation = colours or ("MONOCHROME2" if grey else "RGB")
    if not grey:
        dataset.PlanarConfiguration = 0
    if frames:
        dataset.NumberOfFrames = len(pixels)
    dataset.Rows, dataset.Columns = height, width
    bits = pixels.dtype.itemsize * 8
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit, dataset.PixelRepresentation = bits - 1, 0
    syntax = CODINGS[coding]
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    stored = pixels.astype(pixels.dtype.newbyteorder(order)).tobytes()
    dataset.PixelData = stored + bytes(len(stored) % 2)
    dataset["PixelData"].VR = "OW" if bits == 16 else "OB"
    if coding == "jpeg":
        dataset.PixelData = encapsulate([jpeg or as_jpeg(pixels)])
        dataset["PixelData"].is_undefined_length = True
    elif coding == "jpeg2000":
        dataset.PixelData = encapsulate([saved(pixels, "JPEG2000", no_jp2=True, irreversible=False)])
        dataset["PixelData"].is_undefined_length = True
    elif coding == "rle":
        dataset.file_meta = _meta(ExplicitVRLittleEndian)
        compress(dataset, RLELossless, generate_instance_uid=False)
    for keyword, value in changed.items():
        setattr(dataset, keyword, value)
    for keyword in remove:
        delattr(dataset, keyword)
    return _written(dataset, syntax)


CODINGS = {
    "implicit": ImplicitVRLittleEndian,
    "explicit": ExplicitVRLittleEndian,
    "big-endian": ExplicitVRBigEndian,
    "rle": RLELossless,
    "jpeg": JPEGBaseline8Bit,
    "jpeg2000": JPEG2000Lossless,
}


def saved(pixels: NDArray[Any], file_format: str, **options: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, file_format, **options)
    return out.getvalue()


def as_jpeg(pixels: NDArray[Any]) -> bytes:
    """A JPEG as a camera makes it, EXIF and all."""
    exif = piexif.dump({"0th": {piexif.ImageIFD.Make: b"Lindqvist Optik", piexif.ImageIFD.Orientation: 6}})
    return saved(pixels, "JPEG", quality=90, exif=exif, comment=PRIVATE)


def other_modality(name: str) -> bytes:
    """One of pydicom's examples: ct, mr, rgb_color (ultrasound), rt_plan, waveform ..."""
    return Path(examples.get_path(name)).read_bytes()


def complaints(data: bytes, folder: Path) -> list[str]:
    """The errors that dciodvfy finds in a file (Debian's package dicom3tools)."""
    path = folder / "checked.dcm"
    path.write_bytes(data)
    told = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    assert "VLPhotographicImage" in told.stderr
    return [line for line in told.stderr.splitlines() if line.startswith("Error")]


def _header() -> Dataset:
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = VL_PHOTOGRAPHIC
    dataset.ImageType = ["ORIGINAL", "PRIMARY"]
    dataset.Modality = "XC"
    dataset.PatientSex = "F"
    dataset.SeriesNumber = dataset.InstanceNumber = "1"
    dataset.Laterality = "L"
    dataset.LossyImageCompression = "00"
    dataset.BurnedInAnnotation = "YES"
    for keyword, text in TEXTS.items():
        setattr(dataset, keyword, text)
    step = Dataset()
    step.ScheduledProcedureStepDescription = "Etikett für Frau Beispiel"
    dataset.RequestAttributesSequence = Sequence([step])
    icon = Dataset()
    icon.PixelData = ICON
    icon["PixelData"].VR = "OB"
    dataset.IconImageSequence = Sequence([icon])
    private = dataset.private_block(0x0009, "Private Creator Lindqvist", create=True)
    private.add_new(0x10, "UN", PRIVATE + bytes(len(PRIVATE) % 2))
    dataset.add_new(0x60000010, "US", 8)
    dataset.add_new(0x60000011, "US", 88)
    dataset.add_new(0x60000022, "LO", "Etikett")
    dataset.add_new(0x60003000, "OW", OVERLAY)
    return dataset


def _meta(syntax: str) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = VL_PHOTOGRAPHIC
    meta.MediaStorageSOPInstanceUID = TEXTS["SOPInstanceUID"]
    meta.TransferSyntaxUID = syntax
    meta.ImplementationVersionName = "LQ-ARCHIVE"
    meta.SourceApplicationEntityTitle = "WUNDPACS"
    return meta


def _written(dataset: Dataset, syntax: str) -> bytes:
    dataset.file_meta = _meta(syntax)
    dataset.preamble = PREAMBLE
    out = io.BytesIO()
    little, implicit = syntax != ExplicitVRBigEndian, syntax == ImplicitVRLittleEndian
    dcmwrite(out, dataset, implicit_vr=implicit, little_endian=little, enforce_file_format=True)
    return out.getvalue()


def with_syntax(data: bytes, uid: str) -> bytes:
    """The file saying that it is in another transfer syntax."""
    from pydicom import dcmread

    read = dcmread(io.BytesIO(data))
    body = data[data.index(b"\x08\x00\x05\x00") :]
    read.file_meta.TransferSyntaxUID = uid
    out = io.BytesIO()
    out.write(PREAMBLE + b"DICM")
    write_file_meta_info(out, read.file_meta)
    return out.getvalue() + body

"""Which container a file is, by its first bytes; names lie."""

from __future__ import annotations

from ..dicomfile import PREFIX, PREFIX_AT
from ..photo import Container

_BEGINNINGS = {
    b"\xff\xd8\xff": Container.JPEG,
    b"\x89PNG\r\n\x1a\n": Container.PNG,
    b"II*\0": Container.TIFF,
    b"MM\0*": Container.TIFF,
    b"II+\0": Container.TIFF,
    b"MM\0+": Container.TIFF,
}

# ISO/IEC 23008-12, annex B, and AVIF 1.1: what a file's ftyp box says that readers must understand
_BRANDS = {
    b"avif": Container.AVIF,
    b"avis": Container.AVIF,
    b"heic": Container.HEIF,
    b"heix": Container.HEIF,
    b"heim": Container.HEIF,
    b"heis": Container.HEIF,
    b"hevc": Container.HEIF,
    b"hevx": Container.HEIF,
    b"mif1": Container.HEIF,
    b"msf1": Container.HEIF,
}
_GENERAL = (b"mif1", b"msf1")

_RAWS = (
    b"IIRO", b"IIRS", b"MMOR",  # Olympus ORF
    b"IIU\0",  # Panasonic RW2
    b"FUJIFILMCCD-RAW",  # Fujifilm RAF
    b"FOVb",  # Sigma X3F
    b"\0MRM",  # Minolta MRW
    b"II\x1a\0\0\0HEAPCCDR",  # Canon CRW
)  # fmt: skip
_CANON_RAW = b"crx "
"""The brand of Canon's CR3. CR2, NEF, ARW, PEF, DNG and others are TIFF files: `tiff.read` knows them."""

_DICOM_INDEX = b"1.2.840.10008.1.3.10"
"""What the index of a disc (DICOMDIR) says that it is: it lists patients and holds no picture."""

_OTHERS = (
    b"GIF8",
    b"8BPS",  # Photoshop
    b"%PDF",
    b"<svg",
    b"\xff\x0a",  # JPEG XL
    b"\0\0\0\x0cJXL ",
    b"\0\0\0\x0cjP  ",  # JPEG 2000
    b"\xff\x4f\xff\x51",
    b"II\xbc",  # JPEG XR
    b"\0\0\1\0",  # Windows icon
    b"\x76\x2f\x31\x01",  # OpenEXR
    b"\x1a\x45\xdf\xa3",  # Matroska
    b"gimp xcf",
    b"FLIF",
    b"BPG\xfb",
)


def sniff(data: bytes) -> Container | None:
    """The container of a photo photoguard reads; None for everything else."""
    # First of all: its preamble may hold the beginning of a TIFF file (PS3.10, 7.1).
    if data[PREFIX_AT : PREFIX_AT + len(PREFIX)] == PREFIX:
        return None if _DICOM_INDEX in data[:512] else Container.DICOM
    for beginning, container in _BEGINNINGS.items():
        if data.startswith(beginning):
            return container
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Container.WEBP
    if data[4:8] == b"ftyp":
        brands = _brands(data)
        for brand in [b for b in brands if b not in _GENERAL] + brands:
            if brand in _BRANDS:
                return _BRANDS[brand]
    return None


def is_raw(data: bytes) -> bool:
    """Whether this is what a camera's sensor saw, in a container of its own: a photo that is still to be made."""
    return data.startswith(_RAWS) or (data[4:8] == b"ftyp" and _CANON_RAW in _brands(data))


def is_other_picture(data: bytes) -> bool:
    """Whether this is a picture, a film or a page of a kind photoguard does not read."""
    return (
        data.startswith(_OTHERS)
        or (data[:2] == b"BM" and data[6:10] == bytes(4))
        or (data[:5] == b"<?xml" and b"<svg" in data[:1024])
        or data[4:8] in (b"ftyp", b"moov", b"mdat", b"wide")  # films
        or (data[:4] == b"RIFF" and data[8:12] == b"AVI ")
    )


def _brands(data: bytes) -> list[bytes]:
    """The major brand, then the compatible ones."""
    size = min(int.from_bytes(data[:4], "big"), 1024, len(data))
    return [data[8:12], *(data[place : place + 4] for place in range(16, size - 3, 4))]

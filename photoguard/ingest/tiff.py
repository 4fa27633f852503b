"""TIFF 6.0 and BigTIFF, as scanners and image programs write it. Raw files that look like it are refused."""

from __future__ import annotations

from PIL import Image, ImageOps, TiffImagePlugin

from ..photo import Container, Disclosure, Photo
from . import raster
from .facts import from_exif
from .ifd import Directories, Directory
from .refusal import check_size, refusal

_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = (
    0x00FE, 0x0100, 0x0101, 0x0102, 0x0103, 0x0106,
)  # fmt: skip
_SUB_DIRECTORIES, _XMP, _ICC = 0x014A, 0x02BC, 0x8773

_RAW_TAGS = frozenset({
    0xC612,  # DNGVersion
    0x828D, 0x828E,  # the colour filter's pattern (TIFF/EP)
    0x9216,  # TIFF/EPStandardID
})  # fmt: skip
_RAW_COMPRESSIONS = frozenset({
    32767, 34713, 65535, 32770,  # Sony, Nikon, Pentax, Samsung
    32769, 65000,  # packed by Epson and others, Kodak
    52546,  # JPEG XL in DNG
})  # fmt: skip
"""As libtiff and ExifTool name them. Only raw files have them."""

_REDUCED, _MASK = 1, 4  # bits of NewSubfileType
_WHITE_IS_ZERO, _FILTER_ARRAY, _LINEAR_RAW = 0, 32803, 34892

_BLOCKS = {
    0x83BB: "captions (IPTC)",
    0x8649: "Photoshop's settings, often with a small copy of the picture",
    0x935C: "Photoshop's layers: the picture in parts",
}


def read(data: bytes, max_megapixels: float) -> Photo:
    """The Photo on the first page of a TIFF file.

    Raises UnreadablePhoto: RAW_PHOTO for cameras' raw files, whose first picture is only a preview. Whatever else
    a decoder raises means damage.
    """
    directories = Directories(data)
    pages = list(directories.chain())
    main = pages[0] if pages else Directory()
    if not main.entries:
        raise refusal("FILE_DAMAGED")
    below = [directories.at(offset) for page in pages for offset in page.integers(_SUB_DIRECTORIES)[:64]]
    if data[8:10] == b"CR" or any(_is_raw(directory) for directory in pages + below):
        raise refusal("RAW_PHOTO")
    if main.integer(_SUBFILE) & (_REDUCED | _MASK):
        raise refusal("FORMAT_UNSUPPORTED")
    size = main.integer(_WIDTH), main.integer(_HEIGHT)
    check_size(*size, max_megapixels)
    aside = sum(bool(page.integer(_SUBFILE) & (_REDUCED | _MASK)) for page in pages[1:])
    facts = from_exif(
        data,
        stored_size=size,
        xmp=main.raw(_XMP) or None,
        other=[Disclosure("content", "TIFF", text) for tag, text in _BLOCKS.items() if tag in main.entries],
        extra_images=aside + len(below) + (0x935C in main.entries),
        frames=len(pages) - aside,
        pages=True,
    )
    bits = max(main.integers(_BITS), default=1)
    image: Image.Image = raster.decode(TiffImagePlugin.TiffImageFile, data, size)
    if image.mode in raster.SIXTEEN_BITS and main.integer(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        # Pillow inverts such pictures at lesser depths only.
        image = ImageOps.invert(raster.eight_bits(image, bits))
    # Pillow has turned the picture upright already.
    return raster.to_photo(
        image,
        container=Container.TIFF,
        facts=facts,
        icc=main.raw(_ICC) or None,
        source=data,
        bits=max(bits, 8),
    )


def is_raw_preview(image: Image.Image) -> bool:
    """Whether Pillow has opened a raw file: what it then shows is its small preview."""
    tags = image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}
    return not _RAW_TAGS.isdisjoint(tags) or (
        _SUB_DIRECTORIES in tags and bool(tags.get(_SUBFILE, 0) & _REDUCED)
    )


def _is_raw(directory: Directory) -> bool:
    return (
        not _RAW_TAGS.isdisjoint(directory.entries)
        or directory.integer(_PHOTOMETRIC) in (_FILTER_ARRAY, _LINEAR_RAW)
        or directory.integer(_COMPRESSION) in _RAW_COMPRESSIONS
    )

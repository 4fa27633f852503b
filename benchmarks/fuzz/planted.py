"""Small files with a mark of its own in each place where a container can tell something, or hide it.

A mark is 16 letters and digits that follow from the place's name. Any eight of them in a row give it away.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import struct
import tempfile
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import jpeglib
import numpy as np
import piexif
import pillow_heif
from PIL import Image, ImageCms, PngImagePlugin, TiffImagePlugin
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filewriter import dcmwrite

SAMPLES = Path(__file__).parents[2] / "sample_images"
PLACES = (
    *("make", "model", "artist", "user comment", "Windows comment", "maker note", "area", "thumbnail"),
    *("second EXIF", "XMP", "XMP extension", "ICC", "JFIF thumbnail", "JFXX", "FlashPix", "MPF"),
    *("second picture", "gain map", "C2PA", "IPTC", "Adobe", "vendor", "comment", "reserved marker"),
    *("between segments", "trailer", "behind the scan", "unused quantization", "unused Huffman"),
    *("replaced Huffman", "tEXt", "zTXt", "iTXt", "private chunk", "profile's name"),
    *("behind the pixels", "under transparency", "unused colours", "further frame", "suggested palette"),
    *("unknown chunk", "private tag", "gap", "Photoshop", "second page", "free box", "uuid box"),
    *("patient", "institution", "private element", "preamble", "icon", "overlay", "padding", "sequence"),
    *("surplus pixels", "implementation"),
)  # fmt: skip
_RUN = 8


_APPLE = b"Apple iOS\0\0\1MM\0\1\0\x45\0\4\0\0\0\1\0\0\0\1" + bytes(4)
"""How Apple's maker notes begin: that it was the front camera."""


@cache
def mark(place: str) -> bytes:
    """The place's mark."""
    if place not in PLACES:
        raise KeyError(place)
    return base64.b32encode(hashlib.sha256(place.encode()).digest()[:10])


@cache
def _runs() -> tuple[re.Pattern[bytes], Mapping[bytes, str]]:
    """Each run of a mark, as it is and in both kinds of UTF-16."""
    runs = {}
    for place in PLACES:
        for start in range(len(mark(place)) - _RUN + 1):
            run = mark(place)[start : start + _RUN]
            runs |= {run: place, b"\0".join(run[i : i + 1] for i in range(_RUN)): place}
    return re.compile(b"|".join(map(re.escape, runs))), runs


def left(data: bytes) -> set[str]:
    """The places whose marks stand in a file, in what it holds packed, or in its pixels, seen or not."""
    pattern, runs = _runs()
    seen = [data, data.replace(b"\xff\x00", b"\xff"), *_unpacked(data), *_pixels(data)]
    return {runs[found] for text in seen for found in pattern.findall(text)}


def _pixels(data: bytes) -> list[bytes]:
    """The colours of a lossless picture, those that nobody sees as well."""
    if not data.startswith((b"\x89PNG", b"RIFF")):
        return []
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "WEBP")) as image:
            return [np.asarray(image.convert("RGBA"))[..., :3].tobytes()]
    except (OSError, SyntaxError, ValueError):
        return []


def _unpacked(data: bytes) -> list[bytes]:
    if not data.startswith(b"\x89PNG"):
        return []
    texts, pixels, place = [], b"", 8
    while place + 12 <= len(data):
        size, name = struct.unpack_from(">I4s", data, place)
        content = data[place + 8 : place + 8 + size]
        pixels += content if name == b"IDAT" else b""
        for start in {0, 4, *(i + 1 for i in range(min(len(content), 200)) if content[i] == 0)}:
            texts.append(_inflated(content[start:]))
        place += 12 + size
    return [*texts, _inflated(pixels)]


def _inflated(data: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        return unpacker.decompress(data, 1 << 20) + unpacker.unused_data
    except zlib.error:
        return b""


@cache
def _picture(width: int = 40, height: int = 24) -> Image.Image:
    with Image.open(SAMPLES / "phone" / "IMG_2041.jpg") as image:
        return image.convert("RGB").resize((width, height))


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


@cache
def exif(orientation: int = 1) -> bytes:
    thumbnail = _with(_saved(_picture(16, 16), "JPEG"), 0xFE, mark("thumbnail"))
    return bytes(
        piexif.dump({
            "0th": {
                piexif.ImageIFD.Make: mark("make"),
                piexif.ImageIFD.Model: mark("model"),
                piexif.ImageIFD.Artist: mark("artist"),
                piexif.ImageIFD.XPComment: mark("Windows comment").decode().encode("utf-16-le"),
                piexif.ImageIFD.Orientation: orientation,
            },
            "Exif": {
                piexif.ExifIFD.UserComment: b"ASCII\0\0\0" + mark("user comment"),
                piexif.ExifIFD.MakerNote: _APPLE + mark("maker note"),
            },
            "GPS": {
                piexif.GPSIFD.GPSLatitudeRef: b"N",
                piexif.GPSIFD.GPSLatitude: ((47, 1), (22, 1), (1, 1)),
                piexif.GPSIFD.GPSAreaInformation: b"ASCII\0\0\0" + mark("area"),
            },
            "1st": {piexif.ImageIFD.Compression: 6},
            "thumbnail": thumbnail,
        })
    )  # fmt: skip


@cache
def xmp() -> bytes:
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator><rdf:Seq><rdf:li>'
        + mark("XMP")
        + b"</rdf:li></rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>"
    )


@cache
def _icc() -> bytes:
    """sRGB with another copyright."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    said = "No copyright, use freely".encode("utf-16-be")
    told = mark("ICC").decode().encode("utf-16-be")
    at = profile.index(said)
    return profile[:at] + told + profile[at + len(told) :]


def _with(jpeg: bytes, marker: int, payload: bytes) -> bytes:
    return jpeg[:2] + _segment(marker, payload) + jpeg[2:]


def _segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(payload) + 2).to_bytes(2, "big") + payload


def _talkative(jpeg: bytes, orientation: int = 1) -> bytes:
    """A JPEG with something in every place outside its scans."""
    second = _with(_saved(_picture(16, 16), "JPEG"), 0xFE, mark("second picture"))
    table = bytes([*[0] * 7, 16, *[0] * 8])
    index = (
        b"MPF\0II*\0\x08\0\0\0\2\0"
        + struct.pack("<HHI4sHHII", 0xB000, 7, 4, b"0100", 0xB001, 4, 1, 2)
        + bytes(4)
    )
    segments = [
        _segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\2\3" + mark("JFIF thumbnail") + b"ab"),
        _segment(0xE0, b"JFXX\0\x10" + mark("JFXX")),
        _segment(0xE1, exif(orientation)),
        _segment(0xE1, b"Exif\0\0II*\0" + mark("second EXIF")),
        _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp()),
        _segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + mark("XMP extension")),
        _segment(0xE2, b"ICC_PROFILE\0\1\1" + _icc()),
        _segment(0xE2, b"FPXR\0" + mark("FlashPix")),
        _segment(0xE2, index + mark("MPF")),
        _segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0" + mark("gain map")),
        _segment(0xEB, b"JP\0\1\0\0\0\1" + mark("C2PA")),
        _segment(0xED, b"Photoshop 3.0\x008BIM\4\4\0\0\0\0\0\x15\x1c\2\x78\0\x10" + mark("IPTC") + b"\0"),
        _segment(0xE7, mark("vendor")),
        b"\xff" * 16 + _segment(0xFE, mark("comment")),
        _segment(0xF0, mark("reserved marker")),
        mark("between segments"),
        _segment(0xDB, b"\3" + mark("unused quantization") * 4),
        _segment(0xC4, b"\x13" + table + mark("unused Huffman")),
        _segment(0xC4, b"\x10" + table + mark("replaced Huffman")),
    ]
    return jpeg[:2] + b"".join(segments) + jpeg[2:] + second + mark("trailer")


@cache
def jpegs() -> Mapping[str, bytes]:
    """Baseline, progressive, grey, CMYK, turned, with restarts, in a rare sampling, and each with everything in it."""
    plain = {
        "baseline": _saved(_picture(), "JPEG"),
        "progressive": _saved(_picture(), "JPEG", progressive=True),
        "grey": _saved(_picture().convert("L"), "JPEG"),
        "restarts": _saved(_picture(), "JPEG", restart_marker_blocks=1),
        "CMYK": _with(
            _saved(_picture().convert("CMYK"), "JPEG"), 0xEE, b"Adobe\0\x64\0\0\0\0\0" + mark("Adobe")
        ),
    }
    files = {name: _talkative(jpeg) for name, jpeg in plain.items()}
    files["turned"] = _talkative(plain["baseline"], orientation=6)
    for name, end in (("rare sampling", b""), ("rare sampling, restart", b"\xff\xd0")):
        rare = _rare()
        files[name] = _talkative(rare[:-2] + end + mark("behind the scan") + rare[-2:])
    return files


def _rare() -> bytes:
    image = jpeglib.from_spatial(np.ascontiguousarray(_picture()))
    image.samp_factor = np.array([(2, 4), (1, 1), (1, 1)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rare.jpg")
        image.write_spatial(str(path), qt=90)
        return path.read_bytes()


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


@cache
def pngs() -> Mapping[str, bytes]:
    """RGB with every block there is, transparency with a mark under it, a palette with unused colours, an animation."""
    size = (24, 16)
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", mark("tEXt").decode())
    texts.add_text("Comment", mark("zTXt").decode(), zip=True)
    texts.add_itxt("Title", mark("iTXt").decode(), zip=True)
    texts.add_itxt("XML:com.adobe.xmp", xmp().decode())
    picture = _picture(*size)
    full = _saved(picture, "PNG", pnginfo=texts, exif=exif()[6:])
    head, rest = full[:33], full[33:]
    profile = _chunk(b"iCCP", mark("profile's name") + b"\0\0" + zlib.compress(_icc()))
    private = _chunk(b"prVt", mark("private chunk")) + _chunk(
        b"sPLT", b"p\0\x08" + mark("suggested palette") + b"1234"
    )
    clear = np.dstack((np.asarray(picture), np.full(size[::-1], 255, np.uint8)))
    clear[0, :8] = 0
    clear[0, :6, :3] = np.frombuffer(mark("under transparency") + b"ab", np.uint8).reshape(6, 3)
    few = picture.quantize(16)
    palette = bytearray(few.getpalette() or [])[:48].ljust(48, b"\0") + bytearray(mark("unused colours") * 3)
    few.putpalette(bytes(palette))
    moving = _saved(
        picture, "PNG", save_all=True, append_images=[picture.transpose(Image.Transpose.ROTATE_180)]
    )
    behind = _behind_pixels(_saved(picture, "PNG"))
    return {
        "all blocks": head + profile + private + rest + mark("trailer"),
        "transparent": _saved(Image.fromarray(clear), "PNG"),
        "palette": _saved(few, "PNG", bits=8),
        "animation": moving[:-12]
        + _chunk(b"fdAT", b"\0\0\0\x03" + zlib.compress(mark("further frame")))
        + moving[-12:],
        "behind the pixels": behind,
        "16 bits": _saved(
            Image.fromarray((np.asarray(picture.convert("L")).astype(np.uint16) << 8) + 5), "PNG"
        ),
    }


def _behind_pixels(png: bytes) -> bytes:
    at = png.index(b"IDAT")
    size = int.from_bytes(png[at - 4 : at], "big")
    return (
        png[: at - 4]
        + _chunk(b"IDAT", png[at + 4 : at + 4 + size] + mark("behind the pixels"))
        + png[at + 8 + size :]
    )


@cache
def webps() -> Mapping[str, bytes]:
    """Lossy and lossless with everything in it, transparency with a mark under it, an animation."""
    picture = _picture(24, 16)
    options = {"exif": exif(), "xmp": xmp(), "icc_profile": _icc()}
    unknown = b"uNkN" + struct.pack("<I", 16) + mark("unknown chunk")
    clear = np.dstack((np.asarray(picture), np.full((16, 24), 255, np.uint8)))
    clear[0, :8] = 0
    clear[0, :6, :3] = np.frombuffer(mark("under transparency") + b"ab", np.uint8).reshape(6, 3)

    def more(webp: bytes) -> bytes:
        return (
            webp[:4] + struct.pack("<I", len(webp) - 8 + len(unknown)) + webp[8:] + unknown + mark("trailer")
        )

    return {
        "lossy": more(_saved(picture, "WEBP", **options)),
        "lossless": more(_saved(picture, "WEBP", lossless=True, **options)),
        "transparent": more(_saved(Image.fromarray(clear), "WEBP", lossless=True, exact=True, **options)),
        "animation": _saved(picture, "WEBP", save_all=True, append_images=[picture.rotate(180)], **options),
    }


@cache
def tiffs() -> Mapping[str, bytes]:
    """Several codings with tags of every kind, a gap, a trailer and a second page."""
    picture = _picture(24, 16)
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, place in ((271, "make"), (272, "model"), (315, "artist"), (65000, "private tag")):
        tags[tag] = mark(place).decode()
        tags.tagtype[tag] = 2
    for tag, content in ((700, xmp()), (0x83BB, mark("IPTC")), (0x8649, mark("Photoshop"))):
        tags[tag] = content
        tags.tagtype[tag] = 7
    second = picture.copy()
    second.encoderinfo = {"tiffinfo": {270: mark("second page").decode()}}
    files = {
        kind: _saved(picture, "TIFF", tiffinfo=tags, compression=kind, icc_profile=_icc()) + mark("gap")
        for kind in ("raw", "tiff_lzw", "jpeg", "tiff_adobe_deflate")
    }
    files["pages"] = _saved(picture, "TIFF", tiffinfo=tags, save_all=True, append_images=[second])
    files["grey"] = _saved(picture.convert("L"), "TIFF", tiffinfo=tags)
    files["BigTIFF"] = _saved(picture, "TIFF", tiffinfo=tags, big_tiff=True)
    files["16 bits"] = _saved(
        Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) << 8), "TIFF"
    )
    return files


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


@cache
def heifs() -> Mapping[str, bytes]:
    """HEIC and AVIF as encoders write them, with blocks behind."""
    picture, out = _picture(32, 32), io.BytesIO()
    heif = pillow_heif.from_pillow(picture)
    heif.save(out, quality=60, exif=exif(), xmp=xmp())
    behind = _box(b"free", mark("free box")) + _box(b"uuid", mark("uuid box")) + mark("trailer")
    return {
        "HEIC": out.getvalue() + behind,
        "AVIF": _saved(picture, "AVIF", exif=exif(), xmp=xmp(), icc_profile=_icc(), quality=60) + behind,
        "AVIF, turned": _saved(picture, "AVIF", exif=exif(6), quality=60) + behind,
    }


@cache
def dicoms() -> Mapping[str, bytes]:
    """Uncompressed, JPEG and run lengths, with a header that tells everything."""
    jpeg = jpegs()
    return {
        "plain": _dicom(None),
        "grey": _dicom(None, grey=True),
        "JPEG": _dicom(jpeg["baseline"]),
        "JPEG, rare": _dicom(jpeg["rare sampling"]),
    }


def _dicom(jpeg: bytes | None, *, grey: bool = False) -> bytes:
    picture = _picture().convert("L" if grey else "RGB")
    width, height = picture.size
    dataset, meta = Dataset(), FileMetaDataset()
    dataset.SOPClassUID = meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.77.1.4"
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.50" if jpeg else "1.2.840.10008.1.2.1"
    meta.ImplementationVersionName = mark("implementation").decode()
    dataset.Modality, dataset.Laterality = "XC", "L"
    dataset.PatientName = dataset.PatientComments = mark("patient").decode()
    dataset.InstitutionName = mark("institution").decode()
    step = Dataset()
    step.ScheduledProcedureStepDescription = mark("sequence").decode()
    dataset.RequestAttributesSequence = [step]
    icon = Dataset()
    icon.PixelData = mark("icon")
    icon["PixelData"].VR = "OB"
    dataset.IconImageSequence = [icon]
    dataset.private_block(0x0009, "Maker", create=True).add_new(0x10, "UN", mark("private element"))
    dataset.add_new(0x60003000, "OW", mark("overlay"))
    dataset.Rows, dataset.Columns = height, width
    dataset.SamplesPerPixel = 1 if grey else 3
    dataset.PhotometricInterpretation = "MONOCHROME2" if grey else "YBR_FULL_422" if jpeg else "RGB"
    if not grey:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    dataset.ICCProfile = _icc() + bytes(len(_icc()) % 2)
    dataset.PixelData = encapsulate([jpeg]) if jpeg else picture.tobytes() + mark("surplus pixels")
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = jpeg is not None
    dataset.DataSetTrailingPadding = mark("padding")
    dataset.file_meta, dataset.preamble = meta, mark("preamble") * 8
    out = io.BytesIO()
    dcmwrite(out, dataset, enforce_file_format=True)
    return out.getvalue()


@cache
def everything() -> Mapping[str, bytes]:
    """All of them."""
    kinds = {
        "JPEG": jpegs(),
        "PNG": pngs(),
        "WebP": webps(),
        "TIFF": tiffs(),
        "HEIF": heifs(),
        "DICOM": dicoms(),
    }
    return {f"{kind}, {name}": data for kind, files in kinds.items() for name, data in files.items()}

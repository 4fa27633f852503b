"""Photos as a phone writes them, for the benchmarks: large, noisy, and full of what must not be passed on.

The scenes are made from pictures that ship with scikit-image (the astronaut is in the public domain): with
faces from large to small, without any, with text and with QR codes. What each file carries besides the
picture: EXIF with GPS, serial number, maker note and thumbnail, XMP, IPTC, a vendor segment, a foreign colour
profile, a second picture (MPF), a comment, and a video behind the picture's end.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import piexif
import zxingcpp
from numpy.typing import NDArray
from PIL import Image, ImageCms
from skimage import data

Picture = NDArray[np.uint8]

NEEDLES = (
    b"Jane Q. Sample", b"MRN-40071942", b"BODYSERIAL-7781", b"Photoguard Phone", b"Ward 7 Sample Clinic",
    b"VENDORSECRET", b"MAKERNOTE-SECRET", b"moviesecret",
)  # fmt: skip
"""Byte runs that every generated file holds; a cleaned file must hold none of them."""

_WIDTH_TO_HEIGHT = 4 / 3
_NOISE = 3.0
_QUALITY = 92


def camera_jpegs(folder: Path, count: int, megapixels: float = 12) -> list[Path]:
    """Writes `count` JPEGs (4:3, 4:2:0, quality 92) into the folder. The same call gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    height = round((megapixels * 1e6 / _WIDTH_TO_HEIGHT) ** 0.5 / 16) * 16
    size = (round(height * _WIDTH_TO_HEIGHT / 16) * 16, height)
    paths = []
    for number in range(count):
        random = np.random.default_rng(number)
        picture = _noisy(_SCENES[number % len(_SCENES)](size, random), random)
        path = folder / f"IMG_{number:04d}.jpg"
        path.write_bytes(_as_camera(picture, number))
        paths.append(path)
    return paths


def _background(picture: Picture, size: tuple[int, int]) -> Picture:
    width, height = size
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _portrait(size: tuple[int, int], random: np.random.Generator) -> Picture:
    scene = _background(data.coffee(), size)
    _paste(scene, data.astronaut(), (size[0] // 5, 0), size[1])
    return scene


def _group(size: tuple[int, int], random: np.random.Generator) -> Picture:
    scene = _background(data.rocket(), size)
    for place in range(5):
        side = int(size[1] * random.uniform(0.15, 0.45))
        left = place * size[0] // 5
        _paste(
            scene, data.astronaut(), (min(left, size[0] - side), int(random.uniform(0, size[1] - side))), side
        )
    return scene


def _no_one(size: tuple[int, int], random: np.random.Generator) -> Picture:
    pictures = (data.coffee, data.chelsea, data.retina, data.rocket)
    return _background(pictures[int(random.integers(len(pictures)))](), size)


def _label(size: tuple[int, int], random: np.random.Generator) -> Picture:
    scene = _background(data.coffee(), size)
    scale = size[1] / 900
    x, y = size[0] // 8, size[1] // 3
    cv2.rectangle(
        scene, (x - 20, y - int(60 * scale)), (x + size[0] // 2, y + int(90 * scale)), (245, 245, 240), -1
    )
    for line, text in enumerate((NEEDLES[0], NEEDLES[1])):
        at = (x, y + int(line * 60 * scale))
        cv2.putText(
            scene, text.decode(), at, cv2.FONT_HERSHEY_SIMPLEX, 1.6 * scale, (20, 20, 30), int(4 * scale)
        )
    return scene


def _code(size: tuple[int, int], random: np.random.Generator) -> Picture:
    scene = _background(data.chelsea(), size)
    barcode = zxingcpp.create_barcode(NEEDLES[1].decode(), zxingcpp.BarcodeFormat.QRCode)
    code = np.array(barcode.to_image(scale=8, add_quiet_zones=True))
    side = size[1] // 4
    square = cv2.resize(code, (side, side), interpolation=cv2.INTER_NEAREST)
    scene[size[1] // 8 : size[1] // 8 + side, size[0] // 8 : size[0] // 8 + side] = square[..., None]
    return scene


_SCENES: tuple[Callable[[tuple[int, int], np.random.Generator], Picture], ...] = (
    _portrait, _group, _no_one, _label, _code,
)  # fmt: skip


def _paste(scene: Picture, picture: Picture, corner: tuple[int, int], side: int) -> None:
    x, y = corner
    scene[y : y + side, x : x + side] = cv2.resize(picture, (side, side), interpolation=cv2.INTER_CUBIC)


def _noisy(picture: Picture, random: np.random.Generator) -> Picture:
    grain = random.normal(0, _NOISE, picture.shape).astype(np.float32)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def _as_camera(picture: Picture, number: int) -> bytes:
    image = Image.fromarray(picture)
    main, second = io.BytesIO(), io.BytesIO()
    image.save(main, "JPEG", quality=_QUALITY)
    image.resize((1600, 1200)).save(second, "JPEG", quality=85)
    jpeg = main.getvalue()
    head, rest = jpeg[:20], jpeg[20:]  # SOI and JFIF stay in front
    segments = b"".join(
        (
            _segment(0xE1, _exif(image, number)),
            _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + _xmp()),
            _segment(0xED, b"Photoshop 3.0\x008BIM" + _iptc()),
            _segment(0xE4, b"VENDOR\0" + NEEDLES[5] * 40),
            _segment(0xE2, b"ICC_PROFILE\0\1\1" + _profile()),
            _segment(0xFE, NEEDLES[0] + b", " + NEEDLES[1]),
        )
    )
    # The index of pictures (MPF) says where the second one starts, counted from the index's own header.
    index_length = len(_segment(0xE2, _mpf(0, 0, 0)))
    index_start = len(head) + len(segments)
    primary = index_start + index_length + len(rest)
    index = _segment(0xE2, _mpf(primary, len(second.getvalue()), primary - (index_start + 8)))
    video = struct.pack(">I", 24) + b"ftypmp42" + bytes(12) + NEEDLES[7] * 2000
    return head + segments + index + rest + second.getvalue() + video


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _exif(image: Image.Image, number: int) -> bytes:
    thumbnail = io.BytesIO()
    image.resize((160, 120)).save(thumbnail, "JPEG")
    return bytes(
        piexif.dump(
            {
                "0th": {
                    piexif.ImageIFD.Make: b"Sample",
                    piexif.ImageIFD.Model: NEEDLES[3],
                    piexif.ImageIFD.Artist: NEEDLES[0],
                    piexif.ImageIFD.Orientation: 1,
                },
                "Exif": {
                    piexif.ExifIFD.DateTimeOriginal: f"2026:10:{number % 28 + 1:02d} 09:15:00".encode(),
                    piexif.ExifIFD.BodySerialNumber: NEEDLES[2],
                    piexif.ExifIFD.MakerNote: NEEDLES[6] * 60,
                },
                "GPS": {
                    piexif.GPSIFD.GPSLatitudeRef: b"N",
                    piexif.GPSIFD.GPSLatitude: ((48, 1), (51, 1), (2430, 100)),
                    piexif.GPSIFD.GPSLongitudeRef: b"E",
                    piexif.GPSIFD.GPSLongitude: ((2, 1), (21, 1), (750, 100)),
                },
                "1st": {piexif.ImageIFD.Compression: 6},
                "thumbnail": thumbnail.getvalue(),
            }
        )
    )


def _xmp() -> bytes:
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="'
        + NEEDLES[4]
        + b'"/>'
        b"</rdf:RDF></x:xmpmeta>"
    )


def _iptc() -> bytes:
    record = struct.pack(">BBBH", 0x1C, 2, 120, len(NEEDLES[4])) + NEEDLES[4]
    record += b"\0" * (len(record) % 2)
    return struct.pack(">HHI", 0x0404, 0, len(record)) + record


def _profile() -> bytes:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = struct.pack(
        ">6H", 2026, 10, 1, 9, 15, 0
    )  # made now, says lcms: not the same bytes twice
    return bytes(profile)


def _mpf(first_length: int, second_length: int, second_offset: int) -> bytes:
    entries = struct.pack(">IIIHH", 0x030000, first_length, 0, 0, 0)
    entries += struct.pack(">IIIHH", 0, second_length, second_offset, 0, 0)
    fields = struct.pack(">HHI4s", 0xB000, 7, 4, b"0100")
    fields += struct.pack(">HHII", 0xB001, 4, 1, 2)
    fields += struct.pack(">HHII", 0xB002, 7, len(entries), 50)
    return b"MPF\0MM\0*" + struct.pack(">IH", 8, 3) + fields + struct.pack(">I", 0) + entries

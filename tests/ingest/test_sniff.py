from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photoguard import ingest
from photoguard.errors import UnreadablePhoto
from photoguard.photo import Container
from photoguard.reasons import REASONS

SAVED_AS = {
    "JPEG": Container.JPEG,
    "PNG": Container.PNG,
    "WEBP": Container.WEBP,
    "TIFF": Container.TIFF,
    "AVIF": Container.AVIF,
}


def saved(file_format: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 16), (90, 120, 150)).save(out, file_format)
    return out.getvalue()


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("photo.jpg", saved("JPEG"))
    return out.getvalue()


def code(data: bytes) -> str:
    with pytest.raises(UnreadablePhoto) as caught:
        ingest.read(data)
    assert caught.value.code in REASONS
    return caught.value.code


@pytest.mark.parametrize(("file_format", "container"), SAVED_AS.items())
def test_content_tells_the_container(file_format: str, container: Container) -> None:
    data = saved(file_format)
    assert ingest.sniff(data) is container
    assert ingest.read(data).container is container


@pytest.mark.parametrize(
    ("brands", "container"),
    [
        (b"heic\0\0\0\0mif1heic", Container.HEIF),
        (b"heix\0\0\0\0mif1", Container.HEIF),
        (b"mif1\0\0\0\0mif1heic", Container.HEIF),
        (b"mif1\0\0\0\0mif1avif", Container.AVIF),
        (b"avif\0\0\0\0mif1miaf", Container.AVIF),
        (b"avis\0\0\0\0msf1", Container.AVIF),
        (b"isom\0\0\0\0isommp41", None),
        (b"qt  \0\0\0\0qt  ", None),
    ],
)
def test_brands_tell_which_family_a_box_file_is_of(brands: bytes, container: Container | None) -> None:
    data = (8 + len(brands)).to_bytes(4, "big") + b"ftyp" + brands
    assert ingest.sniff(data) is container
    if container is None:
        assert code(data) == "FORMAT_UNSUPPORTED"


@pytest.mark.parametrize(
    "data",
    [
        saved("GIF"),
        saved("BMP"),
        saved("PDF"),
        saved("JPEG2000"),
        saved("ICO"),
        b"8BPS\0\1" + bytes(40),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<?xml version='1.0'?>\n<svg/>",
        b"\xff\x0a" + bytes(40),
        b"\0\0\0\x0cJXL \r\n\x87\n",
        b"RIFF\x20\0\0\0AVI LIST",
    ],
    ids=lambda data: repr(data[:8]),
)
def test_pictures_of_other_kinds_are_named_as_such(data: bytes) -> None:
    assert ingest.sniff(data) is None
    assert code(data) == "FORMAT_UNSUPPORTED"


def test_nothing_is_not_a_photo() -> None:
    assert code(b"") == "FILE_EMPTY"


@pytest.mark.parametrize(
    "data", [zipped(), b"BM is not a bitmap", b"Dear patient", b"\x7fELF" + bytes(60), b"\0"]
)
def test_other_files_are_not_photos(data: bytes) -> None:
    assert code(data) == "NOT_A_PHOTO"


@given(st.binary(max_size=300))
def test_random_bytes_end_in_a_reason(data: bytes) -> None:
    code(data)


@pytest.mark.parametrize(
    "beginning", [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"II*\0\x08\0\0\0", b"RIFF\x40\0\0\0WEBP"]
)
@given(rest=st.binary(max_size=200))
def test_a_right_beginning_is_not_enough(beginning: bytes, rest: bytes) -> None:
    code(beginning + rest)

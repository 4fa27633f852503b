from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import piexif
import pytest
from PIL import Image
from skimage import data

import photoguard
from photoguard.errors import UnreadablePhoto, UsageError


@pytest.fixture(scope="module")
def jpeg() -> bytes:
    exif = piexif.dump(
        {
            "0th": {piexif.ImageIFD.Make: b"Acme Optics", piexif.ImageIFD.Model: b"Visum 9"},
            "GPS": {
                piexif.GPSIFD.GPSLatitudeRef: b"N",
                piexif.GPSIFD.GPSLatitude: ((46, 1), (56, 1), (48, 1)),
                piexif.GPSIFD.GPSLongitudeRef: b"E",
                piexif.GPSIFD.GPSLongitude: ((7, 1), (26, 1), (39, 1)),
            },
        }
    )
    buffer = io.BytesIO()
    Image.fromarray(data.astronaut()).save(buffer, "JPEG", quality=90, exif=exif)
    return buffer.getvalue()


def test_a_path_bytes_an_image_and_an_array_are_cleaned_alike(jpeg: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg)
    pixels = np.asarray(Image.open(path))
    for source in (path, str(path), jpeg, Image.open(path), pixels):
        cleaned = photoguard.clean(source)
        assert cleaned.outcome.status == "released", cleaned.outcome.reasons
        assert "face" in {found.kind for found in cleaned.outcome.findings}
        assert cleaned.data is not None and b"Acme" not in cleaned.data
        assert Image.open(io.BytesIO(cleaned.data)).size == (512, 512)


def test_what_is_wrong_with_a_photo_is_its_outcome_and_not_an_exception(tmp_path: Path) -> None:
    for source, code in (
        (b"", "FILE_EMPTY"),
        (b"no photo", "NOT_A_PHOTO"),
        (tmp_path / "gone", "FILE_UNREADABLE"),
    ):
        cleaned = photoguard.clean(source)
        assert (cleaned.outcome.status, cleaned.outcome.reasons, cleaned.data) == ("failed", (code,), None)


def test_something_that_is_no_photo_source_is_refused() -> None:
    assert photoguard.clean(np.zeros((4, 4), float)).outcome.reasons == ("NOT_A_PHOTO",)
    with pytest.raises(UsageError):
        photoguard.clean("a.jpg", channel="fax")


def test_inspect_tells_what_a_photo_gives_away(jpeg: bytes) -> None:
    told = photoguard.inspect(jpeg)
    said = {disclosure.about: disclosure.value for disclosure in told.disclosures}
    assert "46.9" in said["place"] and "7.4" in said["place"]
    assert any("Acme Optics" in disclosure.value for disclosure in told.disclosures)
    assert "face" in {finding.kind for finding in told.findings}
    with pytest.raises(UnreadablePhoto):
        photoguard.inspect(b"no photo")


def test_a_keep_area_that_a_mask_touches_asks_for_a_person(jpeg: bytes) -> None:
    assert photoguard.clean(jpeg, keep=[(0, 480, 30, 512)]).outcome.status == "released"
    assert photoguard.clean(jpeg, keep=[(200, 100, 260, 160)]).outcome.reasons == ("KEEP_TOUCHED",)

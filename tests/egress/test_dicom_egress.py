from __future__ import annotations

import io
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
import skimage.data
from dicom_sources import CODINGS, NEEDLES, PRIVATE, TEXTS, complaints, photograph, saved
from pydicom.encaps import encapsulate
from pydicom.pixels import pixel_array

from photoguard import egress, ingest, jpegfile, mask, profiles
from photoguard.egress import Encoded, dicom
from photoguard.egress.verify import prove
from photoguard.errors import UnwritablePhoto
from photoguard.photo import Box, Kind, Method, Photo, Pixels, Profile, Region

RGB = np.ascontiguousarray(skimage.data.astronaut()[40:136, 150:278])  # whole blocks in every sampling
GREY = np.ascontiguousarray(RGB[:, :, 1])
BOXES: tuple[Box, ...] = ((32, 16, 80, 64), (96, 64, 128, 96))
REGIONS = tuple(Region(box, Method.SOLID, (Kind.TEXT,)) for box in BOXES)
SOURCES: dict[str, dict[str, Any]] = {
    **{coding: {"pixels": RGB, "coding": coding} for coding in CODINGS},
    "grey": {"pixels": GREY},
    "grey-jpeg": {"pixels": GREY, "coding": "jpeg"},
    "monochrome1-jpeg": {"pixels": 255 - GREY, "coding": "jpeg", "colours": "MONOCHROME1"},
    "sixteen-bits": {"pixels": GREY.astype(np.uint16) * 257},
    "progressive": {"pixels": RGB, "coding": "jpeg", "jpeg": saved(RGB, "JPEG", progressive=True)},
    "rgb-jpeg": {"pixels": RGB, "coding": "jpeg", "jpeg": saved(RGB, "JPEG", keep_rgb=True, subsampling=0)},
    "p3": {"pixels": RGB, "ICCProfile": profiles.icc(Profile.DISPLAY_P3)},
    "p3-jpeg": {"pixels": RGB, "coding": "jpeg", "ICCProfile": profiles.icc(Profile.DISPLAY_P3)},
    "odd": {"pixels": RGB[:95, :127]},
    "odd-jpeg": {"pixels": np.ascontiguousarray(RGB[:95, :127]), "coding": "jpeg"},
    "lossy-before": {"pixels": RGB, "LossyImageCompression": "01"},
    "no-side": {"pixels": RGB, "Laterality": ""},
}
STAYS_JPEG = ("jpeg", "grey-jpeg", "p3-jpeg", "odd-jpeg")


@cache
def photo_of(name: str) -> Photo:
    return ingest.read(photograph(**SOURCES[name]))


def masked(photo: Photo) -> Pixels:
    return mask.apply(photo.pixels, REGIONS)


def written(name: str, **options: Any) -> Encoded:
    photo = photo_of(name)
    return egress.write(photo, masked(photo), REGIONS, **options)


def opened(data: bytes) -> pydicom.FileDataset:
    return pydicom.dcmread(io.BytesIO(data))


def refused(encoded: Encoded, photo: Photo, pixels: Pixels) -> str:
    with pytest.raises(UnwritablePhoto) as caught:
        prove(encoded, photo, pixels, REGIONS)
    return caught.value.code


@pytest.mark.parametrize("name", SOURCES)
def test_a_dicom_photograph_is_written_and_proved(name: str) -> None:
    photo = photo_of(name)
    encoded = written(name)
    assert encoded.suffix == ".dcm"
    seen = prove(encoded, photo, masked(photo), REGIONS)
    off = np.abs(seen.astype(int) - masked(photo)).mean()
    assert off <= (4 if name in STAYS_JPEG else 0)
    # pydicom, which is another reader, sees the same.
    read = np.atleast_3d(pixel_array(io.BytesIO(encoded.data)))
    assert np.abs(read.astype(int) - seen).max() <= (2 if name in STAYS_JPEG else 0)


@pytest.mark.parametrize("name", SOURCES)
def test_the_standards_own_validator_finds_nothing(name: str, tmp_path: Path) -> None:
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy is not on this machine (Debian's package dicom3tools)")
    for text_hidden in (False, True):
        assert complaints(written(name, text_hidden=text_hidden).data, tmp_path) == []


@pytest.mark.parametrize("name", SOURCES)
def test_nothing_of_the_header_is_in_the_output(name: str) -> None:
    source, output = photo_of(name).source, written(name, text_hidden=True).data
    assert sum(needle in source for needle in NEEDLES) > 40
    assert [needle for needle in NEEDLES if needle in output] == []


@pytest.mark.parametrize("name", ["explicit", "jpeg"])
def test_the_header_is_a_new_one(name: str) -> None:
    header = opened(written(name).data)
    assert header.SOPClassUID == "1.2.840.10008.5.1.4.1.1.77.1.4"
    assert header.Modality == "XC"
    assert header.PatientIdentityRemoved == "YES"
    assert header.DeidentificationMethod
    assert not header.PatientName
    assert not header.StudyDate
    assert not any(
        element.tag.is_private or (element.tag.group >= 0x6000 and element.tag.group < 0x7000)
        for element in header
    )
    assert not any(element.VR in ("DA", "DT", "TM") and element.value for element in header.iterall())
    assert "IconImageSequence" not in header
    assert header.preamble == bytes(128)
    assert {element.keyword for element in header} <= {
        *dicom.CONSTANT,
        *dicom.VARYING,
        "PixelData",
        "ICCProfile",
    }


def test_what_clinicians_need_stays() -> None:
    assert opened(written("explicit").data).Laterality == "L"
    assert opened(written("no-side").data).Laterality == ""
    assert opened(written("explicit").data).LossyImageCompression == "00"
    for name in ("lossy-before", "progressive", "jpeg"):
        assert opened(written(name).data).LossyImageCompression == "01"


def test_no_annotation_is_claimed_to_be_burned_in_only_where_text_was_hidden() -> None:
    assert opened(written("explicit", text_hidden=True).data).BurnedInAnnotation == "NO"
    assert "BurnedInAnnotation" not in opened(written("explicit").data)


def test_all_numbers_are_new_and_belong_to_the_picture() -> None:
    names = ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
    one, again, other = (opened(written(name).data) for name in ("explicit", "implicit", "grey"))
    uids = [str(header[name].value) for header in (one, other) for name in names]
    assert len(set(uids)) == 6
    assert not set(uids) & set(TEXTS.values())
    assert [one[name].value for name in names] == [again[name].value for name in names]
    assert one.file_meta.MediaStorageSOPInstanceUID == one.SOPInstanceUID


@pytest.mark.parametrize("name", STAYS_JPEG)
def test_a_jpeg_stays_one_and_keeps_its_coding_outside_the_masks(name: str) -> None:
    photo = photo_of(name)
    untouched = egress.write(photo, photo.pixels, ())
    prove(untouched, photo, photo.pixels, ())
    inner, before = dicom.coded(untouched.data), opened(photo.source)
    assert inner is not None
    source = pydicom.encaps.get_frame(before.PixelData, 0).rstrip(b"\0")
    assert jpegfile.join(jpegfile.parse(inner).coding) == jpegfile.join(jpegfile.parse(source).coding)
    assert PRIVATE not in inner


@pytest.mark.parametrize("orientation", ["flip", "turn"])
@pytest.mark.parametrize("name", ["jpeg", "explicit", "grey-jpeg"])
def test_a_photograph_that_is_flipped_or_turned_is_written_so(name: str, orientation: str) -> None:
    photo = ingest.reoriented(
        photo_of(name), flip=orientation == "flip", turn=90 if orientation == "turn" else 0
    )
    encoded = egress.write(photo, photo.pixels, ())
    seen = prove(encoded, photo, photo.pixels, ())
    assert np.abs(seen.astype(int) - photo.pixels).mean() < 1
    header = opened(encoded.data)
    assert (header.Columns, header.Rows) == photo.size
    assert header.Laterality == "L"  # the patient's leg stays the left one


@pytest.mark.parametrize("name", SOURCES)
def test_a_mask_that_was_not_written_into_a_dicom_file_is_found(name: str) -> None:
    photo = photo_of(name)
    bare = egress.write(photo, photo.pixels, ())
    assert refused(bare, photo, masked(photo)) == "VERIFY_PICTURE"


def test_another_profile_than_the_photos_is_found() -> None:
    photo = photo_of("explicit")
    other = egress.write(replace(photo, profile=Profile.ADOBE_RGB), masked(photo), REGIONS)
    assert refused(other, photo, masked(photo)) == "VERIFY_STRUCTURE"


def rewritten(encoded: Encoded, **changed: Any) -> Encoded:
    """The output with attributes planted by another program."""
    header = opened(encoded.data)
    for keyword, value in changed.items():
        setattr(header, keyword, value)
    out = io.BytesIO()
    header.save_as(out)
    return replace(encoded, data=out.getvalue())


@pytest.mark.parametrize(
    "planted",
    [
        {"PatientName": "Beispiel^Anna"},
        {"PatientSex": "F"},
        {"StudyDate": "20260914"},
        {"InstitutionName": "Klinik Sonnenblick"},
        {"DeidentificationMethod": "Beispiel"},
        {"ImageType": ["DERIVED", "PRIMARY", "BEISPIEL"]},
        {"Laterality": "B"},
        {"SOPInstanceUID": "1.2.756.5.99.4711.3"},
        {"StudyInstanceUID": "2.25.4711"},
        {"BurnedInAnnotation": "YES"},
        {"ICCProfile": b"Beispiel"},
        {"LossyImageCompressionRatio": "1.5"},
        {"AcquisitionContextSequence": [pydicom.Dataset()]},
    ],
    ids=lambda planted: next(iter(planted)),
)
@pytest.mark.parametrize("name", ["explicit", "jpeg"])
def test_what_is_planted_in_the_header_is_found(name: str, planted: dict[str, Any]) -> None:
    photo = photo_of(name)
    assert prove(rewritten(written(name)), photo, masked(photo), REGIONS) is not None
    assert refused(rewritten(written(name), **planted), photo, masked(photo)) == "VERIFY_STRUCTURE"


def test_what_is_planted_beside_the_header_is_found() -> None:
    photo, whole = photo_of("explicit"), written("explicit")
    private = opened(whole.data)
    private.private_block(0x0009, "Maker", create=True).add_new(1, "LO", "Beispiel")
    out = io.BytesIO()
    private.save_as(out)
    overlay = b"\x00\x60\x00\x30OW\0\0\x04\0\0\0Anna"
    pixels = whole.data.index(b"\xe0\x7f\x10\x00OB")
    meta = opened(whole.data)
    meta.file_meta.SourceApplicationEntityTitle = "BEISPIEL"
    told_in_meta = io.BytesIO()
    meta.save_as(told_in_meta)
    for data in (
        out.getvalue(),
        told_in_meta.getvalue(),
        whole.data + b"Anna",
        whole.data + b"\xfc\xff\xfc\xffOB\0\0\x04\0\0\0Anna",
        b"Anna" + whole.data[4:],
        whole.data[:-2],
        whole.data[:pixels] + overlay + whole.data[pixels:],
        whole.data.replace(b"XC", b"X\0", 1),
        whole.data[:200],
        b"",
    ):
        assert refused(replace(whole, data=data), photo, masked(photo)) == "VERIFY_STRUCTURE"
    longer = rewritten(whole, PixelData=opened(whole.data).PixelData + b"Anna")
    assert (
        refused(longer, photo, masked(photo)) == "VERIFY_STRUCTURE"
    )  # its numbers are those of other pixels


def test_what_is_planted_in_the_encapsulated_jpeg_is_found() -> None:
    photo, whole = photo_of("jpeg"), written("jpeg")
    inner = dicom.coded(whole.data)
    assert inner is not None
    for frames in (
        [inner, b"\xff\xd8Anna\xff\xd9"],
        [inner + b"Anna"],
        [inner + bytes(8)],
        [inner[:2] + b"\xff\xfe\x00\x06Anna" + inner[2:]],
    ):
        header = opened(whole.data)
        header.PixelData = encapsulate(frames)
        for keyword, uid in dicom._uids(header).items():
            setattr(header, keyword, uid)
        header.file_meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
        out = io.BytesIO()
        header.save_as(out)
        assert refused(replace(whole, data=out.getvalue()), photo, masked(photo)) == "VERIFY_STRUCTURE"


def test_an_output_is_read_again_as_a_photograph() -> None:
    for name in ("explicit", "jpeg"):
        again = ingest.read(written(name).data)
        assert again.facts.side == "left"
        told = {one.about for one in again.facts.disclosures}
        assert not told & {"patient", "time", "place", "device", "author"}

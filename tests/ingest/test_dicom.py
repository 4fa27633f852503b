from __future__ import annotations

import io
import logging
import sys
import warnings
import zlib
from functools import cache

import numpy as np
import pydicom
import pytest
import skimage.data
from dicom_sources import (
    CODINGS,
    TEXTS,
    as_jpeg,
    other_modality,
    photograph,
    saved,
    with_syntax,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate
from pydicom.pixels import pixel_array

from photoguard import egress, ingest, profiles
from photoguard.errors import UnreadablePhoto
from photoguard.photo import Container, Disclosure, Photo, Profile

RGB = np.ascontiguousarray(skimage.data.astronaut()[40:88, 160:224])
GREY = np.ascontiguousarray(RGB[:, :, 1])
DEFLATED = "1.2.840.10008.1.2.1.99"
MPEG4 = "1.2.840.10008.1.2.4.102"


@cache
def example(coding: str = "explicit") -> bytes:
    return photograph(RGB, coding=coding)


def code(data: bytes, **limits: float) -> str:
    with pytest.raises(UnreadablePhoto) as caught:
        ingest.read(data, **limits)
    return caught.value.code


def off(photo: Photo, wanted: NDArray[np.uint8]) -> float:
    assert photo.size == wanted.shape[1::-1]
    whole = wanted if wanted.ndim == 3 else np.dstack([wanted] * 3)
    return float(np.abs(photo.pixels.astype(int) - whole).mean())


def as_photograph(name: str) -> bytes:
    """One of pydicom's own files of other programs, with the modality of photographs."""
    read = pydicom.dcmread(get_testdata_file(name))
    read.Modality = "XC"
    out = io.BytesIO()
    read.save_as(out)
    return out.getvalue()


@pytest.mark.parametrize("coding", CODINGS)
def test_a_photograph_is_read_in_every_coding(coding: str) -> None:
    photo = ingest.read(example(coding))
    assert photo.container is Container.DICOM
    assert photo.source == example(coding)
    assert off(photo, RGB) <= (4 if coding == "jpeg" else 0)
    assert off(ingest.read(photograph(GREY, coding=coding)), GREY) <= (3 if coding == "jpeg" else 0)


@pytest.mark.parametrize(
    "name",
    [
        "SC_ybr_full_422_uncompressed.dcm",
        "SC_jpeg_no_color_transform.dcm",  # RGB in a JPEG without a mark
        "SC_jpeg_no_color_transform_2.dcm",
        "SC_rgb_dcmtk_+eb+cy+np.dcm",
        "SC_rgb_small_odd_jpeg.dcm",
        "SC_rgb_small_odd_big_endian.dcm",
        "SC_rgb_gdcm_KY.dcm",
    ],
)
def test_other_programs_files_have_the_colours_that_pydicom_sees(name: str) -> None:
    assert off(ingest.read(as_photograph(name)), pixel_array(get_testdata_file(name))) <= 2


def test_lossless_jpeg_loses_nothing() -> None:
    # The same picture in two codings; pydicom itself reads only the other one.
    assert (
        off(
            ingest.read(as_photograph("SC_rgb_jpeg_gdcm.dcm")),
            pixel_array(get_testdata_file("SC_rgb_rle.dcm")),
        )
        == 0
    )


def test_a_jpeg_keeps_its_blocks_and_is_not_turned_by_its_own_exif() -> None:
    photo = ingest.read(photograph(RGB, coding="jpeg"))
    assert photo.native
    assert photo.block == (16, 16)
    assert photo.facts.orientation == 1
    assert off(photo, RGB) < 4


def test_monochrome_1_is_inverted() -> None:
    for coding in ("explicit", "jpeg"):
        photo = ingest.read(photograph(255 - GREY, coding=coding, colours="MONOCHROME1"))
        assert off(photo, GREY) <= 3


def test_sixteen_bits_are_shown_through_the_window_or_whole() -> None:
    deep = GREY.astype(np.uint16) * 16
    twelve = {"BitsStored": 12, "HighBit": 11}
    assert off(ingest.read(photograph(deep, **twelve)), GREY) <= 1
    windowed = photograph(deep + 300, WindowCenter="2348", WindowWidth="4096", **twelve)
    assert off(ingest.read(windowed), GREY) <= 1
    rescaled = photograph(
        deep, RescaleSlope="2", RescaleIntercept="-100", WindowCenter="3996", WindowWidth="8192"
    )
    assert off(ingest.read(rescaled), GREY) <= 1
    # What stands above the stored bits is an overlay of old.
    assert off(ingest.read(photograph(deep | 0x8000, **twelve)), GREY) <= 1
    signed = photograph(((deep - 2048) & 0xFFFF).astype(np.uint16), PixelRepresentation=1, **twelve)
    assert off(ingest.read(signed), GREY) <= 1


def test_a_profile_in_the_header_is_respected() -> None:
    p3 = photograph(RGB, ICCProfile=profiles.icc(Profile.DISPLAY_P3))
    assert ingest.read(p3).profile is Profile.DISPLAY_P3
    inside = saved(RGB, "JPEG", quality=95, icc_profile=profiles.icc(Profile.ADOBE_RGB))
    assert ingest.read(photograph(RGB, coding="jpeg", jpeg=inside)).profile is Profile.ADOBE_RGB


def test_of_several_frames_the_first_is_shown_and_all_are_counted() -> None:
    several = np.stack([RGB, RGB[::-1], RGB[:, ::-1]])
    for coding in ("explicit", "rle"):
        photo = ingest.read(photograph(several, coding=coding))
        assert photo.facts.frames == 3
        assert off(photo, RGB) == 0
    inner = [as_jpeg(RGB), as_jpeg(RGB[::-1])]
    photo = ingest.read(photograph(RGB, coding="jpeg", PixelData=encapsulate(inner), NumberOfFrames=2))
    assert photo.facts.frames == 2
    assert off(photo, RGB) < 4


# --- What the header tells ----------------------------------------------------------------------


def told(data: bytes) -> tuple[Disclosure, ...]:
    return ingest.read(data).facts.disclosures


def test_everything_that_the_header_tells_is_disclosed() -> None:
    everything = told(example())
    values = " | ".join(one.value for one in everything)
    for keyword, text in TEXTS.items():
        if keyword != "PatientOrientation":
            assert text in values, keyword
    about = {(one.about, one.value) for one in everything}
    assert ("patient", "Patient's Name: Beispiel^Anna^Müller") in about
    assert ("time", "Study Date: 20260914") in about
    assert ("place", "Institution Name: Klinik Sonnenblick") in about
    assert ("device", "Device Serial Number: SN-00991177") in about
    assert ("device", "Station Name: WUND-PC-03") in about
    assert ("author", "Operators' Name: Knipser^Karl") in about
    assert ("software", "Software Versions: LQ-Firm 7.1.3") in about
    assert ("content", "Scheduled Procedure Step Description: Etikett für Frau Beispiel") in about
    assert ("content", "preamble, 128 bytes") in about
    assert any(one.where == "DICOM private" for one in everything)
    assert any(one.where == "DICOM overlay" and "lies over" in one.value for one in everything)
    assert ("content", "a small copy of the picture") in about


def test_facts_are_those_of_the_header() -> None:
    facts = ingest.read(example()).facts
    assert facts.camera == "Lindqvist Optik LQ-900 Derm"
    assert str(facts.taken) == "2026-09-14 08:41:31"
    assert facts.side == "left"
    assert facts.extra_images == 2  # icon and overlay
    assert not facts.damaged_metadata


def test_what_a_jpeg_within_tells_is_disclosed_as_well() -> None:
    where = {one.where for one in told(photograph(RGB, coding="jpeg"))}
    assert {"DICOM", "EXIF", "comment"} <= where


def test_a_picture_behind_the_picture_is_disclosed() -> None:
    hidden = photograph(RGB, PixelData=RGB.tobytes() + RGB[:10].tobytes())
    assert any(one.value == "1920 bytes after the picture" for one in told(hidden))
    assert not any("after the picture" in one.value for one in told(example()))


def test_values_that_make_no_sense_are_left_out_and_said_to_be_damaged() -> None:
    data = example().replace(b"DA\x08\x0020260914", b"DA\x08\x00\xff\xfe\0Q?x26")
    photo = ingest.read(data)
    assert photo.size == (64, 48)
    bad = example().replace(b"\x00\x60\x10\x00US", b"\x00\x60\x10\x00UL")  # two bytes for a number of four
    facts = ingest.read(bad).facts
    assert facts.damaged_metadata
    assert "elements that can't be read" in {one.value for one in facts.disclosures}
    odd = photograph(RGB, LossyImageCompression="00").replace(b"\x28\x00\x10\x21CS", b"\x28\x00\x10\x21C\x13")
    photo = ingest.read(odd)
    assert egress.write(photo, photo.pixels, ()).suffix == ".dcm"


# --- What is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ct", "mr", "rgb_color", "palette_color", "rt_plan", "waveform"])
def test_other_modalities_are_refused_as_such(name: str) -> None:
    assert code(other_modality(name)) == "DICOM_NOT_A_PHOTO"


def test_the_index_of_a_disc_is_no_photo() -> None:
    index = other_modality("dicomdir")
    assert ingest.sniff(index) is None
    assert code(index) == "NOT_A_PHOTO"


def test_a_preamble_that_looks_like_tiff_is_still_that_of_dicom() -> None:
    double = b"II*\0" + example()[4:]
    assert ingest.read(double).container is Container.DICOM


def test_a_secondary_capture_is_a_photograph_only_where_a_camera_took_it() -> None:
    capture = "1.2.840.10008.5.1.4.1.1.7"
    assert ingest.read(photograph(RGB, SOPClassUID=capture)).size == (64, 48)
    for modality in ("OT", "US", "CT", ""):
        assert code(photograph(RGB, SOPClassUID=capture, Modality=modality)) == "DICOM_NOT_A_PHOTO"


@pytest.mark.parametrize(
    "keyword",
    ["Rows", "Columns", "BitsAllocated", "BitsStored", "SamplesPerPixel", "PhotometricInterpretation",
     "PixelRepresentation", "PlanarConfiguration", "PixelData"],
)  # fmt: skip
def test_a_missing_attribute_is_named_for_what_it_is(keyword: str) -> None:
    assert code(photograph(RGB, remove=(keyword,))) == "DICOM_INCOMPLETE"


@pytest.mark.parametrize(
    "changes",
    [
        {"colours": "PALETTE COLOR"},
        {"colours": "YBR_ICT"},
        {"colours": "HSV"},
        {"SamplesPerPixel": 4},
        {"BitsStored": 6, "HighBit": 5},
        {"HighBit": 6},
        {"PixelRepresentation": 1},
        {"BitsAllocated": 32},
    ],
    ids=str,
)
def test_pixels_whose_meaning_is_not_known_are_refused(changes: dict[str, object]) -> None:
    assert code(photograph(RGB, **changes)) == "FORMAT_UNSUPPORTED"


def test_other_transfer_syntaxes_are_refused_before_they_are_unpacked() -> None:
    assert code(with_syntax(example(), MPEG4)) == "FORMAT_UNSUPPORTED"
    bomb = zlib.compress(bytes(1 << 20))[2:-4]
    assert code(with_syntax(example(), DEFLATED) + bomb) == "FORMAT_UNSUPPORTED"


def test_a_header_that_announces_too_much_is_refused_before_anything_is_decoded() -> None:
    for coding in ("explicit", "rle", "jpeg", "jpeg2000"):
        assert code(photograph(RGB, coding=coding, Rows=65535, Columns=65535)) == "TOO_LARGE"
        assert code(example(coding), max_megapixels=0.003) == "TOO_LARGE"
    assert code(photograph(RGB, Rows=0)) == "NO_PIXELS"
    # A frame that announces more than its header is damage, whatever the limit.
    for coding in ("jpeg", "jpeg2000"):
        assert code(photograph(RGB, coding=coding, Rows=20, Columns=20)) == "FILE_DAMAGED"
    assert code(photograph(RGB, NumberOfFrames=2**31 - 1)) == "FILE_DAMAGED"


@pytest.mark.parametrize("coding", CODINGS)
def test_a_dicom_file_that_is_cut_off_is_never_read(coding: str) -> None:
    data = example(coding)
    for share in (0.05, 0.1, 0.3, 0.5, 0.8, 0.97):
        assert code(data[: int(len(data) * share)]) in (
            "FILE_DAMAGED",
            "DICOM_INCOMPLETE",
            "DICOM_NOT_A_PHOTO",
        )


@given(st.binary(max_size=300))
def test_garbage_after_the_preamble_ends_in_a_reason(rest: bytes) -> None:
    assert code(bytes(128) + b"DICM" + rest) in ("DICOM_INCOMPLETE", "FILE_DAMAGED", "FORMAT_UNSUPPORTED")


@pytest.mark.parametrize("coding", CODINGS)
@given(cut=st.floats(0, 1), flips=st.lists(st.tuples(st.integers(0), st.integers(1, 255)), max_size=6))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_flipped_bytes_end_in_a_photo_or_a_reason(
    coding: str, cut: float, flips: list[tuple[int, int]]
) -> None:
    data = bytearray(example(coding))
    for place, change in flips:
        # Nearly all of a file is pixels; the header is where it hurts.
        data[place % min(len(data), 4000)] ^= change
    if cut < 0.2:
        del data[int(len(data) * 5 * cut) :]
    try:
        photo = ingest.read(bytes(data), max_megapixels=1)
    except UnreadablePhoto:
        return
    assert photo.pixels.dtype == np.uint8


def test_sequences_within_sequences_without_end_are_damage() -> None:
    item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    nested = b"\x40\x00\x75\x02SQ\0\0\xff\xff\xff\xff" + item
    start = example().index(b"\x28\x00\x02\x00US")
    assert code(example()[:start] + nested * 5000 + example()[start:]) in ("FILE_DAMAGED", "DICOM_INCOMPLETE")


def test_no_value_reaches_a_log_or_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    odd = (
        example()
        .replace(b"1.2.756.5.99.4711.1\0", b"1.2.756.5.Beispiel.1", 1)
        .replace(b"DA\x08\x0019580314", b"DA\x08\x00Beispiel")
    )
    with warnings.catch_warnings(), caplog.at_level(logging.DEBUG):
        warnings.simplefilter("error")
        ingest.read(odd)
    assert "Beispiel" not in caplog.text
    assert not logging.getLogger("pydicom").disabled


def test_without_pydicom_a_dicom_file_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydicom.dataset", None)
    assert code(example()) == "DICOM_PART_MISSING"

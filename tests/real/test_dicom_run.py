"""A whole run over what a hospital's archive gives out: photographs with names in and on them, and what is none."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest
from dicom_sources import NEEDLES, PRIVATE, complaints, other_modality, photograph
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, ImageOps
from pydicom.pixels import pixel_array

import photoguard
from photoguard.outcome import Outcome, RunReport, Status
from photoguard.photo import Method
from photoguard.policy import Masking, Policy

SAMPLES = Path(__file__).parents[2] / "sample_images"
WORDS = "BEISPIEL ANNA 14.03.1958"
BURNED_IN = (30, 20, 400, 60)


def painted(name: str) -> NDArray[np.uint8]:
    with Image.open(SAMPLES / name) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    upright.thumbnail((480, 480))
    return np.asarray(upright)


def with_burned_in_text(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """As archives and cameras write it into the picture: light letters in a dark bar."""
    image = Image.fromarray(pixels)
    draw = ImageDraw.Draw(image)
    draw.rectangle(BURNED_IN, fill=(20, 20, 20))
    draw.text((40, 26), WORDS, font=ImageFont.load_default(22), fill=(240, 240, 240))
    return np.asarray(image)


WOUND = with_burned_in_text(painted("phone/IMG_2041.jpg"))
FACE = painted("faces/lying_patient.jpg")


def files() -> dict[str, bytes]:
    whole = photograph(WOUND)
    return {
        "IM000001": whole,  # archives give no suffix
        "coded.dcm": photograph(WOUND, coding="jpeg"),
        "face.dcm": photograph(FACE, coding="jpeg", Laterality=""),
        "frames.dcm": photograph(np.stack([WOUND[150:, :240], WOUND[150:, 240:]])),
        "hand.dcm": photograph(painted("mirrored/side/left_hand.jpg"), Laterality="L"),
        "DICOMDIR": other_modality("dicomdir"),
        "ct.dcm": other_modality("ct"),
        "cut.dcm": whole[: len(whole) // 2],
        "garbage.dcm": bytes(128) + b"DICM" + bytes(range(256)),
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunReport, Path, Path]:
    folder = tmp_path_factory.mktemp("dicom")
    photos = folder / "photos"
    photos.mkdir()
    for name, data in files().items():
        (photos / name).write_bytes(data)
    report = photoguard.clean_folder(photos, folder / "out", home=folder / "home", channel="journal", jobs=1)
    return report, photos, folder / "out"


def outcome(run: tuple[RunReport, Path, Path], name: str) -> Outcome:
    return next(photo for photo in run[0].photos if photo.source == name)


def output(run: tuple[RunReport, Path, Path], name: str) -> bytes:
    path = outcome(run, name).output
    assert path is not None
    assert path.endswith(".dcm")
    return (run[2] / path).read_bytes()


def test_each_file_ends_as_it_should(run: tuple[RunReport, Path, Path]) -> None:
    assert {photo.source: (photo.status, photo.reasons) for photo in run[0].photos} == {
        "IM000001": (Status.RELEASED, ()),
        "coded.dcm": (Status.RELEASED, ()),
        "face.dcm": (Status.RELEASED, ()),
        "frames.dcm": (Status.REVIEW, ("MULTI_PAGE",)),
        "hand.dcm": (Status.REVIEW, ("MIRROR_SUSPECTED",)),
        "ct.dcm": (Status.FAILED, ("DICOM_NOT_A_PHOTO",)),
        "cut.dcm": (Status.FAILED, ("FILE_DAMAGED",)),
        "garbage.dcm": (Status.FAILED, ("DICOM_INCOMPLETE",)),
    }
    assert [(one.source, one.reason) for one in run[0].left_out] == [("DICOMDIR", "not_a_photo")]


@pytest.mark.parametrize("name", ["IM000001", "coded.dcm", "face.dcm", "frames.dcm"])
def test_no_value_of_the_source_is_in_the_output(run: tuple[RunReport, Path, Path], name: str) -> None:
    source, written = (run[1] / name).read_bytes(), output(run, name)
    header = pydicom.dcmread(io.BytesIO(source))
    values = [str(element.value).encode() for element in (*header.iterall(), *header.file_meta)
              if element.tag.group not in (0x0028, 0x7FE0) and element.VR in pydicom.valuerep.STR_VR]  # fmt: skip
    allowed = {b"1.2.840.10008.5.1.4.1.1.77.1.4", str(header.file_meta.TransferSyntaxUID).encode()}
    identifying = [value for value in values if len(value) > 4 and value not in allowed]
    assert len(identifying) > 30
    assert [value for value in (*identifying, *NEEDLES, PRIVATE) if value in written] == []


@pytest.mark.parametrize("name", ["IM000001", "coded.dcm"])
def test_burned_in_text_is_masked_and_the_wound_is_not(run: tuple[RunReport, Path, Path], name: str) -> None:
    seen = pixel_array(io.BytesIO(output(run, name))).astype(int)
    x0, y0, x1, y1 = BURNED_IN
    assert seen[y0 + 5 : y1 - 5, x0 + 20 : x1 - 40].max() < 200 < WOUND[y0:y1, x0:x1].max()
    assert np.abs(seen[150:] - WOUND[150:]).mean() < (4 if name == "coded.dcm" else 0.001)
    assert pydicom.dcmread(io.BytesIO(output(run, name))).BurnedInAnnotation == "NO"


def test_a_face_in_a_dicom_photograph_is_masked(run: tuple[RunReport, Path, Path]) -> None:
    assert "face" in {found.kind.value for found in outcome(run, "face.dcm").findings}
    seen = pixel_array(io.BytesIO(output(run, "face.dcm"))).astype(int)
    assert np.abs(seen - FACE).max() > 60


@pytest.mark.parametrize("name", ["IM000001", "coded.dcm", "face.dcm", "frames.dcm"])
def test_the_outputs_are_what_the_standard_asks_for(
    run: tuple[RunReport, Path, Path], name: str, tmp_path: Path
) -> None:
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy is not on this machine (Debian's package dicom3tools)")
    assert complaints(output(run, name), tmp_path) == []


def test_a_policy_that_leaves_text_visible_claims_nothing_about_it() -> None:
    small = photograph(FACE[:200, :200])
    data = photoguard.clean(small, policy=Policy(masking=Masking(text=Method.KEEP), background="keep")).data
    assert data is not None
    assert "BurnedInAnnotation" not in pydicom.dcmread(io.BytesIO(data))

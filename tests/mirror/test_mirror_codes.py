from __future__ import annotations

import numpy as np
import pytest
import zxingcpp

from photoguard.detect.codes import CodeDetector
from photoguard.ingest import from_pixels
from photoguard.mirror import codes
from photoguard.photo import Pixels

WITH_HANDEDNESS = {
    "QRCode": "https://example.org/patient/4711",
    "DataMatrix": "PAT 4711",
    "Aztec": "PAT 4711",
    "MicroPDF417": "PAT 4711",
    "DataBarStk": "0124012345678905",
}
WITHOUT = {
    "PDF417": "PAT 4711",
    "Code128": "PAT 4711",
    "Code39": "PAT 4711",
    "Codabar": "A12345B",
    "ITF": "12345678901234",
    "EAN13": "4006381333931",
}


def picture(name: str, content: str) -> Pixels:
    barcode = zxingcpp.create_barcode(content, getattr(zxingcpp.BarcodeFormat, name))
    code = np.asarray(barcode.to_image(scale=5, add_quiet_zones=False))
    height, width = code.shape
    pixels = np.full((900, 1300, 3), (190, 170, 150), np.uint8)
    pixels[270 : 330 + height, 170 : 230 + width] = 255
    pixels[300 : 300 + height, 200 : 200 + width] = code[:, :, None]
    return pixels


def says(pixels: Pixels) -> str | None:
    seen = from_pixels(pixels)
    cue = codes.cue(seen, CodeDetector().find(seen))
    assert cue is None or cue.strength == "decisive"
    return None if cue is None else cue.says


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("name", WITH_HANDEDNESS)
def test_a_code_tells_the_right_way_round_from_mirrored_however_it_is_turned(name: str, turns: int) -> None:
    pixels = picture(name, WITH_HANDEDNESS[name])
    assert says(np.rot90(pixels, turns)) == "not_mirrored"
    assert says(np.rot90(pixels[:, ::-1], turns)) == "mirrored"


@pytest.mark.parametrize("content", [f"{'patient ' * n}{n}" for n in (1, 3, 9, 25)])
@pytest.mark.parametrize("level", ["L", "M", "Q", "H"])
def test_qr_codes_of_every_level_tell(content: str, level: str) -> None:
    barcode = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.QRCode, ec_level=level)
    code = np.pad(np.asarray(barcode.to_image(scale=4)), 40, constant_values=255)
    pixels = np.repeat(code[:, :, None], 3, axis=2)
    assert (says(pixels), says(pixels[:, ::-1])) == ("not_mirrored", "mirrored")


@pytest.mark.parametrize("name", WITHOUT)
def test_a_code_without_handedness_proves_nothing(name: str) -> None:
    pixels = picture(name, WITHOUT[name])
    for turned in (pixels, pixels[:, ::-1], pixels[::-1, ::-1], pixels[::-1]):
        assert says(turned) is None


def test_two_codes_that_disagree_prove_nothing() -> None:
    pixels = picture("QRCode", "PAT 4711")
    mirrored = picture("QRCode", "PAT 4712")[:, ::-1]
    assert says(np.concatenate([pixels, mirrored], axis=1)) is None


def test_no_code_no_cue() -> None:
    assert codes.cue(from_pixels(np.zeros((50, 50, 3), np.uint8)), []) is None


def test_the_cue_is_where_the_code_is() -> None:
    seen = from_pixels(picture("QRCode", "patient 7")[:, ::-1])
    found = CodeDetector().find(seen)
    cue = codes.cue(seen, found)
    assert cue is not None
    assert cue.places == (found[0].box,)

from __future__ import annotations

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from photoguard.detect.codes import CodeDetector
from photoguard.ingest import from_pixels
from photoguard.photo import Kind, Pixels

CONTENT = {
    "QRCode": "PAT 4711",
    "MicroQRCode": "4711",
    "DataMatrix": "PAT 4711",
    "Aztec": "PAT 4711",
    "PDF417": "PAT 4711",
    "MicroPDF417": "PAT 4711",
    "Code128": "PAT 4711",
    "Code39": "PAT 4711",
    "Code93": "PAT 4711",
    "Codabar": "A12345B",
    "ITF": "12345678901234",
    "EAN13": "4006381333931",
    "EAN8": "96385074",
    "UPCA": "036000291452",
    "UPCE": "01234565",
    "DataBarOmni": "0124012345678905",
    "DataBarStk": "0124012345678905",
    "DataBarExp": "(01)04012345678905",
}


def symbol(name: str, module: int = 4) -> Pixels:
    barcode = zxingcpp.create_barcode(CONTENT[name], getattr(zxingcpp.BarcodeFormat, name))
    return np.asarray(barcode.to_image(scale=module, add_quiet_zones=False))


def stuck(code: Pixels, size: tuple[int, int], place: tuple[int, int]) -> tuple[Pixels, Pixels]:
    """A picture of `size` with the code on a white label at `place`, and where the code lies in it."""
    pixels = np.full((size[1], size[0], 3), (190, 170, 150), np.uint8)
    x, y = place
    height, width = code.shape
    pixels[y - 20 : y + height + 20, x - 20 : x + width + 20] = 255
    pixels[y : y + height, x : x + width] = code[:, :, None]
    where = np.zeros(pixels.shape[:2], bool)
    where[y : y + height, x : x + width] = True
    return pixels, where


def share_covered(pixels: Pixels, where: Pixels) -> float:
    covered = np.zeros(pixels.shape[:2], bool)
    for finding in CodeDetector().find(from_pixels(pixels)):
        assert finding.kind is Kind.CODE
        x0, y0, x1, y1 = finding.box
        covered[y0:y1, x0:x1] = True
    return float((covered & where).sum() / where.sum())


@pytest.mark.parametrize("name", CONTENT)
def test_every_symbology_is_covered_turned_and_mirrored(name: str) -> None:
    pixels, where = stuck(symbol(name), (1200, 1000), (300, 400))
    for turns in range(4):
        for step in (1, -1):
            seen = share_covered(np.rot90(pixels[:, ::step], turns), np.rot90(where[:, ::step], turns))
            assert seen > 0.97, (turns, step)


@pytest.mark.parametrize("name", ["QRCode", "DataMatrix", "Aztec", "Code128", "EAN13"])
def test_a_small_code_in_12_megapixels_is_covered(name: str) -> None:
    pixels, where = stuck(symbol(name, module=6), (4032, 3024), (2500, 1300))
    assert share_covered(pixels, where) > 0.97


def test_a_qr_code_of_three_pixels_a_module_in_12_megapixels_is_covered() -> None:
    pixels, where = stuck(symbol("QRCode", module=3), (4032, 3024), (2500, 1300))
    assert share_covered(pixels, where) > 0.97


@pytest.mark.parametrize("angle", [0, 8, -8, 98])
def test_the_bars_of_a_tall_linear_code_are_covered_to_their_ends(angle: float) -> None:
    code = np.repeat(symbol("Code128")[:1], 600, axis=0)
    pixels, where = stuck(code, (1600, 1400), (400, 400))
    turn = cv2.getRotationMatrix2D((800, 700), angle, 1)
    pixels = np.asarray(cv2.warpAffine(pixels, turn, (1600, 1400)), np.uint8)
    where = cv2.warpAffine(where.astype(np.uint8), turn, (1600, 1400)) > 0
    assert share_covered(pixels, where) > 0.97


def test_light_on_dark_is_covered() -> None:
    pixels, where = stuck(255 - symbol("QRCode"), (900, 700), (300, 300))
    pixels[~where] = 0
    assert share_covered(pixels, where) > 0.97


def test_a_damaged_code_is_covered_though_nobody_can_read_it() -> None:
    code = symbol("QRCode", module=6).copy()
    code[54:, 54:] = 255  # most of the data; the finder patterns and the format information stay
    pixels, where = stuck(code, (900, 700), (300, 300))
    assert not any(barcode.valid for barcode in zxingcpp.read_barcodes(pixels))
    assert share_covered(pixels, where) > 0.95


def test_several_codes_are_each_found_once() -> None:
    pixels, _ = stuck(symbol("QRCode"), (1400, 700), (200, 300))
    other, _ = stuck(symbol("DataMatrix"), (1400, 700), (900, 300))
    pixels[:, 700:] = other[:, 700:]
    assert len(CodeDetector().find(from_pixels(pixels))) == 2


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea", "retina", "page", "brick", "grass"])
def test_a_picture_without_a_code_raises_no_alarm(name: str) -> None:
    picture = getattr(data, name)()
    pixels = picture[..., :3] if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)
    assert CodeDetector().find(from_pixels(pixels)) == []


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_any_size_of_picture_can_be_searched(width: int, height: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    for finding in CodeDetector().find(from_pixels(pixels)):
        x0, y0, x1, y1 = finding.box
        assert 0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height

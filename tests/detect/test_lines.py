from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from photoguard.detect import lines
from photoguard.detect.net import open_net

Floats = NDArray[np.float32]


def planes(pixels: NDArray[np.uint8], height: int, width: int) -> Floats:
    small = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.dnn.blobFromImage(small, 1 / 127.5, mean=(127.5,) * 3, swapRB=True), np.float32)


@cache
def where(name: str, angle: int) -> Floats:
    """What the net says about a picture of scikit-image's, turned."""
    picture = getattr(skimage.data, name)()
    pixels = picture if picture.ndim == 3 else np.dstack([picture] * 3)
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
    turned = np.asarray(cv2.warpAffine(pixels, turn, (width, height)), np.uint8)
    net = open_net("text-detection")
    (answer,) = net.run(None, {net.get_inputs()[0].name: planes(turned, 320, 480)})
    return np.asarray(answer[0, 0], np.float32)


@pytest.mark.parametrize("angle", [0, 37, 90, 160])
@pytest.mark.parametrize("name", ["page", "text", "astronaut"])
def test_lines_are_those_of_rapidocr(name: str, angle: int) -> None:
    from rapidocr.ch_ppocr_det.utils import DBPostProcess

    seen = where(name, angle)
    theirs = DBPostProcess(thresh=0.3, box_thresh=0.45, unclip_ratio=1.6, use_dilation=True)
    corners, scores = theirs(seen[None, None], seen.shape)
    ours = list(lines.outlined(seen))
    assert len(ours) == len(scores)
    for (mine, score), four, other in zip(ours, corners, scores, strict=True):
        # Theirs cuts off fractions of pixels on the way.
        assert np.abs(mine - four).max() <= 2
        assert score == pytest.approx(other, abs=1e-6)


def test_lines_were_there_to_compare() -> None:
    assert sum(len(list(lines.outlined(where(name, 0)))) for name in ("page", "text")) >= 3


@pytest.mark.parametrize("turns", range(4))
def test_a_line_is_grown_alike_in_every_direction_and_stays_in_the_map(turns: int) -> None:
    core = np.zeros((60, 200), np.float32)
    core[20:30, 2:150] = 0.9
    ((corners, score),) = lines.outlined(np.ascontiguousarray(np.rot90(core, turns)))
    height, width = np.rot90(core, turns).shape
    assert 0.75 < score <= 0.9
    assert (corners >= 0).all() and (corners <= (width - 1, height - 1)).all()
    sides = sorted((np.ptp(corners[:, 0]), np.ptp(corners[:, 1])))
    assert 22 <= sides[0] <= 28  # 10 rows, and 7.5 on either side


@pytest.mark.parametrize("value", [0.0, 0.29, 0.4])
def test_what_is_not_likely_enough_is_no_line(value: float) -> None:
    assert list(lines.outlined(np.full((50, 80), value, np.float32))) == []


def test_a_speck_is_no_line() -> None:
    speck = np.zeros((50, 80), np.float32)
    speck[10, 10:12] = 1
    assert list(lines.outlined(speck)) == []


def test_a_line_is_spelled_as_rapidocr_does() -> None:
    from rapidocr.ch_ppocr_rec.utils import CTCLabelDecode

    net = open_net("text-recognition")
    signs = net.get_modelmeta().custom_metadata_map["character"].splitlines()
    page = np.dstack([skimage.data.page()] * 3)
    theirs = CTCLabelDecode(list(signs))
    read = []
    for top in range(0, 180, 15):
        (answer,) = net.run(None, {net.get_inputs()[0].name: planes(page[top : top + 24], 48, 480)})
        text, score = lines.spelled(answer[0], ("", *signs, " "))
        ((other, other_score),) = theirs(answer)[0]
        assert text == other
        assert score == pytest.approx(other_score, abs=1e-4)
        read.append(text)
    assert max(map(len, read)) > 10


def test_repeated_signs_need_a_blank_between_them() -> None:
    scores = np.eye(3, dtype=np.float32)[[0, 1, 1, 0, 1, 2, 2, 0]]
    assert lines.spelled(scores, ("", "a", "b")) == ("aab", 1.0)
    assert lines.spelled(scores[:1], ("", "a", "b")) == ("", 0.0)

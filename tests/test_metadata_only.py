"""A policy under which nothing in a picture is masked or held: only the file is cleaned, as strictly as ever."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jpeg_sources import exif, kept_scans, make_jpeg, picture, with_segment
from PIL import Image

from photoguard import egress, ingest
from photoguard.decision import Decision, DrawnMask, Told
from photoguard.egress import Encoded, verify
from photoguard.errors import UnreadablePhoto, UnwritablePhoto
from photoguard.photo import Kind, Method
from photoguard.pipeline import Cleaned, Pipeline, read
from photoguard.policy import Masking, Policy, Size

KEPT = {kind.value: Method.KEEP for kind in Kind if kind is not Kind.DRAWN}
ONLY_THE_FILE = Policy(
    masking=Masking(**KEPT), background="keep", mirrored="release", pairs_need_consent=False
)
JPEG = with_segment(make_jpeg(size=(320, 240)), 0xFE, b"PATIENT-4711")


def cleaned(data: bytes, told: Told = Told()) -> Cleaned:  # noqa: B008 - frozen
    return Pipeline(ONLY_THE_FILE).clean(lambda: read(data, ONLY_THE_FILE, told), source="a.jpg", told=told)


@pytest.mark.parametrize(
    "more",
    [
        {"masking": Masking(**KEPT | {"text": Method.SOLID})},
        {"background": "identifying"},
        {"mirrored": "review"},
        {"pairs_need_consent": True},
    ],
)
def test_whatever_can_hold_or_mask_a_photo_has_it_searched(more: dict[str, object]) -> None:
    assert not ONLY_THE_FILE.searches
    assert ONLY_THE_FILE.model_copy(update=more).searches


def test_a_jpeg_is_passed_on_bit_for_bit_without_what_its_file_tells() -> None:
    done = cleaned(JPEG)
    assert done.outcome.status == "released" and done.outcome.size == (320, 240)
    assert done.data is not None and kept_scans(JPEG, done.data)
    assert b"PATIENT" in JPEG and b"PATIENT" not in done.data
    assert done.thumbnail is not None and Image.open(io.BytesIO(done.thumbnail)).size == (320, 240)


def test_a_jpeg_that_is_to_be_smaller_is_made_smaller() -> None:
    small = ONLY_THE_FILE.model_copy(update={"size": Size.SMALL})
    file = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").resize((1600, 1200)).save(file, "JPEG")
    data = file.getvalue()
    done = Pipeline(small).clean(lambda: read(data, small, Told()), source="a.jpg")
    assert done.outcome.size == (1600, 1200) and done.outcome.output_size == (1280, 960)
    assert done.data is not None and Image.open(io.BytesIO(done.data)).size == (1280, 960)


@pytest.mark.parametrize("orientation", [3, 6])
def test_a_turned_jpeg_is_turned_as_ever(orientation: int) -> None:
    turned = with_segment(JPEG, 0xE1, exif(orientation))
    done = cleaned(turned)
    assert done.outcome.status == "released" and done.data is not None
    shown = np.asarray(Image.open(io.BytesIO(done.data)))
    wanted = ingest.read(turned).pixels
    assert shown.shape == wanted.shape and np.abs(shown.astype(int) - wanted).mean() < 2


def test_a_damaged_jpeg_fails_also_where_nobody_looks_at_it() -> None:
    done = cleaned(JPEG[:-400] + JPEG[-2:])
    assert done.outcome.reasons == ("FILE_DAMAGED",) and done.data is None


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_what_is_refused_in_full_is_not_passed_on_from_its_small_copy(data: st.DataObject) -> None:
    changed = bytearray(JPEG)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(2, len(changed) - 1))] = data.draw(st.integers(0, 255))
    small = ingest.read_small(bytes(changed))
    if small is not None and egress.as_it_is(small) is not None:
        assert ingest.read(bytes(changed)).native


def test_another_picture_than_the_source_is_not_proved() -> None:
    photo = ingest.read_small(JPEG)
    assert photo is not None
    good = egress.as_it_is(photo)
    assert good is not None
    verify.prove_as_it_is(good, photo)
    at = len(good.data) - 200
    bad = good.data[:at] + bytes([good.data[at] ^ 1]) + good.data[at + 1 :]
    with pytest.raises(UnwritablePhoto):
        verify.prove_as_it_is(Encoded(bad, ".jpg"), photo)
    with pytest.raises(UnwritablePhoto):
        verify.prove_as_it_is(Encoded(with_segment(good.data, 0xFE, b"x"), ".jpg"), photo)


def test_what_a_person_drew_is_masked_all_the_same() -> None:
    decision = Decision(by="A", note="b", masks=(DrawnMask(box=(16, 16, 64, 64)),))
    done = cleaned(JPEG, Told(decision=decision))
    assert done.outcome.status == "released" and done.data is not None
    assert not kept_scans(JPEG, done.data)


def test_png_and_no_photo_at_all_end_as_ever() -> None:
    out = io.BytesIO()
    Image.fromarray(picture(60, 40)).save(out, "PNG")
    assert cleaned(out.getvalue()).outcome.status == "released"
    with pytest.raises(UnreadablePhoto):
        read(b"nothing", ONLY_THE_FILE)


def test_no_net_is_loaded_for_it() -> None:
    program = (
        "import sys, photoguard; from test_metadata_only import JPEG, ONLY_THE_FILE;"
        "assert photoguard.clean(JPEG, policy=ONLY_THE_FILE).outcome.status == 'released';"
        "print(sorted({'onnxruntime', 'mediapipe', 'rapidocr'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "[]\n", done.stderr

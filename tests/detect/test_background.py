"""What is made of the body net's maps. They are drawn here; what the net itself sees is at the end."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from photoguard import ingest
from photoguard.detect.background import Around, BackgroundDetector
from photoguard.detect.body import BodyMaps
from photoguard.photo import Box, Finding, Kind, Photo

SAMPLES = Path(__file__).parents[2] / "sample_images"
SIZE = (800, 600)
GRID = (150, 200)
"""Rows and columns: a cell is 4 x 4 pixels."""
Plane = NDArray[np.float32]


def plane(*boxes: Box, value: float = 0.98) -> Plane:
    """A map in which boxes of the photo stand out."""
    drawn = np.full(GRID, 0.02, np.float32)
    for x0, y0, x1, y1 in boxes:
        drawn[y0 // 4 : y1 // 4, x0 // 4 : x1 // 4] = value
    return drawn


@pytest.fixture
def detector(monkeypatch: pytest.MonkeyPatch) -> BackgroundDetector:
    made = BackgroundDetector()
    monkeypatch.setattr(made._persons, "look", lambda photo, faces: None)
    return made


def seen(
    monkeypatch: pytest.MonkeyPatch,
    detector: BackgroundDetector,
    *,
    body: Plane,
    skin: Plane | None = None,
    thing: Plane | None = None,
    findings: tuple[Finding, ...] = (),
    keep: tuple[Box, ...] = (),
) -> tuple[tuple[Finding, ...], Around]:
    maps = BodyMaps(body, body if skin is None else skin, plane(), plane() if thing is None else thing)
    monkeypatch.setattr(detector._net, "look", lambda photo: maps)
    photo = ingest.from_pixels(np.zeros((SIZE[1], SIZE[0], 3), np.uint8))
    return detector.find(photo), detector.around(photo, findings, keep)


def drawn(*findings: Finding | None) -> NDArray[np.bool_]:
    """The pixels within the outlines."""
    canvas = np.zeros(SIZE[::-1], np.uint8)
    for finding in findings:
        if finding is not None:
            one = np.zeros_like(canvas)
            cv2.fillPoly(one, [np.array(ring, np.int32) for ring in finding.outline], (1,))
            canvas |= one
    return canvas.astype(bool)


def covered(pixels: NDArray[np.bool_], box: Box) -> float:
    x0, y0, x1, y1 = box
    return float(pixels[y0:y1, x0:x1].mean())


ARM: Box = (200, 100, 600, 600)


def test_the_room_is_everything_but_the_body_and_a_rim(
    monkeypatch: pytest.MonkeyPatch, detector: BackgroundDetector
) -> None:
    _, around = seen(monkeypatch, detector, body=plane(ARM))
    assert around.room is not None and around.room.sure
    room = drawn(around.room)
    assert covered(room, (192, 92, 608, 600)) == 0
    assert min(covered(room, box) for box in ((0, 0, 170, 600), (630, 0, 800, 600), (0, 0, 800, 70))) == 1


def test_a_body_that_fills_the_frame_has_no_room(
    monkeypatch: pytest.MonkeyPatch, detector: BackgroundDetector
) -> None:
    _, around = seen(monkeypatch, detector, body=plane((0, 0, *SIZE)))
    assert around == Around((), None)


def test_a_small_gap_in_the_body_is_body_and_a_large_one_is_room(
    monkeypatch: pytest.MonkeyPatch, detector: BackgroundDetector
) -> None:
    # A wound that the net takes for none, and what shows between an arm and the trunk.
    wound, between = (300, 200, 340, 240), (420, 200, 520, 420)
    body = plane(ARM)
    for x0, y0, x1, y1 in (wound, between):
        body[y0 // 4 : y1 // 4, x0 // 4 : x1 // 4] = 0.02
    _, around = seen(monkeypatch, detector, body=body, skin=plane())
    room = drawn(around.room)
    assert covered(room, wound) == 0
    assert covered(room, (445, 225, 495, 395)) == 1


def test_a_keep_area_is_never_room(monkeypatch: pytest.MonkeyPatch, detector: BackgroundDetector) -> None:
    reaching_out = (540, 300, 640, 360)
    _, around = seen(monkeypatch, detector, body=plane(ARM), keep=(reaching_out,))
    assert around.room is not None and around.room.sure
    assert covered(drawn(around.room), reaching_out) == 0


@pytest.mark.parametrize(
    "doubt",
    [
        {"body": plane()},
        {"body": plane((0, 0, 60, 60))},
        {"body": plane(ARM, value=0.6)},
        {"body": plane(ARM), "skin": plane((650, 100, 790, 400))},
        {"body": plane(ARM), "keep": ((650, 300, 780, 360),)},
        {"body": plane(ARM), "findings": (Finding(Kind.FACE, (640, 20, 780, 200), 0.9, "faces"),)},
    ],
    ids=["nobody", "hardly anybody", "undecided", "skin elsewhere", "finding elsewhere", "face elsewhere"],
)
def test_an_outline_that_something_speaks_against_is_not_sure(
    monkeypatch: pytest.MonkeyPatch, detector: BackgroundDetector, doubt: dict[str, object]
) -> None:
    _, around = seen(monkeypatch, detector, **doubt)  # type: ignore[arg-type]
    assert around.room is not None and not around.room.sure


PATIENT, MOTHER = (60, 60, 400, 600), (560, 100, 760, 600)
PATIENTS_FACE = Finding(Kind.FACE, (150, 60, 280, 220), 0.9, "faces")
MOTHERS_FACE = Finding(Kind.FACE, (600, 100, 720, 240), 0.9, "faces")


def test_another_person_is_found_and_belongs_to_the_room(
    monkeypatch: pytest.MonkeyPatch, detector: BackgroundDetector
) -> None:
    _, around = seen(
        monkeypatch, detector, body=plane(PATIENT, MOTHER), findings=(PATIENTS_FACE, MOTHERS_FACE)
    )
    assert [found.kind for found in around.identifying] == [Kind.BACKGROUND]
    assert covered(drawn(*around.identifying), MOTHER) > 0.98
    assert covered(drawn(around.room), MOTHER) == 1
    assert covered(drawn(*around.identifying, around.room), PATIENT) == 0


def test_whom_a_keep_area_marks_is_the_patient(
    monkeypatch: pytest.MonkeyPatch, detector: BackgroundDetector
) -> None:
    _, around = seen(
        monkeypatch,
        detector,
        body=plane(PATIENT, MOTHER),
        findings=(PATIENTS_FACE, MOTHERS_FACE),
        keep=((640, 300, 700, 360),),
    )
    assert covered(drawn(*around.identifying), PATIENT) > 0.98
    assert covered(drawn(*around.identifying, around.room), MOTHER) == 0


def test_a_second_leg_is_not_another_person(
    monkeypatch: pytest.MonkeyPatch, detector: BackgroundDetector
) -> None:
    legs = (100, 0, 300, 600), (500, 0, 640, 600)
    _, around = seen(monkeypatch, detector, body=plane(*legs))
    assert around.identifying == ()
    assert max(covered(drawn(around.room), leg) for leg in legs) == 0


def test_a_thing_is_found_whole(monkeypatch: pytest.MonkeyPatch, detector: BackgroundDetector) -> None:
    screen = (620, 40, 780, 160)
    thing = plane(screen, value=0.5)
    thing[15:35, 160:190] = 0.9
    things, _ = seen(monkeypatch, detector, body=plane(ARM), thing=thing)
    assert [found.kind for found in things] == [Kind.BACKGROUND]
    assert covered(drawn(*things), screen) == 1


def test_a_weak_thing_counts_where_something_was_read_on_it(
    monkeypatch: pytest.MonkeyPatch, detector: BackgroundDetector
) -> None:
    label, poster = (620, 40, 780, 160), (20, 40, 180, 160)
    thing = np.maximum(plane(label, value=0.4), plane(poster, value=0.4))
    name = Finding(Kind.TEXT, (640, 60, 720, 80), 0.9, "text")
    things, around = seen(monkeypatch, detector, body=plane(ARM), thing=thing, findings=(name,))
    assert things == ()
    assert covered(drawn(*around.identifying), label) == 1
    assert covered(drawn(*around.identifying), poster) == 0


# What the nets see


@pytest.fixture(scope="module")
def real() -> BackgroundDetector:
    return BackgroundDetector()


def _share(detector: BackgroundDetector, photo: Photo, box: Box, findings: tuple[Finding, ...] = ()) -> float:
    room = detector.around(photo, findings, ()).room
    assert room is not None and room.sure
    canvas = np.zeros(photo.size[::-1], np.uint8)
    cv2.fillPoly(canvas, [np.array(ring, np.int32) for ring in room.outline], (1,))
    return covered(canvas.astype(bool), box)


def test_an_astronaut_stays_and_flag_and_shuttle_go(real: BackgroundDetector) -> None:
    photo = ingest.from_pixels(data.astronaut())
    face = Finding(Kind.FACE, (150, 20, 300, 240), 0.99, "faces")
    assert _share(real, photo, (0, 0, 60, 250), (face,)) > 0.9
    assert _share(real, photo, (370, 20, 440, 300), (face,)) > 0.9
    assert _share(real, photo, (180, 30, 270, 500), (face,)) == 0


def test_a_forearm_stays_and_the_drape_goes(real: BackgroundDetector) -> None:
    photo = ingest.read((SAMPLES / "phone" / "IMG_2041.jpg").read_bytes(), 100)
    assert _share(real, photo, (0, 0, 1080, 60)) > 0.8
    assert _share(real, photo, (300, 300, 800, 500)) == 0


@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize("size", [(16, 16), (1, 20000), (20000, 1), (640, 480)])
def test_on_a_plain_surface_nothing_is_invented(
    real: BackgroundDetector, value: int, size: tuple[int, int]
) -> None:
    photo = ingest.from_pixels(np.full((size[1], size[0], 3), value, np.uint8))
    assert real.find(photo) == ()
    around = real.around(photo, (), ())
    assert around.identifying == ()
    assert around.room is None or not around.room.sure


@pytest.mark.parametrize("name", ["formats/fundus_grey.jpg", "formats/fundus_cmyk.jpg"])
def test_of_a_fundus_nothing_is_cut(real: BackgroundDetector, name: str) -> None:
    photo = ingest.read((SAMPLES / name).read_bytes(), 100)
    width, height = photo.size
    middle = (width // 4, height // 4, 3 * width // 4, 3 * height // 4)
    room = real.around(photo, (), ()).room
    assert room is None or not room.sure or _share(real, photo, middle) == 0

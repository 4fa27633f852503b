"""Corrections as values: every change can be undone, nothing leaves the picture, a decision says what is seen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("PySide6.QtWidgets", reason="the window is an extra: pip install '.[desktop]'")

from photoguard.decision import Decision, DrawnMask, Shown
from photoguard.desktop.areas import Area, Draft, freehand
from photoguard.desktop.editing import Editing
from photoguard.outcome import Found, Outcome, Status
from photoguard.photo import Kind, Method

SIZE = (600, 400)
FACE = Found(kind=Kind.FACE, box=(100, 50, 200, 180), score=0.9, detector="faces")
ROOM = Found(kind=Kind.BACKGROUND, box=(0, 0, 600, 90), score=0.8, detector="background")

boxes = st.tuples(st.integers(-50, 650), st.integers(-50, 450), st.integers(1, 300), st.integers(1, 300)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)


def begun(*found: Found, decided: Decision | None = None) -> Draft:
    outcome = Outcome(source="a.jpg", status=Status.REVIEW, findings=found)
    return Draft.of(outcome, decided, SIZE, flipped=False)


def test_what_nobody_touched_is_left_to_the_detectors() -> None:
    decision = begun(FACE, ROOM).decision("me", "why")
    assert decision.masks == decision.shown == decision.keep == ()


def test_a_finding_that_is_deleted_stays_visible() -> None:
    decision = begun(FACE, ROOM).without(0).decision("me", "why")
    assert decision.shown == (Shown(kind=Kind.FACE, box=FACE.box),)
    assert decision.masks == ()


def test_a_finding_that_is_changed_becomes_a_persons_mask_in_its_place() -> None:
    decision = begun(FACE).moved(0, 10, -5).decision("me", "why")
    assert decision.shown == (Shown(kind=Kind.FACE, box=FACE.box),)
    assert decision.masks == (DrawnMask(box=(110, 45, 210, 175), kind=Kind.FACE),)
    again = begun(FACE).moved(0, 10, -5).moved(0, 1, 1).decision("me", "why")
    assert len(again.shown) == 1


RED_INK = Found(kind=Kind.TATTOO, box=(300, 100, 400, 200), score=0.9, detector="tattoos")
AS_FLESH = Found(kind=Kind.TATTOO, box=(302, 103, 399, 200), score=0.9, detector="tattoos", sure=False)


def test_a_mask_stays_where_only_the_doubt_about_what_it_covers_is_taken_away() -> None:
    draft = begun(RED_INK, AS_FLESH).without(1)
    assert [area.masked for area in draft.areas] == [True]
    decision = draft.decision("me", "why")
    assert decision.less_shown([Area(AS_FLESH.box, Kind.TATTOO).finding()]) == ()
    assert [mask.box for mask in decision.masks] == [RED_INK.box]


def test_what_alone_is_to_be_seen_has_no_mask_of_a_detector_left_on_it() -> None:
    draft = begun(RED_INK, AS_FLESH).only(1)
    assert [area.kind for area in draft.areas] == [Kind.BACKGROUND]
    assert draft.decision("me", "why").less_shown([Area(RED_INK.box, Kind.TATTOO).finding()]) == ()


def test_what_was_decided_before_is_where_correcting_begins() -> None:
    before = Decision(
        by="me",
        note="why",
        mirror="flip",
        turn=90,
        masks=(DrawnMask(box=(1, 2, 30, 40), method=Method.BLUR),),
        keep=((50, 50, 90, 90),),
        shown=(Shown(kind=Kind.TEXT, box=(5, 5, 9, 9)),),
    )
    mine = Found(kind=Kind.DRAWN, box=(1, 2, 30, 40), score=1, detector="person")
    draft = begun(FACE, mine, decided=before)
    after = draft.decision("me", "why")
    assert len(draft.areas) == 3
    assert after == before


def test_an_area_that_is_kept_is_a_keep_region_and_no_mask() -> None:
    decision = begun().with_area(Area((10, 10, 50, 50), keep=True)).decision("me", "why")
    assert decision.keep == ((10, 10, 50, 50),)
    assert decision.masks == ()


def test_everything_but_an_area_is_masked_and_the_softwares_background_gives_way() -> None:
    draft = begun(ROOM, FACE).with_area(Area((300, 100, 500, 300))).only(2)
    decision = draft.decision("me", "why")
    assert decision.shown == (Shown(kind=Kind.BACKGROUND, box=ROOM.box),)
    (mask,) = decision.masks
    assert mask.box == (0, 0, *SIZE)
    assert mask.kind is Kind.BACKGROUND
    assert [area.kind for area in draft.areas] == [Kind.FACE, Kind.BACKGROUND]


@given(boxes, st.integers(-900, 900), st.integers(-900, 900))
def test_areas_never_leave_the_picture(box: tuple[int, int, int, int], dx: int, dy: int) -> None:
    draft = begun().with_area(Area(box)).moved(0, dx, dy)
    x0, y0, x1, y1 = draft.areas[0].box
    assert 0 <= x0 < x1 <= SIZE[0]
    assert 0 <= y0 < y1 <= SIZE[1]


@given(boxes, st.lists(st.sampled_from(["flip", "rotate", "rotate_back"]), max_size=8))
def test_turning_and_flipping_say_what_is_done_to_the_file_and_take_the_areas_along(
    box: tuple[int, int, int, int], steps: list[str]
) -> None:
    import numpy as np

    draft = begun().with_area(Area(box))
    picture = np.zeros(SIZE[::-1], bool)
    x0, y0, x1, y1 = draft.areas[0].box
    picture[y0:y1, x0:x1] = True
    for step in steps:
        draft = getattr(draft, step)()
    # First flipped, then turned: as the library carries a decision out.
    shown = np.rot90(picture[:, ::-1] if draft.flipped else picture, -draft.turn // 90)
    assert draft.size == shown.shape[::-1]
    x0, y0, x1, y1 = draft.areas[0].box
    assert shown[y0:y1, x0:x1].all()
    assert shown.sum() == (x1 - x0) * (y1 - y0)


def test_a_ring_is_turned_with_the_pixels_that_it_goes_through() -> None:
    ring = ((0, 0), (9, 0), (9, 4))
    draft = begun().with_area(Area((0, 0, 10, 5), outline=(ring,))).flip()
    assert draft.areas[0].box == (590, 0, 600, 5)
    assert draft.areas[0].outline == (((599, 0), (590, 0), (590, 4)),)


@given(st.lists(st.sampled_from(["add", "delete", "move", "flip", "rotate", "only", "keep"]), max_size=25))
def test_undo_goes_back_to_the_beginning_and_redo_to_the_end(qapp: object, steps: list[str]) -> None:
    editing = Editing(begun(FACE, ROOM))
    first = editing.draft
    editing.select(0)
    for step in steps:
        draft, held = editing.draft, editing.selected
        if step == "add":
            editing.add(Area((20, 20, 80, 80)))
        elif step == "delete":
            editing.delete()
        elif step == "move" and held is not None:
            editing.do(draft.moved(held, 3, 4), held)
        elif step in ("flip", "rotate"):
            editing.do(getattr(draft, step)(), held)
        elif step == "only" and held is not None and not draft.areas[held].keep:
            editing.mask_all_but()
        elif step == "keep" and editing.area is not None:
            editing.change(replace(editing.area, keep=True, outline=()))
    last = editing.draft
    while editing.history.canUndo():
        editing.history.undo()
    assert editing.draft == first
    while editing.history.canRedo():
        editing.history.redo()
    assert editing.draft == last


def test_a_line_that_encloses_nothing_is_no_area() -> None:
    assert freehand([(5, 5), (5, 5), (5, 5)]) is None
    assert freehand([(5, 5), (9, 5), (30, 5)]) is None
    area = freehand([(5, 5), (20, 6), (12, 30)])
    assert area is not None
    assert area.box == (5, 5, 21, 31)

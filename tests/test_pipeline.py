"""What the policy makes of what the detectors say. They are replaced here by ones that say it."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

from photoguard import ingest, pipeline
from photoguard.detect.background import Around, BackgroundDetector
from photoguard.detect.text import TextDetector
from photoguard.photo import Box, Finding, Kind, Photo
from photoguard.pipeline import Cleaned, Pipeline
from photoguard.policy import Policy

SIZE = (320, 240)
BODY: Box = (96, 48, 224, 240)
INNER: Box = (112, 64, 208, 232)
SCREEN, OTHER, FLOOR = (0, 0, 32, 32), (256, 64, 320, 240), (40, 200, 88, 240)


class _Text(TextDetector):
    def __init__(self) -> None: ...

    def find(self, photo: Photo) -> tuple[Finding, ...]:
        return ()

    glance = find


class _Tattoos:
    name = "tattoos"

    def __init__(self, *findings: Finding) -> None:
        self._findings = findings

    def find(self, photo: Photo) -> tuple[Finding, ...]:
        return self._findings

    def glance(self, photo: Photo) -> tuple[Finding, ...]:
        return ()


class _Around(BackgroundDetector):
    """A screen, someone else, and a room around BODY."""

    def __init__(self, *, sure: bool = True) -> None:
        self._sure = sure

    def find(self, photo: Photo) -> tuple[Finding, ...]:
        return (Finding(Kind.BACKGROUND, SCREEN, 0.9, self.name),)

    def around(self, photo: Photo, findings: Sequence[Finding], keep: Sequence[Box]) -> Around:
        x0, y0, x1, y1 = BODY
        hole = ((x0, y0), (x1 - 1, y0), (x1 - 1, y1 + 99), (x0, y1 + 99))
        outer = ((0, 0), (319, 0), (319, 239), (0, 239))
        room = Finding(Kind.BACKGROUND, (0, 0, *SIZE), 0.9, self.name, outline=(outer, hole), sure=self._sure)
        return Around((Finding(Kind.BACKGROUND, OTHER, 0.9, self.name),), room)


def _tattoo(box: Box, *, sure: bool = True) -> Finding:
    return Finding(Kind.TATTOO, box, 0.97 if sure else 0.9, "tattoos", sure=sure)


@pytest.fixture
def png() -> bytes:
    picture = np.random.default_rng(0).integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def _clean(
    monkeypatch: pytest.MonkeyPatch,
    png: bytes,
    *tattoos: Finding,
    policy: Policy | None = None,
    sure: bool = True,
    keep: Sequence[Box] = (),
) -> tuple[Cleaned, np.ndarray]:
    """The outcome, and which pixels changed."""
    monkeypatch.setattr(pipeline, "_detectors", lambda: (_Around(sure=sure), _Tattoos(*tattoos), _Text()))
    chosen = policy or Policy()
    cleaned = Pipeline(chosen).clean(lambda: (png, ingest.read(png, 200)), source="a.png", keep=keep)
    assert cleaned.data is not None, cleaned.outcome.reasons
    before, after = (np.asarray(Image.open(io.BytesIO(one)).convert("RGB")) for one in (png, cleaned.data))
    return cleaned, (before != after).any(axis=2)


def _masked(changed: np.ndarray, box: Box) -> float:
    x0, y0, x1, y1 = box
    return float(changed[y0:y1, x0:x1].mean())


def test_all_masks_everything_outside_the_body(monkeypatch: pytest.MonkeyPatch, png: bytes) -> None:
    cleaned, changed = _clean(monkeypatch, png, policy=Policy(background="all"))
    assert cleaned.outcome.reasons == ()
    assert _masked(changed, INNER) == 0
    assert min(_masked(changed, box) for box in (SCREEN, OTHER, FLOOR)) > 0.95


def test_identifying_masks_things_and_other_people_and_leaves_the_rest(
    monkeypatch: pytest.MonkeyPatch, png: bytes
) -> None:
    cleaned, changed = _clean(monkeypatch, png, policy=Policy(background="identifying"))
    assert cleaned.outcome.reasons == ()
    assert min(_masked(changed, box) for box in (SCREEN, OTHER)) > 0.95
    assert max(_masked(changed, box) for box in (INNER, FLOOR)) == 0


def test_keep_leaves_the_background_as_it_is(monkeypatch: pytest.MonkeyPatch, png: bytes) -> None:
    cleaned, changed = _clean(monkeypatch, png, policy=Policy(background="keep"), sure=False)
    assert cleaned.outcome.reasons == () and not changed.any()


def test_a_room_without_a_clear_edge_is_left_and_shown_to_a_person(
    monkeypatch: pytest.MonkeyPatch, png: bytes
) -> None:
    cleaned, changed = _clean(monkeypatch, png, sure=False)
    assert cleaned.outcome.reasons == ("BACKGROUND_UNSURE",)
    assert _masked(changed, FLOOR) == 0
    assert _masked(changed, SCREEN) > 0.95  # what surely identifies is masked all the same


def test_a_background_that_the_policy_leaves_visible_raises_no_doubt(
    monkeypatch: pytest.MonkeyPatch, png: bytes
) -> None:
    policy = Policy.model_validate({"masking": {"background": "keep"}})
    cleaned, changed = _clean(monkeypatch, png, policy=policy, sure=False)
    assert cleaned.outcome.reasons == () and not changed.any()


def test_a_large_room_is_not_what_covers_most_of_the_picture(
    monkeypatch: pytest.MonkeyPatch, png: bytes
) -> None:
    # The room is 68 % of it; what counts is how much of the body is left.
    half = _tattoo((96, 48, 224, 120))
    policy = Policy(most_masked=0.5)
    assert _clean(monkeypatch, png, half, policy=policy)[0].outcome.reasons == ()
    most = _tattoo((96, 48, 224, 200))
    assert _clean(monkeypatch, png, most, policy=policy)[0].outcome.reasons == ("MASKS_COVER_MOST",)


def test_what_may_be_a_tattoo_or_a_wound_is_left_and_shown_to_a_person(
    monkeypatch: pytest.MonkeyPatch, png: bytes
) -> None:
    cleaned, changed = _clean(monkeypatch, png, _tattoo((120, 80, 160, 120), sure=False))
    assert cleaned.outcome.reasons == ("TATTOO_UNSURE",)
    assert _masked(changed, (120, 80, 160, 120)) == 0
    assert [found.kind for found in cleaned.outcome.findings].count(Kind.TATTOO) == 1


def test_a_keep_area_settles_that_it_is_the_finding(monkeypatch: pytest.MonkeyPatch, png: bytes) -> None:
    doubted = _tattoo((120, 80, 160, 120), sure=False)
    cleaned, _ = _clean(monkeypatch, png, doubted, keep=[(116, 76, 164, 124)])
    assert cleaned.outcome.reasons == ()


def test_a_tattoo_at_a_keep_area_is_masked_and_shown_to_a_person(
    monkeypatch: pytest.MonkeyPatch, png: bytes
) -> None:
    tattoo = _tattoo((120, 80, 160, 120))
    beside, across, away = (162, 80, 200, 120), (150, 80, 200, 120), (176, 136, 200, 160)
    for keep, reasons in (
        (beside, ("TATTOO_NEAR_FINDING",)),
        (across, ("KEEP_TOUCHED", "TATTOO_NEAR_FINDING")),
        (away, ()),
    ):
        cleaned, changed = _clean(monkeypatch, png, tattoo, keep=[keep])
        assert cleaned.outcome.reasons == reasons
        assert _masked(changed, (120, 80, 160, 120)) > 0.95


def test_raw_skin_at_a_tattoo_is_shown_to_a_person(monkeypatch: pytest.MonkeyPatch, png: bytes) -> None:
    wound = _tattoo((158, 80, 200, 120), sure=False)
    cleaned, changed = _clean(monkeypatch, png, _tattoo((120, 80, 160, 120)), wound)
    assert "TATTOO_NEAR_FINDING" in cleaned.outcome.reasons
    assert _masked(changed, (168, 80, 200, 120)) == 0

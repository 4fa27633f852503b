"""What the policy makes of what the detectors say. They are replaced here by ones that say it."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

from photoguard import ingest, pipeline
from photoguard.decision import Decision, DrawnMask, Shown, Told
from photoguard.detect.background import Around, BackgroundDetector
from photoguard.detect.text import TextDetector
from photoguard.photo import Box, Finding, Kind, Method, Photo
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
    decision: Decision | None = None,
) -> tuple[Cleaned, np.ndarray]:
    """The outcome, and which pixels changed."""
    monkeypatch.setattr(pipeline, "_detectors", lambda: (_Around(sure=sure), _Tattoos(*tattoos), _Text()))
    chosen = policy or Policy()
    told = Told(tuple(keep), decision=decision)
    cleaned = Pipeline(chosen).clean(lambda: (png, ingest.read(png, 200)), source="a.png", told=told)
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


def _said(**what: object) -> Decision:
    return Decision.model_validate({"by": "Dr. A", "note": "looked at it", **what})


INK = (120, 80, 160, 120)
PLAIN = Policy(background="keep")


def test_a_mask_that_a_person_draws_is_masked_also_where_the_policy_leaves_its_kind_visible(
    monkeypatch: pytest.MonkeyPatch, png: bytes
) -> None:
    visible = Policy(background="keep", masking=PLAIN.masking.model_copy(update={"tattoo": Method.KEEP}))
    for policy in (PLAIN, visible):
        said = _said(masks=(DrawnMask(box=INK, kind=Kind.TATTOO),))
        cleaned, changed = _clean(monkeypatch, png, policy=policy, decision=said)
        assert cleaned.outcome.status == "released"
        assert _masked(changed, INK) > 0.99 and not changed[:70].any()
        assert [(one.kind, one.detector) for one in cleaned.outcome.findings] == [(Kind.TATTOO, "person")]
        assert cleaned.outcome.decided_by == "Dr. A"


def test_a_drawn_mask_has_its_shape_and_the_method_that_a_person_chose(
    monkeypatch: pytest.MonkeyPatch, png: bytes
) -> None:
    triangle = ((120, 80), (160, 80), (120, 120))
    said = _said(masks=(DrawnMask(box=INK, outline=(triangle,), method=Method.PIXELATE),))
    _, changed = _clean(monkeypatch, png, policy=PLAIN, decision=said)
    assert changed[82:100, 122:136].mean() > 0.9
    assert not changed[112:120, 150:160].any()


def test_what_alpha_hides_has_no_say_in_the_colour_of_a_mask(monkeypatch: pytest.MonkeyPatch) -> None:
    said = _said(masks=(DrawnMask(box=INK, method=Method.BLUR),))
    colours = []
    for hidden in (0, 255):
        picture = np.full((SIZE[1], SIZE[0], 4), 150, np.uint8)
        picture[..., 3] = 255
        picture[:, INK[2] :, :3], picture[:, INK[2] :, 3] = hidden, 0
        buffer = io.BytesIO()
        Image.fromarray(picture).save(buffer, "PNG")
        cleaned, _ = _clean(monkeypatch, buffer.getvalue(), policy=PLAIN, decision=said)
        assert cleaned.data is not None
        colours.append(
            np.asarray(Image.open(io.BytesIO(cleaned.data)).convert("RGB"))[80:120, 120:160].mean()
        )
    assert abs(colours[0] - colours[1]) < 5


def test_what_a_person_shows_stays_visible_and_nothing_else_does(
    monkeypatch: pytest.MonkeyPatch, png: bytes
) -> None:
    said = _said(shown=(Shown(kind=Kind.TATTOO, box=INK),))
    other = (180, 140, 200, 160)
    cleaned, changed = _clean(monkeypatch, png, _tattoo(INK), _tattoo(other), policy=PLAIN, decision=said)
    assert not changed[80:120, 120:160].any() and _masked(changed, other) > 0.99
    assert cleaned.outcome.status == "released"
    face = _said(shown=(Shown(kind=Kind.FACE, box=INK),))
    _, changed = _clean(monkeypatch, png, _tattoo(INK), policy=PLAIN, decision=face)
    assert _masked(changed, INK) > 0.99


@pytest.mark.parametrize(
    "said",
    [
        _said(masks=(DrawnMask(box=(116, 76, 164, 124), kind=Kind.TATTOO),)),
        _said(shown=(Shown(kind=Kind.TATTOO, box=INK),)),
        _said(keep=((116, 76, 164, 124),)),
        _said(accepts=("TATTOO_UNSURE",)),
    ],
)
def test_a_doubt_about_a_tattoo_is_settled_by_masking_showing_keeping_or_answering_for_it(
    monkeypatch: pytest.MonkeyPatch, png: bytes, said: Decision
) -> None:
    doubted = _tattoo(INK, sure=False)
    held, _ = _clean(monkeypatch, png, doubted, policy=PLAIN)
    assert held.outcome.reasons == ("TATTOO_UNSURE",)
    settled, changed = _clean(monkeypatch, png, doubted, policy=PLAIN, decision=said)
    assert (settled.outcome.status, settled.outcome.reasons) == ("released", ())
    assert (_masked(changed, INK) > 0.99) is bool(said.masks)


def test_a_reason_that_nobody_answers_for_still_holds(monkeypatch: pytest.MonkeyPatch, png: bytes) -> None:
    said = _said(accepts=("KEEP_TOUCHED",), masks=(DrawnMask(box=INK),), keep=(INK,))
    cleaned, _ = _clean(monkeypatch, png, _tattoo((60, 60, 80, 80), sure=False), policy=PLAIN, decision=said)
    assert cleaned.outcome.reasons == ("TATTOO_UNSURE",)


def test_a_picture_is_flipped_and_turned_before_it_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, png: bytes
) -> None:
    said = _said(mirror="flip", turn=90, masks=(DrawnMask(box=(0, 0, 16, 16)),))
    monkeypatch.setattr(pipeline, "_detectors", lambda: (_Around(), _Tattoos(), _Text()))
    cleaned = Pipeline(PLAIN).clean(
        lambda: (png, ingest.read(png, 200)), source="a.png", told=Told(decision=said)
    )
    assert cleaned.data is not None
    before, after = (np.asarray(Image.open(io.BytesIO(one)).convert("RGB")) for one in (png, cleaned.data))
    wanted = np.rot90(before[:, ::-1], -1)
    assert np.array_equal(after[16:], wanted[16:]) and (after[:16, :16] != wanted[:16, :16]).any()
    assert cleaned.outcome.size == (240, 320) and cleaned.outcome.flipped
    assert cleaned.outcome.mirror.verdict == "not_mirrored"


def test_a_face_that_the_policy_leaves_visible_is_a_persons_to_answer_for(
    monkeypatch: pytest.MonkeyPatch, png: bytes
) -> None:
    face = Finding(Kind.FACE, INK, 0.99, "faces")
    visible = PLAIN.model_copy(update={"masking": PLAIN.masking.model_copy(update={"face": Method.KEEP})})
    held, changed = _clean(monkeypatch, png, face, policy=visible)
    assert held.outcome.reasons == ("FACE_VISIBLE",) and not changed.any()
    said = _said(accepts=("FACE_VISIBLE",))
    assert _clean(monkeypatch, png, face, policy=visible, decision=said)[0].outcome.status == "released"
    internal = visible.model_copy(update={"pairs_need_consent": False})
    assert _clean(monkeypatch, png, face, policy=internal)[0].outcome.status == "released"


def test_showing_the_room_leaves_the_things_in_it_masked(monkeypatch: pytest.MonkeyPatch, png: bytes) -> None:
    said = _said(shown=(Shown(kind=Kind.BACKGROUND, box=(0, 0, *SIZE)),))
    _, changed = _clean(monkeypatch, png, policy=Policy(background="all"), decision=said)
    assert _masked(changed, SCREEN) > 0.99 and _masked(changed, OTHER) > 0.99
    assert not changed[FLOOR[1] : FLOOR[3], FLOOR[0] : FLOOR[2]].any()


@pytest.mark.parametrize(
    ("said", "keep"),
    [
        ({"mirror": "flip"}, (320 - 60, 30, 320 - 40, 50)),
        ({"turn": 180}, (320 - 60, 240 - 50, 320 - 40, 240 - 30)),
        # Clockwise: what was at (x, y) comes to (height - y, x).
        ({"turn": 90}, (240 - 50, 40, 240 - 30, 60)),
    ],
)
def test_a_keep_area_of_the_manifest_moves_with_the_picture(
    monkeypatch: pytest.MonkeyPatch, png: bytes, said: dict[str, object], keep: Box
) -> None:
    """Where the finding lies is said of the photo as it was taken; masks are laid on the one that leaves."""
    taken = (40, 30, 60, 50)
    for tattoo, touched in ((keep, True), (taken, False)):
        monkeypatch.setattr(
            pipeline, "_detectors", lambda at=tattoo: (_Around(), _Tattoos(_tattoo(at)), _Text())
        )
        told = Told((taken,), decision=_said(**said))
        cleaned = Pipeline(PLAIN).clean(lambda: (png, ingest.read(png, 200)), source="a.png", told=told)
        assert ("KEEP_TOUCHED" in cleaned.outcome.reasons) is touched


def test_a_face_under_a_persons_mask_is_not_left_visible(monkeypatch: pytest.MonkeyPatch, png: bytes) -> None:
    face = Finding(Kind.FACE, INK, 0.99, "faces")
    visible = PLAIN.model_copy(update={"masking": PLAIN.masking.model_copy(update={"face": Method.KEEP})})
    covered = _said(masks=(DrawnMask(box=INK),))
    assert _clean(monkeypatch, png, face, policy=visible, decision=covered)[0].outcome.status == "released"
    half = _said(masks=(DrawnMask(box=(120, 80, 140, 120)),))
    assert _clean(monkeypatch, png, face, policy=visible, decision=half)[0].outcome.reasons == (
        "FACE_VISIBLE",
    )


class _Sees(_Text):
    """Sees nothing at first; in the written picture something, at a place counted in shares of it."""

    def __init__(self, *shares: float) -> None:
        self._shares = shares
        self.looked_at: list[tuple[int, int]] = []

    def glance(self, photo: Photo) -> tuple[Finding, ...]:
        self.looked_at.append(photo.size)
        if len(self.looked_at) > 1:
            return ()
        x0, y0, x1, y1 = (
            round(share * side) for share, side in zip(self._shares, photo.size * 2, strict=True)
        )
        return (Finding(Kind.TEXT, (x0, y0, x1, y1), 0.9, self.name),)


def _small(
    monkeypatch: pytest.MonkeyPatch, source: bytes, *detectors: object, size: str = "small"
) -> Cleaned:
    monkeypatch.setattr(pipeline, "_detectors", lambda: detectors)
    policy = Policy(background="keep").sized(size)
    return Pipeline(policy).clean(lambda: (source, ingest.read(source, 200)), source="a.jpg")


def _smooth(width: int, height: int, file_format: str, under: tuple[Box, int] | None = None) -> bytes:
    """A picture of few bytes, with an even patch in it whose level can be chosen."""
    picture = np.stack(np.meshgrid(np.arange(width) % 200, np.arange(height) / 8), axis=-1)
    picture = np.dstack((picture, picture[..., 0])).astype(np.uint8)
    if under:
        (x0, y0, x1, y1), level = under
        picture[y0:y1, x0:x1] = (level, 255 - level, level)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, file_format)
    return buffer.getvalue()


def test_the_second_look_is_at_the_small_picture_and_masks_the_place_in_the_large_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = _Sees(0.25, 0.25, 0.5, 0.5)
    source = _smooth(1600, 800, "PNG")
    cleaned = _small(monkeypatch, source, _Around(), text, _Tattoos(_tattoo((0, 0, 64, 64))))
    assert cleaned.outcome.status == "released" and cleaned.data is not None
    assert text.looked_at == [(1280, 640), (1280, 640)]
    box = next(found.box for found in cleaned.outcome.findings if found.kind is Kind.TEXT)
    assert box == (400, 200, 800, 400)
    assert cleaned.suffix == ".jpg"
    pixels = np.asarray(Image.open(io.BytesIO(cleaned.data)).convert("RGB")).astype(int)
    assert np.abs(pixels[162:318, 322:638] - 128).max() <= 4
    assert np.abs(pixels[0:150, 322:638] - 128).max() > 30


def test_nothing_under_a_mask_has_a_say_in_a_single_byte_of_the_small_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Not even through the colours that a JPEG decoder mixes across the edge of the mask.
    hidden: Box = (640, 320, 960, 480)
    covers = Finding(Kind.DRAWN, hidden, 0.9, "tattoos")
    written = {
        _small(
            monkeypatch, _smooth(1600, 800, "JPEG", (hidden, level)), _Around(), _Text(), _Tattoos(covers)
        ).data
        for level in (0, 128, 255)
    }
    assert len(written) == 1 and None not in written


def test_a_size_without_enough_bytes_holds_the_photo_back(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (1000, 1300, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "JPEG")
    cleaned = _small(monkeypatch, buffer.getvalue(), _Around(), _Text())
    assert (cleaned.outcome.status, cleaned.outcome.reasons) == ("failed", ("SIZE_UNREACHED",))
    assert cleaned.data is None

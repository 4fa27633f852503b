from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photoguard.mirror import check, flipped, judge
from photoguard.outcome import MirrorCue, Verdict
from photoguard.photo import CaptureFacts, Container, Photo

cues = st.builds(
    MirrorCue,
    name=st.sampled_from(["text", "codes", "orientation", "camera"]),
    says=st.sampled_from(["mirrored", "not_mirrored"]),
    strength=st.sampled_from(["decisive", "strong", "weak"]),
    detail=st.just("."),
)


def cue(strength: str, says: str) -> MirrorCue:
    return MirrorCue.model_validate({"name": "x", "says": says, "strength": strength, "detail": "."})


YES, NO = cue("decisive", "mirrored"), cue("decisive", "not_mirrored")
STRONG, WEAK = cue("strong", "mirrored"), cue("weak", "mirrored")


@pytest.mark.parametrize(
    ("given_cues", "verdict"),
    [
        ([], Verdict.NO_CUE),
        ([WEAK], Verdict.NO_CUE),
        ([STRONG], Verdict.SUSPECTED),
        ([STRONG, WEAK], Verdict.SUSPECTED),
        ([YES], Verdict.MIRRORED),
        ([YES, STRONG], Verdict.MIRRORED),
        ([NO], Verdict.NOT_MIRRORED),
        ([NO, STRONG], Verdict.NOT_MIRRORED),
        ([NO, WEAK], Verdict.NOT_MIRRORED),
        ([YES, NO], Verdict.SUSPECTED),
        ([YES, NO, STRONG], Verdict.SUSPECTED),
    ],
)
def test_the_rule(given_cues: list[MirrorCue], verdict: Verdict) -> None:
    assert judge(given_cues).verdict is verdict


@given(st.lists(cues, max_size=6), st.randoms())
def test_the_verdict_does_not_depend_on_the_order_and_keeps_every_cue(
    given_cues: list[MirrorCue], rng
) -> None:
    judged = judge(given_cues)
    assert judged.cues == tuple(given_cues)
    shuffled = list(given_cues)
    rng.shuffle(shuffled)
    assert judge(shuffled).verdict is judged.verdict


@given(st.lists(cues, max_size=6))
def test_a_decisive_cue_for_mirrored_never_ends_as_not_mirrored(given_cues: list[MirrorCue]) -> None:
    verdict = judge([*given_cues, YES]).verdict
    assert verdict in {Verdict.MIRRORED, Verdict.SUSPECTED}


@given(st.lists(cues.filter(lambda c: c.strength == "weak"), max_size=4))
def test_weak_cues_change_nothing(given_cues: list[MirrorCue]) -> None:
    for known in ([], [YES], [NO], [STRONG]):
        assert judge([*known, *given_cues]).verdict is judge(known).verdict


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("front", [False, True])
def test_a_mirrored_orientation_is_suspected_and_a_front_camera_is_only_said(
    orientation: int, front: bool
) -> None:
    facts = CaptureFacts((8, 8), orientation=orientation, front_camera=front)
    judged = check(Photo(np.zeros((8, 8, 3), np.uint8), Container.ARRAY, facts), [], lambda crops: [])
    assert judged.verdict is (Verdict.SUSPECTED if orientation in {2, 4, 5, 7} else Verdict.NO_CUE)
    assert ("camera" in [cue.name for cue in judged.cues]) is front


def test_once_the_picture_is_flipped_back_a_cue_is_where_it_is_seen_now() -> None:
    there = YES.model_copy(update={"places": ((10, 20, 40, 50),)})
    verdict = flipped(judge([there]), width=100)
    assert verdict.verdict is Verdict.NOT_MIRRORED
    assert verdict.cues[0].places == ((60, 20, 90, 50),)

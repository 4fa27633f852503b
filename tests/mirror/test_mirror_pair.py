from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from skimage import data

from photoguard.features import features
from photoguard.mirror import check_pair
from photoguard.mirror.pair import Relation, relation, settle
from photoguard.mirror.rule import judge
from photoguard.outcome import MirrorCue, MirrorVerdict, Verdict
from photoguard.photo import Photo, Pixels

AsPhoto = Callable[[Pixels], Photo]
SAMPLES = Path(__file__).parents[2] / "sample_images"


def another_day(pixels: Pixels, *, degrees: float = 15, scale: float = 0.8, cut: float = 0.2) -> Pixels:
    """The same site later: turned, scaled, cropped and in another light."""
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    later = cv2.warpAffine(pixels, turn, (width, height), borderMode=cv2.BORDER_REFLECT)
    top, left = round(cut / 2 * height), round(cut / 2 * width)
    later = later[top : height - top, left : width - left]
    slope = np.linspace(0.6, 1.1, later.shape[1])[None, :, None]
    grain = np.random.default_rng(3).normal(0, 3, later.shape)
    return np.clip(255 * (later / 255) ** 1.3 * slope * (1.0, 0.9, 0.8) + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", ["chelsea", "coffee", "astronaut"])
def test_a_flipped_half_is_caught_and_a_straight_one_is_not(as_photo: AsPhoto, name: str) -> None:
    before = getattr(data, name)()[:420, :560]
    after = another_day(before)
    one, two = features(as_photo(before)), features(as_photo(after))
    mirrored_one, mirrored_two = features(as_photo(before[:, ::-1])), features(as_photo(after[:, ::-1]))
    assert relation(one, two) is Relation.SAME
    assert relation(one, mirrored_two) is Relation.OPPOSITE
    assert relation(mirrored_one, two) is Relation.OPPOSITE
    assert relation(mirrored_one, mirrored_two) is Relation.SAME


@pytest.mark.parametrize("name", ["forearm_before", "polso_prima", "back before"])
def test_skin_turned_by_15_degrees_scaled_cut_by_a_fifth_and_relit_is_still_told_from_its_mirror_image(
    as_photo: AsPhoto, name: str
) -> None:
    before = np.asarray(Image.open(SAMPLES / "pairs" / f"{name}.jpg"))
    after = another_day(before, degrees=15, scale=0.8, cut=0.2)
    assert check_pair(as_photo(before), as_photo(after)) is Relation.SAME
    assert check_pair(as_photo(before), as_photo(after[:, ::-1])) is Relation.OPPOSITE


def test_the_two_eyes_of_a_camera_lie_the_same_way(as_photo: AsPhoto) -> None:
    left, right = (eye[100:400, 100:600] for eye in data.stereo_motorcycle()[:2])
    assert check_pair(as_photo(left), as_photo(right)) is Relation.SAME
    assert check_pair(as_photo(left), as_photo(right[:, ::-1])) is Relation.OPPOSITE


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_half_turned_by_quarters_is_still_told_from_a_flipped_one(
    as_photo: AsPhoto, site: Pixels, turns: int
) -> None:
    after = np.rot90(another_day(site), turns)
    assert check_pair(as_photo(site), as_photo(after)) is Relation.SAME
    assert check_pair(as_photo(site), as_photo(after[::-1])) is Relation.OPPOSITE


def test_grey_halves_are_compared_too(as_photo: AsPhoto, site: Pixels) -> None:
    grey = np.repeat(cv2.cvtColor(site, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    assert check_pair(as_photo(grey), as_photo(another_day(site)[:, ::-1])) is Relation.OPPOSITE


def test_two_different_sites_never_give_a_cue(as_photo: AsPhoto) -> None:
    names = ("chelsea", "coffee", "astronaut", "rocket", "retina")
    seen = [features(as_photo(getattr(data, name)()[:400, :400])) for name in names]
    for first, second in combinations(seen, 2):
        assert relation(first, second) is None


@pytest.mark.parametrize(
    "bare",
    [np.full((300, 400, 3), 128, np.uint8), np.zeros((1, 1, 3), np.uint8), np.full((24, 3, 3), 9, np.uint8)],
)
def test_a_half_without_texture_or_a_tiny_one_gives_no_cue(
    as_photo: AsPhoto, site: Pixels, bare: Pixels
) -> None:
    assert check_pair(as_photo(site), as_photo(bare)) is None
    assert check_pair(as_photo(bare), as_photo(site)) is None
    assert check_pair(as_photo(bare), as_photo(bare)) is None


def test_a_picture_that_is_its_own_mirror_image_gives_no_cue(as_photo: AsPhoto, site: Pixels) -> None:
    symmetric = np.concatenate([site, site[:, ::-1]], axis=1)
    assert check_pair(as_photo(symmetric), as_photo(symmetric)) is None


def test_a_logo_laid_over_a_flipped_half_does_not_hide_the_flip(as_photo: AsPhoto, site: Pixels) -> None:
    """Both ways agree somewhere then: no verdict is better than a wrong one."""
    before, after = site.copy(), another_day(site, degrees=0, scale=1, cut=0)[:, ::-1].copy()
    for half in (before, after):
        half[:80, :80] = cv2.resize(data.coffee(), (80, 80))
    assert check_pair(as_photo(before), as_photo(after)) in {None, Relation.OPPOSITE}


def test_flipped_features_are_those_of_the_flipped_photo(as_photo: AsPhoto, site: Pixels) -> None:
    derived, seen = features(as_photo(site)).flipped(), features(as_photo(site[:, ::-1]))
    near = 0
    for place, descriptor in zip(derived.places[:200], derived.descriptors[:200].astype(int), strict=True):
        there = np.linalg.norm(seen.places[:, :2] - place[:2], axis=1) < 0.003
        apart = np.linalg.norm(seen.descriptors[there].astype(int) - descriptor, axis=1)
        near += bool(len(apart)) and apart.min() < 60
    assert near > 140  # a mirrored picture is not quite searched in the same places


def verdict(*cues: tuple[str, str]) -> MirrorVerdict:
    return judge(
        [
            MirrorCue.model_validate({"name": "x", "strength": strength, "says": says, "detail": "."})
            for strength, says in cues
        ]
    )


UNKNOWN, SUSPECTED = verdict(), verdict(("strong", "mirrored"))
MIRRORED, STRAIGHT = verdict(("decisive", "mirrored")), verdict(("decisive", "not_mirrored"))
V = Verdict


@pytest.mark.parametrize(
    ("first", "second", "lie", "verdicts"),
    [
        (UNKNOWN, UNKNOWN, None, (V.NO_CUE, V.NO_CUE)),
        (UNKNOWN, UNKNOWN, Relation.SAME, (V.NO_CUE, V.NO_CUE)),
        (UNKNOWN, UNKNOWN, Relation.OPPOSITE, (V.SUSPECTED, V.SUSPECTED)),
        (STRAIGHT, UNKNOWN, Relation.SAME, (V.NOT_MIRRORED, V.NOT_MIRRORED)),
        (STRAIGHT, UNKNOWN, Relation.OPPOSITE, (V.NOT_MIRRORED, V.MIRRORED)),
        (MIRRORED, UNKNOWN, Relation.SAME, (V.MIRRORED, V.MIRRORED)),
        (MIRRORED, UNKNOWN, Relation.OPPOSITE, (V.MIRRORED, V.NOT_MIRRORED)),
        (SUSPECTED, UNKNOWN, Relation.OPPOSITE, (V.MIRRORED, V.NO_CUE)),
        (SUSPECTED, SUSPECTED, Relation.OPPOSITE, (V.SUSPECTED, V.SUSPECTED)),
        (MIRRORED, STRAIGHT, Relation.OPPOSITE, (V.MIRRORED, V.NOT_MIRRORED)),
        (MIRRORED, STRAIGHT, Relation.SAME, (V.SUSPECTED, V.SUSPECTED)),
        (STRAIGHT, STRAIGHT, Relation.OPPOSITE, (V.SUSPECTED, V.SUSPECTED)),
    ],
)
def test_what_is_known_of_one_half_is_known_of_the_other(
    first: MirrorVerdict, second: MirrorVerdict, lie: Relation | None, verdicts: tuple[Verdict, Verdict]
) -> None:
    one, two = settle(first, second, lie)
    assert (one.verdict, two.verdict) == verdicts
    two, one = settle(second, first, lie)
    assert (one.verdict, two.verdict) == verdicts


@given(
    *[
        st.lists(
            st.tuples(
                st.sampled_from(["decisive", "strong", "weak"]), st.sampled_from(["mirrored", "not_mirrored"])
            ),
            max_size=4,
        )
    ]
    * 2
)
def test_a_flipped_half_never_leaves_a_pair_without_a_doubt(
    first: list[tuple[str, str]], second: list[tuple[str, str]]
) -> None:
    halves = settle(verdict(*first), verdict(*second), Relation.OPPOSITE)
    assert {half.verdict for half in halves} & {Verdict.MIRRORED, Verdict.SUSPECTED}

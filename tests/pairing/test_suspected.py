"""Which photos of a batch are suspected to show one site, by the points that they share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photoguard.features import Features
from photoguard.pairing import suspected
from photoguard.pairing.drawers import Drawers

POINTS = 24
ALL = frozenset(range(120))


def photo(chance: np.random.Generator, points: int = POINTS) -> Features:
    """Points of a photo, none of which is like one of another photo."""
    descriptors = np.minimum(255, chance.gamma(0.3, 60, (points, 128))).astype(np.uint8)
    return Features(chance.uniform(0, 1, (points, 4)).astype(np.float32), descriptors, 1.0)


def anew(seen: Features, chance: np.random.Generator, kept: int = 16) -> Features:
    """The same site once more: some of its points, each a little changed, and others."""
    changed = seen.descriptors[:kept] + chance.integers(-3, 4, (kept, 128))
    others = photo(chance, POINTS - kept).descriptors
    descriptors = np.concatenate([np.clip(changed, 0, 255).astype(np.uint8), others])
    return Features(seen.places, descriptors, seen.width)


@pytest.fixture(scope="module")
def photos() -> tuple[list[Features], set[tuple[int, int]]]:
    """120 photos, ten of which show the site of another one, and which those are."""
    chance = np.random.default_rng(3)
    seen = [photo(chance) for _ in range(110)]
    return [*seen, *(anew(seen[11 * i], chance) for i in range(10))], {(11 * i, 110 + i) for i in range(10)}


@pytest.mark.parametrize("each", [1000, 40, 5], ids=["one region", "a few", "many"])
def test_photos_that_share_points_are_found_however_many_regions_there_are(
    photos: tuple[list[Features], set[tuple[int, int]]],
    each: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(suspected, "_ALONE", 0 if each < 1000 else 1000)
    monkeypatch.setattr(suspected, "_EACH", each)
    found = list(suspected.suspected(photos[0], tmp_path, ALL))
    assert photos[1] <= set(found) and found == sorted(set(found))
    assert len(found) < 20, "next to none by chance"
    assert found == list(suspected.suspected(photos[0], tmp_path, ALL)), (
        "the same photos give the same answer"
    )
    assert not [*tmp_path.iterdir()], "nothing is left in the folder"


def test_a_region_with_more_points_than_an_index_may_hold_is_asked_in_parts(
    photos: tuple[list[Features], set[tuple[int, int]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suspected, "_BLOCK", 1000)
    assert photos[1] <= set(suspected.suspected(photos[0], tmp_path, ALL))


@pytest.mark.parametrize("few", [30, 3], ids=["one by one", "by an index"])
@pytest.mark.parametrize(
    "new", [set(), {5}, {11, 33}, {110, 112, 119}, {0, 110, 3, 4}], ids=lambda new: f"{len(new)} new"
)
def test_of_photos_that_were_compared_already_only_couples_with_a_new_one_are_found(
    photos: tuple[list[Features], set[tuple[int, int]]],
    new: set[int],
    few: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(suspected, "_FEW", few)
    found = list(suspected.suspected(photos[0], tmp_path, new))
    assert {couple for couple in photos[1] if new & {*couple}} <= set(found)
    assert len(found) == len(set(found)) < 8, "next to none by chance, and each once"
    assert all(one < other and new & {one, other} for one, other in found)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_photos_without_points_are_like_no_other(count: int, tmp_path: Path) -> None:
    empty = Features(np.zeros((0, 4), np.float32), np.zeros((0, 128), np.uint8), 1.0)
    assert list(suspected.suspected([empty] * count, tmp_path, ALL)) == []
    assert list(suspected.suspected([empty] * count, tmp_path, set(range(count)))) == []


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(st.integers(0, 5), max_size=20), max_size=5))
def test_what_is_put_into_drawers_is_there_in_the_order_in_which_it_came(
    tmp_path_factory: pytest.TempPathFactory, puts: list[list[int]]
) -> None:
    folder = tmp_path_factory.mktemp("drawers")
    drawers, known, row = Drawers(folder, "some", np.int64), dict[int, list[int]](), 0
    for numbers in puts:
        rows = list(range(row, row := row + len(numbers)))
        for number, one in zip(numbers, rows, strict=True):
            known.setdefault(number, []).append(one)
        drawers.put(np.array(numbers, np.intp), np.array(rows, np.int64))
    assert drawers.numbers() == sorted(known)
    for number in range(6):
        held = known.get(number, [])
        assert drawers.rows(number).tolist() == held and drawers.count(number) == len(held)
        assert drawers.rows(number, range(1, len(held))).tolist() == held[1:]
        drawers.empty(number)
    assert drawers.numbers() == [] and not [*folder.iterdir()]

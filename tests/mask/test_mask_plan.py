from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photoguard.mask import covered_share, covers, plan, touches
from photoguard.photo import Box, Finding, Kind, Method, Region
from photoguard.policy import Masking

SIZE = (200, 120)
BLOCKS = st.sampled_from([(1, 1), (8, 8), (16, 8), (8, 16), (16, 16)])


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x0, y0 = draw(st.integers(-50, 220)), draw(st.integers(-50, 140))
    return x0, y0, x0 + draw(st.integers(0, 120)), y0 + draw(st.integers(0, 120))


findings = st.builds(Finding, st.sampled_from(Kind), boxes(), st.just(0.9), st.just("test"))
maskings = st.builds(Masking, **{kind.value: st.sampled_from(Method) for kind in Kind})


def region(box: Box, method: Method = Method.BLUR) -> Region:
    return Region(box, method, (Kind.FACE,))


def painted(regions: tuple[Region, ...], *methods: Method) -> np.ndarray:
    """Which pixels lie under regions of these methods."""
    under = np.zeros((SIZE[1], SIZE[0]), dtype=bool)
    for one in regions:
        if one.method in methods:
            x0, y0, x1, y1 = one.box
            under[y0:y1, x0:x1] = True
    return under


def asked(found: list[Finding], masking: Masking, *methods: Method) -> np.ndarray:
    under = np.zeros((SIZE[1], SIZE[0]), dtype=bool)
    for one in found:
        if masking.method(one.kind) in methods:
            x0, y0, x1, y1 = (max(0, edge) for edge in one.box)
            under[y0:y1, x0:x1] = True
    return under


@given(st.lists(findings, max_size=8), maskings, BLOCKS)
def test_every_finding_is_masked_at_least_as_strongly_as_asked(
    found: list[Finding], masking: Masking, block: tuple[int, int]
) -> None:
    regions = plan(found, masking, SIZE, block)
    strength = [Method.BLUR, Method.PIXELATE, Method.SOLID]
    for place in range(3):
        wanted = asked(found, masking, *strength[place:])
        assert not (wanted & ~painted(regions, *strength[place:])).any()


@given(st.lists(findings, max_size=8), maskings, BLOCKS)
def test_regions_lie_on_the_block_grid_and_inside_the_picture(
    found: list[Finding], masking: Masking, block: tuple[int, int]
) -> None:
    for one in plan(found, masking, SIZE, block):
        x0, y0, x1, y1 = one.box
        assert 0 <= x0 < x1 <= SIZE[0]
        assert 0 <= y0 < y1 <= SIZE[1]
        assert x0 % block[0] == 0
        assert y0 % block[1] == 0
        assert x1 % block[0] == 0 or x1 == SIZE[0]
        assert y1 % block[1] == 0 or y1 == SIZE[1]


@given(st.lists(findings, max_size=8), maskings, BLOCKS)
def test_no_more_is_masked_than_the_blocks_that_findings_touch(
    found: list[Finding], masking: Masking, block: tuple[int, int]
) -> None:
    alone = [part for one in found for part in plan([one], masking, SIZE, block)]
    whole = painted(tuple(alone), *Method)
    assert np.array_equal(painted(plan(found, masking, SIZE, block), *Method), whole)


@given(st.lists(findings, max_size=8), maskings, st.randoms())
def test_the_order_of_findings_makes_no_difference(found: list[Finding], masking: Masking, random) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)
    assert plan(shuffled, masking, SIZE, (16, 16)) == plan(found, masking, SIZE, (16, 16))


@given(st.lists(findings, max_size=8), maskings)
def test_no_region_lies_within_one_that_is_as_strong(found: list[Finding], masking: Masking) -> None:
    regions = plan(found, masking, SIZE, (8, 8))
    for one in regions:
        others = [other for other in regions if other is not one and other.method is one.method]
        assert covers([other for other in others if covers([other], one.box) == 1.0], one.box) == 0.0


def test_a_kept_kind_gives_no_region() -> None:
    found = [Finding(Kind.FACE, (10, 10, 50, 50), 0.9, "test")]
    assert plan(found, Masking(face=Method.KEEP), SIZE, (1, 1)) == ()


def test_an_absorbed_finding_leaves_its_kind() -> None:
    found = [
        Finding(Kind.FACE, (0, 0, 100, 100), 0.9, "test"),
        Finding(Kind.TATTOO, (20, 20, 40, 40), 0.9, "test"),
    ]
    assert plan(found, Masking(), SIZE, (1, 1)) == (
        Region((0, 0, 100, 100), Method.BLUR, (Kind.FACE, Kind.TATTOO)),
    )


def test_a_stronger_finding_inside_a_weaker_one_stays_a_region_of_its_own() -> None:
    found = [
        Finding(Kind.FACE, (0, 0, 100, 100), 0.9, "test"),
        Finding(Kind.TEXT, (20, 20, 40, 40), 0.9, "test"),
    ]
    methods = {one.method for one in plan(found, Masking(), SIZE, (1, 1))}
    assert methods == {Method.BLUR, Method.SOLID}


def test_a_weaker_finding_inside_a_stronger_one_is_absorbed() -> None:
    found = [
        Finding(Kind.TEXT, (0, 0, 100, 100), 0.9, "test"),
        Finding(Kind.FACE, (20, 20, 40, 40), 0.9, "test"),
    ]
    assert plan(found, Masking(), SIZE, (1, 1)) == (
        Region((0, 0, 100, 100), Method.SOLID, (Kind.FACE, Kind.TEXT)),
    )


def test_a_finding_without_area_masks_the_block_it_lies_in() -> None:
    found = [Finding(Kind.FACE, (16, 16, 16, 16), 0.9, "test")]
    assert [one.box for one in plan(found, Masking(), SIZE, (16, 16))] == [(16, 16, 32, 32)]


@given(st.lists(boxes(), max_size=8), boxes())
def test_shares_are_those_of_the_union(many: list[Box], box: Box) -> None:
    offset = 60
    plane = np.zeros((400, 500), dtype=bool)
    for x0, y0, x1, y1 in many:
        plane[y0 + offset : y1 + offset, x0 + offset : x1 + offset] = True
    regions = [region(one) for one in many]
    x0, y0, x1, y1 = (edge + offset for edge in box)
    under = plane[y0:y1, x0:x1]
    assert covers(regions, box) == pytest.approx(under.mean() if under.size else 0.0)
    picture = plane[offset : offset + SIZE[1], offset : offset + SIZE[0]]
    assert covered_share(regions, SIZE) == pytest.approx(picture.mean())


@given(boxes(), boxes())
def test_touching_means_sharing_a_pixel(one: Box, keep: Box) -> None:
    shared = max(0, min(one[2], keep[2]) - max(one[0], keep[0])) * max(
        0, min(one[3], keep[3]) - max(one[1], keep[1])
    )
    assert touches([region(one)], [keep]) == (shared > 0)


def test_nothing_touches_where_nothing_is_masked_or_kept() -> None:
    assert not touches([], [(0, 0, 10, 10)])
    assert not touches([region((0, 0, 10, 10))], [])

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapes import blob, grown, inside, near, outline_of, raster, rings

from photoguard.mask import covered_share, covers, hides, plan, touches
from photoguard.photo import Box, Finding, Kind, Method, Region
from photoguard.policy import Masking

SIZE = (200, 120)
BLOCKS = st.sampled_from([(1, 1), (8, 8), (16, 8), (8, 16), (16, 16)])


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x0, y0 = draw(st.integers(-50, 220)), draw(st.integers(-50, 140))
    return x0, y0, x0 + draw(st.integers(0, 120)), y0 + draw(st.integers(0, 120))


outlines = st.just(()) | st.lists(rings(SIZE), min_size=1, max_size=3).map(tuple)
findings = st.builds(Finding, st.sampled_from(Kind), boxes(), st.just(0.9), st.just("test"), outline=outlines)
maskings = st.builds(Masking, **{kind.value: st.sampled_from(Method) for kind in Kind})


def region(box: Box, method: Method = Method.BLUR) -> Region:
    return Region(box, method, (Kind.FACE,))


def painted(regions: tuple[Region, ...], *methods: Method) -> np.ndarray:
    """Which pixels lie under regions of these methods."""
    return raster([one for one in regions if one.method in methods], SIZE)


def asked(found: list[Finding], masking: Masking, *methods: Method) -> np.ndarray:
    under = np.zeros((SIZE[1], SIZE[0]), dtype=bool)
    for one in found:
        if masking.method(one.kind) in methods:
            x0, y0, x1, y1 = (max(0, edge) for edge in one.box)
            if one.outline:
                under |= inside(one.outline, SIZE)
            else:
                under[y0:y1, x0:x1] = True
    return under


@given(st.lists(findings, max_size=8), maskings, BLOCKS)
@settings(max_examples=50, deadline=None)
def test_every_finding_is_masked_at_least_as_strongly_as_asked(
    found: list[Finding], masking: Masking, block: tuple[int, int]
) -> None:
    regions = plan(found, masking, SIZE, block)
    strength = [Method.BLUR, Method.PIXELATE, Method.SOLID]
    for place in range(3):
        wanted = asked(found, masking, *strength[place:])
        assert not (wanted & ~painted(regions, *strength[place:])).any()


@given(st.lists(findings, max_size=8), maskings, BLOCKS)
@settings(max_examples=50, deadline=None)
def test_regions_lie_on_the_block_grid_and_inside_the_picture(
    found: list[Finding], masking: Masking, block: tuple[int, int]
) -> None:
    for one in plan(found, masking, SIZE, block):
        x0, y0, x1, y1 = one.box
        across, down = block if one.cells is None else one.cell
        assert 0 <= x0 < x1 <= SIZE[0]
        assert 0 <= y0 < y1 <= SIZE[1]
        assert x0 % across == 0
        assert y0 % down == 0
        assert x1 % across == 0 or x1 == SIZE[0]
        assert y1 % down == 0 or y1 == SIZE[1]
        if one.cells is not None:
            assert (across, down) == (block if block != (1, 1) else (8, 8))
            assert one.cells.shape == (-(-(y1 - y0) // down), -(-(x1 - x0) // across))
            assert not one.cells.all(), "that would be the box"
            edges = (one.cells[0], one.cells[-1], one.cells[:, 0], one.cells[:, -1])
            assert all(edge.any() for edge in edges), "the box is larger than the shape"


@given(st.lists(findings, max_size=8), maskings, BLOCKS)
@settings(max_examples=50, deadline=None)
def test_no_more_is_masked_than_the_blocks_that_findings_touch(
    found: list[Finding], masking: Masking, block: tuple[int, int]
) -> None:
    alone = [part for one in found for part in plan([one], masking, SIZE, block)]
    whole = painted(tuple(alone), *Method)
    assert np.array_equal(painted(plan(found, masking, SIZE, block), *Method), whole)


@given(st.lists(findings, max_size=8), maskings, st.randoms())
@settings(max_examples=50, deadline=None)
def test_the_order_of_findings_makes_no_difference(found: list[Finding], masking: Masking, random) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)
    assert plan(shuffled, masking, SIZE, (16, 16)) == plan(found, masking, SIZE, (16, 16))


@given(st.lists(findings, max_size=8), maskings, BLOCKS)
@settings(max_examples=50, deadline=None)
def test_no_region_lies_within_one_that_is_as_strong(
    found: list[Finding], masking: Masking, block: tuple[int, int]
) -> None:
    strength = [Method.BLUR, Method.PIXELATE, Method.SOLID].index
    regions = plan(found, masking, SIZE, block)
    for one in regions:
        for other in regions:
            if other is not one and strength(other.method) >= strength(one.method):
                assert (raster([one], SIZE) & ~raster([other], SIZE)).any()


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
        Region((0, 0, 100, 100), Method.SOLID, (Kind.TEXT, Kind.FACE)),
    )


def test_a_finding_without_area_masks_the_block_it_lies_in() -> None:
    found = [Finding(Kind.FACE, (16, 16, 16, 16), 0.9, "test")]
    assert [one.box for one in plan(found, Masking(), SIZE, (16, 16))] == [(16, 16, 32, 32)]


def shaped(kind: Kind, shape: np.ndarray) -> Finding:
    return Finding(kind, (0, 0, *SIZE), 0.9, "test", outline=outline_of(shape))


@given(st.integers(0, 2**32), st.floats(0.02, 0.95), BLOCKS)
@settings(max_examples=50, deadline=None)
def test_exactly_the_cells_are_masked_that_an_outline_touches(
    seed: int, share: float, block: tuple[int, int]
) -> None:
    shape = blob(seed, SIZE, share)
    regions = plan([shaped(Kind.TATTOO, shape)], Masking(), SIZE, block)
    assert np.array_equal(raster(regions, SIZE), grown(shape, block if block != (1, 1) else (8, 8)))


@given(st.lists(rings(SIZE, beyond=300), min_size=1, max_size=3).map(tuple), BLOCKS)
@settings(max_examples=50, deadline=None)
def test_any_outline_is_masked_and_no_cell_away_from_it(outline, block: tuple[int, int]) -> None:
    regions = plan([Finding(Kind.TATTOO, (0, 0, 9, 9), 0.9, "test", outline=outline)], Masking(), SIZE, block)
    under, cell = raster(regions, SIZE), block if block != (1, 1) else (8, 8)
    assert not (inside(outline, SIZE) & ~under).any()
    assert not (under & ~grown(near(outline, SIZE), cell)).any()


def test_a_hole_stays_open_and_both_parts_are_masked() -> None:
    frame = ((0, 0), (199, 0), (199, 119), (0, 119))
    body = ((63, 31), (144, 31), (144, 96), (63, 96))
    tag = ((100, 60), (110, 60), (110, 70), (100, 70))
    (one,) = plan(
        [Finding(Kind.BACKGROUND, (0, 0, *SIZE), 0.9, "test", outline=(frame, body, tag))],
        Masking(),
        SIZE,
        (16, 16),
    )
    under = raster((one,), SIZE)
    assert not under[32:48, 64:144].any()
    assert under[60:71, 100:111].all()
    assert under[:32].all()
    assert not covers((one,), (64, 32, 96, 96))


def test_an_outline_that_is_the_box_gives_the_box() -> None:
    ring = ((16, 16), (63, 16), (63, 47), (16, 47))
    for found in ({"box": (0, 0, 5, 5), "outline": (ring,)}, {"box": (16, 16, 64, 48), "outline": ((),)}):
        (one,) = plan([Finding(Kind.FACE, score=0.9, detector="test", **found)], Masking(), SIZE, (16, 16))
        assert one == Region((16, 16, 64, 48), Method.BLUR, (Kind.FACE,))


@pytest.mark.parametrize("far", [10**5, 2**31 - 1, 2**40])
def test_points_far_beyond_the_picture_cost_no_time(far: int) -> None:
    ring = ((-far, -far), (far, -far), (far, far), (-far, far))
    beyond = tuple((x + 3 * far, y) for x, y in ring)
    for outline, share in (((ring,), 1.0), ((beyond,), 0.0)):
        found = [Finding(Kind.TATTOO, (0, 0, *SIZE), 0.9, "test", outline=outline)]
        assert covered_share(plan(found, Masking(), SIZE, (16, 16)), SIZE) == share


@given(st.integers(0, 2**32), BLOCKS, st.sampled_from(Kind))
@settings(max_examples=30, deadline=None)
def test_what_lies_within_a_shape_is_absorbed_and_what_sticks_out_is_not(
    seed: int, block: tuple[int, int], kind: Kind
) -> None:
    shape = blob(seed, SIZE, 0.5)
    ys, xs = np.nonzero(shape)
    x, y = int(xs[seed % len(xs)]), int(ys[seed % len(xs)])
    masking = Masking(text=Method.BLUR, code=Method.BLUR, drawn=Method.BLUR)
    within = np.zeros_like(shape)
    within[y, x] = True
    wide = Finding(kind, (x, y, x + 60, y + 60), 0.9, "test")
    one = plan([shaped(Kind.TATTOO, shape), shaped(kind, within)], masking, SIZE, block)
    assert [region.kinds for region in one] == [(Kind.TATTOO, kind) if kind is not Kind.TATTOO else (kind,)]
    two = plan([shaped(Kind.TATTOO, shape), wide], masking, SIZE, block)
    sticks_out = covers(one, plan([wide], masking, SIZE, block)[0].box) < 1
    assert len(two) == (2 if sticks_out else 1)


def test_a_region_is_called_after_what_it_is_and_then_after_what_lies_within() -> None:
    box = (0, 0, 64, 64)
    wall, face = (Finding(kind, box, 0.9, "test") for kind in (Kind.BACKGROUND, Kind.FACE))
    small = Finding(Kind.CODE, (10, 10, 20, 20), 0.9, "test")
    masking = Masking(code=Method.BLUR)
    assert [r.kinds for r in plan([wall, small], masking, SIZE, (1, 1))] == [(Kind.BACKGROUND, Kind.CODE)]
    # Where both fill the same place it is a face, whatever comes first in the alphabet.
    for found in ([wall, face, small], [face, small, wall]):
        kinds = [r.kinds for r in plan(found, masking, SIZE, (1, 1))]
        assert kinds == [(Kind.FACE, Kind.BACKGROUND, Kind.CODE)]


def test_regions_are_equal_hash_alike_and_have_an_order() -> None:
    cells = np.array([[True, False], [True, True]])
    one, same = (Region((0, 0, 16, 16), Method.BLUR, (Kind.FACE,), cells.copy(), (8, 8)) for _ in range(2))
    others = [
        Region((0, 0, 16, 16), Method.BLUR, (Kind.FACE,)),
        Region((0, 0, 16, 16), Method.BLUR, (Kind.FACE,), ~cells, (8, 8)),
        Region((0, 0, 16, 16), Method.BLUR, (Kind.FACE,), cells.reshape(1, 4), (4, 16)),
        Region((0, 0, 16, 16), Method.BLUR, (Kind.FACE,), cells.reshape(4, 1), (16, 4)),
        Region((0, 0, 16, 16), Method.SOLID, (Kind.FACE,), cells, (8, 8)),
        Region((0, 0, 16, 16), Method.BLUR, (Kind.TEXT,), cells, (8, 8)),
    ]
    assert one == same
    assert hash(one) == hash(same)
    assert len({one, same, *others}) == 7
    assert one != "a region"
    assert sorted([one, *others]) == sorted([*others[::-1], one])


@given(st.integers(0, 2**32), st.floats(0.05, 0.9), BLOCKS, boxes())
@settings(max_examples=50, deadline=None)
def test_shares_and_touches_count_cells(seed: int, share: float, block: tuple[int, int], box: Box) -> None:
    found = [shaped(Kind.TATTOO, blob(seed, SIZE, share)), Finding(Kind.TEXT, (3, 3, 90, 40), 0.9, "test")]
    regions = plan(found, Masking(), SIZE, block)
    under = raster(regions, SIZE)
    whole = (box[2] - box[0]) * (box[3] - box[1])
    x0, y0, x1, y1 = (max(0, edge) for edge in box)
    assert covers(regions, box) == pytest.approx(under[y0:y1, x0:x1].sum() / whole if whole else 0.0)
    assert touches(regions, [box]) == bool(under[y0:y1, x0:x1].any())
    assert covered_share(regions, SIZE) == pytest.approx(under.mean())


@given(findings, st.lists(findings, max_size=4), BLOCKS)
@settings(max_examples=50, deadline=None)
def test_a_finding_is_hidden_as_far_as_its_own_shape_is(
    one: Finding, found: list[Finding], block: tuple[int, int]
) -> None:
    regions = plan(found, Masking(), SIZE, block)
    if one.outline:
        shape = raster(plan([one], Masking(), SIZE, (1, 1)), SIZE)
        share = (raster(regions, SIZE) & shape).sum() / shape.sum() if shape.any() else 0.0
        assert hides(regions, one, SIZE) == pytest.approx(share)
        itself = plan([one], Masking(), SIZE, block)
        assert hides(itself, one, SIZE) == bool(itself)
    else:
        assert hides(regions, one, SIZE) == covers(regions, one.box)


def test_a_tattoo_round_an_arm_is_hidden_by_its_mask_though_its_box_is_not() -> None:
    bands = np.zeros((SIZE[1], SIZE[0]), dtype=bool)
    bands[10:20] = bands[100:110] = True
    tattoo = shaped(Kind.TATTOO, bands)
    regions = plan([tattoo], Masking(), SIZE, (16, 16))
    assert hides(regions, tattoo, SIZE) == 1
    assert covers(regions, tattoo.box) < 0.5
    between = Finding(Kind.TATTOO, (0, 30, 200, 90), 0.9, "test")
    assert hides(plan([between], Masking(), SIZE, (8, 8)), tattoo, SIZE) == 0


@given(st.lists(boxes(), max_size=8), boxes())
@settings(max_examples=50, deadline=None)
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
@settings(max_examples=50, deadline=None)
def test_touching_means_sharing_a_pixel(one: Box, keep: Box) -> None:
    shared = max(0, min(one[2], keep[2]) - max(one[0], keep[0])) * max(
        0, min(one[3], keep[3]) - max(one[1], keep[1])
    )
    assert touches([region(one)], [keep]) == (shared > 0)


def test_nothing_touches_where_nothing_is_masked_or_kept() -> None:
    assert not touches([], [(0, 0, 10, 10)])
    assert not touches([region((0, 0, 10, 10))], [])


@given(st.lists(findings, max_size=4), BLOCKS.filter(lambda block: block != (1, 1)))
@settings(max_examples=50, deadline=None)
def test_what_grows_beyond_grows_by_one_block_all_around(
    found: list[Finding], block: tuple[int, int]
) -> None:
    within = raster(plan(found, Masking(), SIZE, block), SIZE)
    grown = raster(plan(found, Masking(), SIZE, block, 1), SIZE)
    by = np.ones((2 * block[1] + 1, 2 * block[0] + 1), np.uint8)
    assert np.array_equal(grown, cv2.dilate(within.astype(np.uint8), by).astype(bool))

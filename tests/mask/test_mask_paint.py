from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapes import blob, raster
from skimage import data

from photoguard.mask import apply
from photoguard.mask.paint import SOLID
from photoguard.photo import Box, Kind, Method, Pixels, Region

HEIGHT, WIDTH = 150, 200
SOFT = (Method.BLUR, Method.PIXELATE)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x0, y0 = draw(st.integers(0, WIDTH - 1)), draw(st.integers(0, HEIGHT - 1))
    return x0, y0, draw(st.integers(x0 + 1, WIDTH)), draw(st.integers(y0 + 1, HEIGHT))


def region(box: Box, method: Method, *kinds: Kind) -> Region:
    return Region(box, method, kinds or (Kind.FACE,))


def shape(seed: int, method: Method, *kinds: Kind, box: Box = (0, 0, WIDTH, HEIGHT)) -> Region:
    """Islands of cells of 8 x 8 pixels in a box."""
    rows, columns = -(-(box[3] - box[1]) // 8), -(-(box[2] - box[0]) // 8)
    cells = blob(seed, (columns * 4, rows * 4), 0.5)[::4, ::4]
    return Region(box, method, kinds or (Kind.TATTOO,), cells, (8, 8))


@st.composite
def regions_(draw: st.DrawFn) -> Region:
    box, method = draw(boxes()), draw(st.sampled_from([*SOFT, Method.SOLID]))
    kind = draw(st.sampled_from([Kind.FACE, Kind.BACKGROUND]))
    return region(box, method, kind) if draw(st.booleans()) else shape(draw(seeds), method, kind, box=box)


seeds = st.integers(0, 2**32)
regions = regions_()


def photo(seed: int) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def same_noise() -> np.random.Generator:
    return np.random.default_rng(7)


def under(many: list[Region]) -> np.ndarray:
    return raster(many, (WIDTH, HEIGHT))


def uneven(seed: int) -> Pixels:
    """Dark on the left and bright on the right, so that every piece has an average of its own."""
    ramp = np.linspace(0, 180, WIDTH)[None, :, None]
    return (photo(seed) * 0.3 + ramp).astype(np.uint8)


@given(st.lists(regions, max_size=6), seeds)
@settings(max_examples=50, deadline=None)
def test_pixels_outside_the_regions_stay_as_they_are(many: list[Region], seed: int) -> None:
    before = photo(seed)
    kept = before.copy()
    after = apply(before, many)
    assert np.array_equal(before, kept), "the photo itself was changed"
    assert np.array_equal(after[~under(many)], before[~under(many)])


@given(st.lists(regions, min_size=1, max_size=6), seeds)
@settings(max_examples=50, deadline=None)
def test_the_order_of_regions_makes_no_difference(many: list[Region], seed: int) -> None:
    forth, back = (apply(photo(seed), order, same_noise()) for order in (many, many[::-1]))
    assert np.array_equal(forth, back)


@given(st.lists(regions, min_size=1, max_size=6), seeds)
@settings(max_examples=60, deadline=None)
def test_what_lies_under_masks_changes_no_pixel(many: list[Region], seed: int) -> None:
    one, other = photo(seed), uneven(seed + 1)
    other[~under(many)] = one[~under(many)]
    first, second = (apply(picture, many, same_noise()) for picture in (one, other))
    assert np.array_equal(first, second)


def test_where_methods_overlap_the_stronger_one_is_seen() -> None:
    many = [region((0, 0, WIDTH, HEIGHT), Method.BLUR), region((40, 40, 120, 100), Method.PIXELATE)]
    for kind in (Kind.FACE, Kind.BACKGROUND):
        many[0] = replace(many[0], kinds=(kind,))
        mosaic = apply(uneven(3), many, same_noise())[40:100, 40:120].astype(int)
        assert (np.diff(mosaic, axis=1) == 0).mean() > 0.5


def test_blurred_background_is_a_smooth_surface() -> None:
    picture = data.astronaut()
    wall = shape(5, Method.BLUR, Kind.BACKGROUND, box=(0, 0, 512, 512))
    surface = apply(picture, [wall], same_noise()).astype(int)
    seen = raster([wall], (512, 512))
    assert 0.2 < seen.mean() < 0.8
    assert surface[seen].std(axis=0).max() < 8
    beside = seen[:, 1:] & seen[:, :-1]
    assert np.abs(np.diff(surface, axis=1))[beside].max() <= 2


def test_what_is_painted_over_background_is_seen_whatever_its_method() -> None:
    wall = region((0, 0, WIDTH, HEIGHT), Method.BLUR, Kind.BACKGROUND)
    smooth = apply(uneven(8), [wall], same_noise())[40:100, 40:120]
    for method in SOFT:
        face = region((40, 40, 120, 100), method)
        painted = apply(uneven(8), [wall, face], same_noise())[40:100, 40:120]
        assert painted.std() > 2 * smooth.std()


def test_a_chain_of_heads_masks_the_heads_and_not_the_box_around_them() -> None:
    chain = [region((step * 30, step * 20, step * 30 + 40, step * 20 + 40), Method.BLUR) for step in range(5)]
    before = photo(2)
    after = apply(before, chain)
    changed = (after != before).any(axis=2)
    assert not changed[~under(chain)].any()
    assert changed[under(chain)].mean() > 0.95


def test_solid_is_one_grey_but_within_a_surface_where_it_leaves_no_patch() -> None:
    wall, label = region((0, 0, 160, HEIGHT), Method.BLUR, Kind.BACKGROUND), (8, 8, 150, 140)
    hidden = [wall, region(label, Method.SOLID, Kind.TEXT)]
    assert apply(uneven(2), hidden)[:, :160].std(axis=(0, 1)).max() < 8
    assert apply(uneven(2), hidden)[8:140, 8:150].std() > 1
    sticking_out = [wall, region((8, 8, 170, 140), Method.SOLID, Kind.TEXT)]
    assert (apply(uneven(2), sticking_out)[8:140, 8:170] == SOLID).all()


def test_two_runs_do_not_give_the_same_mask() -> None:
    picture = data.astronaut()
    face = [region((160, 32, 288, 208), Method.BLUR)]
    assert not np.array_equal(apply(picture, face), apply(picture, face))


@pytest.mark.parametrize("method", [*SOFT, Method.SOLID])
@pytest.mark.parametrize(
    "box", [(0, 0, 1, 1), (199, 149, 200, 150), (0, 0, 200, 1), (3, 0, 4, 150), (0, 0, 200, 150)]
)
def test_tiny_thin_and_whole_picture_regions_are_masked(method: Method, box: Box) -> None:
    before = photo(4)
    many = [region(box, method)]
    after = apply(before, many)
    assert after.shape == before.shape
    assert after.dtype == np.uint8
    assert np.array_equal(after[~under(many)], before[~under(many)])
    assert (after[under(many)] != before[under(many)]).any()


@pytest.mark.parametrize("tint", [(200, 150, 120), (90, 60, 45), (120, 170, 120)])
@pytest.mark.parametrize("method", SOFT)
def test_a_mask_takes_the_colour_of_what_is_around_it(tint: tuple[int, int, int], method: Method) -> None:
    # A mask should not draw the eye.
    picture = np.full((256, 256, 3), tint, dtype=np.uint8)
    picture[64:192, 64:192] = 255 - picture[64:192, 64:192]
    mask = apply(picture, [region((64, 64, 192, 192), method)], same_noise())[64:192, 64:192]
    assert np.abs(mask.mean(axis=(0, 1)) - tint).max() < 5


@pytest.mark.parametrize("method", SOFT)
def test_where_nothing_stays_to_be_seen_a_mask_is_grey(method: Method) -> None:
    halves = [region((0, 0, 100, HEIGHT), method), region((100, 0, WIDTH, HEIGHT), Method.SOLID)]
    assert np.abs(apply(uneven(5) // 4, halves, same_noise()).mean(axis=(0, 1)) - SOLID).max() < 5


def test_overlapping_regions_have_one_colour_however_they_are_cut() -> None:
    picture = uneven(11)
    pieces = [region((20, 20, 110, 120), Method.BLUR), region((90, 20, 180, 120), Method.BLUR)]
    left, right = (
        apply(picture, pieces, same_noise())[20:120, columns].mean(axis=(0, 1))
        for columns in (slice(20, 100), slice(100, 180))
    )
    assert np.abs(left - right).max() < 5

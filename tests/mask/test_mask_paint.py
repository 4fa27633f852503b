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


def shuffled(picture: Pixels, seed: int, where: np.ndarray | None = None) -> Pixels:
    """Another picture with the same average colour (there): every pixel has moved."""
    other = picture.copy()
    chosen = np.ones(picture.shape[:2], dtype=bool) if where is None else where
    other[chosen] = np.random.default_rng(seed).permutation(picture[chosen])
    return other


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


@pytest.mark.parametrize("method", SOFT)
@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_photos_with_the_same_average_are_masked_alike(method: Method, seed: int) -> None:
    one = photo(seed)
    other = shuffled(one, seed + 1)
    assert (one != other).any(axis=2).mean() > 0.9
    whole = [region((0, 0, WIDTH, HEIGHT), method)]
    assert np.array_equal(apply(one, whole, same_noise()), apply(other, whole, same_noise()))


@pytest.mark.parametrize("method", SOFT)
@given(seed=seeds, detections=st.lists(boxes(), max_size=20), islands=seeds)
@settings(max_examples=20, deadline=None)
def test_many_detections_of_one_face_share_one_average(
    method: Method, seed: int, detections: list[Box], islands: int
) -> None:
    # Pieces of one group, however they lie, tell no more than its one average.
    group = [region(box, method) for box in ((0, 0, WIDTH, 20), (0, 0, 20, HEIGHT), (180, 0, WIDTH, HEIGHT))]
    many = [*group, *(region(box, method) for box in detections if box[1] < 20)]
    many.append(Region((0, 0, WIDTH, HEIGHT), method, (Kind.TATTOO,), comb(islands), (8, 8)))
    one = uneven(seed)
    other = shuffled(one, seed + 1, under(many))
    assert (one != other).any(axis=2)[under(many)].mean() > 0.9
    first, second = (apply(picture, many, same_noise()) for picture in (one, other))
    assert np.array_equal(first, second)


def comb(seed: int) -> np.ndarray:
    """Cells of columns that hang down from the upper edge, some of them and as long as it comes."""
    lengths = np.random.default_rng(seed).integers(0, -(-HEIGHT // 8), -(-WIDTH // 8))
    return np.arange(-(-HEIGHT // 8))[:, None] < lengths


def test_what_lies_beside_a_shape_does_not_count_for_its_colour() -> None:
    tattoo = shape(6, Method.BLUR)
    seen = under([tattoo])
    dark, bright = (np.where(seen[..., None], uneven(6), np.uint8(level)) for level in (0, 255))
    first, second = (apply(picture, [tattoo], same_noise()) for picture in (dark, bright))
    assert np.array_equal(first[seen], second[seen])


def test_shapes_that_wind_round_each_other_and_do_not_touch_are_two_groups() -> None:
    rows, columns = -(-HEIGHT // 8), -(-WIDTH // 8)
    teeth = np.zeros((2, rows, columns), dtype=bool)
    teeth[0, :-3, ::4] = teeth[0, 0] = True
    teeth[1, 3:, 2::4] = teeth[1, -1] = True
    one, other = (Region((0, 0, WIDTH, HEIGHT), Method.BLUR, (Kind.TATTOO,), c, (8, 8)) for c in teeth)
    assert not (under([one]) & under([other])).any()
    dark, bright = (np.where(under([other])[..., None], np.uint8(level), uneven(7)) for level in (0, 255))
    first, second = (apply(picture, [one, other], same_noise()) for picture in (dark, bright))
    assert np.array_equal(first[under([one])], second[under([one])])
    # One cell that joins them corner to corner, and there is a single average.
    teeth[0, 2, 1] = True
    joined = replace(one, cells=teeth[0])
    first, second = (apply(picture, [joined, other], same_noise()) for picture in (dark, bright))
    assert not np.array_equal(first[under([one])], second[under([one])])


def test_a_background_has_one_colour_that_faces_before_it_do_not_change() -> None:
    wall = Region((0, 0, WIDTH, HEIGHT), Method.BLUR, (Kind.BACKGROUND,), comb(1) | comb(3), (8, 8))
    face = region((0, 0, 136, 96), Method.BLUR)
    seen = under([wall]) & ~under([face])
    dark, bright = (np.where(under([face])[..., None], np.uint8(level), uneven(9)) for level in (0, 255))
    first, second = (apply(picture, [wall, face], same_noise()) for picture in (dark, bright))
    assert np.array_equal(first[seen], second[seen])
    moved = shuffled(dark, 1, seen)
    assert np.array_equal(apply(moved, [wall, face], same_noise())[seen], first[seen])


def test_where_methods_overlap_the_stronger_one_is_seen() -> None:
    many = [region((0, 0, WIDTH, HEIGHT), Method.BLUR), region((40, 40, 120, 100), Method.PIXELATE)]
    for kind in (Kind.FACE, Kind.BACKGROUND):
        many[0] = replace(many[0], kinds=(kind,))
        mosaic = apply(uneven(3), many, same_noise())[40:100, 40:120].astype(int)
        assert (np.diff(mosaic, axis=1) == 0).mean() > 0.5


@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_a_face_that_the_background_reaches_into_gives_no_more_away(seed: int) -> None:
    # All that lies under both counts for neither.
    wall = shape(seed, Method.BLUR, Kind.BACKGROUND)
    face = region((56, 8, 136, 96), Method.BLUR)
    one = uneven(seed)
    other = one.copy()
    both = under([wall]) & under([face])
    other[both] = 255 - one[both]
    first, second = (apply(picture, [wall, face], same_noise()) for picture in (one, other))
    assert np.array_equal(first, second)


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


@pytest.mark.parametrize("gap", [0, 1])
def test_regions_that_touch_are_one_group_and_regions_apart_are_not(gap: int) -> None:
    many = [region((0, 0, 100, HEIGHT), Method.BLUR), region((100 + gap, 0, WIDTH, HEIGHT), Method.BLUR)]
    one = photo(1)
    other = one.copy()
    other[:, 101:] = 0
    left = [apply(picture, many, same_noise())[:, :100] for picture in (one, other)]
    # Only a shared average lets the right half show on the left.
    assert np.array_equal(*left) == (gap == 1)


def test_a_chain_of_heads_masks_the_heads_and_not_the_box_around_them() -> None:
    chain = [region((step * 30, step * 20, step * 30 + 40, step * 20 + 40), Method.BLUR) for step in range(5)]
    before = photo(2)
    after = apply(before, chain)
    changed = (after != before).any(axis=2)
    assert not changed[~under(chain)].any()
    assert changed[under(chain)].mean() > 0.95


@pytest.mark.parametrize("kind", [Kind.FACE, Kind.TATTOO, Kind.BACKGROUND])
@pytest.mark.parametrize("method", SOFT)
def test_a_mask_has_at_most_three_degrees_of_freedom(method: Method, kind: Kind) -> None:
    # With the noise held still, three hundred different photos give masks that lie in three dimensions, red,
    # green and blue, around their mean. Values stay clear of 0 and 255.
    random = np.random.default_rng(3)
    whole = (0, 0, 64, 64)
    mask = region(whole, method, kind) if kind is Kind.FACE else shape(3, method, kind, box=whole)
    masks = []
    for colour in random.uniform(90, 160, (300, 3)):
        picture = np.clip(colour + random.normal(0, 20, (64, 64, 3)), 0, 255).astype(np.uint8)
        masks.append(apply(picture, [mask], same_noise())[raster([mask], (64, 64))].reshape(-1))
    apart = np.array(masks, dtype=np.float32) - np.mean(masks, axis=0)
    spread = np.linalg.eigvalsh(apart @ apart.T)[::-1]
    assert spread[:3].sum() > 0.995 * spread.sum(), "what is left is the rounding to whole levels"
    assert len({mask.tobytes() for mask in masks}) < 150, "rounding makes many photos look alike"


@given(seed=seeds, soft=regions)
@settings(max_examples=30, deadline=None)
def test_what_lies_under_solid_changes_no_pixel(seed: int, soft: Region) -> None:
    many = [region((40, 40, 120, 100), Method.SOLID), soft]
    one = photo(seed)
    other = one.copy()
    other[40:100, 40:120] = photo(seed + 1)[40:100, 40:120]
    first, second = (apply(picture, many, same_noise()) for picture in (one, other))
    assert np.array_equal(first, second)
    within_a_surface = soft.kinds == (Kind.BACKGROUND,) and under([soft])[40:100, 40:120].all()
    if soft.method is Method.SOLID or not within_a_surface:
        assert (first[40:100, 40:120] == SOLID).all()


def test_what_is_solid_within_a_surface_leaves_no_patch_and_counts_for_nothing() -> None:
    wall, label = region((0, 0, 160, HEIGHT), Method.BLUR, Kind.BACKGROUND), (8, 8, 150, 140)
    dark, bright = uneven(2), uneven(2)
    dark[8:140, 8:150], bright[8:140, 8:150] = 0, 255
    many = [wall, region(label, Method.SOLID, Kind.TEXT)]
    first, second = (apply(picture, many, same_noise()) for picture in (dark, bright))
    assert np.array_equal(first, second)
    assert first[:, :160].std(axis=(0, 1)).max() < 8
    sticking_out = [wall, region((8, 8, 170, 140), Method.SOLID, Kind.TEXT)]
    assert (apply(dark, sticking_out)[8:140, 8:170] == SOLID).all()


def test_two_runs_do_not_give_the_same_mask() -> None:
    picture = data.astronaut()
    face = [region((160, 32, 288, 208), Method.BLUR)]
    assert not np.array_equal(apply(picture, face), apply(picture, face))


def test_one_who_averages_many_masks_of_a_photo_still_meets_the_rounding() -> None:
    face = [region((0, 0, 96, 96), Method.PIXELATE)]
    close = (np.full((96, 96, 3), level, dtype=np.uint8) for level in (100, 155))
    means = [np.mean([apply(grey, face, np.random.default_rng(n)) for n in range(50)]) for grey in close]
    assert means[0] == means[1]


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
def test_blur_keeps_the_rough_colour_and_brightness(tint: tuple[int, int, int]) -> None:
    # A mask should not draw the eye: it looks like what is around it.
    picture = np.full((256, 256, 3), tint, dtype=np.uint8)
    mean = apply(picture, [region((0, 0, 256, 256), Method.BLUR)], same_noise()).mean(axis=(0, 1))
    assert np.abs(mean - tint).max() < 100

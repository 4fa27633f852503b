from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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


def region(box: Box, method: Method) -> Region:
    return Region(box, method, (Kind.FACE,))


regions = st.builds(region, boxes(), st.sampled_from([*SOFT, Method.SOLID]))
seeds = st.integers(0, 2**32)


def photo(seed: int) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def same_noise() -> np.random.Generator:
    return np.random.default_rng(7)


def under(many: list[Region]) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), dtype=bool)
    for one in many:
        x0, y0, x1, y1 = one.box
        mask[y0:y1, x0:x1] = True
    return mask


def shuffled(picture: Pixels, seed: int) -> Pixels:
    """Another picture with the same average colour: every pixel has moved."""
    return np.random.default_rng(seed).permutation(picture.reshape(-1, 3)).reshape(picture.shape)


@given(st.lists(regions, max_size=6), seeds)
@settings(max_examples=50)
def test_pixels_outside_the_regions_stay_as_they_are(many: list[Region], seed: int) -> None:
    before = photo(seed)
    kept = before.copy()
    after = apply(before, many)
    assert np.array_equal(before, kept), "the photo itself was changed"
    assert np.array_equal(after[~under(many)], before[~under(many)])


@given(st.lists(regions, min_size=1, max_size=6), seeds)
@settings(max_examples=50)
def test_the_order_of_regions_makes_no_difference(many: list[Region], seed: int) -> None:
    forth, back = (apply(photo(seed), order, same_noise()) for order in (many, many[::-1]))
    assert np.array_equal(forth, back)


@pytest.mark.parametrize("method", SOFT)
@given(seed=seeds)
@settings(max_examples=20)
def test_photos_with_the_same_average_are_masked_alike(method: Method, seed: int) -> None:
    one = photo(seed)
    other = shuffled(one, seed + 1)
    assert (one != other).any(axis=2).mean() > 0.9
    whole = [region((0, 0, WIDTH, HEIGHT), method)]
    assert np.array_equal(apply(one, whole, same_noise()), apply(other, whole, same_noise()))


@pytest.mark.parametrize("method", SOFT)
@given(seed=seeds, detections=st.lists(boxes(), max_size=20))
@settings(max_examples=20)
def test_many_detections_of_one_face_share_one_average(
    method: Method, seed: int, detections: list[Box]
) -> None:
    # Pieces of one group, however they lie, tell no more than its one average.
    group = [region(box, method) for box in ((0, 0, WIDTH, 20), (0, 0, 20, HEIGHT), (180, 0, WIDTH, HEIGHT))]
    many = [*group, *(region(box, method) for box in detections if box[1] < 20)]
    one = photo(seed)
    other = shuffled(one, seed + 1)
    first, second = (apply(picture, many, same_noise()) for picture in (one, other))
    assert np.array_equal(first[under(many)], second[under(many)])


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


@pytest.mark.parametrize("method", SOFT)
def test_a_mask_has_at_most_three_degrees_of_freedom(method: Method) -> None:
    # With the noise held still, three hundred different photos give masks that lie in three dimensions, red,
    # green and blue, around their mean. Values stay clear of 0 and 255.
    random = np.random.default_rng(3)
    masks = []
    for colour in random.uniform(90, 160, (300, 3)):
        picture = np.clip(colour + random.normal(0, 20, (64, 64, 3)), 0, 255).astype(np.uint8)
        masks.append(apply(picture, [region((0, 0, 64, 64), method)], same_noise()).reshape(-1))
    apart = np.array(masks, dtype=np.float32) - np.mean(masks, axis=0)
    spread = np.linalg.eigvalsh(apart @ apart.T)[::-1]
    assert spread[:3].sum() > 0.995 * spread.sum(), "what is left is the rounding to whole levels"
    assert len({mask.tobytes() for mask in masks}) < 150, "rounding makes many photos look alike"


@given(seed=seeds, soft=boxes(), method=st.sampled_from(SOFT))
@settings(max_examples=30)
def test_what_lies_under_solid_changes_no_pixel(seed: int, soft: Box, method: Method) -> None:
    many = [region((40, 40, 120, 100), Method.SOLID), region(soft, method)]
    one = photo(seed)
    other = one.copy()
    other[40:100, 40:120] = photo(seed + 1)[40:100, 40:120]
    first, second = (apply(picture, many, same_noise()) for picture in (one, other))
    assert np.array_equal(first, second)
    assert (first[40:100, 40:120] == SOLID).all()


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

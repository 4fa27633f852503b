"""What training samples promise, with the small set of pictures that needs no gathering."""

from __future__ import annotations

import numpy as np
import pytest

from models.train import bodies, ink, marks, techniques, things, tone
from models.train.bodymasks import body_mask, without_padding
from models.train.compose import Sample, compose
from models.train.pools import Photos, Pools, built_in
from models.train.scene import BODY, OBJECT, SKIN, TATTOO, Scene
from models.train.split import part_of_artwork, part_of_photo

SIDE = 96


@pytest.fixture(scope="module")
def pools() -> Pools:
    return built_in()


@pytest.fixture(scope="module")
def samples(pools: Pools) -> list[Sample]:
    return [compose(np.random.default_rng((11, k)), SIDE, pools) for k in range(110)]


def limb(pools: Pools, seed: int, side: int = SIDE) -> Scene:
    """A scene with a good deal of bare skin."""
    rng = np.random.default_rng(seed)
    while True:
        scene = bodies.empty(pools, rng, side)
        bodies.add_body(scene, pools, rng)
        if scene.bare.mean() > 0.2:
            return scene


def test_a_sample_has_the_shape_and_the_values_that_the_net_is_told_to_expect(samples: list[Sample]) -> None:
    for sample in samples:
        assert sample.picture.shape == (SIDE, SIDE, 3)
        assert sample.picture.dtype == np.uint8
        assert sample.labels.shape == (4, SIDE, SIDE)
        assert sample.labels.dtype == np.uint8
        assert set(np.unique(sample.labels)) <= {0, 1, 255}


def test_the_same_seed_gives_the_same_sample_and_another_seed_another(pools: Pools) -> None:
    for seed in range(6):
        first, again, other = (
            compose(np.random.default_rng(s), SIDE, pools) for s in (seed, seed, seed + 100)
        )
        assert np.array_equal(first.picture, again.picture)
        assert np.array_equal(first.labels, again.labels)
        assert not np.array_equal(first.picture, other.picture)


def test_a_tattoo_lies_on_skin_and_skin_belongs_to_a_body_and_an_object_to_neither(
    samples: list[Sample],
) -> None:
    for sample in samples:
        body, skin, tattoo, object_ = sample.labels
        assert (skin[tattoo == 1] != 0).all()
        assert (body[skin == 1] == 1).all()
        assert not ((object_ == 1) & (tattoo == 1)).any()
        assert not ((object_ == 1) & (skin == 1)).any()


def test_the_samples_hold_tattoos_of_every_size_and_enough_pictures_without_one(
    samples: list[Sample],
) -> None:
    shares = np.array([(sample.labels[TATTOO] == 1).mean() for sample in samples])
    assert 0.25 < (shares > 0).mean() < 0.75
    assert ((shares > 0) & (shares < 0.02)).any()
    assert (shares > 0.3).any()


def test_objects_and_their_absence_are_both_seen(samples: list[Sample]) -> None:
    with_object = np.mean([(sample.labels[OBJECT] == 1).any() for sample in samples])
    assert 0.15 < with_object < 0.85


def test_at_least_a_quarter_of_the_skins_are_darker_than_ten_degrees(samples: list[Sample]) -> None:
    angles = np.array([sample.ita for sample in samples])
    angles = angles[np.isfinite(angles)]
    assert len(angles) > 40
    assert (angles < tone.DARK).mean() >= 0.25
    assert (angles > 41).mean() >= 0.1


def test_the_angle_of_a_sample_is_that_of_its_skin_before_the_light(pools: Pools) -> None:
    rng = np.random.default_rng(3)
    for seed in range(12):
        scene = limb(pools, seed)
        wanted = scene.ita
        measured = tone.ita(scene.picture[scene.bare])
        assert abs(wanted - measured) < 3
        marks.moles(scene, pools, rng)
        assert scene.ita == wanted


@pytest.mark.parametrize("mark", [mark for mark, _ in marks.MARKS], ids=lambda mark: mark.__name__)
def test_findings_and_pen_marks_change_the_skin_but_are_never_labelled_as_tattoos(mark, pools: Pools) -> None:  # type: ignore[no-untyped-def]
    changed = 0
    for seed in range(12):
        scene = limb(pools, seed)
        before, labels = scene.picture.copy(), scene.labels.copy()
        mark(scene, pools, np.random.default_rng(seed))
        changed += not np.allclose(before, scene.picture, atol=2)
        assert np.array_equal(labels, scene.labels)
        outside = labels[SKIN] != 1
        assert np.array_equal(before[outside], scene.picture[outside])
    assert changed >= 8


def test_a_real_wound_keeps_its_place_free_of_ink(pools: Pools) -> None:
    rng = np.random.default_rng(2)
    picture = np.full((1, 96, 96, 3), 180, np.uint8)
    wound = np.zeros((1, 96, 96), np.uint8)
    wound[0, 30:60, 30:60] = 1
    picture[0, 30:60, 30:60] = (150, 40, 40)
    body = np.ones((1, 96, 96), np.uint8)
    photos = Photos(picture, body, wound, np.array(((96, 96),)), np.array((True,)))
    with_photos = Pools(**{**vars(pools), "photos": photos})
    inked = 0
    for _ in range(20):
        scene = bodies.photographed(with_photos, rng, SIDE)
        before = scene.picture.copy()
        inked += ink.tattoo(scene, with_photos, rng)
        hurt = scene.wound == 1
        assert (scene.labels[TATTOO][hurt] != 1).all()
        assert np.array_equal(before[hurt], scene.picture[hurt])
    assert inked > 5


def test_what_is_labelled_as_a_tattoo_differs_from_the_skin_below(pools: Pools) -> None:
    inked = 0
    for seed in range(40):
        scene = limb(pools, seed)
        before = scene.picture.copy()
        if not ink.tattoo(scene, pools, np.random.default_rng((5, seed))):
            assert np.array_equal(before, scene.picture)
            assert (scene.labels[TATTOO] == 0).all()
            continue
        inked += 1
        change = np.abs(scene.picture - before).mean(axis=2)
        label = scene.labels[TATTOO]
        assert change[label == 1].mean() > 5
        # all of the ink is labelled or left open, none of it called bare skin
        assert change[label == 0].max() < 30
    assert inked > 20


def test_an_object_covers_what_lies_below_it(pools: Pools) -> None:
    rng = np.random.default_rng(8)
    put = 0
    for seed in range(10):
        scene = limb(pools, seed)
        ink.tattoo(scene, pools, rng)
        things.put_object(scene, pools, rng)
        there = scene.labels[OBJECT] == 1
        put += there.any()
        for channel in (BODY, SKIN, TATTOO):
            assert (scene.labels[channel][there] == 0).all()
    assert put >= 7


def test_clothes_and_gloves_are_body_but_neither_skin_nor_tattoo(pools: Pools) -> None:
    rng = np.random.default_rng(9)
    dressed = 0
    for seed in range(12):
        scene = limb(pools, seed)
        skin = scene.labels[SKIN] == 1
        things.dressed(scene, pools, rng)
        covered = skin & (scene.labels[SKIN] == 0)
        dressed += covered.any()
        worn = covered & (scene.labels[OBJECT] == 0)
        assert (scene.labels[BODY][worn] == 1).all()
        assert (scene.labels[TATTOO][covered] == 0).all()
    assert dressed >= 8


def test_recoloured_skin_has_the_tone_that_was_asked_for() -> None:
    rng = np.random.default_rng(4)
    skin = np.clip(rng.normal((205, 160, 140), 8, (64, 64, 3)), 0, 255).astype(np.float32)
    source = np.median(tone.lab(skin)[0], axis=0)
    everywhere, nowhere = np.ones((64, 64), np.float32), np.zeros((64, 64), np.float32)
    for angle in (-50, -20, 5, 30, 50):
        target = np.array((50 + 15 * np.tan(np.radians(angle)), 10, 15), np.float32)
        changed = tone.recolour(skin, everywhere, source, target, nowhere)
        assert abs(tone.ita(changed.reshape(-1, 3)) - angle) < 6
    assert np.allclose(tone.recolour(skin, nowhere, source, target, nowhere), skin, atol=1)


def test_nothing_is_both_learned_from_and_measured_on() -> None:
    parts = [part_of_photo(number) for number in range(1, 1010)]
    assert {part: round(parts.count(part) / len(parts), 1) for part in ("train", "tune", "test")} == {
        "train": 0.7,
        "tune": 0.1,
        "test": 0.2,
    }
    art = [part_of_artwork(f"game-icons:{number}") for number in range(4000)]
    assert 0.77 < art.count("train") / len(art) < 0.83
    assert 0.08 < art.count("tune") / len(art) < 0.12
    assert part_of_artwork("game-icons:wolf-head") == part_of_artwork("game-icons:wolf-head")


def test_black_padding_at_any_edge_is_no_part_of_a_photo() -> None:
    picture = np.zeros((200, 240, 3), np.uint8)
    picture[:150, 40:200] = 120
    rows, cols = without_padding(picture)
    assert picture[rows, cols].min() == 120
    assert 140 <= rows.stop - rows.start <= 150
    assert 150 <= cols.stop - cols.start <= 160
    unpadded = np.full((80, 60, 3), 90, np.uint8)
    assert unpadded[without_padding(unpadded)].shape == unpadded.shape


def test_a_body_is_found_around_its_wound_and_the_sheet_behind_it_is_not() -> None:
    rng = np.random.default_rng(6)
    rows, cols = np.mgrid[:160, :200]
    limb_there = np.hypot((rows - 80) / 50, (cols - 100) / 75) < 1
    wound = np.hypot(rows - 80, cols - 100) < 14
    picture = np.where(limb_there[..., None], (205, 155, 130), (225, 228, 232)).astype(np.float64)
    picture[wound] = (150, 35, 40)
    picture = np.clip(picture + rng.normal(0, 4, picture.shape), 0, 255).astype(np.uint8)
    found = body_mask(picture, (wound * 255).astype(np.uint8))
    inner = np.hypot((rows - 80) / 44, (cols - 100) / 69) < 1
    outer = np.hypot((rows - 80) / 57, (cols - 100) / 82) > 1
    assert (found.body[inner] == 1).mean() > 0.95
    assert (found.body[outer] == 0).mean() > 0.95
    assert found.quality > 0.5
    nothing = body_mask(picture, np.zeros((160, 200), np.uint8))
    assert nothing.quality == 0
    assert (nothing.body == 255).all()


def test_the_extent_of_artwork_holds_its_ink_and_its_small_gaps_but_not_the_skin_beside_it() -> None:
    drawn = np.zeros((192, 192), np.uint8)
    drawn[40:150, 60:64] = drawn[40:150, 70:74] = 255
    density, extent = np.moveaxis(techniques.with_extent(drawn, 0.05), 2, 0)
    assert (extent[density > 60] > 127).all()
    assert (extent[60:130, 64:70] > 127).all()
    assert extent[:, 100:].max() == 0

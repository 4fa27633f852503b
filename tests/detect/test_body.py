from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from photoguard import ingest
from photoguard.detect.body import BodyNet, body_net
from photoguard.detect.person import PersonNet
from photoguard.errors import ModelError
from photoguard.photo import Box, Photo

SAMPLES = Path(__file__).parents[2] / "sample_images"


@pytest.fixture(scope="module")
def net() -> BodyNet:
    return body_net()


def photo(width: int, height: int, seed: int = 0) -> Photo:
    return ingest.from_pixels(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


@pytest.mark.parametrize(
    ("size", "shape"),
    [((16, 16), (8, 8)), ((20000, 1), (8, 96)), ((1, 20000), (96, 8)), ((1200, 900), (72, 96))],
)
def test_every_picture_gets_maps_of_its_own_shape(
    net: BodyNet, size: tuple[int, int], shape: tuple[int, int]
) -> None:
    for maps in (net.look(photo(*size)), net.glance(photo(*size))):
        for plane in (maps.body, maps.skin, maps.tattoo, maps.thing):
            assert plane.min() >= 0 and plane.max() <= 1
            assert np.isfinite(plane).all()
    assert net.look(photo(*size)).body.shape == shape


def test_a_photo_is_looked_at_once_and_forgotten_with_it(net: BodyNet) -> None:
    one = photo(64, 64)
    assert net.look(one) is net.look(one)
    assert net.look(photo(64, 64)) is not net.look(one)
    kept = len(net._seen)
    del one
    gc.collect()
    assert len(net._seen) < kept


def test_the_maps_lie_over_the_photo(net: BodyNet) -> None:
    # Mirrored pictures give mirrored maps, up to what the net itself sees differently.
    pixels = np.asarray(Image.open(SAMPLES / "tattoos" / "arm.jpg").convert("RGB"))
    straight = net.look(ingest.from_pixels(pixels)).skin
    flipped = net.look(ingest.from_pixels(np.ascontiguousarray(pixels[:, ::-1]))).skin
    assert np.abs(straight - flipped[:, ::-1]).mean() < 0.05 < np.abs(straight - flipped).mean()
    middle = straight.shape[0] // 2
    arm, drape = straight[middle - 5 : middle + 5, 10:-10].mean(), straight[[0, 1, 2, -3, -2, -1]].mean()
    assert arm > 0.9 > 0.1 > drape


def test_without_its_file_the_net_is_not_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("PHOTOGUARD_MODELS", str(tmp_path))
    for opened in (BodyNet, PersonNet):
        with pytest.raises(ModelError):
            opened()


FACE: Box = (150, 20, 300, 240)


def test_a_person_is_made_out_with_hair_and_clothes() -> None:
    person = PersonNet().look(ingest.from_pixels(data.astronaut()), [FACE])
    assert person is not None
    assert person[200:250, 30:150].mean() > 0.9  # the suit
    assert person[0:100, 0:40].mean() < 0.1  # the flag


def test_a_person_who_lies_is_made_out_as_well() -> None:
    turned = np.ascontiguousarray(np.rot90(data.astronaut()))
    person = PersonNet().look(ingest.from_pixels(turned), [(20, 212, 240, 362)])
    assert person is not None
    assert person[106:226, 200:250].mean() > 0.9
    assert person[216:256, 0:100].mean() < 0.1


def test_without_a_face_or_with_a_wrong_one_nobody_is_made_out() -> None:
    net, coffee = PersonNet(), ingest.from_pixels(data.coffee())
    assert net.look(coffee, []) is None
    assert net.look(coffee, [(0, 0, 60, 60)]) is None

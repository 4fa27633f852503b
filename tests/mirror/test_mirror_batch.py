from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from photoguard.errors import StorageError
from photoguard.home import Home
from photoguard.mirror.batch import Run, settle, trace
from photoguard.mirror.earlier import Earlier
from photoguard.mirror.rule import judge
from photoguard.outcome import MirrorCue, MirrorVerdict, Verdict
from photoguard.photo import Photo, Pixels

AsPhoto = Callable[[Pixels], Photo]
NAMES = ("chelsea", "coffee", "astronaut", "rocket", "retina", "colorwheel", "immunohistochemistry")


def sent_on(pixels: Pixels) -> Pixels:
    """As a messenger passes it on: smaller, brighter, and saved once more."""
    small = cv2.resize(pixels, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    bright = np.clip(255 * (small / 255) ** 0.85, 0, 255).astype(np.uint8)
    saved = io.BytesIO()
    Image.fromarray(bright).save(saved, "JPEG", quality=60)
    return np.asarray(Image.open(saved))


@pytest.mark.parametrize("name", ["chelsea", "coffee", "astronaut", "rocket"])
def test_the_same_photo_flipped_is_found_in_a_run(as_photo: AsPhoto, name: str) -> None:
    run = Run()
    for other in NAMES:
        assert run.add(other, trace(as_photo(getattr(data, other)()[..., :3]))) == ()
    flipped = sent_on(getattr(data, name)())[:, ::-1]
    assert run.add("flipped", trace(as_photo(flipped))) == (name,)


def test_the_same_photo_twice_is_no_twin(as_photo: AsPhoto, site: Pixels) -> None:
    run = Run()
    run.add("first", trace(as_photo(site)))
    assert run.add("second", trace(as_photo(sent_on(site)))) == ()


def test_left_and_right_that_only_share_their_coarse_shape_are_no_twins(as_photo: AsPhoto) -> None:
    """Two knees: the one looks like the other in the mirror until one sees the skin."""
    chance = np.random.default_rng(2)
    shape = cv2.GaussianBlur(cv2.resize(data.chelsea(), (600, 400)), (0, 0), 40).astype(np.float32)
    left, right = (
        np.clip(knee + cv2.GaussianBlur(chance.normal(0, 150, knee.shape), (0, 0), 6), 0, 255).astype(
            np.uint8
        )
        for knee in (shape, shape[:, ::-1])
    )
    run = Run()
    run.add("left", trace(as_photo(left)))
    assert run.add("right", trace(as_photo(right))) == ()
    assert run.add("left, flipped", trace(as_photo(left[:, ::-1]))) == ("left",)


@pytest.mark.parametrize("shape", [(1, 1), (3, 40), (300, 400)])
def test_pictures_without_texture_are_never_twins(as_photo: AsPhoto, shape: tuple[int, int]) -> None:
    run = Run()
    for value in (0, 128, 255):
        assert run.add(f"{value}", trace(as_photo(np.full((*shape, 3), value, np.uint8)))) == ()


def test_a_symmetric_picture_is_not_its_own_twin(as_photo: AsPhoto, site: Pixels) -> None:
    symmetric = np.concatenate([site, site[:, ::-1]], axis=1)
    run = Run()
    run.add("first", trace(as_photo(symmetric)))
    assert run.add("again", trace(as_photo(sent_on(symmetric)))) == ()


def verdict(*cues: tuple[str, str]) -> MirrorVerdict:
    return judge(
        [
            MirrorCue.model_validate({"name": "x", "strength": strength, "says": says, "detail": "."})
            for strength, says in cues
        ]
    )


UNKNOWN = verdict()
MIRRORED, STRAIGHT = verdict(("decisive", "mirrored")), verdict(("decisive", "not_mirrored"))


@pytest.mark.parametrize(
    ("first", "second", "verdicts"),
    [
        (UNKNOWN, UNKNOWN, (Verdict.SUSPECTED, Verdict.SUSPECTED)),
        (STRAIGHT, UNKNOWN, (Verdict.NOT_MIRRORED, Verdict.MIRRORED)),
        (MIRRORED, UNKNOWN, (Verdict.MIRRORED, Verdict.NOT_MIRRORED)),
        (MIRRORED, STRAIGHT, (Verdict.MIRRORED, Verdict.NOT_MIRRORED)),
        (STRAIGHT, STRAIGHT, (Verdict.SUSPECTED, Verdict.SUSPECTED)),
    ],
)
def test_what_is_known_of_one_twin_settles_the_other(
    first: MirrorVerdict, second: MirrorVerdict, verdicts: tuple[Verdict, Verdict]
) -> None:
    assert tuple(told.verdict for told in settle(first, second)) == verdicts
    assert tuple(told.verdict for told in settle(second, first)) == verdicts[::-1]


def test_a_photo_that_an_earlier_run_let_through_the_other_way_round_is_suspected(
    tmp_path: Path, as_photo: AsPhoto
) -> None:
    earlier = Earlier(Home.at(tmp_path))
    seen = {name: trace(as_photo(getattr(data, name)()[..., :3])) for name in NAMES}
    for name in NAMES:
        assert earlier.cue(seen[name]) is None
        earlier.add([seen[name]])
        assert earlier.cue(seen[name]) is None
    again = Earlier(Home.at(tmp_path))
    for name in NAMES:
        if name == "colorwheel":  # its own mirror image, nearly
            continue
        cue = again.cue(trace(as_photo(sent_on(getattr(data, name)())[:, ::-1])))
        assert cue is not None
        assert (cue.says, cue.strength) == ("mirrored", "strong")
        assert again.cue(trace(as_photo(sent_on(getattr(data, name)())))) is None


def test_a_photo_that_went_out_both_ways_is_left_in_peace(
    tmp_path: Path, as_photo: AsPhoto, site: Pixels
) -> None:
    earlier = Earlier(Home.at(tmp_path))
    for released in (site, site[:, ::-1]):
        earlier.add([trace(as_photo(released))])
    for again in (site, site[:, ::-1]):
        assert earlier.cue(trace(as_photo(again))) is None


def test_the_list_of_earlier_pictures_tells_nothing_without_the_key(
    tmp_path: Path, as_photo: AsPhoto, site: Pixels
) -> None:
    """The same photo in two practices leaves nothing in common."""
    rows = []
    for practice in ("one", "two"):
        home = Home.at(tmp_path / practice)
        Earlier(home).add([trace(as_photo(site))])
        rows.append((home.path / "pictures.sqlite").read_bytes())
        assert (home.path / "pictures.sqlite").stat().st_mode & 0o077 == 0
    (tmp_path / "one" / "pictures.sqlite").replace(tmp_path / "two" / "pictures.sqlite")
    assert Earlier(Home.at(tmp_path / "two")).cue(trace(as_photo(site[:, ::-1]))) is None
    assert trace(as_photo(site)).bits.tobytes() not in rows[0]


def test_a_damaged_list_of_earlier_pictures_is_said(tmp_path: Path, as_photo: AsPhoto, site: Pixels) -> None:
    (tmp_path / "pictures.sqlite").write_bytes(b"not a database, not at all" * 99)
    with pytest.raises(StorageError) as raised:
        Earlier(Home.at(tmp_path)).cue(trace(as_photo(site)))
    assert raised.value.code == "PICTURES_DAMAGED"

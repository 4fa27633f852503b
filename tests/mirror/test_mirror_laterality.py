from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from skimage import data

from photoguard.mirror import laterality
from photoguard.mirror.side import Side
from photoguard.photo import Photo, Pixels

AsPhoto = Callable[[Pixels], Photo]
SAMPLES = Path(__file__).parents[2] / "sample_images"

# A hand's skeleton in MediaPipe's order, seen from its palm, fingers up: a left one has its thumb to the left.
_FINGERS = [(-0.5, 0.3), (-0.3, 1.0), (0.0, 1.1), (0.25, 1.0), (0.5, 0.8)]


def skeleton(side: Side) -> np.ndarray:
    points = [(0.0, 0.0, 0.0)]
    for finger, (x, y) in enumerate(_FINGERS):
        for joint in range(1, 5):
            away = 0.12 * joint if finger == 0 else 0.0
            points.append((x * (0.5 + 0.125 * joint), -y * (0.4 + 0.15 * joint), -away))
    turned = np.array(points)
    return turned if side is Side.LEFT else turned * (-1, 1, 1)


def landmarks(points: np.ndarray) -> SimpleNamespace:
    return SimpleNamespace(landmark=[SimpleNamespace(x=x, y=y, z=z) for x, y, z in points])


class Net:
    """Answers as MediaPipe would of a hand: four looks as it is, four flipped."""

    def __init__(self, side: Side, *, score: float = 0.99, hands: int = 1, size: float = 0.5) -> None:
        self.side, self.score, self.hands, self.size = side, score, hands, size
        self.wrong_look: int | None = None
        self.looks = 0

    def process(self, pixels: Pixels) -> SimpleNamespace:
        side = self.side if self.looks < 4 else self.side.other
        if self.looks == self.wrong_look:
            side = side.other
        self.looks += 1
        points = skeleton(side)
        placed = points * self.size * 0.8 + 0.5
        # Its labels are those of a mirrored picture.
        label = SimpleNamespace(label=side.other.value.title(), score=self.score)
        return SimpleNamespace(
            multi_handedness=[SimpleNamespace(classification=[label])] * self.hands or None,
            multi_hand_landmarks=[landmarks(placed)] * self.hands or None,
            multi_hand_world_landmarks=[landmarks(points)] * self.hands or None,
        )


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, as_photo: AsPhoto) -> Callable[[Net, Side], tuple[str, str] | None]:
    def look(net: Net, side: Side) -> tuple[str, str] | None:
        monkeypatch.setattr(laterality, "_net", lambda: net)
        cue = laterality.cue(as_photo(np.zeros((480, 640, 3), np.uint8)), side)
        return None if cue is None else (cue.says, cue.strength)

    return look


@pytest.mark.parametrize("side", Side)
def test_a_hand_of_the_other_side_is_a_strong_cue_and_one_of_the_said_side_a_weak_one(
    seen, side: Side
) -> None:
    assert seen(Net(side), side) == ("not_mirrored", "weak")
    assert seen(Net(side), side.other) == ("mirrored", "strong")


@pytest.mark.parametrize(
    "unclear", [{"score": 0.7}, {"hands": 2}, {"hands": 0}, {"size": 0.1}], ids=lambda given: str(given)
)
def test_what_is_not_clear_gives_no_cue(seen, unclear: dict[str, float]) -> None:
    for side in Side:
        assert seen(Net(Side.LEFT, **unclear), side) is None


def test_one_look_that_disagrees_is_enough_for_no_cue(seen) -> None:
    for look in range(8):
        net = Net(Side.RIGHT)
        net.wrong_look = look
        assert seen(net, Side.LEFT) is None


@pytest.mark.parametrize("side", Side)
def test_a_photo_without_a_hand_gives_no_cue(as_photo: AsPhoto, side: Side) -> None:
    """With the nets themselves."""
    assert laterality.cue(as_photo(data.chelsea()), side) is None


def test_without_a_declared_side_there_is_no_cue(as_photo: AsPhoto) -> None:
    assert laterality.cue(as_photo(data.chelsea()), None) is None


def test_without_a_declared_side_mediapipe_is_not_even_loaded() -> None:
    told = (
        "import sys, numpy as np; from photoguard.mirror import check;"
        "from photoguard.photo import CaptureFacts, Container, Photo;"
        "photo = Photo(np.zeros((80, 80, 3), np.uint8), Container.ARRAY, CaptureFacts((80, 80)));"
        "check(photo, [], lambda crops: []); assert 'mediapipe' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", told], check=True, timeout=120)


def test_a_painted_hand_is_told_from_its_mirror_image(
    as_photo: AsPhoto, capfd: pytest.CaptureFixture[str]
) -> None:
    """With the nets themselves, and nothing that they have to say on the screen."""
    flipped = np.asarray(Image.open(SAMPLES / "mirrored" / "side" / "left_hand.jpg"))
    for shown, side in ((flipped, Side.RIGHT), (flipped[:, ::-1], Side.LEFT)):
        right, wrong = laterality.cue(as_photo(shown), side), laterality.cue(as_photo(shown), side.other)
        assert right is not None and (right.says, right.strength) == ("not_mirrored", "weak")
        assert wrong is not None and (wrong.says, wrong.strength) == ("mirrored", "strong")
    assert capfd.readouterr() == ("", "")


def test_the_cue_is_where_the_hand_is_however_the_photo_is_turned(as_photo: AsPhoto) -> None:
    """With the nets themselves."""
    hand = np.asarray(Image.open(SAMPLES / "mirrored" / "side" / "left_hand.jpg"))
    side = len(hand)
    beside = np.concatenate((hand, np.full((side, side - hand.shape[1], 3), 128, np.uint8)), axis=1)

    def place(picture: Pixels) -> tuple[int, ...]:
        cue = laterality.cue(as_photo(picture), Side.LEFT)
        assert cue is not None
        return cue.places[0]

    x0, y0, x1, y1 = place(beside)
    assert x0 < x1 < hand.shape[1] and 0 <= y0 < y1 <= side
    near = 3  # rounded out to whole pixels
    assert np.allclose(place(beside[:, ::-1]), (side - x1, y0, side - x0, y1), atol=near)
    assert np.allclose(place(np.rot90(beside)), (y0, side - x1, y1, side - x0), atol=near)

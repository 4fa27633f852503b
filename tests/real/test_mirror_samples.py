"""`photoguard mirror` on the sample photos, as a person would type it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_images"
MIRRORED = SAMPLES / "mirrored"
CUES = {
    "code.jpg": ("mirrored", "codes", "decisive"),
    "label.jpg": ("mirrored", "text", "decisive"),
    "thumbnail.jpg": ("mirrored", "preview", "decisive"),
    "preview.jpg": ("mirrored", "preview", "decisive"),
    "tag_2.jpg": ("suspected", "orientation", "strong"),
    "tag_5.jpg": ("suspected", "orientation", "strong"),
    "tag_7.jpg": ("suspected", "orientation", "strong"),
    "front_camera.jpg": ("no_cue", "camera", "weak"),
    "both_ways/rash.jpg": ("suspected", "batch", "strong"),
    "both_ways/rash (1).jpg": ("suspected", "batch", "strong"),
    "side/left_hand.jpg": ("suspected", "side", "strong"),
}
PAIR = ("pair/shin before.jpg", "pair/shin after.jpg")

pytestmark = pytest.mark.timeout(900)


def told(home: Path, *arguments: str, expected: int) -> dict[str, tuple[str, set[tuple[str, str]]]]:
    """Each file's verdict, and name and strength of the cues against it."""
    done = subprocess.run(
        [sys.executable, "-m", "photoguard", "mirror", "--json", *arguments],
        cwd=SAMPLES,
        env={**os.environ, "PHOTOGUARD_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert (done.returncode, done.stderr) == (expected, "")
    return {
        photo["file"].removeprefix("mirrored/"): (
            photo["verdict"],
            {(cue["name"], cue["strength"]) for cue in photo["cues"] if cue["says"] == "mirrored"},
        )
        for photo in json.loads(done.stdout)
    }


def test_each_mirrored_sample_is_known_by_its_own_cue_and_by_no_other(tmp_path: Path) -> None:
    seen = told(tmp_path, *(f"mirrored/{name}" for name in CUES), expected=3)
    assert seen == {name: (verdict, {(cue, strength)}) for name, (verdict, cue, strength) in CUES.items()}


def test_a_flipped_half_is_known_by_the_other_half_alone(tmp_path: Path) -> None:
    one, other = (f"mirrored/{name}" for name in PAIR)
    assert told(tmp_path, one, "--pair", other, expected=3) == {
        name: ("suspected", {("pair", "strong")}) for name in PAIR
    }
    assert told(tmp_path, one, other, expected=0) == {name: ("no_cue", set()) for name in PAIR}


def test_every_mirrored_sample_is_expected_here() -> None:
    there = {path.relative_to(MIRRORED).as_posix() for path in MIRRORED.rglob("*.jpg")}
    assert there == {*CUES, *PAIR}


def test_no_straight_sample_is_flagged(tmp_path: Path) -> None:
    listed = re.findall(
        r"^\| `([^`]+)` \| [^|]+ \| (?:released|review|blocked) \|",
        (SAMPLES / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    straight = [name for name in listed if "mirrored/" not in name and name != "pairs/heel_after.jpg"]
    assert len(straight) > 30
    seen = told(tmp_path, *straight, expected=0)
    assert {name for name, (_, flags) in seen.items() if flags} == set()
    assert {verdict for verdict, _ in seen.values()} <= {"no_cue", "not_mirrored"}

"""A whole run over photos as cameras and phones write them: no trace of their metadata is left."""

from __future__ import annotations

import struct
from itertools import combinations
from pathlib import Path

import numpy as np
import piexif
import pytest
from numpy.typing import NDArray
from PIL import Image

import photoguard
from photoguard import jpegfile
from photoguard.outcome import RunReport

RUN = 6
"""Shorter runs of bytes occur by chance."""


@pytest.fixture(scope="module")
def cleaned(real_photos: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[RunReport, Path, Path]:
    out = tmp_path_factory.mktemp("metadata")
    folder = real_photos / "metadata"
    return photoguard.clean_folder(folder, out / "out", home=out / "home"), folder, out / "out"


def told(file: Path) -> list[bytes]:
    """What a photo's metadata says, as it stands in the file: maker, model, place, time, comments."""
    try:
        exif = piexif.load(str(file))
    except (ValueError, OSError, IndexError, struct.error):  # piexif gives up at damage, and reads no HEIC
        exif = {}
    entries = [entry for part in ("0th", "Exif", "GPS") for entry in (exif.get(part) or {}).items()]
    # A maker note may hold a whole preview picture, whose tables are those of every JPEG.
    texts = [value for tag, value in entries if isinstance(value, bytes) and tag != piexif.ExifIFD.MakerNote]
    if file.read_bytes().startswith(b"\xff\xd8"):
        texts += [s.payload for s in jpegfile.parse(file.read_bytes()).segments if s.marker == jpegfile.COM]
    return texts


def runs(data: bytes) -> set[bytes]:
    windows = {data[start : start + RUN] for start in range(len(data) - RUN + 1)}
    return {window for window in windows if len(set(window)) > 2}  # padding says nothing


def outside_pixels(data: bytes) -> bytes:
    """A JPEG without its entropy-coded data; another file as it is."""
    if not data.startswith(b"\xff\xd8"):
        return data
    return b"".join(segment.payload for segment in jpegfile.parse(data).segments)


def test_every_file_ends_in_a_status_with_a_reason(cleaned: tuple[RunReport, Path, Path]) -> None:
    report, folder, _ = cleaned
    assert {photo.source for photo in report.photos} == {path.name for path in folder.iterdir()}
    for photo in report.photos:
        assert bool(photo.reasons) == (photo.status != "released")
        assert bool(photo.output) == (photo.status in ("released", "review"))


def test_no_output_holds_a_run_of_its_source_s_metadata(cleaned: tuple[RunReport, Path, Path]) -> None:
    report, folder, out = cleaned
    talkative = 0
    for photo in report.photos:
        if photo.output is None:
            continue
        texts = told(folder / photo.source)
        talkative += any(len(text) >= RUN for text in texts)
        left = runs(outside_pixels((out / photo.output).read_bytes()))
        for text in texts:
            assert not left & runs(text), photo.source
    assert talkative >= 9  # the others say nothing that is long enough to tell


@pytest.mark.parametrize("scene", ["landscape", "portrait"])
def test_all_eight_orientations_come_out_upright_and_equal(
    cleaned: tuple[RunReport, Path, Path], scene: str
) -> None:
    report, _, out = cleaned
    outputs = {photo.source: photo.output for photo in report.photos}
    pictures: list[NDArray[np.float64]] = []
    for number in range(1, 9):
        output = outputs[f"{scene}_{number}.jpg"]
        assert output is not None
        with Image.open(out / output) as image:
            pictures.append(np.asarray(image.convert("L").resize((60, 60)), float))
    # Masks may fall a little differently; a picture on its side or flipped differs by 30 and more.
    assert max(np.abs(one - other).mean() for one, other in combinations(pictures, 2)) < 8
    assert np.abs(pictures[0] - np.rot90(pictures[0])).mean() > 20
    assert np.abs(pictures[0] - pictures[0][:, ::-1]).mean() > 16

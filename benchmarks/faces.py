"""Share of faces covered, upright and turned by 90, 180 and 270 degrees, beside deface.

    python benchmarks/faces.py [FOLDER] [--faceless FOLDER] [--small] [--deface-python PYTHON]

What counts as a face: CenterFace on the upright photo, its longer side scaled to 2048 px, score over 0.5, by the
plain code below, which shares nothing with photoguard. Covered: at least 90 % of that face's box lies under masks.
deface's ellipses count as their whole boxes. Masking everything would cover every face, so the share of the
picture under masks stands beside it.

--faceless: photos without a face; how many get a mask all the same.
--small: one face, shrunk to 24 px, in a photo of 4032 x 3024, at each turn, with the time taken.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import skimage.data
from environments import peer_python
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from photoguard.detect.faces import FaceDetector
from photoguard.photo import CaptureFacts, Container, Photo
from photoguard.weights import path

DEFACE = ("deface==1.5.0", "onnx", "onnxruntime")
PEERS = Path(__file__).parent / "peers"
TURNS = {0: "upright", 1: "90°", 2: "180°", 3: "270°"}
COVERED = 0.9
SMALL = 24
TUNED = {"portrait_2", "portrait_4", *(f"group_{n}" for n in (2, 6, 12, 18, 20, 24))}
"""Photos that photoguard's thresholds for faces were chosen on; the others are reported by themselves as well."""

Pixels = NDArray[np.uint8]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Case:
    """One photo at one turn (quarter turns, counter-clockwise) with the faces in it."""

    file: Path
    turn: int
    faces: tuple[Box, ...]


@dataclass(frozen=True)
class Tally:
    """What one program did to one case."""

    covered: int
    faces: int
    masked: float


def read(file: Path) -> Pixels:
    """H x W x 3, RGB, as stored (deface ignores the EXIF orientation; none of the photos has one)."""
    pixels = cv2.imread(str(file), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None:
        raise SystemExit(f"{file.name} is not a photo.")
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


def turned(pixels: Pixels, turn: int) -> Pixels:
    return np.ascontiguousarray(np.rot90(pixels, turn))


def turned_box(box: Box, turn: int, width: float, height: float) -> Box:
    for _ in range(turn):
        x0, y0, x1, y1 = box
        box, width, height = (y0, width - x1, y1, width - x0), height, width
    return box


def plain_net() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path("centerface")), options, providers=["CPUExecutionProvider"])


def reference(net: onnxruntime.InferenceSession, pixels: Pixels) -> list[Box]:
    """Faces in the upright photo, in its own pixels."""
    height, width = pixels.shape[:2]
    scale = 2048 / max(height, width)
    size = [round(side * scale / 32) * 32 for side in (width, height)]
    picture = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    heat, scales, offsets, _ = net.run(None, {"input.1": picture.transpose(2, 0, 1)[None].astype(np.float32)})
    boxes, scores = [], []
    for row, column in np.argwhere(heat[0, 0] > 0.5):
        tall, wide = np.exp(scales[0, :, row, column]) * 4
        down, right = offsets[0, :, row, column]
        boxes.append([(column + right + 0.5) * 4 - wide / 2, (row + down + 0.5) * 4 - tall / 2, wide, tall])
        scores.append(heat[0, 0, row, column])
    back = np.array([width / size[0], height / size[1]] * 2)
    kept = [np.array(boxes[i]) * back for i in cv2.dnn.NMSBoxes(boxes, scores, 0.5, 0.3)]
    return [(x, y, x + w, y + h) for x, y, w, h in kept]


def tally(case: Case, size: tuple[int, int], masks: Iterable[Sequence[float]]) -> Tally:
    """Paint the masks and count what lies under them. `size` is that of the turned photo."""
    width, height = size
    under = np.zeros((height, width), bool)
    for mask in masks:
        under[_part(mask, size)] = True
    covered = sum(bool(under[_part(face, size)].mean() >= COVERED) for face in case.faces)
    return Tally(covered, len(case.faces), float(under.mean()))


def _part(box: Sequence[float], size: tuple[int, int]) -> tuple[slice, slice]:
    x0, y0, x1, y1 = (round(min(max(side, 0), size[i % 2])) for i, side in enumerate(box))
    return slice(y0, y1), slice(x0, x1)


def photoguard_masks(detector: FaceDetector, pixels: Pixels) -> list[Box]:
    facts = CaptureFacts(stored_size=(pixels.shape[1], pixels.shape[0]))
    return [finding.box for finding in detector.find(Photo(pixels, Container.ARRAY, facts))]


def deface_masks(python: Path, cases: Sequence[Case], size: tuple[int, int] | None) -> list[list[Box]]:
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder) / "runs.json"
        runs.write_text(json.dumps([(str(case.file.absolute()), case.turn, size) for case in cases]))
        command = [str(python), str(PEERS / "deface_faces.py"), str(runs)]
        answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    masks: list[list[Box]] = json.loads(answer.splitlines()[-1])
    return masks


def compare(console: Console, folder: Path, detector: FaceDetector, python: Path) -> None:
    net = plain_net()
    cases, sizes = [], []
    for file in sorted(folder.glob("*.jpg")):
        pixels = read(file)
        height, width = pixels.shape[:2]
        faces = reference(net, pixels)
        for turn in TURNS:
            cases.append(Case(file, turn, tuple(turned_box(face, turn, width, height) for face in faces)))
            sizes.append((height, width) if turn % 2 else (width, height))
    if not cases:
        raise SystemExit(f"There are no photos (*.jpg) in {folder}.")
    masks = {
        "photoguard": [photoguard_masks(detector, turned(read(case.file), case.turn)) for case in cases],
        "deface": deface_masks(python, cases, None),
        "deface --scale 640x480": deface_masks(python, cases, (640, 480)),
    }
    groups: dict[str, Callable[[Case], bool]] = {
        "all photos": lambda case: True,
        "photos not tuned on": lambda case: case.file.stem not in TUNED,
    }
    for title, belongs in groups.items():
        table = Table(title=f"Faces covered, {title} (share of the picture under masks)")
        table.add_column("")
        for name in TURNS.values():
            table.add_column(name, justify="right")
        for program, found in masks.items():
            cells = []
            for turn in TURNS:
                chosen = [i for i, case in enumerate(cases) if case.turn == turn and belongs(case)]
                tallies = [tally(cases[i], sizes[i], found[i]) for i in chosen]
                covered, faces = sum(t.covered for t in tallies), sum(t.faces for t in tallies)
                share = statistics.mean(t.masked for t in tallies)
                cells.append(f"{covered / max(faces, 1):.1%} of {faces} ({share:.0%})")
            table.add_row(program, *cells)
        console.print(table)


def faceless(console: Console, folder: Path, detector: FaceDetector, python: Path) -> None:
    files = sorted(folder.glob("*.jpg"))
    cases = [Case(file, 0, ()) for file in files]
    masks = {
        "photoguard": [photoguard_masks(detector, read(file)) for file in files],
        "deface": deface_masks(python, cases, None),
        "deface --scale 640x480": deface_masks(python, cases, (640, 480)),
    }
    table = Table("", "photos with a mask", title=f"{len(files)} photos that should hold no face")
    for program, found in masks.items():
        count = sum(bool(boxes) for boxes in found)
        table.add_row(program, f"{count} ({count / len(files):.1%})")
    console.print(table)


def small(console: Console, folder: Path, backgrounds: Sequence[Path], detector: FaceDetector) -> None:
    """One face of 24 px per photo of 12 megapixels, on a real photo without a face or on skimage's gravel."""
    net = plain_net()
    chance = np.random.default_rng(24)
    pictures = [skimage.data.astronaut(), *(read(file) for file in sorted(folder.glob("*.jpg")))]
    grounds = [read(file) for file in backgrounds] or [np.dstack([skimage.data.gravel()] * 3)]
    covered, times = dict.fromkeys(TURNS, 0), []
    for number, picture in enumerate(pictures):
        face = max(reference(net, picture), key=lambda box: box[2] - box[0])
        photo, box = _with_small_face(picture, face, grounds[number % len(grounds)], chance)
        for turn in TURNS:
            pixels = turned(photo, turn)
            begun = time.process_time()
            masks = photoguard_masks(detector, pixels)
            times.append((time.process_time() - begun) * 1000)
            case = Case(folder, turn, (turned_box(box, turn, 4032, 3024),))
            covered[turn] += tally(case, (pixels.shape[1], pixels.shape[0]), masks).covered
    table = Table(title=f"One face {SMALL} px wide in a photo of 12 megapixels, {len(pictures)} faces")
    for name in TURNS.values():
        table.add_column(name, justify="right")
    table.add_row(*(f"{covered[turn] / len(pictures):.0%}" for turn in TURNS))
    console.print(table)
    console.print(f"median {statistics.median(times):.0f} ms of processor time per photo")


def _with_small_face(
    picture: Pixels, face: Box, ground: Pixels, chance: np.random.Generator
) -> tuple[Pixels, Box]:
    """The picture's surroundings of the face (3 widths each way), shrunk and set into a noisy photo as JPEG."""
    scale, reach = SMALL / (face[2] - face[0]), 3 * (face[2] - face[0])
    height, width = picture.shape[:2]
    x0, y0 = max(0, int(face[0] - reach)), max(0, int(face[1] - reach))
    part = picture[y0 : min(height, int(face[3] + reach)), x0 : min(width, int(face[2] + reach))]
    part = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    rows = round(ground.shape[1] * 3 / 4)
    photo = cv2.resize(ground[:rows], (4032, 3024), interpolation=cv2.INTER_CUBIC)
    x, y = chance.integers(100, 3600), chance.integers(100, 2600)
    photo[y : y + part.shape[0], x : x + part.shape[1]] = part
    noisy = np.clip(photo + chance.normal(0, 3, photo.shape), 0, 255).astype(np.uint8)
    _, jpeg = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 92])
    x0, y0, x1, y1 = ((side - (x0, y0)[i % 2]) * scale + (x, y)[i % 2] for i, side in enumerate(face))
    return cv2.imdecode(jpeg, cv2.IMREAD_COLOR), (x0, y0, x1, y1)


def main() -> None:
    data = Path(os.environ.get("PHOTOGUARD_DATA", Path(__file__).parents[2] / "shared" / "data"))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, default=data / "faces")
    parser.add_argument("--faceless", type=Path, metavar="FOLDER")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--deface-python", type=Path, metavar="PYTHON", help="of an environment with deface")
    asked = parser.parse_args()
    console = Console(width=120)
    cv2.setNumThreads(1)
    detector = FaceDetector()
    python = asked.deface_python or peer_python("deface", DEFACE)
    compare(console, asked.folder, detector, python)
    if asked.faceless:
        faceless(console, asked.faceless, detector, python)
    if asked.small:
        grounds = sorted(asked.faceless.glob("*.jpg"))[:30] if asked.faceless else []
        small(console, asked.folder, grounds, detector)


if __name__ == "__main__":
    main()

"""Processor time and memory that tattoos and background add to a photo of 12 megapixels, on one core.

    python benchmarks/body_net.py [--rounds 5]

Processor time, so that a busy machine changes little; medians over photos and rounds. The photo's pyramid of halved
pixels is there when the net asks: faces need it anyway. Memory is how far a process grows from
reading the photo on (Linux only), once beside the face net, as in the whole line, and once when it looks for nothing
else.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
from photos import camera_jpegs
from rich.console import Console
from rich.table import Table

from photoguard import ingest
from photoguard.detect.background import BackgroundDetector
from photoguard.detect.body import body_net
from photoguard.detect.faces import FaceDetector
from photoguard.detect.person import PersonNet
from photoguard.detect.tattoos import TattooDetector
from photoguard.photo import Photo

PHOTOS = 5
LARGEST = 100
"""Megapixels that a photo may have."""


def main() -> None:
    """Prints the tables."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--memory-of", type=Path, help=argparse.SUPPRESS)
    arguments.add_argument("--beside-faces", action="store_true", help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    cv2.setNumThreads(1)
    if chosen.memory_of:
        print(_added_megabytes(chosen.memory_of, chosen.beside_faces))
        return
    with tempfile.TemporaryDirectory() as name:
        files = camera_jpegs(Path(name), PHOTOS)
        table = Table("processor time per photo", "ms, median")
        for step, milliseconds in _times(files, chosen.rounds).items():
            table.add_row(step, f"{milliseconds:.0f}")
        Console().print(table)
        table = Table("memory", "MB more at the peak")
        for title, flags in (("beside the face net", ["--beside-faces"]), ("alone", [])):
            command = [sys.executable, __file__, "--memory-of", str(files[0]), *flags]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            table.add_row(title, said.strip())
        Console().print(table)


def _times(files: list[Path], rounds: int) -> dict[str, float]:
    faces, tattoos, background, persons = FaceDetector(), TattooDetector(), BackgroundDetector(), PersonNet()
    spent: dict[str, list[float]] = {}

    def timed(step: str, work: Callable[[], object]) -> None:
        start = time.process_time()
        work()
        spent.setdefault(step, []).append(1000 * (time.process_time() - start))

    for _ in range(rounds):
        for file in files:
            photo = _read(file)
            found = tuple(faces.find(photo))
            boxes = [face.box for face in found]
            timed("the net's two looks", lambda: body_net().look(photo))  # noqa: B023 (called at once)
            timed("tattoos in its maps", lambda: tattoos.find(photo))  # noqa: B023
            timed("things in its maps", lambda: background.find(photo))  # noqa: B023
            timed("the room in its maps", lambda: background.around(photo, (), ()))  # noqa: B023
            timed("a quick look after masking", lambda: tattoos.glance(photo))  # noqa: B023
            if boxes:
                timed("only with a face: MediaPipe's whole people", lambda: persons.look(photo, boxes))  # noqa: B023
    medians = {step: statistics.median(times) for step, times in spent.items()}
    always = [step for step in medians if not step.startswith("only")]
    sums = [sum(run) for run in zip(*(spent[step] for step in always), strict=True)]
    return medians | {"all of it, without a face": statistics.median(sums)}


def _added_megabytes(file: Path, beside_faces: bool) -> int:
    photo = _read(file)
    photo.halved(6)
    if beside_faces:
        FaceDetector().find(photo)
    _forget_peak()
    before = _peak()
    TattooDetector().find(photo)
    background = BackgroundDetector()
    background.around(photo, background.find(photo), ())
    return round(_peak() - before)


def _read(file: Path) -> Photo:
    return ingest.read(file.read_bytes(), LARGEST)


def _peak() -> float:
    """Most memory in MB that this process has had since `_forget_peak`."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1000


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


if __name__ == "__main__":
    main()

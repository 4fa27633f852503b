"""Where the time of a photo of 12 megapixels goes: milliseconds of processor time per stage, on one core.

    python benchmarks/stages.py [--photos 5] [--rounds 3]

The real line runs, with a stopwatch around the functions that its stages consist of. A stage inside another one
counts for itself only, so that the rows add up to the whole. Processor time, so that a busy machine changes little;
medians over rounds, then the mean over photos, which differ in what they show.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
from photos import camera_jpegs
from rich.console import Console
from rich.table import Table

from photoguard import egress, ingest, mask, mirror, pipeline
from photoguard.batch import memory
from photoguard.detect.background import BackgroundDetector
from photoguard.detect.body import BodyNet
from photoguard.detect.codes import CodeDetector
from photoguard.detect.faces import FaceDetector
from photoguard.detect.person import PersonNet
from photoguard.detect.tattoos import TattooDetector
from photoguard.detect.text import TextDetector
from photoguard.egress import verify
from photoguard.photo import Photo
from photoguard.policy import Policy

REST = "everything else"
STAGES: tuple[tuple[str, Any, str], ...] = (
    ("decode", ingest, "read"),
    ("pyramid of smaller pictures", Photo, "halved"),
    ("faces", FaceDetector, "find"),
    ("text", TextDetector, "find"),
    ("codes", CodeDetector, "find"),
    ("body net", BodyNet, "look"),
    ("tattoos in its maps", TattooDetector, "find"),
    ("things in its maps", BackgroundDetector, "find"),
    ("the room in its maps", BackgroundDetector, "around"),
    ("whole people, where a face is seen", PersonNet, "look"),
    ("mirrored or not", mirror, "check"),
    ("masks painted", mask, "apply"),
    ("encode", egress, "write"),
    ("proof of the bytes", verify, "prove"),
    ("second look: faces", FaceDetector, "glance"),
    ("second look: text", TextDetector, "glance"),
    ("second look: codes", CodeDetector, "glance"),
    ("second look: tattoos", TattooDetector, "glance"),
)
"""What a row is called, and the function that is timed as it."""


class Stopwatch:
    """Processor time of the stage that runs; what it calls that is a stage too is taken off."""

    def __init__(self) -> None:
        self._running = [REST]
        self._since = time.process_time()
        self._spent: defaultdict[str, float] = defaultdict(float)

    def around(self, owner: Any, attribute: str, stage: str) -> None:
        """Time every call of a function that `owner` holds as `stage`."""
        function: Callable[..., Any] = getattr(owner, attribute)

        def timed(*arguments: Any, **named: Any) -> Any:
            self._turn()
            self._running.append(stage)
            try:
                return function(*arguments, **named)
            finally:
                self._turn()
                self._running.pop()

        setattr(owner, attribute, timed)

    def lap(self) -> dict[str, float]:
        """Milliseconds per stage since the last lap."""
        self._turn()
        spent = {stage: seconds * 1000 for stage, seconds in self._spent.items()}
        self._spent.clear()
        return spent

    def _turn(self) -> None:
        now = time.process_time()
        self._spent[self._running[-1]] += now - self._since
        self._since = now


def main() -> None:
    """Prints the table."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--photos", type=int, default=5, help="the scenes of photos.py, in turn")
    arguments.add_argument("--rounds", type=int, default=3)
    chosen = arguments.parse_args()
    cv2.setNumThreads(1)
    memory.keep()  # as in a worker process
    with tempfile.TemporaryDirectory() as name:
        files = camera_jpegs(Path(name), chosen.photos)
        rows = account(files, chosen.rounds)
    whole = sum(rows.values())
    table = Table("stage", "ms", "share", title=f"processor time per photo, {chosen.photos} photos")
    for stage in [*dict.fromkeys(label for label, _, _ in STAGES), REST]:
        table.add_row(stage, f"{rows[stage]:.0f}", f"{rows[stage] / whole:.0%}")
    table.add_row("all of it", f"{whole:.0f}", "", style="bold")
    Console(width=100).print(table)


def account(files: list[Path], rounds: int) -> dict[str, float]:
    """Milliseconds per stage: the median over rounds, averaged over photos."""
    policy = Policy()
    line = pipeline.Pipeline(policy)
    watch = Stopwatch()
    for stage, owner, attribute in STAGES:
        watch.around(owner, attribute, stage)
    medians: defaultdict[str, list[float]] = defaultdict(list)
    for file in files:
        data = file.read_bytes()
        laps = []
        for lap in range(rounds + 1):
            watch.lap()
            line.clean(lambda: pipeline.read(data, policy), source=file.name)  # noqa: B023 - called at once
            if lap:  # the first of each photo grows the nets' memory
                laps.append(watch.lap())
        for stage in {*(label for label, _, _ in STAGES), REST}:
            medians[stage].append(statistics.median(spent.get(stage, 0.0) for spent in laps))
    return {stage: statistics.mean(times) for stage, times in medians.items()}


if __name__ == "__main__":
    main()

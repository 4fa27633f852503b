"""Where the time of a photo of 12 megapixels goes: milliseconds of processor time per stage, on one core.

    python benchmarks/profile.py [--photos 5] [--rounds 3] [--beside ../older-version]

The real line runs in a process that is prepared like a worker, with a stopwatch around the functions that its stages
consist of. A stage inside another one counts for itself only, so that the rows add up to the whole. Medians over
rounds, then the mean over photos, which differ in what they show. `--beside` names the folder of another version:
both see each photo in turn, so that whatever else the machine does slows both alike.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
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
from threadpoolctl import threadpool_limits

from photoguard import doubts, egress, ingest, mask, mirror, pipeline
from photoguard.batch import worker
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

ROOT = Path(__file__).parent.parent
SMALLEST = 5
"""Milliseconds below which a ratio says nothing."""
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
    ("one picture made of two, or not", doubts, "of_pair"),
    ("masks painted", mask, "apply"),
    ("encode", egress, "write"),
    ("proof of the bytes", verify, "prove"),
    ("second look: faces", FaceDetector, "glance"),
    ("second look: text", TextDetector, "glance"),
    ("second look: codes", CodeDetector, "glance"),
    ("second look: tattoos", TattooDetector, "glance"),
    ("small copy for the report", pipeline, "_thumbnail"),
)
"""What a row is called, and the function that is timed as it."""
ROWS = [*dict.fromkeys(label for label, _, _ in STAGES), REST]


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
    arguments.add_argument("--beside", type=Path, help="folder of another version of photoguard")
    arguments.add_argument("--answer", action="store_true", help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.answer:
        _answer()
        return
    trees = [tree.resolve() for tree in (chosen.beside, ROOT) if tree]
    with tempfile.TemporaryDirectory() as name:
        accounts = _accounts(trees, camera_jpegs(Path(name), chosen.photos), chosen.rounds)
    table = Table("stage", title=f"processor time per photo, {chosen.photos} photos, {chosen.rounds} rounds")
    for title in ("before, ms", "now, ms", "ratio") if chosen.beside else ("ms", "share"):
        table.add_column(title, justify="right")
    whole = sum(accounts[-1].values())
    for stage in ROWS:
        if chosen.beside:
            _compare(table, stage, accounts[0][stage], accounts[1][stage])
        else:
            table.add_row(stage, f"{accounts[0][stage]:.0f}", f"{accounts[0][stage] / whole:.0%}")
    if chosen.beside:
        _compare(table, "all of it", sum(accounts[0].values()), whole)
    else:
        table.add_row("all of it", f"{whole:.0f}", "")
    Console(width=100).print(table)


def _compare(table: Table, stage: str, before: float, now: float) -> None:
    ratio = f"{now / before:.2f}" if before >= SMALLEST else ""
    table.add_row(stage, f"{before:.0f}", f"{now:.0f}", ratio)


def _accounts(trees: list[Path], files: list[Path], rounds: int) -> list[dict[str, float]]:
    """For each version of photoguard the milliseconds per stage: the median over rounds, averaged over photos."""
    processes = [_started(tree) for tree in trees]
    medians = [{stage: [] for stage in ROWS} for _ in trees]
    try:
        for file in files:
            laps: list[list[dict[str, float]]] = [[] for _ in trees]
            for lap in range(rounds + 1):
                for process, kept in zip(processes, laps, strict=True):
                    spent = _asked(process, file)
                    if lap:  # the first of each photo grows the nets' memory
                        kept.append(spent)
            for kept, median in zip(laps, medians, strict=True):
                for stage in ROWS:
                    median[stage].append(statistics.median(spent.get(stage, 0.0) for spent in kept))
    finally:
        for process in processes:
            process.terminate()
            process.wait()
    return [{stage: statistics.mean(times) for stage, times in median.items()} for median in medians]


def _started(tree: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(tree), "PHOTOGUARD_DEBUG": "1"}
    return subprocess.Popen(
        [sys.executable, __file__, "--answer"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


def _asked(process: subprocess.Popen[str], file: Path) -> dict[str, float]:
    assert process.stdin and process.stdout
    process.stdin.write(f"{file}\n")
    process.stdin.flush()
    said = process.stdout.readline()
    if not said:
        sys.exit("A version of photoguard ended early; see above.")
    spent: dict[str, float] = json.loads(said)
    return spent


def _answer() -> None:
    """Clean each photo that is named on a line of the input, and say what each stage took."""
    worker.start()
    cv2.setNumThreads(1)  # as a worker does with its first job
    threadpool_limits(1, user_api="blas")
    policy = Policy()
    line = pipeline.Pipeline(policy)
    watch = Stopwatch()
    for stage, owner, attribute in STAGES:
        watch.around(owner, attribute, stage)
    for named in sys.stdin:
        data = Path(named.strip()).read_bytes()
        watch.lap()
        cleaned = line.clean(lambda: pipeline.read(data, policy), source="photo.jpg")  # noqa: B023 - called at once
        spent = watch.lap()
        if cleaned.data is None:
            sys.exit(f"The photo did not come out: {cleaned.outcome.reasons}")
        print(json.dumps(spent), flush=True)


if __name__ == "__main__":
    main()

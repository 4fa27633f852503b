"""How the end of a run grows: comparing all photos with each other, and the report, without cleaning any.

    python benchmarks/look_back.py [--counts 1000 2000 4000 8000] [--cache FOLDER] [--again 20]

A run's books are filled through their own interface with photos as `growth.py` makes them, taken as cleaned already;
then only its end is carried out, in a process of its own for each count. Printed are seconds, processor time and the
most memory of that process, for each of its parts. One photo in `--again` is there once more as on another day:
turned, relit and changed, so that something is found. Points are made once and kept in the cache folder. Linux only.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import cv2
import growth
import numpy as np
from photos import Picture
from rich.console import Console
from rich.table import Table

from photoguard import report
from photoguard.batch.book import Book, Run
from photoguard.batch.decisions import Decisions
from photoguard.batch.folder import OutFolder, Staged, fingerprint
from photoguard.batch.plan import plans
from photoguard.batch.points import Points
from photoguard.batch.together import seen
from photoguard.batch.walk import walk
from photoguard.batch.worker import Result
from photoguard.home import Home
from photoguard.outcome import Found, Outcome, Status
from photoguard.photo import Kind
from photoguard.policy import Policy

_TOGETHER = 200
"""Photos that come in at once."""


_WOUND, _CHANGE = 0.3, 50.0
"""Of a photo that is there on another day: how far from its middle it is another, in sides, and grey that differs."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What the end of a run took."""

    photos: int
    compared: float
    """Seconds."""
    reported: float
    worked: float
    """Processor time of both."""
    before_mb: float
    compared_mb: float
    """The most that the process held meanwhile."""
    reported_mb: float
    held: int
    """Photos that are for review in the end."""
    digest: str
    """Of which photos those are, and why."""


def main() -> None:
    """Prints the table."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--counts", type=int, nargs="+", default=[1000, 2000, 4000, 8000])
    arguments.add_argument("--cache", type=Path, help="keeps photos and points for the next time")
    arguments.add_argument("--again", type=int, default=20)
    arguments.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.one:
        print(json.dumps(asdict(_end(chosen.cache, chosen.counts[0]))))
        return
    with tempfile.TemporaryDirectory(prefix="photoguard-look-back-") as name:
        cache = chosen.cache or Path(name)
        _write(cache, max(chosen.counts), chosen.again)
        spent = []
        for count in chosen.counts:
            command = [sys.executable, __file__, "--one", "--cache", str(cache), "--counts", str(count)]
            told = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
            spent.append(Spent(**json.loads(told)))
    _print(spent)


def _write(cache: Path, count: int, again: int) -> None:
    for folder in ("photos", "small", "points"):
        (cache / folder).mkdir(parents=True, exist_ok=True)
    new = [number for number in range(count) if not (cache / "points" / f"{number:06d}.npz").exists()]
    with ProcessPoolExecutor() as workers:
        list(workers.map(partial(_write_one, cache, again), new, chunksize=50))


def _write_one(cache: Path, again: int, number: int) -> None:
    cv2.setNumThreads(1)
    late = number % again == again - 1
    picture = growth.scene(np.random.default_rng(number - again + 1 if late else number))
    if late:
        picture = _later(picture, np.random.default_rng(10**6 + number))
    (cache / "photos" / f"{number:06d}.jpg").write_bytes(growth.jpeg(picture, number))
    small = cv2.imencode(".jpg", picture[:, :, ::-1], (cv2.IMWRITE_JPEG_QUALITY, 85))[1].tobytes()
    (cache / "small" / f"{number:06d}.jpg").write_bytes(small)
    (cache / "points" / f"{number:06d}.npz").write_bytes(Points(seen(small)).data())


def _later(picture: Picture, chance: np.random.Generator) -> Picture:
    """The same site on another day: other light, another angle, and a wound in its midst that has become another."""
    height, width = picture.shape[:2]
    middle = (width / 2, height / 2)
    move = cv2.getRotationMatrix2D(middle, chance.uniform(-12, 12), chance.uniform(0.95, 1.1))
    turned = cv2.warpAffine(picture, move, (width, height), borderMode=cv2.BORDER_REFLECT)
    rows, columns = np.mgrid[:height, :width]
    wound = np.hypot((columns - middle[0]) / width, (rows - middle[1]) / height) < _WOUND
    changed = np.where(wound[..., None], growth.scene(chance), turned)
    haze = cv2.GaussianBlur(chance.normal(0, _CHANGE, (height, width)).astype(np.float32), (0, 0), 4)
    return np.clip(changed * 0.85 + 12 + haze[..., None], 0, 255).astype(np.uint8)


def _end(cache: Path, count: int) -> Spent:
    """The end of a run over so many of the photos."""
    with tempfile.TemporaryDirectory(prefix="photoguard-look-back-") as name:
        folder = Path(name)
        (folder / "photos").mkdir()
        names = [f"{number:06d}" for number in range(count)]
        for one in names:
            (folder / "photos" / f"{one}.jpg").hardlink_to(cache / "photos" / f"{one}.jpg")
        book = _filled(folder, cache, names)
        before, start, worked = _most_mb(), time.perf_counter(), _worked()
        _forget_most()
        run: Run = book.close()
        compared, most = time.perf_counter() - start, _most_mb()
        _forget_most()
        report.write(run.report, folder / "out", run.thumbnails)
        told = [(one.source, one.reasons) for one in run.report.photos if one.status is Status.REVIEW]
        return Spent(
            photos=count,
            compared=compared,
            reported=time.perf_counter() - start - compared,
            worked=_worked() - worked,
            before_mb=before,
            compared_mb=most,
            reported_mb=_most_mb(),
            held=len(told),
            digest=hashlib.sha256(json.dumps(told).encode()).hexdigest()[:8],
        )


def _filled(folder: Path, cache: Path, names: Sequence[str]) -> Book:
    """The books of a run that has cleaned all photos."""
    policy, home = Policy.for_channel("journal"), Home.at(folder / "home")
    found = walk([folder / "photos"])
    out = OutFolder(folder / "out", fingerprint([folder / "photos"], policy.digest()), home)
    book = Book(out, home, policy, {}, found, None)
    book.open()
    book.reuse(plans(found, {}, policy, home, Decisions(home)))
    for start in range(0, len(names), _TOGETHER):
        book.take([(f"{one}.jpg", _result(out, cache, one)) for one in names[start : start + _TOGETHER]])
    return book


def _result(out: OutFolder, cache: Path, name: str) -> Result:
    small = (cache / "small" / f"{name}.jpg").read_bytes()
    staged = Staged(
        out.staging / f"{name}.out", ".jpg", out.staging / f"{name}.jpg", out.staging / f"{name}.npz"
    )
    for path in (staged.path, staged.thumbnail):
        path.write_bytes(small)
    shutil.copyfile(cache / "points" / f"{name}.npz", staged.points)
    ring = tuple((int(150 + 60 * np.cos(at)), int(120 + 60 * np.sin(at))) for at in np.linspace(0, 6.2, 128))
    found = Found(
        kind=Kind.BACKGROUND, box=(90, 60, 210, 180), score=0.8, detector="outline", outline=(ring,)
    )
    outcome = Outcome(
        source=f"{name}.jpg",
        source_sha256=hashlib.sha256((cache / "photos" / f"{name}.jpg").read_bytes()).hexdigest(),
        status=Status.RELEASED,
        output_sha256=hashlib.sha256(small).hexdigest(),
        size=(320, 240),
        findings=(found, found),
    )
    return Result(outcome, staged)


def _forget_most() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _most_mb() -> float:
    """The most memory that this process held since `_forget_most`."""
    told = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(told[1]) / 1024 if told else 0.0


def _worked() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _print(spent: Sequence[Spent]) -> None:
    table = Table(title="the end of a run")
    columns: dict[str, Callable[[Spent], str]] = {
        "photos": lambda one: f"{one.photos:,}",
        "comparing s": lambda one: f"{one.compared:.1f}",
        "report s": lambda one: f"{one.reported:.1f}",
        "CPU s": lambda one: f"{one.worked:.1f}",
        "CPU ms/photo": lambda one: f"{one.worked / one.photos * 1000:.1f}",
        "MB before": lambda one: f"{one.before_mb:.0f}",
        "MB comparing": lambda one: f"{one.compared_mb:.0f}",
        "MB report": lambda one: f"{one.reported_mb:.0f}",
        "for review": lambda one: f"{one.held} ({one.digest})",
    }
    for column in columns:
        table.add_column(column, justify="right")
    for one in spent:
        table.add_row(*(write(one) for write in columns.values()))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()

"""Whether a run over many photos grows as it should: `photoguard clean` over 10,000 generated ones, in one go.

    python benchmarks/growth.py [--photos 10000] [--channel journal]

The time must be a straight line and the memory flat. Printed is the curve at each tenth of the photos: time that
passed, processor time, photos per second within the tenth, and what the command's own process and its largest worker
hold. Below it: how far the curve leaves a straight line, how the last tenth compares with the first, and what came
after the last photo (comparing all with each other, and the report); at last what the same command takes once ten more
photos have come, as in a folder that is watched. The first tenth begins with the first photo that is finished, so that
start-up is told apart. Photos are small (320 x 240), so that what a run does once for each photo weighs more than what
it does for each pixel. Linux only; all files are made in a temporary folder and removed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import piexif
from commands import family, memory_kb
from photos import NEEDLES, Picture
from rich.console import Console
from rich.table import Table
from skimage import data

_WIDTH, _HEIGHT = 320, 240
_EVERY = 1.0
"""Seconds between two looks at the run."""
_GOOD = (0, 3, 4)
_TICKS = os.sysconf("SC_CLK_TCK")
_TENTHS = 10
_MORE = 10


@dataclass(frozen=True, slots=True)
class Sample:
    """The run at one moment."""

    done: int
    """Photos that the run's journal says are finished."""
    seconds: float
    worked: float
    """Processor time of all its processes."""
    main_worked: float
    main_mb: float
    worker_mb: float
    """Of the largest worker."""


def main() -> None:
    """Prints the curve. Exit code 1 where the command failed."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--photos", type=int, default=10_000)
    arguments.add_argument("--channel", default="journal")
    arguments.add_argument("--policy", type=Path, help="as of `photoguard clean`")
    chosen = arguments.parse_args()
    if chosen.photos < _TENTHS:
        arguments.error(f"at least {_TENTHS} photos are needed")
    with tempfile.TemporaryDirectory(prefix="photoguard-growth-") as name:
        folder = Path(name)
        write_photos(folder / "photos", range(chosen.photos))
        samples = _watched(folder, chosen.channel, chosen.policy)
        write_photos(folder / "photos", range(chosen.photos, chosen.photos + _MORE))
        again = _watched(folder, chosen.channel, chosen.policy)[-1]
    _print(samples, chosen.photos)
    print(f"the same again with {_MORE} more: {again.seconds:.0f} s, {again.worked:.0f} s of processor time")


def write_photos(folder: Path, numbers: range) -> None:
    """Small JPEGs, no two of one scene, each with EXIF and GPS; faces in some, labels in others."""
    folder.mkdir(exist_ok=True)
    faces = [data.astronaut()[20:190, 150:290], data.camera()[80:190, 190:280]]
    for number in numbers:
        random = np.random.default_rng(number)
        picture = scene(random)
        if number % 10 == 0:
            _paste(picture, faces[number // 10 % 2], random)
        if number % 14 == 0:
            _label(picture, f"MRN-{random.integers(10**7, 10**8)}")
        (folder / f"IMG_{number:06d}.jpg").write_bytes(jpeg(picture, number))


def scene(random: np.random.Generator) -> Picture:
    """Skin-coloured ground with coarse and fine marks, as no other number gives it."""
    ground = np.array(random.uniform((90, 60, 50), (235, 190, 170)), np.float32)
    scene = np.broadcast_to(ground, (_HEIGHT, _WIDTH, 3)).copy()
    for cells, depth in ((3, 40.0), (9, 25.0), (40, 18.0)):
        marks = random.normal(0, depth, (cells, cells * _WIDTH // _HEIGHT, 3)).astype(np.float32)
        scene += cv2.resize(marks, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_CUBIC)
    scene += random.normal(0, 2, scene.shape).astype(np.float32)
    return np.clip(scene, 0, 255).astype(np.uint8)


def _paste(picture: Picture, face: Picture, random: np.random.Generator) -> None:
    height = int(random.integers(60, 140))
    width = height * face.shape[1] // face.shape[0]
    x, y = (int(random.integers(0, room)) for room in (_WIDTH - width, _HEIGHT - height))
    small = cv2.resize(face, (width, height), interpolation=cv2.INTER_AREA)
    picture[y : y + height, x : x + width] = small if small.ndim == 3 else small[:, :, None]


def _label(picture: Picture, text: str) -> None:
    cv2.rectangle(picture, (8, 200), (230, 234), (245, 245, 240), -1)
    cv2.putText(picture, text, (14, 224), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (20, 20, 30), 2)


def jpeg(picture: Picture, number: int) -> bytes:
    _, encoded = cv2.imencode(".jpg", picture[:, :, ::-1], (cv2.IMWRITE_JPEG_QUALITY, 90))
    taken = f"2026:{number % 12 + 1:02d}:{number % 28 + 1:02d} 09:{number % 60:02d}:00".encode()
    told = piexif.dump(
        {
            "0th": {piexif.ImageIFD.Make: b"Sample", piexif.ImageIFD.Model: NEEDLES[3]},
            "Exif": {piexif.ExifIFD.DateTimeOriginal: taken, piexif.ExifIFD.BodySerialNumber: NEEDLES[2]},
            "GPS": {
                piexif.GPSIFD.GPSLatitudeRef: b"N",
                piexif.GPSIFD.GPSLatitude: ((48, 1), (number % 60, 1), (2430, 100)),
                piexif.GPSIFD.GPSLongitudeRef: b"E",
                piexif.GPSIFD.GPSLongitude: ((2, 1), (21, 1), (750, 100)),
            },
        }
    )
    jpeg = encoded.tobytes()
    return jpeg[:2] + b"\xff\xe1" + (len(told) + 2).to_bytes(2, "big") + told + jpeg[2:]


def _watched(folder: Path, channel: str, policy: Path | None) -> list[Sample]:
    """Run the command over all photos; how it stood, second by second, and at last how it ended."""
    out = folder / "cleaned"
    command = [sys.executable, "-m", "photoguard", "clean", str(folder / "photos"), "--quiet", "--for", channel,
               "--out", str(out), "--home", str(folder / "home")]  # fmt: skip
    if policy is not None:
        command += ["--policy", str(policy)]
    journal = _Lines(out / ".photoguard" / "journal.jsonl")
    samples: list[Sample] = []
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while process.poll() is None:
            time.sleep(_EVERY)
            seconds = time.perf_counter() - start
            samples.append(_sample(process.pid, journal.count(), seconds))
    finally:
        process.kill()
        process.wait()
    seconds = time.perf_counter() - start
    if process.returncode not in _GOOD:
        sys.exit(f"photoguard clean ended with exit code {process.returncode}; what it took says nothing.")
    there = [one for one in samples if one.main_mb]
    if not there:
        sys.exit("The run was over before it was seen. Take more photos.")
    last = there[-1]
    return [
        *there,
        Sample(journal.count(), seconds, last.worked, last.main_worked, last.main_mb, last.worker_mb),
    ]


class _Lines:
    """Counts the lines of a file that grows, each once."""

    def __init__(self, path: Path) -> None:
        self._path, self._read, self._count = path, 0, 0

    def count(self) -> int:
        """So far."""
        if self._path.exists():
            with self._path.open("rb") as file:
                file.seek(self._read)
                new = file.read()
            self._read += len(new)
            self._count += new.count(b"\n")
        return self._count


def _sample(root: int, done: int, seconds: float) -> Sample:
    pids = family(root)
    worked = {pid: _worked(pid) for pid in pids}
    held = {pid: memory_kb(pid)[0] / 1024 for pid in pids}
    return Sample(
        done=done,
        seconds=seconds,
        worked=sum(own + ended for own, ended in worked.values()),
        main_worked=worked[root][0],
        main_mb=held.pop(root),
        worker_mb=max(held.values(), default=0.0),
    )


def _worked(pid: int) -> tuple[float, float]:
    """Processor seconds of a process, and of those it started that have ended; 0 once it has ended itself."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0, 0.0
    user, system, child_user, child_system = (int(one) / _TICKS for one in fields[11:15])
    return user + system, child_user + child_system


def _print(samples: Sequence[Sample], count: int) -> None:
    begun = next(one for one in samples if one.done)
    if count - begun.done < _TENTHS:
        sys.exit("The run was nearly over before it was seen. Take more photos.")
    # The first sample of each count: between two of them the run is taken to have gone on evenly.
    steps = list({one.done: one for one in reversed(samples) if one.done}.values())[::-1]
    marks = [begun.done + (count - begun.done) * tenth / _TENTHS for tenth in range(_TENTHS + 1)]
    ends = [_at(steps, mark) for mark in marks]
    console = Console(width=110)
    table = Table(title=f"{count:,} photos of {_WIDTH} x {_HEIGHT}, {os.cpu_count()} cores")
    for column in (
        "photos",
        "seconds",
        "CPU s",
        "of it main",
        "photos/s",
        "CPU ms/photo",
        "MB main",
        "MB worker",
    ):
        table.add_column(column, justify="right")
    for before, end in pairwise(ends):
        photos = end.done - before.done
        table.add_row(
            f"{end.done:,}",
            f"{end.seconds:.0f}",
            f"{end.worked:.0f}",
            f"{end.main_worked:.0f}",
            f"{photos / (end.seconds - before.seconds):.1f}",
            f"{(end.worked - before.worked) / photos * 1000:.0f}",
            f"{end.main_mb:.0f}",
            f"{end.worker_mb:.0f}",
        )
    console.print(table)
    done, passed = (np.array([getattr(end, name) for end in ends], float) for name in ("done", "seconds"))
    slope, offset = np.polyfit(done, passed, 1)
    off = np.abs(passed - (slope * done + offset)).max() / (passed[-1] - passed[0])
    console.print(
        f"a straight line: {1 / slope:.2f} photos/s; the curve leaves it by {off:.1%} of the whole at most"
    )
    for name, what in (("seconds", "time"), ("worked", "processor time")):
        first, last = (
            (getattr(ends[at + 1], name) - getattr(ends[at], name)) / (ends[at + 1].done - ends[at].done)
            for at in (0, -2)
        )
        console.print(f"the last tenth against the first: {last / first - 1:+.1%} {what} per photo")
    for name, what in (("main_mb", "the command's own process"), ("worker_mb", "the largest worker")):
        first, last = getattr(ends[1], name), getattr(ends[-1], name)
        console.print(
            f"memory of {what}: {first:.0f} MB after the first tenth, {last:.0f} MB after the last photo"
        )
    after = [one for one in samples if one.seconds > ends[-1].seconds]
    peak = max(one.main_mb for one in samples)
    console.print(
        f"before the first photo {begun.seconds:.0f} s, after the last one"
        f" {samples[-1].seconds - ends[-1].seconds:.0f} s"
        f" ({(after[-1] if after else ends[-1]).main_worked - ends[-1].main_worked:.0f} s of processor time);"
        f" the command's own process held {peak:.0f} MB at most"
    )


def _at(samples: Sequence[Sample], done: float) -> Sample:
    """The run when so many photos were finished."""
    known = [one.done for one in samples]
    between = {
        field.name: float(np.interp(done, known, [getattr(one, field.name) for one in samples]))
        for field in fields(Sample)
    }
    return Sample(**between | {"done": round(done)})


if __name__ == "__main__":
    main()

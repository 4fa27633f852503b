"""Photos per second and memory of the whole line, beside deface, on photos of 12 megapixels.

    python benchmarks/clean_folder.py [--photos 20] [--rounds 3]

Whole commands with start-up and report, interleaved in rounds, so that a busy machine slows all of them alike;
medians and ratios are what counts. deface finds and blurs faces; photoguard's line also takes off metadata, turns
the photo four ways for faces, finds text and codes, checks for mirrored pictures, proves what it wrote and reports.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from environments import peer_python
from photos import camera_jpegs
from rich.console import Console
from rich.table import Table

DEFACE = ("deface==1.5.0", "onnx", "onnxruntime")


@dataclass
class Contender:
    name: str
    command: list[str]
    out: Path | None = None
    seconds: list[float] = field(default_factory=list)
    peak_mb: list[float] = field(default_factory=list)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--photos", type=int, default=20)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument(
        "--default-rounds", type=int, default=1, help="rounds of deface at full resolution, slow"
    )
    arguments.add_argument("--deface-python", type=Path)
    chosen = arguments.parse_args()
    deface = chosen.deface_python or peer_python("deface", DEFACE)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photos = camera_jpegs(folder / "photos", chosen.photos)
        ours = Contender(
            "photoguard clean",
            [sys.executable, "-m", "photoguard", "clean", str(folder / "photos"), "--quiet",
             "--out", str(folder / "ours"), "--home", str(folder / "home")],
            folder / "ours",
        )  # fmt: skip
        small = Contender("deface --scale 640x480", _deface(deface, photos, folder, "--scale", "640x480"))
        default = Contender("deface (default)", _deface(deface, photos, folder))
        for round_number in range(chosen.rounds):
            for contender in (ours, small, default):
                if contender is not default or round_number < chosen.default_rounds:
                    _run(contender)
    _print([ours, small, default], chosen.photos)


def _deface(python: Path, photos: list[Path], folder: Path, *options: str) -> list[str]:
    # deface takes one output for one input only; it writes beside the photos, as it does for its users.
    copies = folder / ("deface-" + "".join(options).replace("-", ""))
    copies.mkdir()
    for photo in photos:
        shutil.copy(photo, copies)
    return [str(python.parent / "deface"), *options, *(str(copies / photo.name) for photo in photos)]


def _run(contender: Contender) -> None:
    if contender.out is not None:
        shutil.rmtree(contender.out, ignore_errors=True)
    start = time.perf_counter()
    process = subprocess.Popen(contender.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = _Peak(process.pid)
    code = process.wait()
    contender.seconds.append(time.perf_counter() - start)
    contender.peak_mb.append(peak.stop())
    if code not in (0, 3, 4):
        sys.exit(f"{contender.name} ended with exit code {code}; what it took says nothing.")


class _Peak:
    """The largest resident memory that any one process below `pid` reached (Linux)."""

    def __init__(self, pid: int) -> None:
        self._root = pid
        self._peak_kb = 0
        self._going = True
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> float:
        self._going = False
        self._thread.join()
        return self._peak_kb / 1024

    def _watch(self) -> None:
        while self._going:
            for pid in self._family():
                try:
                    status = Path(f"/proc/{pid}/status").read_text()
                except OSError:
                    continue
                for line in status.splitlines():
                    if line.startswith("VmHWM:"):
                        self._peak_kb = max(self._peak_kb, int(line.split()[1]))
            time.sleep(0.1)

    def _family(self) -> list[int]:
        parents: dict[int, int] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    stat = (entry / "stat").read_text()
                except OSError:
                    continue
                parents[int(entry.name)] = int(stat.rsplit(")", 1)[1].split()[1])
        family = [self._root]
        for pid in family:
            family += [child for child, parent in parents.items() if parent == pid]
        return family


def _print(contenders: list[Contender], count: int) -> None:
    table = Table(title=f"{count} photos of 12 megapixels, {os.cpu_count()} cores, medians")
    for column in ("", "photos/s", "ours against it", "peak MB of one process"):
        table.add_column(column, justify="left" if not column else "right")
    speed = {contender.name: count / statistics.median(contender.seconds) for contender in contenders}
    ours = speed[contenders[0].name]
    for contender in contenders:
        table.add_row(
            contender.name,
            f"{speed[contender.name]:.2f}",
            f"{ours / speed[contender.name]:.2f}x",
            f"{statistics.median(contender.peak_mb):.0f}",
        )
    Console(width=100).print(table)


if __name__ == "__main__":
    main()

"""What a second worker process brings: photos per second and memory of `photoguard clean`, by the number of workers.

    python benchmarks/scaling.py [--photos 20 60] [--rounds 3] [--workers 1 2]

Whole commands on photos of 12 megapixels, interleaved in rounds; medians. The start and the end, in which no worker
is at work, are a larger part of a short run. With more workers than idle cores this measures the machine, not
photoguard: "processors used" says how many it really had.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from commands import Contender
from photos import camera_jpegs
from rich.console import Console
from rich.table import Table


def main() -> None:
    """Prints the table."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--photos", type=int, nargs="+", default=[20, 60])
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    chosen = arguments.parse_args()
    table = Table(title=f"photos of 12 megapixels, {os.cpu_count()} cores, medians")
    figures = ("photos/s", "gain", "processors used", "CPU s/photo", "MB of one", "MB of all")
    for column in ("photos", "workers", *figures):
        table.add_column(column, justify="right")
    for photos in chosen.photos:
        _measure(table, photos, chosen.workers, chosen.rounds)
    Console(width=110).print(table)


def _measure(table: Table, photos: int, counts: Sequence[int], rounds: int) -> None:
    """Adds the rows of runs with so many photos."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        camera_jpegs(folder / "photos", photos)
        out = folder / "cleaned"
        command = [sys.executable, "-m", "photoguard", "clean", str(folder / "photos"), "--quiet", "--out",
                   str(out), "--home", str(folder / "home"), "--jobs"]  # fmt: skip
        contenders = [
            Contender(
                str(workers),
                [*command, str(workers)],
                before=lambda: shutil.rmtree(out, ignore_errors=True),
                good=(0, 3, 4),
            )
            for workers in counts
        ]
        for _ in range(rounds):
            for contender in contenders:
                contender.run()
    first = contenders[0].typical()
    for contender in contenders:
        spent = contender.typical()
        table.add_row(
            str(photos),
            contender.name,
            f"{photos / spent.seconds:.2f}",
            f"{first.seconds / spent.seconds:.2f}x",
            f"{spent.worked / spent.seconds:.2f}",
            f"{spent.worked / photos:.2f}",
            f"{spent.largest_mb:.0f}",
            f"{spent.together_mb:.0f}",
        )


if __name__ == "__main__":
    main()

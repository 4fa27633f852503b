"""Every reader and the whole line on files changed in ways nobody thought of: crashes, hangs, leaks.

    python benchmarks/fuzz_report.py [--seconds 600] [--jobs 1] [--only NAME ...] [--found DIR]

Needs the extra `fuzz` (Linux). The seconds are shared among the harnesses; each runs in a process of its own, as many
at once as there are jobs, guided by which lines of photoguard an input reaches (atheris). An input may take 10 seconds
and 2 GB, and may end only in an error of photoguard's own. "Leaks" are files that came out with something that was
planted in the file that went in, in any of the places that `fuzz/planted.py` names. What is found lies in DIR, one
small file each, and is told below the table; the exit code is 1 then.
"""

from __future__ import annotations

import argparse
import os
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from fuzz.harnesses import HARNESSES

HERE = Path(__file__).parent
_AT_LEAST = 2
"""Seconds; a process that starts for less only starts."""
_LATER = 60
"""Seconds after which a process that should have ended is stopped."""


@dataclass
class Tried:
    """What became of one harness."""

    name: str
    inputs: int = 0
    seconds: float = 0.0
    found: Counter[str] = field(default_factory=Counter)


def main() -> None:
    """Prints the table."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--seconds", type=int, default=600)
    arguments.add_argument("--jobs", type=int, default=1, help="processes at once; they share the seconds")
    arguments.add_argument("--only", nargs="+", choices=[one.name for one in HARNESSES], metavar="NAME")
    arguments.add_argument("--found", type=Path, help="a folder for what is found; a new one if left out")
    chosen = arguments.parse_args()
    names = chosen.only or [one.name for one in HARNESSES]
    folder = (chosen.found or Path(tempfile.mkdtemp(prefix="photoguard-fuzz-"))).resolve()
    share = max(_AT_LEAST, chosen.seconds // len(names))
    print(
        f"{'':20} | {'inputs':>8} | {'seconds':>7} | {'crashes':>7} | {'hangs':>5} | {'leaks':>5}", flush=True
    )
    all_of_them = []
    places = [folder / name.replace(" ", "_").replace(":", "") for name in names]
    with ThreadPoolExecutor(chosen.jobs) as jobs:  # which only wait for the processes
        for tried in jobs.map(partial(run, seconds=share), names, places):
            show(tried)
            all_of_them.append(tried)
    print(f"{sum(one.inputs for one in all_of_them):,} inputs")
    if any(one.found for one in all_of_them):
        for told in sorted(folder.glob("*/*.txt")):
            print(f"\n{told.parent.name}: {told.read_text(encoding='utf-8')}")
        sys.exit(f"What was found lies in {folder}")


def show(tried: Tried) -> None:
    """A line of the table."""
    crashes, hangs, leaks = (tried.found[kind] for kind in ("crash", "hang", "leak"))
    print(
        f"{tried.name:20} | {tried.inputs:8,} | {tried.seconds:7.0f} | {crashes:7} | {hangs:5} | {leaks:5}",
        flush=True,
    )


def run(name: str, folder: Path, *, seconds: int) -> Tried:
    """One harness for so many seconds: where something ends its process, a new one goes on with the rest."""
    folder.mkdir(parents=True, exist_ok=True)
    tried, start = Tried(name), time.monotonic()
    paths = os.pathsep.join([str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    while (rest := round(seconds - tried.seconds)) >= 1:
        command = [sys.executable, "-m", "fuzz.campaign", name, str(rest), str(folder)]
        with (folder / "log").open("wb") as log:
            try:
                ended = subprocess.run(
                    command,
                    stdout=log,
                    stderr=log,
                    env=os.environ | {"PYTHONPATH": paths},
                    timeout=rest + _LATER,
                    check=False,
                ).returncode
            except subprocess.TimeoutExpired:
                ended = None
        tried.seconds = time.monotonic() - start
        if ended not in (0, None) and not found_in(folder):
            sys.exit(f"The harness '{name}' could not run: see {folder / 'log'}")
        if ended is None and not any(folder.glob("native-*")):
            (folder / "native-timeout-stopped").touch()
    count = folder / "count"
    tried.inputs = struct.unpack("<Q", count.read_bytes())[0] if count.exists() else 0
    tried.found = found_in(folder)
    return tried


def found_in(folder: Path) -> Counter[str]:
    """Findings by kind. libFuzzer's own are one for each time that it stopped."""
    kinds = Counter(path.name.split("-")[0] for path in folder.glob("*.bin"))
    for path in folder.glob("native-*"):
        kinds["hang" if "timeout" in path.name or "slow" in path.name else "crash"] += 1
    return kinds


if __name__ == "__main__":
    main()

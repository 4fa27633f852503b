"""Runs that are killed, or can't write, at every call that changes a file.

    python benchmarks/crash_points.py [--every N] [--processes N]

A run over small photos is started again and again, and each time another of its calls below the output folder and the
practice's folder goes wrong: the process is killed there (`kill`), or in the middle of a write (`torn`), or the call
fails as on a full disk (ENOSPC), a broken one (EIO) or one that may not be written (EACCES). Then it is checked that
released/ and review/ hold whole pictures only, each of which the audit log knows, that registry and audit log add up,
that originals are untouched; and, after the same command was given again, that all is as if nothing had happened and,
where the process was killed, that nothing is told twice. `--processes` does it to the command line with its worker
processes as well, of which all are killed at once.

tests/crash does the work, and tries some of them whenever the tests run. Needs Linux and a C compiler.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests" / "crash"
sys.path.insert(0, str(TESTS))

from crash_injector import FAULTS, built  # noqa: E402
from crash_processes import tried  # noqa: E402
from crash_scene import SCENES, Expected, first_day  # noqa: E402

PROCESSES = ("power cut", "kill", "ENOSPC")
CALLS = 200
"""Of the run with worker processes, about."""


def forks(library: Path, every: int, faults: list[str]) -> Counter[tuple[str, str, bool]]:
    """How many points were tried: fault, kind of call, whether all held."""
    tally: Counter[tuple[str, str, bool]] = Counter()
    environment = {**os.environ, "LD_PRELOAD": str(library), "PYTHONPATH": str(ROOT)}
    named = [word for fault in faults for word in ("--fault", fault)]
    for scene in SCENES:
        sweep = subprocess.Popen(
            [sys.executable, TESTS / "crash_sweep.py", scene, "--every", str(every), *named],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert sweep.stdout is not None
        for line in sweep.stdout:
            told = json.loads(line)
            if "problems" in told:
                tally[told["fault"], told["kind"] or "(not reached)", not told["problems"]] += 1
                for problem in told["problems"]:
                    print(
                        f"{scene}: {told['fault']} at call {told['call']} ({told['kind']}): {problem}",
                        flush=True,
                    )
        if sweep.wait() not in (0, 1):
            print(f"{scene}: the sweep itself failed")
            tally["-", scene, False] += 1
    return tally


def processes(library: Path, many: int, folder: Path) -> Counter[tuple[str, str, bool]]:
    """The same for the command line with its worker processes."""
    tally: Counter[tuple[str, str, bool]] = Counter()
    start = first_day(folder / "start")
    calm = start.copied(folder / "calm")
    calm.clean()
    expected = Expected.of(calm)
    for number in range(many):
        call, fault = 1 + number * CALLS // many, PROCESSES[number % len(PROCESSES)]
        hit, problems = tried(call, fault, start, expected, folder / str(number), library)
        tally[f"{fault} (processes)", hit or "(not reached)", not problems] += 1
        for problem in problems:
            print(f"processes: {fault} at call {call} ({hit}): {problem}", flush=True)
    return tally


def main() -> int:
    """0 where all held."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--every", type=int, default=1, metavar="N", help="try every N-th call only")
    parser.add_argument("--fault", action="append", choices=FAULTS, help="all of them unless named")
    parser.add_argument("--processes", type=int, default=24, metavar="N", help="runs with worker processes")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="photoguard-crash-") as folder:
        library = built(Path(folder))
        if library is None:
            print("There is no C compiler on this machine.")
            return 2
        tally = forks(library, asked.every, asked.fault or list(FAULTS)) + processes(
            library, asked.processes, Path(folder)
        )
    kinds = sorted({kind for _, kind, _ in tally})
    print("| fault |", " | ".join(kinds), "| all | held |")
    print("|---" * (len(kinds) + 3) + "|")
    for fault in [*FAULTS, *(f"{one} (processes)" for one in PROCESSES)]:
        tried_there = [sum(tally[fault, kind, held] for held in (True, False)) for kind in kinds]
        held = sum(tally[fault, kind, True] for kind in kinds)
        print(f"| {fault} |", " | ".join(map(str, tried_there)), f"| {sum(tried_there)} | {held} |")
    failed = sum(count for (_, _, held), count in tally.items() if not held)
    print(f"{sum(tally.values())} points, {failed} did not hold")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

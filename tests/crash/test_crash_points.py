"""A run that is killed or can't write goes on: faults at the file-system calls of real runs.

All kills of two scenes and a spread of the others, printed at the end; benchmarks/crash_points.py tries all of all.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from crash_injector import ENDS, FAULTS, built
from crash_processes import CHECKOUT, tried
from crash_scene import SCENES, Expected, first_day

SWEEP = Path(__file__).with_name("crash_sweep.py")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if sys.platform != "linux":
        pytest.skip("faults are injected through glibc")
    library = built(tmp_path_factory.mktemp("injector"))
    if library is None:
        pytest.skip("there is no C compiler on this machine")
    return library


SPREAD = {"practice": (8, 90), "first day": (2, 60), "again": (1, 12), "twins": (12, 120)}
"""Every how many calls a run is killed, in turn at one and in the middle of one, and every how many a call fails."""
AT_LEAST = 500


@cache
def swept(scene: str, library: Path) -> tuple[dict[str, Any], ...]:
    """What became of each run of a scene that went wrong."""
    ends, fails = map(str, SPREAD[scene])
    told = subprocess.run(
        [sys.executable, SWEEP, scene, "--every", ends, "--failing", fails],
        env={**os.environ, "LD_PRELOAD": str(library), "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
    )
    assert told.returncode in (0, 1), told.stderr
    *runs, total = map(json.loads, told.stdout.splitlines())
    assert total["failed"] == sum(bool(run["problems"]) for run in runs)
    return tuple(run for run in runs if run["kind"])  # without calls that this time were never come to


@pytest.mark.parametrize("scene", SPREAD)
def test_wherever_a_run_goes_wrong_nothing_is_half_done_and_it_goes_on(scene: str, library: Path) -> None:
    runs = swept(scene, library)
    assert [run for run in runs if run["problems"]] == []
    assert {run["fault"] for run in runs} == set(FAULTS)


def test_runs_are_killed_at_hundreds_of_points(
    library: Path, record_property: Callable[[str, object], None]
) -> None:
    runs = [run for scene in SPREAD for run in swept(scene, library)]
    faults = Counter(run["fault"] for run in runs)
    killed = sum(run["ended"] == -signal.SIGKILL for run in runs)
    held = sum(not run["problems"] for run in runs)
    assert killed == sum(faults[fault] for fault in ENDS) >= AT_LEAST
    record_property(
        "printed",
        f"crash points: {len(runs)} tried, {killed} kill points among them, {held} held"
        f" ({', '.join(f'{count} {fault}' for fault, count in faults.items())})",
    )


def test_a_power_cut_leaves_nothing_half_done_when_workers_write_too(library: Path, tmp_path: Path) -> None:
    start = first_day(tmp_path / "start")
    calm = start.copied(tmp_path / "calm")
    calm.clean()
    hit, problems = tried(75, "power cut", start, Expected.of(calm), tmp_path / "run", library)
    assert hit is not None
    assert problems == []


def test_scenes_hold_every_outcome(tmp_path: Path) -> None:
    # Otherwise the tests above would try less than they say.
    start = SCENES["practice"](tmp_path)
    start.clean()
    expected = Expected.of(start)
    assert {status for status, _ in expected.outcomes.values()} == {"released", "review", "blocked"}
    assert expected.uses == 1

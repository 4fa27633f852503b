"""A run that is killed or can't write goes on: faults at the file-system calls of real runs.

A spread of them; benchmarks/crash_points.py tries all.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from crash_injector import FAULTS, built
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


@pytest.mark.parametrize(
    ("scene", "every"), [("practice", 180), ("first day", 120), ("again", 110), ("twins", 240)]
)
def test_wherever_a_run_goes_wrong_nothing_is_half_done_and_it_goes_on(
    scene: str, every: int, library: Path
) -> None:
    environment = {**os.environ, "LD_PRELOAD": str(library), "PYTHONPATH": str(CHECKOUT)}
    told = subprocess.run(
        [sys.executable, SWEEP, scene, "--every", str(every)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    *runs, total = map(json.loads, told.stdout.splitlines())
    assert [run for run in runs if run["problems"]] == []
    assert told.returncode == 0 and total["failed"] == 0
    assert {run["fault"] for run in runs if run["kind"]} == set(FAULTS)
    assert len(runs) >= 5


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

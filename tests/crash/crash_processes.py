"""The command line itself, with its worker processes, that ends or fails at a call that writes, and is given again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from crash_injector import FAULTS, KILL_ALL
from crash_scene import Expected, Scene, broken, unfinished

CHECKOUT = Path(__file__).parents[2]
_CODES = (3, 4, 5)
"""Exit codes that a run may end with in these scenes: some photos are held, and a disk may be full."""


def command(scene: Scene, environment: Mapping[str, str]) -> int:
    """`photoguard clean` in a process group of its own; its exit code."""
    words = ["clean", scene.photos, "--out", scene.out, "--home", scene.home, "--jobs", "2", "-q"]
    process = subprocess.Popen(
        [sys.executable, "-m", "photoguard", *map(str, words)],
        cwd=CHECKOUT, env={**os.environ, **environment}, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    told, _ = process.communicate(timeout=300)
    if b"Traceback" in told or b"INTERNAL_ERROR" in told:
        raise AssertionError(told.decode())
    return process.returncode


def armed(scene: Scene, library: Path, folder: Path, call: int, fault: int) -> dict[str, str]:
    """The environment of a run, all of whose processes count calls together."""
    (folder / "counter").write_bytes(bytes(8))
    return {
        "LD_PRELOAD": str(library),
        "CRASH_BELOW": f"{scene.out}:{scene.home}",
        "CRASH_AT": str(call),
        "CRASH_FAULT": str(fault),
        "CRASH_LOG": str(folder / "calls"),
        "CRASH_COUNTER": str(folder / "counter"),
    }


def tried(
    call: int, fault: str, start: Scene, expected: Expected, folder: Path, library: Path
) -> tuple[str | None, list[str]]:
    """The kind of call that went wrong, and what is wrong after that and after the same command again.

    `fault` as in FAULTS: of those that end a process, it is the one that makes the call; or `power cut`, which ends
    all of them.
    """
    folder.mkdir()
    here = start.copied(folder)
    what = KILL_ALL if fault == "power cut" else FAULTS[fault]
    ended = command(here, armed(here, library, folder, call, what))
    hit = next((line[2:] for line in (folder / "calls").read_text().splitlines() if line[0] == "!"), None)
    problems = [] if ended in (*_CODES, -signal.SIGKILL) else [f"ended with {ended}"]
    problems += broken(here)
    if (again := command(here, {})) not in _CODES:
        problems.append(f"ended with {again} when it was given again")
    return hit, problems + list(unfinished(here, expected, once=ended == -signal.SIGKILL))

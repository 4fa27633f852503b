"""Runs that go wrong at every call that writes, one after the other: `crash_sweep.py SCENE --fault kill --every 10`.

Prints one line of JSON for each, and a last one with what was tried. It must be started with the injector in
LD_PRELOAD. The nets are loaded once; each run is a fork of this process, in folders of its own, and so is what looks at
what it left behind and gives the same command again.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from crash_injector import ENDS, FAULTS, Injector
from crash_scene import SCENES, Expected, Scene, audited, broken, unfinished

from photoguard.errors import PhotoguardError

_PATIENCE = 120
_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""Where files are that a killed process leaves as it would on a disk, only quicker."""
_REFUSED, _CRASHED = 3, 4


@dataclass(frozen=True)
class Point:
    """One run that goes wrong: at which call, and how."""

    call: int
    fault: str


def forked(work: Callable[[], object], said: Path) -> int:
    """Does the work in a fork of this process, which writes to `said` what it returns, or why it could not.

    The exit code: 0, _REFUSED for an error that people are told of, _CRASHED for any other, the negative number of the
    signal that ended it.
    """
    child = os.fork()
    if child == 0:
        code = 0
        try:
            told = work()
        except PhotoguardError as error:
            told, code = str(error), _REFUSED
        except BaseException:
            told, code = traceback.format_exc(), _CRASHED
        said.write_text(json.dumps(told), encoding="utf-8")
        os._exit(code)
    deadline = time.monotonic() + _PATIENCE
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.002)


def remember_nets() -> None:
    """Let nets answer from memory what they were asked before: every run looks at the same photos.

    It is the disk that goes wrong here. So a run costs what it writes, and more of its calls can be tried.
    """
    run, answers = onnxruntime.InferenceSession.run, dict[object, list[Any]]()

    def remembered(self: Any, names: Any, pixels: dict[str, np.ndarray], *more: Any) -> list[Any]:
        key = (id(self), *((name, one.shape, one.tobytes()) for name, one in pixels.items()))
        if key not in answers:
            answers[key] = run(self, names, pixels, *more)
        return [answer.copy() for answer in answers[key]]

    onnxruntime.InferenceSession.run = remembered


def calls(start: Scene, folder: Path, injector: Injector) -> tuple[list[str], Expected]:
    """The kinds of all calls of a run that nothing happens to, and what it comes to."""
    here = start.copied(folder)

    def run() -> None:
        injector.watch((here.out, here.home), folder / "calls")
        injector.arm(0, None)
        here.clean()

    code = forked(run, folder / "said")
    assert code == 0, (folder / "said").read_text()
    expected = Expected.of(here)
    assert "failed" not in {status for status, _ in expected.outcomes.values()}
    return (folder / "calls").read_text().split(), expected


def tried(
    point: Point, start: Scene, expected: Expected, folder: Path, injector: Injector
) -> dict[str, object]:
    """One run that goes wrong, and the same command again."""
    here = start.copied(folder)
    ends = point.fault in ENDS
    once = ends and not here.asked_anew

    def run() -> None:
        injector.watch((here.out, here.home), folder / "calls")
        injector.arm(point.call, point.fault)
        here.clean()

    def again() -> list[str]:
        problems = list(broken(here))
        here.clean()
        problems += unfinished(here, expected, once=once)
        before = audited(here)
        here.clean()
        return problems + (["a third run did something again"] if once and audited(here) != before else [])

    code = forked(run, folder / "run")
    log = (folder / "calls").read_text().splitlines()
    hit = next((line[2:] for line in log if line.startswith("!")), None)
    problems = []
    if hit is not None and code not in ((-signal.SIGKILL,) if ends else (0, _REFUSED)):
        problems.append(f"ended with {code}: {_said(folder / 'run')}")
    ended = forked(again, folder / "again")
    said = _said(folder / "again")
    problems += said if ended == 0 else [f"given again, it ended with {ended}: {said}"]
    return {"call": point.call, "fault": point.fault, "kind": hit, "ended": code, "problems": problems}


def _said(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def points(many: int, faults: list[str], every: int) -> Iterator[Point]:
    """Every so many calls, for each fault at other ones, so that together they reach more of them.

    `torn` is `kill` wherever nothing is written: every second call for both is a kill at each.
    """
    for offset, fault in enumerate(faults):
        for call in range(1 + offset * every // len(faults), many + 1, every):
            yield Point(call, fault)


def main() -> int:
    """0 where all held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    parser.add_argument("--fault", action="append", choices=FAULTS, help="all of them unless named")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="try every N-th call only")
    parser.add_argument("--failing", type=int, metavar="N", help="of calls that fail: the same unless given")
    parser.add_argument("--call", type=int, help="try this call only")
    asked = parser.parse_args()
    injector, root = Injector(), Path(tempfile.mkdtemp(prefix="photoguard-crash-", dir=_MEMORY))
    try:
        remember_nets()
        start = SCENES[asked.scene](root / "start")
        (root / "warm").mkdir()
        start.copied(root / "warm").clean()  # whatever is loaded, or looked at, when it is first needed
        (root / "calm").mkdir()
        gc.freeze()  # else each fork would copy what its garbage collection looks through
        there, expected = calls(start, root / "calm", injector)
        before, counts, bad = start.originals, Counter[str](), 0
        faults = asked.fault or list(FAULTS)
        ending, failing = ([one for one in faults if (one in ENDS) is ends] for ends in (True, False))
        chosen = (
            [Point(asked.call, fault) for fault in faults]
            if asked.call
            else [
                point
                for those, every in ((ending, asked.every), (failing, asked.failing or asked.every))
                for point in points(len(there), those, every)
            ]
        )
        for point in chosen:
            folder = root / "point"
            folder.mkdir()
            told = tried(point, start, expected, folder, injector)
            if start.originals != before:
                told["problems"] = [*told["problems"], "an original was changed"]
            counts[f"{told['fault']} at {told['kind']}"] += 1
            bad += bool(told["problems"])
            print(json.dumps(told), flush=True)
            shutil.rmtree(folder)
        print(json.dumps({"calls": Counter(there), "tried": counts, "failed": bad}))
        return 1 if bad else 0
    finally:
        shutil.rmtree(root)


if __name__ == "__main__":
    sys.exit(main())

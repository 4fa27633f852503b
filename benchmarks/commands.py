"""Runs whole commands, start-up and all, and tells what they took: time, processor time, memory (Linux)."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Spent:
    """What one run of a command took."""

    seconds: float
    """That passed."""
    worked: float
    """Seconds of processor time, of the command and all that it started and waited for."""
    largest_mb: float
    """The most memory that any one of its processes held."""
    together_mb: float
    """The most that they held at one time. What processes share is counted for each of them."""


@dataclass
class Contender:
    """A command that is run several times."""

    name: str
    command: Sequence[str]
    before: Callable[[], object] = field(default=lambda: None)
    """Makes the folders as they were before each run; not part of the time."""
    good: Collection[int] = (0,)
    """Exit codes after which what it took says something."""
    runs: list[Spent] = field(default_factory=list)

    def run(self) -> None:
        """Run it once more. Ends the program where the command fails."""
        self.before()
        start = time.perf_counter()
        process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        memory = _Memory(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        largest, together = memory.stop()
        if process.returncode not in self.good:
            sys.exit(f"{self.name} ended with exit code {process.returncode}; what it took says nothing.")
        self.runs.append(Spent(seconds, usage.ru_utime + usage.ru_stime, largest, together))

    def typical(self) -> Spent:
        """The median of each figure over the runs."""
        fields = ("seconds", "worked", "largest_mb", "together_mb")
        return Spent(*(median(getattr(run, name) for run in self.runs) for name in fields))


class _Memory:
    """What `pid` and the processes below it hold, four times a second: looking takes time from them."""

    def __init__(self, pid: int) -> None:
        self._root = pid
        self._largest_kb = self._together_kb = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> tuple[float, float]:
        """The largest process's peak and the peak of all together, in MB."""
        self._ended.set()
        self._thread.join()
        return self._largest_kb / 1024, self._together_kb / 1024

    def _watch(self) -> None:
        while not self._ended.wait(0.25):
            held = [memory_kb(pid) for pid in family(self._root)]
            self._largest_kb = max([self._largest_kb, *(peak for _, peak in held)])
            self._together_kb = max(self._together_kb, sum(now for now, _ in held))


def memory_kb(pid: int) -> tuple[int, int]:
    """Resident memory now, and its peak; 0 for a process that has ended."""
    try:
        lines = dict(
            line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line
        )
        return int(lines["VmRSS"].split()[0]), int(lines["VmHWM"].split()[0])
    except (OSError, KeyError):
        return 0, 0


def family(root: int) -> list[int]:
    """A process and all that it started, directly or not."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rsplit(")", 1)[1].split()[1])
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found

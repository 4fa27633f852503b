"""Cleaning behind the window: what is dropped is cleaned, one drop after the other, by processes that stay warm."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from ..errors import PhotoguardError, WorkersError
from ..home import Home
from ..outcome import Outcome
from ..policy import Policy
from ..reasons import REASONS
from .declared import Pair, manifest_of


@dataclass(frozen=True, slots=True, eq=False)
class Drop:
    """Files and folders that were dropped together, and where their results go."""

    inputs: tuple[Path, ...]
    out: Path
    policy: Policy
    pairs: list[Pair] = field(default_factory=list)
    """Pairs that a person has declared since."""
    cancelled: threading.Event = field(default_factory=threading.Event, repr=False)


class _Stopped(Exception):
    """A person pressed cancel; finished photos stay finished."""


class _Paused(Exception):
    """Something more urgent is to be done first; this drop goes on afterwards."""


_COURTESY = 5
"""How much less pressing the cleaning is than the window, in steps of nice(2): looking and scrolling come first."""
_TURN = 0.0005
"""Seconds after which the thread that looks after the cleaning lets the window have the interpreter. Drawing the list
asks for it many times over, and Python's usual 5 ms each time would add up to a tenth of a second."""


class Work(QObject):
    """Takes drops and tells what becomes of their photos. Signals arrive in the thread of the window."""

    found = Signal(object, object)
    """Drop, and its photos as Source: known before the first is cleaned. Told again when a drop is taken again."""
    settled = Signal(object, object)
    """Drop and an Outcome."""
    finished = Signal(object)
    """A drop is done or was cancelled."""
    refused = Signal(object, str, str)
    """Drop, stable code and a sentence: nothing of it could be cleaned."""

    def __init__(self, home: Path | None = None, jobs: int | None = None) -> None:
        super().__init__()
        sys.setswitchinterval(_TURN)
        self._home = home
        self._jobs = jobs or os.cpu_count() or 1
        self._changed = threading.Condition()
        self._waiting: deque[Drop] = deque()
        self._now: Drop | None = None
        self._urgent = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="photoguard-work", daemon=True)
        self._thread.start()

    @property
    def open(self) -> tuple[Drop, ...]:
        """Drops that are not done."""
        with self._changed:
            return (*([self._now] if self._now else ()), *self._waiting)

    def take(self, drop: Drop) -> None:
        """Clean this drop when its turn comes."""
        with self._changed:
            self._waiting.append(drop)
            self._changed.notify()

    def again(self, drop: Drop) -> None:
        """Take a drop once more, at once: what a person has decided since is carried out, all else stays as it is.

        Whatever is under way pauses after the photos it is at.
        """
        drop.cancelled.clear()
        with self._changed:
            if drop in self._waiting:
                self._waiting.remove(drop)
            self._waiting.appendleft(drop)
            if self._now is not None:
                self._urgent.set()
            self._changed.notify()

    def cancel(self) -> None:
        """Stop after the photos that are under way; drops that wait are let go of as well."""
        for drop in self.open:
            drop.cancelled.set()

    def close(self) -> None:
        """Stop, and end the processes."""
        self.cancel()
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(timeout=60)

    def _serve(self) -> None:
        executor = self._processes()
        _load()
        while (drop := self._next()) is not None:
            try:
                done = self._clean(drop, executor)
            except WorkersError:
                # A photo took its process with it. In processes of the run's own it is found out and fails alone.
                executor.shutdown(wait=False)
                done = self._clean(drop, None)
                executor = self._processes()
            if self._is_over(drop, done):
                self.finished.emit(drop)
        executor.shutdown(wait=True, cancel_futures=True)

    def _next(self) -> Drop | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            self._now = self._waiting.popleft() if self._waiting else None
            self._urgent.clear()
            return self._now

    def _is_over(self, drop: Drop, done: bool) -> bool:
        """Nothing is under way any more; a paused drop comes next after what was urgent."""
        with self._changed:
            self._now = None
            if not done and drop not in self._waiting:
                self._waiting.insert(1, drop)
            return drop not in self._waiting

    def _processes(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        executor = ProcessPoolExecutor(self._jobs, mp_context=context, initializer=_start)
        for _ in range(self._jobs):
            executor.submit(_warm)
        return executor

    def _clean(self, drop: Drop, executor: ProcessPoolExecutor | None) -> bool:
        """Whether the drop is done; False where it paused."""
        from .. import api  # late, see _load
        from ..batch.walk import walk

        def told(finished: int, total: int, outcome: Outcome) -> None:
            self.settled.emit(drop, outcome)
            if drop.cancelled.is_set():
                raise _Stopped
            if self._urgent.is_set() and finished < total:
                raise _Paused

        try:
            if drop.cancelled.is_set():
                raise _Stopped
            self.found.emit(drop, walk(drop.inputs).photos)
            with manifest_of(drop.pairs, Home.at(self._home)) as manifest:
                api.clean_folder(
                    drop.inputs,
                    drop.out,
                    policy=drop.policy,
                    manifest=manifest,
                    home=self._home,
                    jobs=self._jobs,
                    executor=executor,
                    progress=told,
                )
        except _Stopped:
            pass
        except _Paused:
            return False
        except PhotoguardError as error:
            if isinstance(error, WorkersError) and executor is not None:
                raise
            self.refused.emit(drop, error.code, error.message)
        except (
            Exception
        ):  # whatever it was, the window goes on, and nothing of this drop is passed off as done
            self.refused.emit(drop, "INTERNAL_ERROR", REASONS["INTERNAL_ERROR"].seen)
        return True


def _start() -> None:
    """Prepare a process of the window's."""
    from ..batch import limits, worker

    if hasattr(os, "nice"):
        os.nice(_COURTESY)
    worker.start(limits.Limits.up_to(Policy().max_megapixels))


def _load() -> None:
    """Import what cleans, in the thread that will use it: neither the window nor the first drop waits for it."""
    from .. import api  # noqa: F401


def _warm() -> None:
    """Load the models, so that the first photo need not wait for them."""
    from ..batch import worker

    worker.warm()

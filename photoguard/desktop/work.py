"""Cleaning behind the window: what is dropped is cleaned, one drop after the other, by processes that stay warm."""

from __future__ import annotations

import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

from PySide6.QtCore import QObject, Signal

from .. import api
from ..batch import worker
from ..batch.walk import walk
from ..errors import PhotoguardError
from ..outcome import Outcome
from ..policy import Policy


@dataclass(frozen=True, slots=True, eq=False)
class Drop:
    """Files and folders that were dropped together, and where their results go."""

    inputs: tuple[Path, ...]
    out: Path
    policy: Policy
    cancelled: threading.Event = field(default_factory=threading.Event, repr=False)


class _Stopped(Exception):
    """A person pressed cancel; finished photos stay finished."""


class Work(QObject):
    """Takes drops and tells what becomes of their photos. Signals arrive in the thread of the window."""

    found = Signal(object, object)
    """Drop, and its photos as Source: known before the first is cleaned."""
    settled = Signal(object, object)
    """Drop and an Outcome."""
    finished = Signal(object)
    """A drop is done or was cancelled."""
    refused = Signal(object, str, str)
    """Drop, stable code and a sentence: nothing of it could be cleaned."""

    def __init__(self, home: Path | None = None, jobs: int | None = None) -> None:
        super().__init__()
        self._home = home
        self._jobs = jobs or os.cpu_count() or 1
        self._queue: SimpleQueue[Drop | None] = SimpleQueue()
        self._open: list[Drop] = []
        self._thread = threading.Thread(target=self._serve, name="photoguard-work", daemon=True)
        self._thread.start()

    def take(self, drop: Drop) -> None:
        """Clean this drop when its turn comes."""
        self._open.append(drop)
        self._queue.put(drop)

    def again(self, drop: Drop) -> None:
        """Take a drop once more: what a person has decided since is carried out, all else stays as it is."""
        drop.cancelled.clear()
        self.take(drop)

    def cancel(self) -> None:
        """Stop after the photos that are under way; drops that wait are let go of as well."""
        for drop in self._open:
            drop.cancelled.set()

    def close(self) -> None:
        """Stop, and end the processes."""
        self.cancel()
        self._queue.put(None)
        self._thread.join(timeout=60)

    def _serve(self) -> None:
        executor = self._processes()
        while (drop := self._queue.get()) is not None:
            try:
                self._clean(drop, executor)
            except BrokenProcessPool:
                # A photo took its process with it. In processes of the run's own it is found out and fails alone.
                executor.shutdown(wait=False)
                self._clean(drop, None)
                executor = self._processes()
            self._open.remove(drop)
            self.finished.emit(drop)
        executor.shutdown(wait=True, cancel_futures=True)

    def _processes(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        executor = ProcessPoolExecutor(self._jobs, mp_context=context, initializer=_start)
        for _ in range(self._jobs):
            executor.submit(worker.warm)
        return executor

    def _clean(self, drop: Drop, executor: ProcessPoolExecutor | None) -> None:
        def told(finished: int, total: int, outcome: Outcome) -> None:
            self.settled.emit(drop, outcome)
            if drop.cancelled.is_set():
                raise _Stopped

        try:
            if drop.cancelled.is_set():
                raise _Stopped
            self.found.emit(drop, walk(drop.inputs).photos)
            api.clean_folder(
                drop.inputs,
                drop.out,
                policy=drop.policy,
                home=self._home,
                jobs=self._jobs,
                executor=executor,
                progress=told,
            )
        except _Stopped:
            return
        except PhotoguardError as error:
            self.refused.emit(drop, error.code, error.message)


def _start() -> None:
    """Prepare a process of the window's. It ends with the window, also when that is killed."""
    worker.start()
    window = multiprocessing.parent_process()
    assert window is not None

    def follow() -> None:
        window.join()
        os._exit(0)

    threading.Thread(target=follow, name="photoguard-follow", daemon=True).start()

"""What is dropped on the window is cleaned, one drop after the other, by a process behind it."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from ..outcome import Outcome
from ..policy import Policy
from ..reasons import REASONS
from .declared import Pair
from .orders import Found, News, Order, Over, Refused, Wish, carry_out


@dataclass(frozen=True, slots=True, eq=False)
class Drop:
    """Files and folders that were dropped together, and where their results go."""

    inputs: tuple[Path, ...]
    out: Path
    policy: Policy
    pairs: list[Pair] = field(default_factory=list)
    """Pairs that a person has declared since."""
    cancelled: threading.Event = field(default_factory=threading.Event, repr=False)


class Work(QObject):
    """Takes drops and tells what becomes of their photos. Signals arrive in the thread of the window."""

    found = Signal(object, object)
    """Drop, and its photos as Source: known before the first is cleaned. Told again when a drop is taken again."""
    settled = Signal(object, object)
    """Drop and an Outcome."""
    finished = Signal(object)
    """A drop is done or was cancelled."""
    refused = Signal(object, str, str)
    """Drop, stable code and a sentence: nothing more of it can be cleaned."""

    def __init__(self, home: Path | None = None, jobs: int | None = None) -> None:
        super().__init__()
        self._home = home
        self._jobs = jobs or os.cpu_count() or 1
        self._changed = threading.Condition()
        self._waiting: deque[Drop] = deque()
        self._now: Drop | None = None
        self._closed = False
        self._context = multiprocessing.get_context("spawn")
        self._wish = self._context.RawValue("i", Wish.GO_ON)
        self._process, self._pipe = self._behind()
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
            if self._wish.value == Wish.GO_ON:
                self._wish.value = Wish.PAUSE
            self._changed.notify()

    def cancel(self) -> None:
        """Stop after the photos that are under way; drops that wait are let go of as well."""
        with self._changed:
            for drop in self.open:
                drop.cancelled.set()
            self._wish.value = Wish.STOP

    def close(self) -> None:
        """Stop, and end the processes."""
        self.cancel()
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(timeout=60)

    def _serve(self) -> None:
        while (drop := self._next()) is not None:
            try:
                done = drop.cancelled.is_set() or self._told(drop)
            except (EOFError, OSError):  # killed, or out of memory
                self.refused.emit(drop, "INTERNAL_ERROR", REASONS["INTERNAL_ERROR"].seen)
                done = True
                self._process, self._pipe = self._behind()
            if self._is_over(drop, done):
                self.finished.emit(drop)
        self._pipe.close()
        self._process.join()

    def _next(self) -> Drop | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            self._now = self._waiting.popleft() if self._waiting else None
            self._wish.value = Wish.GO_ON
            return self._now

    def _told(self, drop: Drop) -> bool:
        """Tell what becomes of a drop. Whether it is done; False where it paused.

        Raises OSError or EOFError where the process behind the window is gone.
        """
        self._pipe.send(Order(drop.inputs, drop.out, drop.policy, tuple(drop.pairs)))
        while True:
            news: News = self._pipe.recv()
            match news:
                case Found():
                    self.found.emit(drop, news.photos)
                case Outcome():
                    self.settled.emit(drop, news)
                case Refused():
                    self.refused.emit(drop, news.code, news.sentence)
                case Over():
                    return news.done

    def _is_over(self, drop: Drop, done: bool) -> bool:
        """Nothing is under way any more; a paused drop comes next after what was urgent."""
        with self._changed:
            self._now = None
            if not done and drop not in self._waiting:
                self._waiting.insert(1, drop)
            return drop not in self._waiting

    def _behind(self) -> tuple[SpawnProcess, Connection]:
        """A process behind the window, and the pipe to it."""
        ours, its = self._context.Pipe()
        process = self._context.Process(
            target=carry_out, args=(its, self._wish, self._home, self._jobs), name="photoguard-behind"
        )
        process.start()
        its.close()  # so that the pipe ends with the process
        return process, ours

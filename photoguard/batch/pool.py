"""Worker processes: as many photos at once as there are workers, and a worker that dies is survived."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from time import monotonic
from types import TracebackType
from typing import Self
from uuid import uuid4

from ..errors import PhotoguardError
from ..outcome import Outcome, Status
from .cluster import Cluster, lost
from .worker import Job, Result, start, work

_AHEAD = 1000
"""Photos handed at once to an executor that does not say how many it works on."""
_LOOK, _PATIENCE = 5, 300
"""Seconds without a result after which a cluster is asked whether it has workers, and without any after which it is
given up: a photo that kills one after the other leaves them little time to be seen."""


class Pool:
    """Runs jobs on an executor: worker processes of its own, or one that the caller hands over."""

    def __init__(self, jobs: int | None = None, executor: Executor | None = None) -> None:
        self._jobs = jobs
        self._own = executor is None
        self._executor = executor or self._fresh()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._own:
            self._executor.shutdown(wait=True, cancel_futures=True)

    @property
    def cluster(self) -> Cluster | None:
        """The cluster that jobs are run on, where they are."""
        return self._executor if isinstance(self._executor, Cluster) else None

    def rest(self) -> None:
        """Wait for what is under way and let the worker processes go; the next job starts new ones."""
        if self._own:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = self._fresh()

    def work(self, jobs: Mapping[str, Job]) -> Iterator[tuple[str, Result]]:
        """Results by the job's name, as they come.

        A photo that takes its worker with it (out of memory, a crash in a native library) is tried once more
        on its own, so that the photos beside it are not blamed, and fails if it happens again.

        Raises WorkersError where the caller's executor gives no more results; what was yielded stands.
        """
        suspects: list[str] = []
        yield from self._round(jobs, suspects)
        for name in suspects:
            again: list[str] = []
            yield from self._round({name: jobs[name]}, again)
            if again:
                yield name, _died(name)

    def _round(self, jobs: Mapping[str, Job], suspects: list[str]) -> Iterator[tuple[str, Result]]:
        waiting = iter(jobs)
        running: dict[Future[Result], str] = {}
        alive = monotonic()
        try:
            while True:
                while len(running) < self._ahead() and (name := next(waiting, None)) is not None:
                    try:
                        running[self._executor.submit(work, jobs[name], uuid4().hex)] = name
                    except RuntimeError:  # also BrokenExecutor, or an executor that was shut down
                        suspects.append(name)
                        self._start_again(running, suspects)
                if not running:
                    return
                done, _ = wait(running, _LOOK, FIRST_COMPLETED)
                if done or not self._deserted():
                    alive = monotonic()
                elif monotonic() - alive > _PATIENCE:
                    raise lost()
                broken = False
                for future in done:
                    try:
                        result = future.result()
                    except BrokenExecutor:
                        broken = True
                    except CancelledError:
                        raise lost() from None
                    except PhotoguardError:
                        raise
                    except Exception:  # `work` raises nothing else: the executor has lost its worker
                        suspects.append(running.pop(future))
                    else:
                        yield running.pop(future), result
                if broken:
                    self._start_again(running, suspects)
        finally:
            for future in running:
                future.cancel()

    def _ahead(self) -> int:
        """How many photos to hand out before results come back, so that no worker waits for the next one."""
        if isinstance(self._executor, Cluster):
            return 2 * max(1, self._executor.width())
        if self._own:
            return 2 * self._count()
        return 2 * self._jobs if self._jobs else _AHEAD

    def _deserted(self) -> bool:
        return isinstance(self._executor, Cluster) and self._executor.width() == 0

    def _start_again(self, running: dict[Future[Result], str], suspects: list[str]) -> None:
        """A worker died and broke the executor. Which of those under way did it can't be told: all are suspects."""
        if not self._own:
            raise lost() from None  # whoever handed the executor over knows how to make another
        suspects += running.values()
        running.clear()
        self._executor = self._fresh()

    def _fresh(self) -> ProcessPoolExecutor:
        # Spawned, not forked: onnxruntime's threads do not survive a fork.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self._count(), mp_context=context, initializer=start)

    def _count(self) -> int:
        return self._jobs or os.cpu_count() or 1


def _died(name: str) -> Result:
    return Result(Outcome(source=name, status=Status.FAILED, reasons=("WORKER_DIED",)), None)

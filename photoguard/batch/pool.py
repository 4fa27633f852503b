"""Worker processes: as many photos at once as there are workers, within limits; one that dies is survived."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from multiprocessing.process import BaseProcess
from time import monotonic
from types import TracebackType
from typing import Self
from uuid import uuid4

from ..errors import PhotoguardError
from ..outcome import Outcome, Status
from ..policy import Policy
from .cluster import Cluster, lost
from .limits import Limits, too_slow
from .worker import Job, Result, start, work

_AHEAD = 1000
"""Photos handed at once to an executor that does not say how many it works on."""
_EACH = 8
"""Photos handed at once to a worker process of our own: it has enough to do while others are settled."""
_MOMENT = 0.1
"""Seconds in which more results may come. What comes together is settled together, with fewer trips to the disk."""
_LOOK, _PATIENCE = 5, 300
"""Seconds without a result after which a cluster is asked whether it has workers, and without any after which it is
given up: a photo that kills one after the other leaves them little time to be seen."""


class Pool:
    """Runs jobs on an executor: worker processes of its own, or one that the caller hands over.

    `limits` are those of its own processes.
    """

    def __init__(
        self, jobs: int | None = None, executor: Executor | None = None, limits: Limits | None = None
    ) -> None:
        self._limits = limits or Limits.up_to(Policy().max_megapixels)
        self._workers: Sequence[BaseProcess] = ()
        self._jobs = jobs
        self._own = executor is None
        self._executor = executor or self._fresh()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._own:
            # After a whole run there is nothing to wait for: workers end while the report is written.
            self._executor.shutdown(wait=kind is not None, cancel_futures=True)

    @property
    def cluster(self) -> Cluster | None:
        """The cluster that jobs are run on, where they are."""
        return self._executor if isinstance(self._executor, Cluster) else None

    def rest(self) -> None:
        """Wait for what is under way and let the worker processes go; the next job starts new ones."""
        if self._own:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = self._fresh()

    def work(self, jobs: Mapping[str, Job]) -> Iterator[list[tuple[str, Result]]]:
        """Results with the job's name, as they come: those together that came while nobody asked.

        A photo that takes its worker with it (out of memory or time, a crash in a native library) is tried once more
        on its own, so that the photos beside it are not blamed, and fails if it happens again.

        Raises WorkersError where the caller's executor gives no more results; what was yielded stands.
        """
        suspects: dict[str, str] = {}
        yield from self._round(jobs, suspects, self._threads(len(jobs)))
        for name in suspects:
            again: dict[str, str] = {}
            yield from self._round({name: jobs[name]}, again, threads=1)
            if again:
                failed = Outcome(source=name, status=Status.FAILED, reasons=(again[name],))
                yield [(name, Result(failed, None))]

    def _round(
        self, jobs: Mapping[str, Job], suspects: dict[str, str], threads: int
    ) -> Iterator[list[tuple[str, Result]]]:
        """Results as they come. `suspects` gets the names of photos that may have taken a worker with them, and why."""
        waiting = iter(jobs)
        running: dict[Future[Result], str] = {}
        alive = monotonic()
        try:
            while True:
                while len(running) < self._ahead() and (name := next(waiting, None)) is not None:
                    try:
                        running[self._executor.submit(work, jobs[name], uuid4().hex, threads)] = name
                    except RuntimeError:  # also BrokenExecutor, or an executor that was shut down
                        suspects[name] = "WORKER_DIED"
                        self._start_again(running, suspects)
                if not running:
                    return
                self._workers = multiprocessing.active_children()
                done, _ = wait(running, _LOOK, FIRST_COMPLETED)
                if done:
                    done, _ = wait(running, _MOMENT)
                if done or not self._deserted():
                    alive = monotonic()
                elif monotonic() - alive > _PATIENCE:
                    raise lost()
                broken, came = False, []
                error: PhotoguardError | None = None
                for future in done:
                    try:
                        came.append((running[future], future.result()))
                    except BrokenExecutor:
                        broken = True
                        continue
                    except CancelledError:
                        error = error or lost()
                    except PhotoguardError as said:
                        error = error or said
                    except Exception:  # `work` raises nothing else: the executor has lost its worker
                        suspects[running[future]] = "WORKER_DIED"
                    del running[future]
                if came:
                    yield came
                if error is not None:
                    raise error from None
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
            return _EACH * self._count()
        return 2 * self._jobs if self._jobs else _AHEAD

    def _threads(self, photos: int) -> int:
        """How many threads look at a photo: more than one where there are fewer photos than workers here."""
        here = self._own or self._jobs is not None
        return max(1, self._count() // max(1, photos)) if here and self.cluster is None else 1

    def _deserted(self) -> bool:
        return isinstance(self._executor, Cluster) and self._executor.width() == 0

    def _start_again(self, running: dict[Future[Result], str], suspects: dict[str, str]) -> None:
        """A worker died and broke the executor. Which of those under way did it can't be told: all are suspects."""
        if not self._own:
            raise lost() from None  # whoever handed the executor over knows how to make another
        self._executor.shutdown()  # until all of them have ended
        slow = any(too_slow(worker.exitcode) for worker in self._workers)
        suspects |= dict.fromkeys(running.values(), "TIME_LIMIT" if slow else "WORKER_DIED")
        running.clear()
        self._executor = self._fresh()

    def _fresh(self) -> ProcessPoolExecutor:
        # Spawned, not forked: onnxruntime's threads do not survive a fork.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(
            self._count(), mp_context=context, initializer=start, initargs=(self._limits,)
        )

    def _count(self) -> int:
        return self._jobs or os.cpu_count() or 1

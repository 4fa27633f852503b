"""Worker processes: as many photos at once as there are workers, within limits; one that dies is survived."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Self

from ..outcome import Outcome, Status
from ..policy import Policy
from .limits import Limits, too_slow
from .worker import Job, Result, start, work


class Pool:
    """Runs jobs on an executor: worker processes of its own, or one that the caller hands over.

    `limits` are those of its own processes.
    """

    def __init__(
        self, jobs: int | None = None, executor: Executor | None = None, limits: Limits | None = None
    ) -> None:
        self._limits = limits or Limits.up_to(Policy().max_megapixels)
        self._count = jobs or os.cpu_count() or 1
        self._own = executor is None
        self._executor = executor or self._fresh()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._own:
            self._executor.shutdown(wait=True, cancel_futures=True)

    def work(self, jobs: Mapping[str, Job]) -> Iterator[tuple[str, Result]]:
        """Results by the job's name, as they come.

        A photo that takes its worker with it (out of memory or time, a crash in a native library) is tried once more
        on its own, so that the photos beside it are not blamed, and fails if it happens again.
        """
        suspects: dict[str, str] = {}
        yield from self._round(jobs, self._count * 2, suspects)
        for name in suspects:
            again: dict[str, str] = {}
            yield from self._round({name: jobs[name]}, 1, again)
            if again:
                yield name, Result(Outcome(source=name, status=Status.FAILED, reasons=(again[name],)), None)

    def _round(
        self, jobs: Mapping[str, Job], at_once: int, suspects: dict[str, str]
    ) -> Iterator[tuple[str, Result]]:
        """Results as they come; `suspects` gets the names of those that were under way when a worker died, and why."""
        waiting = deque(jobs)
        running: dict[Future[Result], str] = {}
        workers: Sequence[BaseProcess] = ()
        while waiting or running:
            try:
                while waiting and len(running) < at_once:
                    future = self._executor.submit(work, jobs[waiting[0]])
                    running[future] = waiting.popleft()
                workers = multiprocessing.active_children()
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in sorted(done, key=lambda future: future.exception() is not None):
                    result = future.result()
                    yield running.pop(future), result
            except BrokenProcessPool:
                if not self._own:
                    raise  # whoever handed the executor over knows how to make another
                self._executor.shutdown()  # until all of them have ended
                # Which of the photos under way did it can't be told: all are suspects.
                slow = any(too_slow(worker.exitcode) for worker in workers)
                suspects |= dict.fromkeys(running.values(), "TIME_LIMIT" if slow else "WORKER_DIED")
                running.clear()
                self._executor = self._fresh()

    def _fresh(self) -> ProcessPoolExecutor:
        # Spawned, not forked: onnxruntime's threads do not survive a fork.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(
            self._count, mp_context=context, initializer=start, initargs=(self._limits,)
        )

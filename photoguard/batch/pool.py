"""Worker processes: as many photos at once as there are workers, and a worker that dies is survived."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Self

from ..outcome import Outcome, Status
from .worker import Job, Result, start, work


class Pool:
    """Runs jobs on an executor: worker processes of its own, or one that the caller hands over."""

    def __init__(self, jobs: int | None = None, executor: Executor | None = None) -> None:
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

    def rest(self) -> None:
        """Wait for what is under way and let the worker processes go; the next job starts new ones."""
        if self._own:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = self._fresh()

    def work(self, jobs: Mapping[str, Job]) -> Iterator[tuple[str, Result]]:
        """Results by the job's name, as they come.

        A photo that takes its worker with it (out of memory, a crash in a native library) is tried once more
        on its own, so that the photos beside it are not blamed, and fails if it happens again.
        """
        suspects: list[str] = []
        yield from self._round(jobs, self._count * 2, suspects)
        for name in suspects:
            again: list[str] = []
            yield from self._round({name: jobs[name]}, 1, again)
            if again:
                yield name, _lost(name)

    def _round(
        self, jobs: Mapping[str, Job], at_once: int, suspects: list[str]
    ) -> Iterator[tuple[str, Result]]:
        waiting = iter(jobs)
        running: dict[Future[Result], str] = {}
        while True:
            while len(running) < at_once and (name := next(waiting, None)) is not None:
                running[self._submit(jobs[name])] = name
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            broken = False
            for future in done:
                try:
                    result = future.result()
                except BrokenProcessPool:
                    if not self._own:
                        raise  # whoever handed the executor over knows how to make another
                    broken = True
                    continue
                yield running.pop(future), result
            if broken:
                # Which of those under way did it can't be told: all are suspects.
                suspects += running.values()
                running.clear()
                self._executor = self._fresh()

    def _submit(self, job: Job) -> Future[Result]:
        try:
            return self._executor.submit(work, job)
        except BrokenProcessPool:  # a worker was killed while it waited for the next round
            if not self._own:
                raise
            self._executor = self._fresh()
            return self._executor.submit(work, job)

    def _fresh(self) -> ProcessPoolExecutor:
        # Spawned, not forked: onnxruntime's threads do not survive a fork.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self._count, mp_context=context, initializer=start)


def _lost(name: str) -> Result:
    return Result(Outcome(source=name, status=Status.FAILED, reasons=("WORKER_DIED",)), None)

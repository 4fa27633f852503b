"""Cleaning behind the window, in a process of its own: however many photos there are, the window never waits for it."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from ctypes import c_int
from multiprocessing.connection import Connection
from pathlib import Path

from .. import api
from ..batch import limits, worker
from ..batch.walk import walk
from ..errors import PhotoguardError, WorkersError
from ..home import Home
from ..outcome import Outcome
from ..policy import Policy
from ..reasons import REASONS
from .declared import manifest_of
from .orders import Found, Order, Over, Refused, Wish

_COURTESY = 5
"""How much less pressing the cleaning is than the window, in steps of nice(2): looking and scrolling come first."""


class _Stopped(Exception):
    """A person pressed cancel; finished photos stay finished."""


class _Paused(Exception):
    """Something more urgent is to be done first; this order goes on afterwards."""


class Behind:
    """Carries out orders, one after the other, on worker processes that stay warm."""

    def __init__(self, pipe: Connection, wish: c_int, home: Path | None, jobs: int) -> None:
        worker.start()
        if hasattr(os, "nice"):
            os.nice(_COURTESY)  # worker processes inherit it
        self._pipe = pipe
        self._wish = wish
        self._home = home
        self._jobs = jobs
        self._executor = self._processes()

    def serve(self) -> None:
        """Until the window closes the pipe."""
        try:
            while True:
                self._pipe.send(Over(self._done(self._pipe.recv())))
        except (EOFError, ConnectionError):
            pass
        finally:
            self._executor.shutdown(wait=True, cancel_futures=True)

    def _done(self, order: Order) -> bool:
        """Whether the order is done; False where it paused."""
        try:
            try:
                self._clean(order, self._executor)
            except WorkersError:
                # A photo took its process with it. In processes of the run's own it is found out and fails alone.
                self._executor.shutdown(wait=False)
                try:
                    self._clean(order, None)
                finally:
                    self._executor = self._processes()
        except _Stopped:
            pass
        except _Paused:
            return False
        except PhotoguardError as error:
            self._pipe.send(Refused(error.code, error.message))
        except ConnectionError:
            raise  # there is no window any more
        except Exception:
            # Whatever it was, the window goes on, and nothing of this order is passed off as done.
            self._pipe.send(Refused("INTERNAL_ERROR", REASONS["INTERNAL_ERROR"].seen))
        return True

    def _clean(self, order: Order, executor: ProcessPoolExecutor | None) -> None:
        self._pipe.send(Found(walk(order.inputs).photos))
        with manifest_of(order.pairs, Home.at(self._home)) as manifest:
            api.clean_folder(
                order.inputs,
                order.out,
                policy=order.policy,
                manifest=manifest,
                home=self._home,
                jobs=self._jobs,
                executor=executor,
                progress=self._settled,
            )

    def _settled(self, finished: int, total: int, outcome: Outcome) -> None:
        self._pipe.send(outcome)
        if self._wish.value == Wish.STOP:
            raise _Stopped
        if self._wish.value == Wish.PAUSE and finished < total:
            raise _Paused

    def _processes(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        room = limits.Limits.up_to(Policy().max_megapixels)
        executor = ProcessPoolExecutor(
            self._jobs, mp_context=context, initializer=worker.start, initargs=(room,)
        )
        for _ in range(self._jobs):
            executor.submit(worker.warm)
        return executor

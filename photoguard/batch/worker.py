"""What happens in a worker process: one job in, one result out. Models are loaded once per process.

What comes back is small: outcomes and paths. Pictures, and what could be made into pictures again, wait as files.
"""

from __future__ import annotations

import errno
import hashlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

from ..decision import Told
from ..errors import StoreError, UnreadablePhoto, WorkersError
from ..outcome import Outcome
from ..photo import Photo
from ..policy import Policy
from ..reasons import REASONS
from ..store import Place
from . import build, memory
from .files import sha256_of, stage
from .folder import Staged
from .limits import Limits
from .points import Points
from .together import seen


@dataclass(frozen=True, slots=True)
class Job:
    """One photo to clean. Printed, as others' logs may do, it names neither photo nor person."""

    path: Place = field(repr=False)
    name: str = field(repr=False)
    policy: Policy
    staging: Place = field(repr=False)
    told: Told = field(default=Told(), repr=False)
    expected: str | None = None
    """The SHA-256 that the photo's consent was decided on, where it was."""
    build: str | None = None
    """The digest of the build that asks: any other one refuses."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a job; the output waits in the staging folder."""

    outcome: Outcome
    staged: Staged | None


_limits: Limits | None = None
"""Of this process."""


def start(limits: Limits | None = None) -> None:
    """Prepare a worker process: Ctrl-C is the main process's to handle, and stderr belongs to people.

    `limits` hold for it, and for each photo, from now on. Where the main process is killed, it ends as well.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_main_process, daemon=True).start()
    if limits is not None:
        global _limits
        _limits = limits
        limits.confine()
    memory.keep()
    if "PHOTOGUARD_DEBUG" not in os.environ:
        # Native libraries write start-up notes, and some of them file names, straight to file descriptor 2.
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 2)
        os.close(quiet)


def warm() -> None:
    """Load the models and have them look at an empty picture, so that the first photo need not wait for either.

    Raises ModelError.
    """
    from .. import ingest, pipeline

    empty = ingest.from_pixels(np.full((480, 640, 3), 128, np.uint8))
    pipeline.Pipeline(Policy()).clean(lambda: (b"", empty), source="")


def sees(staging: Place, samples: Mapping[Place, str | None]) -> Place | None:
    """A new file in the staging folder, if this process reads the samples (paths and their SHA-256) as they are."""
    try:
        if any(sha256_of(path) != sha256 for path, sha256 in samples.items()):
            return None
        return stage(staging, b"", ".mark")
    except (OSError, StoreError):
        return None


def work(job: Job, turn: str = "", threads: int = 1) -> Result:
    """Clean one photo and stage its output: from where it lies, to where outputs wait, by this process itself.

    Never raises for what a photo or a disk can do, and StoreError where a store gives no answer.

    `turn` is another one for each call, for executors that answer the same call from what they remember. On `threads`
    at once the photo is looked at.
    Raises WorkersError, before the photo is opened: WORKERS_DIFFER where this process is of another build than
    the one that asks, WORKERS_FOLDER where it does not have the staging folder. Where the photo takes longer than
    this process's limits allow, the process ends.
    """
    from .. import pipeline  # late: the main process, which only hands out jobs, needs no nets

    if job.build is not None and job.build != build.here().digest:
        raise WorkersError(
            "WORKERS_DIFFER",
            "A worker came that has another photoguard or other models. Install one photoguard on all computers.",
        )
    if isinstance(job.staging, Path) and not job.staging.is_dir():
        raise WorkersError(
            "WORKERS_FOLDER",
            "A worker does not find the output folder. Check that it is there, also for workers.",
        )
    _settle_in()
    line = pipeline.Pipeline(job.policy, threads)  # loading the nets is not the photo's to answer for

    def load() -> tuple[bytes, Photo]:
        try:
            data = job.path.read_bytes()
        except OSError:
            raise _unreadable("FILE_UNREADABLE") from None
        if job.expected is not None and hashlib.sha256(data).hexdigest() != job.expected:
            raise _unreadable("FILE_CHANGED")
        return pipeline.read(data, job.policy, job.told)

    with _limits.one_photo() if _limits else nullcontext():
        cleaned = line.clean(load, source=job.name, told=job.told)
    if cleaned.data is None or cleaned.thumbnail is None:
        return Result(cleaned.outcome, None)
    try:
        points = Points(seen(cleaned.thumbnail), cleaned.features) if job.policy.searches else None
        staged = _staged(job.staging, cleaned.data, cleaned.suffix, cleaned.thumbnail, points)
        return Result(cleaned.outcome, staged)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES)
        return Result(failed(cleaned.outcome, "OUTPUT_FULL" if full else "INTERNAL_ERROR"), None)


@cache
def _settle_in() -> None:
    """One process per core is the parallelism. A process that is not a worker alone is left as it is."""
    if multiprocessing.parent_process() is not None:
        cv2.setNumThreads(1)
        threadpool_limits(1, user_api="blas")  # NumPy's: one per core, and each spins while it waits


def failed(outcome: Outcome, code: str) -> Outcome:
    """The same photo, failed, with nothing kept of it."""
    update = {"status": "failed", "reasons": (code,), "output": None, "output_sha256": None}
    return Outcome.model_validate({**outcome.model_dump(), **update})


def _staged(folder: Place, data: bytes, suffix: str, thumbnail: bytes, points: Points | None) -> Staged:
    """All files of a cleaned photo, or an OSError and none."""
    path = stage(folder, data, suffix)
    made = [path]
    try:
        made.append(stage(folder, thumbnail, ".jpg"))
        if points is not None:
            made.append(path.with_suffix(".npz"))
            made[-1].write_bytes(points.data())
    except OSError:
        for file in made:
            file.unlink(missing_ok=True)
        raise
    return Staged(path, suffix, made[1], made[2] if points is not None else None)


def _end_with_the_main_process() -> None:
    if (main := multiprocessing.parent_process()) is not None:
        main.join()
        os._exit(1)


def _unreadable(code: str) -> UnreadablePhoto:
    return UnreadablePhoto(code, REASONS[code].seen)

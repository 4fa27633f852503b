"""What happens in a worker process: one job in, one result out. Models are loaded once per process."""

from __future__ import annotations

import errno
import hashlib
import multiprocessing
import os
import signal
import tempfile
import threading
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import cv2

from ..decision import Told
from ..errors import UnreadablePhoto
from ..features import Features
from ..outcome import Outcome
from ..photo import Photo
from ..policy import Policy
from ..reasons import REASONS
from .folder import Staged
from .limits import Limits
from .together import Seen, seen


@dataclass(frozen=True, slots=True)
class Job:
    """One photo to clean. `expected` is the SHA-256 that its consent was decided on, where it was."""

    path: Path
    name: str
    policy: Policy
    staging: Path
    told: Told = Told()  # noqa: RUF009 - frozen
    expected: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a job; the output waits in the staging folder."""

    outcome: Outcome
    staged: Staged | None
    features: Features | None = None
    """Of half a pair."""
    seen: Seen | None = None
    """What the cleaned picture is compared with others by."""


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
    cv2.setNumThreads(1)  # one process per core is the parallelism
    if "PHOTOGUARD_DEBUG" not in os.environ:
        # Native libraries write start-up notes, and some of them file names, straight to file descriptor 2.
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 2)
        os.close(quiet)


def warm() -> None:
    """Load the models, so that the first photo need not wait for them. Raises ModelError."""
    from .. import pipeline

    pipeline.Pipeline(Policy())


def work(job: Job) -> Result:
    """Clean one photo and stage its output. Never raises for what a photo or a disk can do.

    Where the photo takes longer than this process's limits allow, the process ends. Raises ModelError.
    """
    from .. import pipeline  # late: the main process, which only hands out jobs, needs no nets

    line = pipeline.Pipeline(job.policy)  # loading the nets is not the photo's to answer for

    def load() -> tuple[bytes, Photo]:
        try:
            data = job.path.read_bytes()
        except OSError:
            raise _unreadable("FILE_UNREADABLE") from None
        if job.expected is not None and hashlib.sha256(data).hexdigest() != job.expected:
            raise _unreadable("FILE_CHANGED")
        return pipeline.read(data, job.policy)

    with _limits.one_photo() if _limits else nullcontext():
        cleaned = line.clean(load, source=job.name, told=job.told)
    if cleaned.data is None or cleaned.thumbnail is None:
        return Result(cleaned.outcome, None)
    try:
        path = _stage(job.staging, cleaned.data, cleaned.suffix)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES)
        return Result(failed(cleaned.outcome, "OUTPUT_FULL" if full else "INTERNAL_ERROR"), None)
    staged = Staged(path, cleaned.suffix, cleaned.thumbnail)
    return Result(cleaned.outcome, staged, cleaned.features, seen(cleaned.thumbnail))


def failed(outcome: Outcome, code: str) -> Outcome:
    """The same photo, failed, with nothing kept of it."""
    update = {"status": "failed", "reasons": (code,), "output": None, "output_sha256": None}
    return Outcome.model_validate({**outcome.model_dump(), **update})


def _stage(folder: Path, data: bytes, suffix: str) -> Path:
    handle, name = tempfile.mkstemp(dir=folder, suffix=suffix)
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        path.chmod(0o644)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return path


def _end_with_the_main_process() -> None:
    if (main := multiprocessing.parent_process()) is not None:
        main.join()
        os._exit(1)


def _unreadable(code: str) -> UnreadablePhoto:
    return UnreadablePhoto(code, REASONS[code].seen)

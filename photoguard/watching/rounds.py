"""The watch itself: wait, look, and do a run over the folder whenever something in it is new."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from threading import Event
from typing import TypeAlias

from pydantic import ValidationError

from .. import report
from ..batch import manifest
from ..batch.alone import alone
from ..batch.files import Stamp, stamp
from ..batch.folder import OutFolder, fingerprint
from ..batch.limits import Limits
from ..batch.pool import Pool
from ..batch.run import Progress, check, run_on
from ..batch.walk import kind_of
from ..errors import ModelError, PhotoguardError, StorageError, UsageError
from ..home import Home
from ..outcome import Outcome, RunReport, Status
from ..policy import Policy
from .arriving import Arriving, State
from .bell import Bell

_IDLE = 30.0
"""Seconds after which the folder is looked at though nothing was heard."""
_AWAY = 5.0
"""Seconds between two looks for a folder that is away."""
_GATHER = 4
"""Settling times that a photo waits at most for those that arrive with it."""
_WARM = 300.0
"""Seconds without a photo after which the models are let go: they hold 300 MB and more for each core."""
_RETRY, _RETRY_MOST = 30.0, 3600.0
"""Seconds before what could not be done is tried again; twice as many each time."""
_PASSING = frozenset({"OUTPUT_FULL", "FILE_UNREADABLE", "FILE_CHANGED"})
"""What a photo fails for that may be over soon, though nothing in the folder changes."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is watched, and what becomes of it."""

    folder: Path
    out: Path
    policy: Policy
    home: Home | None = None
    """The practice's own folder; its default place where None."""
    manifest: Path | None = None
    jobs: int | None = None
    """Worker processes; one per core where None."""
    poll: bool = False
    """Look every few seconds: events of the file system do not come across a network."""
    settle: float = 5.0
    """Seconds for which a file must not have changed."""


@dataclass(frozen=True, slots=True)
class Round:
    """A finished run over the folder; report.html and report.json are up to date."""

    report: RunReport
    news: tuple[Outcome, ...]
    """The outcomes that are new, or other than the report said before."""
    gone: int
    """Photos that are not in the folder any more: what was made of them is not in the output folder either."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A photo that is being written to, or can't be opened, for so long that somebody should look."""

    path: Path


@dataclass(frozen=True, slots=True)
class Halted:
    """Something is in the way. Told once; the watch goes on by itself when it can."""

    error: PhotoguardError


@dataclass(frozen=True, slots=True)
class Resumed:
    """What was in the way is not any more."""


News: TypeAlias = Round | Unfinished | Halted | Resumed


@dataclass(frozen=True, slots=True)
class _Inputs:
    """All that the outcomes of a round depend on."""

    photos: Mapping[Path, State]
    said: tuple[Stamp | None, ...]
    """The manifest, people's decisions and the practice's rules."""
    consents: Stamp | None
    day: date
    """Consents end with a day."""


@dataclass(frozen=True, slots=True)
class _Gist:
    """What is told of a photo: another one is news."""

    status: Status
    reasons: tuple[str, ...]
    source: str | None
    output: str | None
    written: str | None


def watch(order: Order, stop: Event, progress: Progress | None = None) -> Iterator[News]:
    """Clean what arrives in a folder, until `stop` is set: then all finished photos are finished, and the same call
    goes on from there.

    Raises UsageError, StorageError and ModelError before anything is done where it can't begin; later only ModelError,
    and what else is wrong is told as `Halted`.
    """
    _begin(order)
    return _going_on(order, stop, progress)


def _going_on(order: Order, stop: Event, progress: Progress | None) -> Iterator[News]:
    with Pool(order.jobs, limits=Limits.up_to(order.policy.max_megapixels)) as pool:
        yield from _Watch(order, pool, stop, progress).news()


class _Stopped(Exception):
    """Between two photos of a round: what is finished is written down, and nothing is half so."""


class _Watch:
    def __init__(self, order: Order, pool: Pool, stop: Event, progress: Progress | None) -> None:
        self._order = order
        self._pool = pool
        self._stop = stop
        self._progress = progress
        self._practice = order.home or Home.at()
        self._arriving = Arriving(order.folder, order.settle)
        self._bell = Bell(order.folder, stop, poll=order.poll)
        self._drive = _drive(order.out)
        self._told = _as_told(order.out)
        self._done: _Inputs | None = None
        self._tried: _Inputs | None = None
        """What the last round was tried with, but for the consents."""
        self._halted: str | None = None
        self._new_since: float | None = None
        self._again: float | None = None
        self._delay = _RETRY
        self._cold: float | None = None

    def news(self) -> Iterator[News]:
        while not self._stop.is_set():
            try:
                self._arriving.look()
                if self._halted == "INPUT_AWAY":
                    self._again = None if self._again is None else time.monotonic()
                    yield self._resumed()
                yield from map(Unfinished, self._arriving.stuck())
                if self._due():
                    yield from self._round()
            except _Stopped:
                return
            except ModelError:
                raise
            except PhotoguardError as error:
                if error.code != "INPUT_AWAY":
                    self._later()
                if self._halted != error.code:
                    self._halted = error.code
                    yield Halted(error)
            self._wait()

    def _due(self) -> bool:
        now, inputs = time.monotonic(), self._inputs()
        # A round that failed may have written to the registry itself.
        same = inputs == self._done if not self._halted else replace(inputs, consents=None) == self._tried
        if same:
            return self._again is not None and now >= self._again
        if self._done is None and not inputs.photos:
            return False  # nothing has arrived yet: what an earlier watch cleaned stays
        self._new_since = self._new_since or now
        return not self._arriving.busy() or now - self._new_since >= _GATHER * self._order.settle

    def _round(self) -> Iterator[News]:
        inputs = self._inputs()
        self._tried = replace(inputs, consents=None)
        if _drive(self._order.out) != self._drive:
            raise UsageError(
                "OUT_AWAY",
                "The drive of the output folder is not there any more. Connect it; then the watch goes on.",
            )
        done = self._carried_out()
        # What a run writes down itself is nothing new.
        self._done = replace(inputs, consents=stamp(self._practice.registry))
        self._new_since = self._again = None
        self._cold = time.monotonic() + _WARM
        if any(_PASSING.intersection(photo.reasons) for photo in done.photos):
            self._later()
        else:
            self._delay = _RETRY
        if self._halted:
            yield self._resumed()
        yield self._news_of(done)

    def _carried_out(self) -> RunReport:
        order = self._order
        try:
            with alone(self._practice, order.out):
                done = run_on(
                    self._pool,
                    [order.folder],
                    order.out,
                    order.policy,
                    home=order.home,
                    manifest_file=order.manifest,
                    progress=self._photo,
                    ready=self._arriving.ready,
                )
                report.write(done.report, order.out, done.thumbnails)
        except OSError:
            raise StorageError(
                "FOLDER_UNUSABLE", "The input or the output folder can't be read or written. Check its drive."
            ) from None
        return done.report

    def _photo(self, done: int, of: int, outcome: Outcome) -> None:
        if self._progress is not None:
            self._progress(done, of, outcome)
        if self._stop.is_set():
            raise _Stopped

    def _news_of(self, done: RunReport) -> Round:
        before, self._told = self._told, {photo.source: _gist(photo) for photo in done.photos}
        news = tuple(photo for photo in done.photos if before.get(photo.source) != self._told[photo.source])
        gone = [name for name, gist in before.items() if name not in self._told and gist.output is not None]
        return Round(done, news, len(gone))

    def _resumed(self) -> Resumed:
        self._halted = None
        return Resumed()

    def _later(self) -> None:
        self._again = time.monotonic() + self._delay
        self._delay = min(2 * self._delay, _RETRY_MOST)

    def _wait(self) -> None:
        self._stop.wait(self._order.settle / 4)
        now = time.monotonic()
        if self._cold is not None and now >= self._cold:
            self._pool.rest()
            self._cold = None
        if self._halted == "INPUT_AWAY":
            self._bell.forget()
            self._stop.wait(_AWAY)
        elif not self._arriving.busy():
            self._bell.wait(_IDLE if self._again is None else max(0.0, min(_IDLE, self._again - now)))

    def _inputs(self) -> _Inputs:
        home = self._practice.path
        said = (self._order.manifest, home / "decisions.sqlite", home / "consent.toml")
        return _Inputs(
            self._arriving.photos(),
            tuple(stamp(path) for path in said if path is not None),
            stamp(self._practice.registry),
            date.today(),
        )


def _begin(order: Order) -> None:
    kind = kind_of(order.folder)
    if kind == "file":
        raise UsageError("INPUT_NOT_A_FOLDER", "Only a folder can be watched. Use `clean` for a photo.")
    if kind is None:
        raise UsageError(
            "INPUT_MISSING", "The folder to watch is not there. Check what was typed after `watch`."
        )
    try:
        any(order.folder.iterdir())
    except OSError:
        raise UsageError(
            "INPUT_UNREADABLE", "This user account may not list the folder to watch. Check who may open it."
        ) from None
    check([order.folder], order.out)
    if order.manifest is not None:
        manifest.read(order.manifest)
    (order.home or Home.at()).key()
    with alone(order.home or Home.at(), order.out):
        OutFolder(order.out, fingerprint([order.folder], order.policy.digest()), order.home or Home.at())


def _drive(out: Path) -> int | None:
    """The drive that a folder is on, or would be made on; None where there is none."""
    for place in (out.absolute(), *out.absolute().parents):
        with suppress(OSError):  # a share that is gone fails in other ways than not to be there
            return place.stat().st_dev
    return None


def _gist(outcome: Outcome) -> _Gist:
    return _Gist(
        outcome.status, outcome.reasons, outcome.source_sha256, outcome.output, outcome.output_sha256
    )


def _as_told(out: Path) -> dict[str, _Gist]:
    """What the last report in OUT told of each photo."""
    try:
        told = RunReport.model_validate_json((out / "report.json").read_bytes())
    except (OSError, ValidationError):
        return {}
    return {photo.source: _gist(photo) for photo in told.photos}

"""The output folder: what a run leaves behind, and how a run that was killed goes on."""

from __future__ import annotations

import contextlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ..errors import StorageError, StoreError, UsageError
from ..home import Home
from ..outcome import Outcome
from ..reasons import REASONS
from ..store import Place, Stored, real
from .files import bring, files_in, move_for_good, sha256_of, stamp, sync_folder, write_whole
from .journal import Entry, Journal, Part

_STATE = ".photoguard"
_THUMBNAILS, _POINTS = "thumbnails", "points"
_REPORT = ("report.html", "report.json")
_DESKTOPS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", ".directory"})
"""What file managers leave in a folder that they show."""
_OURS = frozenset({_STATE, "released", "review", *_REPORT, *(f".{name}.part" for name in _REPORT)})
"""Also what a run leaves that is killed while it writes the report."""
_BESIDE = TypeAdapter(dict[str, list[str]])


@dataclass(frozen=True, slots=True)
class Staged:
    """A cleaned photo that waits to be put into place, as files in the staging folder."""

    path: Place
    suffix: str
    thumbnail: Place
    """A small JPEG of the cleaned picture."""
    points: Place | None
    """`Points`: what it is compared with other photos by. They stay there while the run lasts."""

    def discard(self) -> None:
        """Remove what has not been put into place."""
        for path in (self.path, self.thumbnail, self.points):
            if path is not None:
                path.unlink(missing_ok=True)


class OutFolder:
    """OUT with `released/`, `review/` and a private journal of what is finished.

    Outputs are written aside and moved into place, so that each is whole or absent. Where OUT is in a store, the
    journal and the small pictures stay in the practice's folder: nothing can be added to what lies in a store.
    """

    def __init__(self, path: Place, run: str, home: Home) -> None:
        """Open OUT for the run with the digest `run`.

        Raises UsageError (OUT_UNWRITABLE, OUT_NOT_EMPTY, OUT_OTHER_RUN), StoreError.
        """
        self.path = path
        self.staging = path / _STATE / "staging"
        self._listed: Mapping[str, Stored] = {}
        if isinstance(path, Stored):
            run = hmac.digest(home.key(), run.encode(), "sha256").hex()  # another home has another journal
            self._state = home.path / "stores" / sha256(real(path).encode()).hexdigest()[:16]
        else:
            self._state = path / _STATE
        self.desk = self._state / "staging"
        """Of this computer, for what is compared while the run lasts: the staging folder, unless that is in a store."""
        self._thumbnails = self._state / _THUMBNAILS
        self.journal = Journal(self._state)
        self._check_owner(run)
        with self._writing():
            for folder in (self._state, self._thumbnails, self._state / _POINTS):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if isinstance(path, Stored):
                for name in ("", _STATE, "released", "review"):
                    (path / name if name else path).mkdir()
            else:
                for folder in (path / "released", path / "review"):
                    folder.mkdir(exist_ok=True)
            write_whole(path / _STATE / "run", run.encode())

    def make_staging(self) -> None:
        """An empty folder for outputs that wait to be put into place. Raises UsageError (OUT_UNWRITABLE)."""
        self.clear_staging()
        with self._writing():
            self.desk.mkdir(mode=0o700, exist_ok=True)
            if isinstance(self.staging, Stored):
                self.staging.mkdir()

    def clear_staging(self) -> None:
        """Remove outputs that wait to be put into place and the folder they wait in, but for what is promised."""
        promised = self.journal.promised()
        kept = {self.path / part.lies for part in promised.parts if part.lies} if promised else set()
        for folder in dict.fromkeys((self.desk, self.staging)):
            with contextlib.suppress(OSError, StoreError):
                for file in files_in(folder):
                    if file not in kept:
                        file.unlink()
                if isinstance(folder, Path):
                    folder.rmdir()  # which fails while something waits in it

    def still_there(self, entry: Entry) -> bool:
        """Whether the output of a finished photo is still the file that was written, with its small picture."""
        outcome = entry.outcome
        small = self._small(outcome)
        if outcome.output is None or small is None:
            return True
        if not small.is_file():
            return False
        output = self._listed.get(outcome.output) or self.path / outcome.output
        if entry.written is not None and entry.written == stamp(output):
            return True
        return sha256_of(output) == outcome.output_sha256

    def can_place(self, part: Part) -> bool:
        """Whether all that a part of a settlement needs is there, in place already or not."""
        if self.still_there(part.entry):
            return True
        small = self._small(part.entry.outcome)
        waits = part.lies is not None and sha256_of(self.path / part.lies) == part.entry.outcome.output_sha256
        return waits and small is not None and small.is_file()

    def waits(self, outcome: Outcome, staged: Staged) -> str | None:
        """Where a staged output lies, as a settlement says it, with its small picture kept; None where it is dropped.

        Raises OSError.
        """
        small = self._small(outcome)
        if small is None:
            staged.discard()
            return None
        bring(staged.thumbnail, small)
        return f"{_STATE}/{self.staging.name}/{staged.path.name}"

    def place(self, parts: Sequence[Part]) -> None:
        """Put photos' outputs where their outcomes say; once all are there, write the photos down as finished.

        Raises OSError where the folder is full or can't be written.
        """
        moved, entries = set(), []
        for part in parts:
            entry, written = part.entry, None
            if entry.outcome.output is not None:
                target = self.path / entry.outcome.output
                if part.lies is not None and (source := self.path / part.lies).exists():
                    move_for_good(source, target)
                    moved.add(target.parent)
                written = stamp(target)
            entries.append(entry.model_copy(update={"written": written}))
        for folder in moved:
            if isinstance(folder, Path):
                sync_folder(folder)
        self.journal.note(entries)

    def beside(self) -> dict[str, list[str]]:
        """Which photos each of those was held for that were held after all; nothing where that is not known."""
        try:
            return _BESIDE.validate_json((self._state / "beside.json").read_bytes())
        except (OSError, ValidationError):
            return {}

    def note_beside(self, beside: Mapping[str, Sequence[str]]) -> None:
        """Write down which photos each of these is held for. Where that can't be done, they are done again."""
        if beside != self.beside():
            with contextlib.suppress(OSError):
                write_whole(self._state / "beside.json", json.dumps(beside).encode())

    def take_back(self, part: Part) -> None:
        """Leave nothing of a photo that could not be put into place."""
        for place in (part.entry.outcome.output, part.lies):
            if place is not None:
                _remove(self.path / place)

    def discard(self, outcome: Outcome) -> None:
        """Remove the output of an earlier run that does not hold any more."""
        if outcome.output is not None:
            _remove(self.path / outcome.output)

    def discard_unknown(self, outcomes: Sequence[Outcome]) -> None:
        """Remove outputs that no photo of this run stands behind: left by a kill, or their photo is gone."""
        known = {outcome.output for outcome in outcomes}
        for folder in ("released", "review"):
            for file in files_in(self.path / folder):
                if file.name.startswith("pg-") and f"{folder}/{file.name}" not in known:
                    _remove(file)

    def points(self, outcome: Outcome) -> Path:
        """Where what a finished photo is compared with others by waits for the next run. While it is there, the photo
        has been compared with all others of which it is.
        """
        name = f"{Path(outcome.output or '').stem}-{(outcome.output_sha256 or '')[:16]}.npz"
        return self._state / _POINTS / name

    def forget_points(self, kept: Iterable[Outcome]) -> None:
        """Remove those of all other photos: what they are done again as has been compared with nothing.

        Raises UsageError (OUT_UNWRITABLE).
        """
        known = {self.points(outcome) for outcome in kept}
        with self._writing():
            for file in files_in(self._state / _POINTS):
                if file not in known:
                    file.unlink()

    def thumbnails(self, outcomes: Sequence[Outcome]) -> Mapping[str, bytes]:
        """Small JPEGs of the cleaned pictures, by source; each is read when it is asked for."""
        files = {outcome.source: self._small(outcome) for outcome in outcomes}
        return _Files({name: file for name, file in files.items() if file is not None and file.is_file()})

    def _small(self, outcome: Outcome) -> Path | None:
        return _small(self._thumbnails, outcome)

    def _check_owner(self, run: str) -> None:
        with self._reading():
            if not self.path.exists():
                return
            if not self.path.is_dir():
                raise UsageError(
                    "OUT_UNWRITABLE", "The output folder is a file. Choose another one with --out."
                )
            present = self._present()
            if not present:
                return
            if (others := present - _DESKTOPS) and (_STATE not in others or others - _OURS):
                raise UsageError(
                    "OUT_NOT_EMPTY",
                    "The output folder holds other files. Choose an empty one, so that nothing is mixed up.",
                )
            marker = self.path / _STATE / "run"
            if marker.exists() and marker.read_bytes() != run.encode():
                raise UsageError(
                    "OUT_OTHER_RUN",
                    "The output folder holds the results of other inputs, another channel or another policy."
                    " Choose an empty one.",
                )

    def _present(self) -> set[str]:
        """The names of what lies in OUT."""
        if isinstance(self.path, Path):
            return {entry.name for entry in self.path.iterdir()}
        self._listed = {file.relative_to(self.path).as_posix(): file for file in self.path.files()}
        return {name.split("/")[0] for name in self._listed}

    @staticmethod
    @contextlib.contextmanager
    def _writing() -> Iterator[None]:
        try:
            yield
        except OSError:
            raise UsageError(
                "OUT_UNWRITABLE", "The output folder can't be written. Choose another one with --out."
            ) from None

    @staticmethod
    @contextlib.contextmanager
    def _reading() -> Iterator[None]:
        try:
            yield
        except OSError:
            raise UsageError(
                "OUT_UNWRITABLE", "The output folder can't be read. Choose another one with --out."
            ) from None


class _Files(Mapping[str, bytes]):
    """What files hold, by name. One that can't be read is as if it were not there."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = files

    def __getitem__(self, name: str) -> bytes:
        try:
            return self._files[name].read_bytes()
        except OSError:
            raise KeyError(name) from None

    def __contains__(self, name: object) -> bool:
        return name in self._files  # Mapping would read the file

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def thumbnail(out: Path, outcome: Outcome) -> Path | None:
    """Where a run in OUT keeps the small JPEG of a cleaned picture; None where no picture was kept."""
    return _small(out / _STATE / _THUMBNAILS, outcome)


def _small(thumbnails: Path, outcome: Outcome) -> Path | None:
    if outcome.output is None:
        return None
    return thumbnails / Path(outcome.output).with_suffix(".jpg").name


def fingerprint(inputs: Sequence[Place], policy_digest: str) -> str:
    """A digest of what a run is about: the same inputs under the same policy go on where they stopped."""
    named = sorted(map(real, inputs))
    return sha256(json.dumps([named, policy_digest]).encode("utf-8", "surrogateescape")).hexdigest()


def _remove(output: Place) -> None:
    """Raises StorageError (OUTPUT_FULL): a run must not go on beside an output that should be gone."""
    try:
        output.unlink(missing_ok=True)
    except OSError:
        raise StorageError("OUTPUT_FULL", REASONS["OUTPUT_FULL"].seen) from None

"""The output folder: what a run leaves behind, and how a run that was killed goes on."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from ..errors import StorageError, UsageError
from ..outcome import Outcome, Status
from ..reasons import REASONS
from .files import Stamp, sha256_of, stamp

_STATE = ".photoguard"
_THUMBNAILS = "thumbnails"
_OURS = frozenset({_STATE, "released", "review", "report.html", "report.json"})
_BESIDE = TypeAdapter(dict[str, list[str]])
_FILE_TIME = 946_684_800
"""2000-01-01T00:00Z. A file's own time would tell when the photo was treated, and the order of a series."""


class Entry(BaseModel):
    """One finished photo in the journal. `asked` is a digest of all that its outcome depends on."""

    model_config = ConfigDict(frozen=True)

    asked: str
    outcome: Outcome
    source: Stamp | None = None
    """The original's, taken before it was read: while it is the same, its SHA-256 is."""
    written: Stamp | None = None
    """The output's."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A cleaned photo that waits to be put into place, as files in the staging folder."""

    path: Path
    suffix: str
    thumbnail: Path
    """A small JPEG of the cleaned picture."""
    points: Path
    """`Points`: what it is compared with other photos by."""

    def discard(self) -> None:
        """Remove what has not been put into place."""
        for path in (self.path, self.thumbnail, self.points):
            path.unlink(missing_ok=True)


class OutFolder:
    """OUT with `released/`, `review/` and a private journal of what is finished.

    Outputs are written aside and moved into place, so that each is whole or absent.
    """

    def __init__(self, path: Path, run: str) -> None:
        """Open OUT for the run with the digest `run`, and clear what a killed run left half-written.

        Raises UsageError (OUT_UNWRITABLE, OUT_NOT_EMPTY, OUT_OTHER_RUN).
        """
        self.path = path
        self._state = path / _STATE
        self.staging = self._state / "staging"
        self._thumbnails = self._state / _THUMBNAILS
        self._journal = self._state / "journal.jsonl"
        self._check_owner(run)
        try:
            self.clear_staging()
            for folder in (self._state, self.staging, self._thumbnails):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (path / "released", path / "review"):
                folder.mkdir(exist_ok=True)
            _write(self._state / "run", run.encode())
        except OSError:
            raise UsageError(
                "OUT_UNWRITABLE", "The output folder can't be written. Choose another one with --out."
            ) from None

    def clear_staging(self) -> None:
        """Remove outputs that wait to be put into place, and the folder they wait in."""
        shutil.rmtree(self.staging, ignore_errors=True)

    def finished(self) -> dict[str, Entry]:
        """Finished photos by source; of a line that was cut off by a kill, nothing."""
        entries: dict[str, Entry] = {}
        with contextlib.suppress(FileNotFoundError):
            for line in self._journal.read_text(encoding="utf-8").splitlines():
                with contextlib.suppress(ValidationError):
                    entry = Entry.model_validate_json(line)
                    entries[entry.outcome.source] = entry
        return entries

    def still_there(self, entry: Entry) -> bool:
        """Whether the output of a finished photo is still the file that was written, with its small picture."""
        outcome = entry.outcome
        small = thumbnail(self.path, outcome)
        if outcome.output is None or small is None:
            return True
        if not small.is_file():
            return False
        output = self.path / outcome.output
        if entry.written is not None and entry.written == stamp(output):
            return True
        return sha256_of(output) == outcome.output_sha256

    def settle(
        self, outcome: Outcome, asked: str, source: Stamp | None, staged: Staged | None, pseudonym: str
    ) -> Outcome:
        """Put a photo's output where its status says, and write it down as finished.

        Raises OSError where the folder is full or can't be written; then nothing is left of this photo.
        """
        target: Path | None = None
        try:
            if staged is not None and outcome.status in (Status.RELEASED, Status.REVIEW):
                target = self.path / outcome.status.value / f"{pseudonym}{staged.suffix}"
                staged.thumbnail.replace(self._thumbnails / f"{pseudonym}.jpg")
                os.utime(staged.path, (_FILE_TIME, _FILE_TIME))
                staged.path.replace(target)
                _sync_folder(target.parent)
                outcome = outcome.model_copy(update={"output": target.relative_to(self.path).as_posix()})
            else:
                outcome = outcome.model_copy(update={"output": None, "output_sha256": None})
            self._note(asked, outcome, source)
        except OSError:
            if target is not None:
                target.unlink(missing_ok=True)
            raise
        finally:
            if staged is not None:
                staged.discard()
        return outcome

    def hold(self, outcome: Outcome, asked: str, source: Stamp | None) -> Outcome:
        """Move a released photo to those that wait for review, and write its new outcome down.

        Raises StorageError (OUTPUT_FULL) where that can't be done: then the photo is removed.
        """
        assert outcome.output is not None
        old = self.path / outcome.output
        target = self.path / outcome.status.value / old.name
        try:
            old.replace(target)
            _sync_folder(target.parent)
            outcome = outcome.model_copy(update={"output": target.relative_to(self.path).as_posix()})
            self._note(asked, outcome, source)
        except OSError:
            old.unlink(missing_ok=True)
            target.unlink(missing_ok=True)
            raise StorageError("OUTPUT_FULL", REASONS["OUTPUT_FULL"].seen) from None
        return outcome

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
                _write(self._state / "beside.json", json.dumps(beside).encode())

    def _note(self, asked: str, outcome: Outcome, source: Stamp | None) -> None:
        written = None if outcome.output is None else stamp(self.path / outcome.output)
        entry = Entry(asked=asked, outcome=outcome, source=source, written=written)
        with self._journal.open("a", encoding="utf-8") as file:
            file.write(entry.model_dump_json() + "\n")
            file.flush()
            os.fsync(file.fileno())

    def discard(self, outcome: Outcome) -> None:
        """Remove the output of an earlier run that does not hold any more."""
        if outcome.output is not None:
            (self.path / outcome.output).unlink(missing_ok=True)

    def discard_unknown(self, outcomes: Sequence[Outcome]) -> None:
        """Remove outputs that no photo of this run stands behind: left by a kill, or their photo is gone."""
        known = {outcome.output for outcome in outcomes}
        for folder in ("released", "review"):
            for file in sorted((self.path / folder).iterdir()):
                if file.name.startswith("pg-") and f"{folder}/{file.name}" not in known:
                    file.unlink()

    def thumbnails(self, outcomes: Sequence[Outcome]) -> dict[str, bytes]:
        """Small JPEGs of the cleaned pictures, by source."""
        found = {}
        for outcome in outcomes:
            if (file := thumbnail(self.path, outcome)) is not None:
                with contextlib.suppress(OSError):
                    found[outcome.source] = file.read_bytes()
        return found

    def _check_owner(self, run: str) -> None:
        with self._reading():
            if not self.path.exists():
                return
            if not self.path.is_dir():
                raise UsageError(
                    "OUT_UNWRITABLE", "The output folder is a file. Choose another one with --out."
                )
            present = {entry.name for entry in self.path.iterdir()}
            if not present:
                return
            if _STATE not in present or present - _OURS:
                raise UsageError(
                    "OUT_NOT_EMPTY",
                    "The output folder holds other files. Choose an empty one, so that nothing is mixed up.",
                )
            marker = self._state / "run"
            if marker.exists() and marker.read_text() != run:
                raise UsageError(
                    "OUT_OTHER_RUN",
                    "The output folder holds the results of other inputs, another channel or another policy."
                    " Choose an empty one.",
                )

    @staticmethod
    @contextlib.contextmanager
    def _reading() -> Iterator[None]:
        try:
            yield
        except OSError:
            raise UsageError("OUT_UNWRITABLE", "The output folder can't be read.") from None


def thumbnail(out: Path, outcome: Outcome) -> Path | None:
    """Where a run in OUT keeps the small JPEG of a cleaned picture; None where no picture was kept."""
    if outcome.output is None:
        return None
    return out / _STATE / _THUMBNAILS / Path(outcome.output).with_suffix(".jpg").name


def fingerprint(inputs: Sequence[Path], policy_digest: str) -> str:
    """A digest of what a run is about: the same inputs under the same policy go on where they stopped."""
    named = sorted(os.path.realpath(path) for path in inputs)
    return sha256(json.dumps([named, policy_digest]).encode("utf-8", "surrogateescape")).hexdigest()


def _write(path: Path, data: bytes) -> None:
    draft = path.with_name(path.name + ".part")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

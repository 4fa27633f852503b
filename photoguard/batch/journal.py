"""A run's own notes: which photos are finished, and which are being settled at this moment."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ..outcome import Outcome
from .files import Stamp, sync_folder, write_whole


class Entry(BaseModel):
    """One finished photo. `asked` is a digest of all that its outcome depends on."""

    model_config = ConfigDict(frozen=True)

    asked: str
    outcome: Outcome
    source: Stamp | None = None
    """The original's, taken before it was read: while it is the same, its SHA-256 is."""
    written: Stamp | None = None
    """The output's."""


class Part(BaseModel):
    """One photo of a settlement."""

    model_config = ConfigDict(frozen=True)

    entry: Entry
    lies: str | None = None
    """Where its output lies until it is put where the outcome says; both relative to the output folder."""


class Settlement(BaseModel):
    """Photos that take their places together: those that came together, pairs whole, or those held at the end.

    `at` is told to the registry and the audit log, so that they know it again.
    """

    model_config = ConfigDict(frozen=True)

    at: datetime
    parts: tuple[Part, ...]


class Journal:
    """Two files. What is being settled is written down whole before anything else is, what is finished line by line.

    `note` and `promise` raise OSError.
    """

    def __init__(self, folder: Path) -> None:
        self._lines = folder / "journal.jsonl"
        self._promise = folder / "settling.json"

    def finished(self) -> dict[str, Entry]:
        """Finished photos by source; of a line that was cut off by a kill, nothing."""
        entries: dict[str, Entry] = {}
        with contextlib.suppress(FileNotFoundError):
            for line in self._lines.read_bytes().split(b"\n"):
                with contextlib.suppress(ValidationError):
                    entry = Entry.model_validate_json(line)
                    entries[entry.outcome.source] = entry
        return entries

    def note(self, entries: Sequence[Entry]) -> None:
        """Write photos down as finished. Raises OSError: then none of them is written down."""
        lines = b"".join(entry.model_dump_json().encode() + b"\n" for entry in entries)
        with self._lines.open(
            "ab+", buffering=0
        ) as file:  # a buffer would be written after all when it is closed
            end = file.seek(0, os.SEEK_END)
            # A line that a kill cut off must not take this one with it.
            file.seek(max(0, end - 1))
            rest = memoryview(lines if file.read(1) in (b"", b"\n") else b"\n" + lines)
            try:
                while rest:
                    rest = rest[file.write(rest) :]
                os.fsync(file.fileno())
            except OSError:
                with contextlib.suppress(OSError):
                    file.truncate(end)
                raise

    def promise(self, settlement: Settlement) -> None:
        """Write down what is about to be settled."""
        write_whole(self._promise, settlement.model_dump_json().encode())
        sync_folder(self._promise.parent)

    def promised(self) -> Settlement | None:
        """What was being settled when a run ended."""
        try:
            return Settlement.model_validate_json(self._promise.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def forget(self) -> None:
        """It is settled, or won't be. Where it can't be removed, the next run finds that nothing is left to do."""
        with contextlib.suppress(OSError):
            self._promise.unlink()

"""What lies in a folder that is being filled, and what of it is completely written."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from ..batch.walk import HEAD_BYTES, could_be_photo, is_home
from ..errors import UsageError

State: TypeAlias = tuple[int, int]
"""Size and time of change (ns): what stays the same when nobody writes to a file. Inodes change on some shares."""

_UNFINISHED = frozenset(
    [".part", ".partial", ".crdownload", ".opdownload", ".download", ".filepart", ".tmp", ".temp"]
)
_PATIENCE = 12
"""Settling times after which a file that is still not whole is named."""


@dataclass(slots=True)
class _File:
    state: State
    since: float
    """When this state was seen first."""
    first: float
    """Since when the file is not whole."""
    photo: bool | None = None
    """Whether it is one; None until it is whole."""
    named: bool = False


class Arriving:
    """The files of a folder and of those in it. A file is whole when it has not changed for the settling time, can be
    opened, and does not have the name of a download that goes on.
    """

    def __init__(self, folder: Path, settle: float) -> None:
        self._folder = folder
        self._settle = settle
        self._files: dict[Path, _File] = {}
        self._place: tuple[int, int] | None = None

    def look(self) -> None:
        """See what has changed. Raises UsageError (INPUT_AWAY) where the folder, or the drive it is on, is gone."""
        now = time.monotonic()
        try:
            there = self._folder.stat()
            found = dict(_files(self._folder))
        except OSError:
            raise _away() from None
        place = (there.st_dev, there.st_ino)
        if not found and self._files and place != self._place:
            raise _away()  # what is left of an unplugged drive: the empty folder that it was mounted on
        self._place = place
        self._files = {path: self._seen(path, state, now) for path, state in found.items()}

    def _seen(self, path: Path, state: State, now: float) -> _File:
        file = self._files.get(path)
        if file is None:
            return _File(state, now, now)
        if file.state != state:
            begun = file.photo is None
            return _File(state, now, file.first if begun else now, named=begun and file.named)
        if file.photo is None and now - file.since >= self._settle and not _unfinished(path):
            file.photo = _is_photo(path)
        return file

    def ready(self, path: Path) -> bool:
        """Whether a file is whole."""
        file = self._files.get(path)
        return file is not None and file.photo is not None

    def photos(self) -> Mapping[Path, State]:
        """The photos that are whole."""
        return {path: file.state for path, file in self._files.items() if file.photo}

    def busy(self) -> bool:
        """Whether files are under way of which it is not known yet whether they will ever be whole."""
        return any(
            file.photo is None and not file.named and not _unfinished(path)
            for path, file in self._files.items()
        )

    def stuck(self) -> list[Path]:
        """Photos that have not become whole for long. Each is named once, until it is."""
        late = time.monotonic() - _PATIENCE * self._settle
        found = []
        for path, file in self._files.items():
            if file.photo is None and not file.named and file.first <= late:
                file.named = True
                if _is_photo(path) is not False or could_be_photo(path.with_suffix(""), b""):
                    found.append(path)
        return found


def _files(folder: Path) -> Iterator[tuple[Path, State]]:
    """Files of a folder and of those in it, as `walk` looks into them: no links, nothing hidden, no practice's own
    folder. Of what may not be opened, or goes away meanwhile, nothing; raises OSError for a drive that fails.
    """
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.is_symlink():
                continue
            path = Path(entry.path)
            try:
                if entry.is_dir():
                    if not is_home(path):
                        yield from _files(path)
                elif entry.is_file():
                    # Asked anew: on Windows what comes with the entry is old while a file is open.
                    state = path.stat()
                    yield path, (state.st_size, state.st_mtime_ns)
            except (FileNotFoundError, NotADirectoryError, PermissionError):
                continue


def _is_photo(path: Path) -> bool | None:
    """None where it can't be opened: it is still being written, or locked."""
    try:
        with path.open("rb") as file:
            return could_be_photo(path, file.read(HEAD_BYTES))
    except OSError:
        return None


def _unfinished(path: Path) -> bool:
    return path.name.startswith("~") or path.name.endswith("~") or path.suffix.lower() in _UNFINISHED


def _away() -> UsageError:
    return UsageError(
        "INPUT_AWAY",
        "The watched folder is not there any more. Connect its drive or share; then the watch goes on.",
    )

"""Files: what tells one state of a file from another, and how one is written whole.

A state is told by the content, or, without reading it, by the stamp. What is asked of a store raises StoreError, too.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path
from typing import TypeAlias

from ..store import Place, Stored, move, sha256

_FILE_TIME = 946_684_800
"""2000-01-01T00:00Z. A file's own time would tell when the photo was treated, and the order of a series."""

Stamp: TypeAlias = tuple[int, int, int, int]
"""Inode, size, times of change. In a store: what it says in place of an inode, and the size."""


def stamp(path: Place) -> Stamp | None:
    """A file's stamp; None where there is no such file.

    It says of content only what was read after it was taken: take it first, then read.
    """
    try:
        if isinstance(path, Stored):
            return path.state or path.now()
        state = path.stat()
    except OSError:
        return None
    return state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns


def sha256_of(path: Place) -> str | None:
    """Of a file's bytes, hex; None where it can't be read."""
    try:
        return sha256(path)
    except OSError:
        return None


def head_of(path: Place, count: int) -> bytes:
    """The first bytes of a file. Raises OSError."""
    if isinstance(path, Stored):
        return path.read_bytes(count)
    with path.open("rb") as file:
        return file.read(count)


def files_in(folder: Place) -> list[Place]:
    """The files that lie in a folder, in the order of their names. Raises OSError."""
    if isinstance(folder, Stored):
        return [*folder.files()]
    return [*sorted(folder.iterdir())]


def write_whole(path: Place, data: bytes) -> None:
    """A file that takes its name only when all of it is there. Raises OSError."""
    draft = path.with_name(path.name + ".part")
    if isinstance(draft, Stored):
        draft.write_bytes(data)
    else:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    move(draft, path)


def stage(folder: Place, data: bytes, suffix: str) -> Place:
    """A file of a new name that tells nothing. Raises OSError; then nothing is left of it."""
    if isinstance(folder, Stored):
        file = folder / f"{secrets.token_hex(16)}{suffix}"
        file.write_bytes(data)
        return file
    handle, name = tempfile.mkstemp(dir=folder, suffix=suffix)
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as written:
            written.write(data)
            written.flush()
            os.fsync(written.fileno())
        path.chmod(0o644)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return path


def move_for_good(source: Place, target: Place) -> None:
    """Give a file its place, with a time that tells nothing where a file has one; `sync_folder` makes the name last.

    Raises OSError.
    """
    if isinstance(source, Path):
        os.utime(source, (_FILE_TIME, _FILE_TIME))
    move(source, target)


def bring(source: Place, target: Path) -> None:
    """Move a file to this computer. Raises OSError."""
    if isinstance(source, Stored):
        write_whole(target, source.read_bytes())
        source.unlink()
    else:
        source.replace(target)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk. Raises OSError."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

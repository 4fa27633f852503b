"""Files: what tells one state of a file from another, and how one is written whole.

A state is told by the content, or, without reading it, by the stamp.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TypeAlias

Stamp: TypeAlias = tuple[int, int, int, int]
"""Inode, size, times of change."""


def stamp(path: Path) -> Stamp | None:
    """A file's stamp; None where there is no such file.

    It says of content only what was read after it was taken: take it first, then read.
    """
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns


def sha256_of(path: Path) -> str | None:
    """Of a file's bytes, hex; None where it can't be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def write_whole(path: Path, data: bytes) -> None:
    """A file that takes its name only when all of it is on the disk. Raises OSError."""
    draft = path.with_name(path.name + ".part")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk. Raises OSError."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

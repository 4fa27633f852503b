"""What tells one state of a file from another: its content, or, without reading it, its stamp."""

from __future__ import annotations

import hashlib
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

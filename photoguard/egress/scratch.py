"""A file for libraries that only read and write what has a path."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "photoguard-scratch-"
_LONGEST = 3600
"""Seconds after which nobody can be at work on a photo any more; its own limit is a quarter of that."""


@contextmanager
def scratch(content: bytes = b"") -> Iterator[Path]:
    """A file that holds `content`: in memory where the system can, else in a folder that is removed.

    Such a folder stays where a process is ended while it has one. The next file that is asked for takes it away.
    Raises OSError.
    """
    if hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir():
        with os.fdopen(os.memfd_create("photoguard"), "wb") as file:
            file.write(content)
            file.flush()
            yield Path(f"/proc/self/fd/{file.fileno()}")
    else:
        _remove_what_was_left()
        with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
            path = Path(folder, "photo.jpg")
            path.write_bytes(content)
            yield path


def _remove_what_was_left() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            left = time.time() - folder.stat().st_mtime > _LONGEST
        except OSError:  # another process was quicker
            continue
        if left:
            shutil.rmtree(folder, ignore_errors=True)

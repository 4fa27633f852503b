"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file that takes its name only when the block ends well. Mode 0600.

    Raises OSError. After an error the file that stood at `path` before is untouched.
    """
    with _draft(path, Path.replace) as file:
        yield file


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """The same where nothing may stand at `path`: not before the block, and not at its end either.

    Raises OSError, FileExistsError where something does. It is untouched then.
    """
    if path.name and os.path.lexists(path):
        raise FileExistsError
    with _draft(path, _name_anew) as file:
        yield file


@contextmanager
def _draft(path: Path, name: Callable[[Path, Path], object]) -> Iterator[BinaryIO]:
    if not path.name:
        raise IsADirectoryError
    # A fixed name: what a killed run left is overwritten by the next one instead of piling up.
    draft = path.with_name(f".{path.name}.part")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        name(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _name_anew(draft: Path, path: Path) -> None:
    """Give a file its name if nothing has it; a look before a rename would miss what comes in between."""
    try:
        os.link(draft, path)
        return
    except FileExistsError:
        raise
    except OSError:  # a drive that knows no links, such as a memory stick's
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        draft.replace(path)
    except OSError:
        path.unlink()
        raise

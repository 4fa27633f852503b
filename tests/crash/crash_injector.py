"""Builds crash_injector.c and speaks with it where it is loaded into this process (LD_PRELOAD)."""

from __future__ import annotations

import ctypes
import errno
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

FAULTS = {
    "kill": -1,
    "torn": -2,
    "ENOSPC": errno.ENOSPC,
    "EIO": errno.EIO,
    "EACCES": errno.EACCES,
}
"""`torn` ends the process in the middle of a write. ENOSPC stays from then on, as a full disk does."""
ENDS = ("kill", "torn")
"""Those after which there is no process left."""
KILL_ALL = -3
"""Ends all processes of a run."""


def built(folder: Path) -> Path | None:
    """The library, in `folder`; None where this machine has no C compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return None
    library = folder / "injector.so"
    source = Path(__file__).with_name("crash_injector.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
    return library


class Injector:
    """The library, as this process has it loaded."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None)  # what was loaded before the program

    def watch(self, folders: Iterable[Path], log: Path) -> None:
        """Count calls in these folders, and write their kinds down, one a line; the one that goes wrong has a `!`."""
        self._library.crash_below(b":".join(bytes(folder) for folder in folders))
        self._library.crash_log(bytes(log))

    def arm(self, call: int, fault: str | None) -> None:
        """Let a call go wrong, counted from 1 and from now; none where `fault` is None."""
        self._library.crash_arm(ctypes.c_long(call if fault else 0), FAULTS[fault] if fault else 0)

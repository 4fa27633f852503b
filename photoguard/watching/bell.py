"""When to look at a folder again: the file system says that something happened, or some time has passed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

_STEP = 0.25
_POLL = 5.0
"""Seconds between two looks where the file system tells nothing, as over SMB and NFS."""


class Bell:
    """Waits for what happens in a folder and all that is in it."""

    def __init__(self, folder: Path, stop: Event, *, poll: bool) -> None:
        self._folder = folder
        self._stop = stop
        self._poll = poll
        self._told: Iterator[bool] | None = None

    def wait(self, seconds: float) -> None:
        """Return when something happened, or may have, after so many seconds at the latest, and when all is to stop."""
        if self._poll:
            self._stop.wait(min(seconds, _POLL))
            return
        ends = time.monotonic() + seconds
        try:
            heard = self._told is None  # what happened before it listens nobody tells
            self._told = self._told or self._listen()
            while not (next(self._told) or heard or time.monotonic() >= ends):
                pass
        except (FileNotFoundError, StopIteration):
            self._told = None
            self._stop.wait(min(seconds, _POLL))
        except (OSError, RuntimeError):
            self._poll = True  # more folders than the system tells of, or none that it tells of at all

    def forget(self) -> None:
        """Listen anew: what comes back to the folder's place is another folder for the system."""
        self._told = None

    def _listen(self) -> Iterator[bool]:
        from watchfiles import watch  # late: only a watch needs it

        step = int(_STEP * 1000)
        changes = watch(
            self._folder,
            watch_filter=None,
            debounce=4 * step,
            step=step,
            rust_timeout=4 * step,
            yield_on_timeout=True,
            stop_event=self._stop,
            ignore_permission_denied=True,
        )
        return map(bool, changes)

"""What a worker process may take: the files it opens may have been made to do harm.

On Linux all of it holds; macOS does not enforce the limit on memory; Windows has none of these limits.
"""

from __future__ import annotations

import ctypes
import math
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Self

_GIB = 2**30
_PR_SET_NO_NEW_PRIVS = 38


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a worker process, and of one photo in it."""

    memory: int
    """Bytes of address space."""
    cpu_seconds: float = 300
    """Of one photo. One of 200 megapixels takes 20 on a computer of 2023."""
    seconds: float = 900
    """Of one photo by the clock: also where it waits for something that never comes."""
    files: int = 256
    """Open at once. A worker needs some 20."""

    @classmethod
    def up_to(cls, megapixels: float) -> Self:
        """Limits that leave room for photos of this size.

        Measured are 0.5 GiB with all nets, and 24 bytes more for each pixel; masks, turning and transparency may
        double that. The computer's own memory is the end of it.
        """
        enough = 2 * _GIB + round(megapixels * 1e6) * 64
        return cls(memory=min(enough, _installed()))

    def confine(self) -> None:
        """Put this process under the limits, for good. It can't be given more rights by what it starts, either."""
        if sys.platform == "win32":
            return
        import resource

        # A dump of a process that crashed would leave the photo on the disk.
        asked = (
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_NOFILE, self.files),
            (resource.RLIMIT_AS, self.memory),
        )
        for kind, most in asked:
            _, hard = resource.getrlimit(kind)
            least = most if hard == resource.RLIM_INFINITY else min(most, hard)
            with suppress(ValueError, OSError):  # macOS knows no limit on memory
                resource.setrlimit(kind, (least, least))
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)

    @contextmanager
    def one_photo(self) -> Iterator[None]:
        """End this process, wherever it is, if what is in the block takes too long."""
        if sys.platform == "win32":
            yield
            return
        import resource

        # Both signals with their default action: a handler of Python's would wait for the decoder to return.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        used = resource.getrusage(resource.RUSAGE_SELF)
        end = math.ceil(used.ru_utime + used.ru_stime + self.cpu_seconds)
        resource.setrlimit(
            resource.RLIMIT_CPU, (end if hard == resource.RLIM_INFINITY else min(end, hard), hard)
        )
        signal.setitimer(signal.ITIMER_REAL, self.seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))


def too_slow(exit_code: int | None) -> bool:
    """Whether a process with this exit code was ended by `one_photo`."""
    return sys.platform != "win32" and exit_code in (-signal.SIGALRM, -signal.SIGXCPU)


def _installed() -> int:
    """Bytes of memory that the computer has."""
    if sys.platform == "win32":
        return sys.maxsize
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")

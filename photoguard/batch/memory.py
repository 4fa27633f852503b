"""How a worker process holds its memory: what one photo needed is there for the next."""

from __future__ import annotations

import ctypes
import sys

_MOST_KEPT = 256 << 20
"""Bytes that stay with the process once they are free: a few copies of a photo of 12 megapixels."""
_TRIM_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -4, -8  # glibc's mallopt(3)


def keep() -> None:
    """Let freed pictures stay with this process, so that the system need not clear a new page for every old one.

    A photo's line allocates a dozen pictures of tens of megabytes, and to have each of them mapped, cleared and
    unmapped costs a tenth of all its processor time. The peak stays the same. Does nothing but on Linux with glibc.
    """
    if sys.platform == "linux":
        option = getattr(ctypes.CDLL(None), "mallopt", None)
        if option is not None:
            option(_MMAP_MAX, 0)
            option(_TRIM_THRESHOLD, _MOST_KEPT)
            option(_ARENA_MAX, 1)  # what one thread needed is there for the others, too

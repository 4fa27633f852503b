"""The sample photos' own registry of consent.

A folder of photos must never be able to bring its own consents. This one registry is the exception, and only
as long as it says, to the letter, what DEMO_DIGEST was taken over. It is read once and served from memory, so
that nothing can be swapped after it was compared.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ..errors import StorageError
from ..home import Home
from .registry import Registry, Snapshot

DEMO_DIGEST = "908a113a89efd4c8e3f94692024d374cf631710bc2ab0d5e1d2655093f2d3785"
"""What `python -m photoguard.consent.demo sample_images` prints."""

_LARGEST = 1 << 20
"""Bytes; the real one has a fraction of it."""


def demo_registry(folder: Path) -> Snapshot | None:
    """The demo registry in a folder's `demo_home`; None where it is not there or not ours to the letter."""
    snapshot = _snapshot(folder)
    return snapshot if snapshot and snapshot.stored and snapshot.digest() == DEMO_DIGEST else None


def _snapshot(folder: Path) -> Snapshot | None:
    home = Home(folder.absolute() / "demo_home")
    try:
        if not home.registry.is_file() or home.registry.stat().st_size > _LARGEST:
            return None
        return Registry(home, frozen=True).snapshot()
    except (StorageError, OSError):
        return None


if __name__ == "__main__":
    found = _snapshot(Path(sys.argv[1]))
    sys.exit("no registry there") if found is None else print(found.digest())

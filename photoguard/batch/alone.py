"""One run at a time in an output folder: a watch and a `clean` by hand must not clear each other's drafts away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

from filelock import FileLock, Timeout

from ..errors import StorageError, UsageError
from ..home import Home
from ..store import Place, real


@contextmanager
def alone(home: Home, out: Place) -> Iterator[None]:
    """Keep other runs of this practice out of OUT. A killed process holds nothing.

    Raises UsageError (OUT_BUSY) where one is at work there, StorageError (HOME_UNUSABLE).
    """
    place = real(out).encode("utf-8", "surrogateescape")
    folder = home.path / "locks"
    lock = FileLock(folder / f"{sha256(place).hexdigest()[:16]}.lock", mode=0o600)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout:
        raise UsageError(
            "OUT_BUSY", "Another photoguard is at work in this output folder. Wait until it has finished."
        ) from None
    except OSError:
        raise StorageError(
            "HOME_UNUSABLE", "The practice's folder can't be written. Check who may use it."
        ) from None
    try:
        yield
    finally:
        lock.release()

"""The parts that only some practices need, and what is said where they are missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .errors import UsageError


@contextmanager
def extra(what: str, name: str = "consent") -> Iterator[None]:
    """Around the imports that `what` needs; begins a sentence. `name` is the extra that brings them.

    Raises UsageError (EXTRA_MISSING) where one is not installed.
    """
    try:
        yield
    except ModuleNotFoundError:
        raise UsageError(
            "EXTRA_MISSING",
            f"{what} needs parts that are not installed. Install photoguard with its extra '{name}'.",
        ) from None

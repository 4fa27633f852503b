"""Why a file is not read."""

from __future__ import annotations

from ..errors import UnreadablePhoto
from ..reasons import REASONS


def refusal(code: str) -> UnreadablePhoto:
    """The error for one of the codes in `photoguard.reasons`, in its words."""
    return UnreadablePhoto(code, REASONS[code].seen)


def check_size(width: int, height: int, max_megapixels: float) -> None:
    """Refuse what a file's header announces before anything of that size is made.

    Raises UnreadablePhoto (NO_PIXELS, TOO_LARGE).
    """
    if width <= 0 or height <= 0:
        raise refusal("NO_PIXELS")
    if width * height > max_megapixels * 1_000_000:
        raise refusal("TOO_LARGE")

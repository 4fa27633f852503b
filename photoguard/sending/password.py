"""Passwords for those who have no key: one that is made here, or one's own that is strong enough."""

from __future__ import annotations

import secrets
from pathlib import Path

from ..errors import UsageError
from ..extra import extra

with extra("Sending", "sending"):
    from zxcvbn import zxcvbn

_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without those that look alike; small letters only, as they are easiest to say."""
_GROUPS, _LENGTH = 5, 4
_GUESSES_LOG10 = 16
"""A ZIP's password is stretched a thousand times only (WinZip AE-2), so that it has to be strong by itself: with this
many guesses, a computer that tries a thousand million a second is busy for months."""
_LOOKED_AT = 72


def new_password() -> str:
    """A password of 99 random bits, in groups that can be read out on the phone."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(_GROUPS))


def checked(password: str) -> str:
    """A password of one's own, once it is strong enough.

    Raises UsageError: PASSWORD_LETTERS, since programs differ in how they read others than ASCII's; PASSWORD_WEAK.
    """
    if not (password.isascii() and password.isprintable()):
        raise UsageError(
            "PASSWORD_LETTERS",
            "Use letters without accents, digits and signs only, so that every program reads them.",
        )
    # Looking further than this would take long, and changes nothing.
    if not password or zxcvbn(password[:_LOOKED_AT])["guesses_log10"] < _GUESSES_LOG10:
        raise UsageError(
            "PASSWORD_WEAK", "This password could be guessed. Take a longer one, or let photoguard make one."
        )
    return password


def from_file(path: Path) -> str:
    """The first line of a file. Raises UsageError (PASSWORD_FILE)."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()  # Windows' editor puts a mark in front
    except (OSError, UnicodeDecodeError):
        lines = []
    if not lines or not lines[0]:
        raise UsageError(
            "PASSWORD_FILE",
            "The file with the password can't be read. Check its name, and that its first line is the password.",
        )
    return lines[0]

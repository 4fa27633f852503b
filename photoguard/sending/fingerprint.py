"""Digits that two people read to each other to know that they mean the same key."""

from __future__ import annotations

import hashlib
import re

from ..errors import UsageError

_GROUPS, _DIGITS = 6, 5


def fingerprint(key: bytes) -> str:
    """Six groups of five digits, about 100 bits of a SHA-256 over the key.

    Digits, since letters are said differently in each language. As many as others found to be enough: nobody can
    make a second key with the same ones.
    """
    number = int.from_bytes(hashlib.sha256(b"photoguard fingerprint 1\0" + key).digest(), "big")
    digits = f"{number % 10 ** (_GROUPS * _DIGITS):0{_GROUPS * _DIGITS}}"
    return _grouped(digits)


def typed(text: str) -> str:
    """A fingerprint as a person types it, with or without its spaces. Raises UsageError (FINGERPRINT_INVALID)."""
    digits = re.sub(r"[\s-]", "", text)
    if not (len(digits) == _GROUPS * _DIGITS and digits.isascii() and digits.isdecimal()):
        raise UsageError(
            "FINGERPRINT_INVALID",
            f"A fingerprint has {_GROUPS} groups of {_DIGITS} digits. Type all of them.",
        )
    return _grouped(digits)


def plain(fingerprint: str) -> str:
    """The same for the audit log, which takes no spaces."""
    return fingerprint.replace(" ", "-")


def _grouped(digits: str) -> str:
    return " ".join(digits[start : start + _DIGITS] for start in range(0, len(digits), _DIGITS))

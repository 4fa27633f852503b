"""Digits that two people read to each other to know that they mean the same key."""

from __future__ import annotations

import hashlib

_GROUPS, _DIGITS = 6, 5


def fingerprint(key: bytes) -> str:
    """Six groups of five digits, about 100 bits of a SHA-256 over the key.

    Digits, since letters are said differently in each language. As many as others found to be enough: nobody can
    make a second key with the same ones.
    """
    number = int.from_bytes(hashlib.sha256(b"photoguard fingerprint 1\0" + key).digest(), "big")
    digits = f"{number % 10 ** (_GROUPS * _DIGITS):0{_GROUPS * _DIGITS}}"
    return " ".join(digits[start : start + _DIGITS] for start in range(0, len(digits), _DIGITS))


def plain(fingerprint: str) -> str:
    """The same for the audit log, which takes no spaces."""
    return fingerprint.replace(" ", "-")

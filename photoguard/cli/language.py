"""The language that the terminal speaks: the one that the computer is set to, where photoguard knows it."""

from __future__ import annotations

import locale
import os
import sys

_SAYS = ("PHOTOGUARD_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""Environment variables; the first that says anything counts."""


def spoken() -> str:
    """One of the report's languages; English where the computer speaks another one."""
    from ..report.texts import (
        LANGUAGES,
    )  # late, here and below: the registry stands behind it, and `--help` needs none

    told = next((value for name in _SAYS if (value := os.environ.get(name))), "")
    if not told and sys.platform == "win32":
        import ctypes

        told = locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")
    return told[:2].lower() if told[:2].lower() in LANGUAGES else "en"


def say(key: str, n: object = "") -> str:
    """One of the report's sentences, with what stands for `{n}` in it."""
    from ..report.texts import texts

    return texts(spoken())[key].replace("{n}", str(n))


def why(code: str) -> tuple[str, str, str]:
    """A reason code in three sentences: what was seen, why it matters, what to do."""
    from ..report.texts import explain

    explained = explain(code)
    seen, matters, do = (say(key, explained.n or "") for key in explained.keys)
    return seen, matters, do


def in_short(code: str) -> str:
    """A reason code on one line: what was seen and what to do."""
    seen, _, do = why(code)
    return f"{seen} {do} [{code}]"

"""Every sentence of the report, in each language, under one flat key.

The page's own texts stand in `languages/*.toml`. The English reasons stand where the code that gives them
is (`photoguard.reasons`, `photoguard.consent.gate`); the other languages' files translate them.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ..consent.gate import TABLE, Row
from ..reasons import LEFT_OUT, REASONS, Reason

LANGUAGES = {"en": "English", "fr": "Français", "de": "Deutsch", "it": "Italiano"}
"""Code and own name; the first one is what the page says without JavaScript."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A code in three sentences: keys of `texts()`, and what stands for `{n}` in them."""

    keys: tuple[str, ...]
    n: str | None = None


def explain(code: str) -> Explanation:
    """What was seen, why it matters, what to do. A code nobody knows still says that the photo is held back."""
    keys = tuple(f"why.{code}.{part}" for part in ("seen", "matters", "do"))
    if all(key in texts("en") for key in keys):
        return Explanation(keys)
    return Explanation(tuple(f"unknown.{part}" for part in ("seen", "matters", "do")), n=code)


@cache
def texts(language: str) -> dict[str, str]:
    """All texts of a language of LANGUAGES: key -> sentence; `{n}` stands for a number or a name."""
    source = files(__package__).joinpath("languages", f"{language}.toml").read_text(encoding="utf-8")
    said = dict(flat(tomllib.loads(source)))
    return said if language != "en" else said | _english_reasons()


def _english_reasons() -> dict[str, str]:
    said = {f"left_out.{code}": sentence for code, sentence in LEFT_OUT.items()}
    reasons: tuple[Reason | Row, ...] = (*REASONS.values(), *TABLE)
    for reason in reasons:
        said |= {
            f"why.{reason.code}.seen": reason.seen,
            f"why.{reason.code}.matters": reason.matters,
            f"why.{reason.code}.do": _COMMAND.sub(r"“\1”", reason.do),
        }
    return said


_COMMAND = re.compile(r"`([^`]+)`")  # how a terminal marks what is to be typed


def flat(tree: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """The leaves of a tree of tables, each under its path with dots between."""
    leaves: list[tuple[str, str]] = []
    for name, value in tree.items():
        leaves += flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(prefix + name, value)]
    return leaves

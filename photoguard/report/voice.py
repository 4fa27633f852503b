"""Puts sentences into the page in English and remembers which ones the other languages must bring along."""

from __future__ import annotations

import json

from markupsafe import Markup

from .texts import LANGUAGES, texts


class Voice:
    """The page's sentences. Each carries its key, by which the page's script swaps the language."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def say(self, key: str, n: int | str | None = None) -> Markup:
        """The sentence `key` as an element; `n` stands in for its `{n}`."""
        number = Markup("") if n is None else Markup(' data-n="{}"').format(n)
        return Markup('<span data-t="{}"{}>{}</span>').format(key, number, self._english(key, n))

    def count(self, key: str, n: int) -> Markup:
        """`say` with the right form for one or for many."""
        return self.say(f"{key}.{'one' if n == 1 else 'other'}", n)

    def plain(self, key: str) -> str:
        """The sentence alone, for an element of its own that carries the key."""
        return self._english(key)

    def attribute(self, name: str, key: str) -> Markup:
        """The sentence as an element's attribute `name` (`alt` or `aria-label`)."""
        return Markup('{}="{}" data-t-{}="{}"').format(name, self._english(key), name, key)

    def dictionary(self) -> Markup:
        """JSON, safe inside a script element: language -> key -> sentence, for the sentences used so far."""
        english = texts("en")
        spoken = {
            language: {key: texts(language).get(key, english[key]) for key in sorted(self._used)}
            for language in LANGUAGES
        }
        text = json.dumps(spoken, ensure_ascii=False, separators=(",", ":"))
        return Markup(text.replace("<", "\\u003c"))  # noqa: S704 (no element can begin or end in it)

    def _english(self, key: str, n: int | str | None = None) -> str:
        self._used.add(key)
        return texts("en")[key].replace("{n}", f"{n:,}" if isinstance(n, int) else str(n))

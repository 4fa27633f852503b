"""Every sentence of the window in the person's language: its own, and those it shares with the report."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from ..errors import PhotoguardError
from ..policy import LARGEST, Size
from ..report.texts import LANGUAGES, explain, flat, texts


class Words:
    """The sentences of one language of LANGUAGES; English where another one is asked for."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "en"
        self._said = texts("en") | texts(self.language) | _own(self.language)

    def __call__(self, key: str, **values: object) -> str:
        """The sentence `key`; each `{name}` in it is replaced by the value of that name."""
        return self._said[key].format(**values) if values else self._said[key]

    def count(self, key: str, n: int) -> str:
        """The sentence `key` in its form for one or for many."""
        return self(f"{key}.{'one' if n == 1 else 'other'}", n=n)

    def size(self, size: Size) -> str:
        """How large photos may leave, with the pixels of the longer side."""
        largest = LARGEST.get(size)
        return self(f"size.{size.value}", **({"n": largest.side} if largest else {}))

    def fault(self, error: PhotoguardError) -> str:
        """Why something can't be done, with its code; in English where no other sentence is known."""
        code = error.code
        said = self._said.get(f"fault.{code}") or self._said.get(f"why.{code}.seen") or error.message
        return f"{said} [{code}]"

    def why(self, code: str) -> tuple[str, str, str]:
        """A reason code in three sentences: what was seen, why it matters, what to do."""
        explained = explain(code)
        seen, matters, do = (
            self(key, **({"n": explained.n} if explained.n else {})) for key in explained.keys
        )
        return seen, matters, do


@cache
def _own(language: str) -> dict[str, str]:
    source = files(__package__).joinpath("languages", f"{language}.toml").read_text(encoding="utf-8")
    return dict(flat(tomllib.loads(source)))

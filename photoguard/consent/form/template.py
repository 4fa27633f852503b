"""The form's texts, and the id that tells which of them somebody signed."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from ...errors import UsageError

LANGUAGES = ("en", "fr", "de", "it")
VERSION = "1"


@dataclass(frozen=True, slots=True)
class Template:
    """One language's form."""

    language: str
    texts: dict[str, Any]
    digest: str
    """SHA-256 (hex) of the texts' file."""

    @classmethod
    def of(cls, language: str) -> Template:
        """The form in a language. Raises UsageError (LANGUAGE_UNKNOWN)."""
        if language not in LANGUAGES:
            raise UsageError(
                "LANGUAGE_UNKNOWN", f"There is no form in it. Choose from: {', '.join(LANGUAGES)}."
            )
        data = files(__package__).joinpath("texts", f"{language}.toml").read_bytes()
        return cls(
            language, tomllib.loads(data.decode()), hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()
        )

    @property
    def id(self) -> str:
        """For instance `PG-1-de-3f2a91c0`: another wording has another id, so what was agreed to stays known."""
        return f"PG-{VERSION}-{self.language}-{self.digest[:8]}"

"""The side of the body that a photo is said to show: by the manifest, or by the file's name."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum


class Side(StrEnum):
    """Of the patient's body."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        """Left for right, right for left."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


# English, French, German, Italian; in full and as they are shortened in file names
_LEFT = "l left lt gauche gche gch links linker linke linkes lks li sinistra sinistro sin sx"
_RIGHT = "r right rt droite droit drt dte rechts rechter rechte rechtes re destra destro dx"
_WORDS = {Side.LEFT: frozenset(_LEFT.split()), Side.RIGHT: frozenset(_RIGHT.split())}
_SUFFIX = re.compile(r"\.[^./]*$")
# A word of its own: not the 'left' in 'cleft', and no short one beside a digit: L2 is a vertebra.
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(r"(?<![a-z])[a-z]{3,}|(?<![a-z0-9])[a-z]{1,2}(?![a-z0-9])")


def declared(name: str, manifest: str | None = None) -> Side | None:
    """The side that a photo is said to show.

    `name` is the file's name, with folders and forward slashes; `manifest` is the manifest's word: left, right
    or both. None where nothing is said, where both sides are, and where manifest and name contradict each other.
    """
    named = _named(name)
    if manifest is None:
        return named
    if manifest not in (Side.LEFT, Side.RIGHT):
        return None
    side = Side(manifest)
    return None if named is side.other else side


def _named(name: str) -> Side | None:
    """The nearest part of the path that tells a side: the file's own name before its folder's."""
    for part in reversed(_SUFFIX.sub("", name).split("/")):
        plain = unicodedata.normalize("NFKD", _CAMEL.sub(" ", part)).casefold()
        words = set(_WORD.findall("".join(char for char in plain if not unicodedata.combining(char))))
        told = [side for side, known in _WORDS.items() if words & known]
        if told:
            return told[0] if len(told) == 1 else None
    return None

"""Which photos are the two halves of a before/after pair, by manifest or by file name."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, TypeAlias

from .manifest import Line

Role: TypeAlias = Literal["before", "after"]

_WORDS: dict[str, Role] = {
    # English, French, German, Italian
    "before": "before", "after": "after",
    "avant": "before", "apres": "after",
    "vorher": "before", "nachher": "after",
    "prima": "before", "dopo": "after",
    "pre": "before", "post": "after",
}  # fmt: skip
_LONGEST_FIRST = "|".join(sorted(_WORDS, key=len, reverse=True))
# A word of its own: not the 'pre' in 'president'. Digits, separators and case changes end a word.
_WORD = re.compile(rf"(?<![a-z])({_LONGEST_FIRST})(?![a-z])")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Member:
    """One half of a pair."""

    name: str
    pair: str
    role: Role
    patient: str | None = None
    declared: bool = False
    """The manifest says so; otherwise the file name does."""


def find(names: Iterable[str], lines: Mapping[str, Line]) -> tuple[Member, ...]:
    """The members of pairs among photos.

    `lines` are the manifest's lines by photo name; a photo that the manifest puts in a pair is taken at its
    word, and only the others are looked at by file name. A file name that tells one half and has no
    counterpart is still a member: whether the other half goes out elsewhere is for a person to say.
    """
    members = [
        Member(name, line.pair, line.role, line.patient, declared=True)
        for name, line in lines.items()
        if line.pair is not None and line.role is not None
    ]
    named: dict[str, list[tuple[str, Role]]] = defaultdict(list)
    for name in names:
        if name in lines and (lines[name].pair is not None or lines[name].problem is not None):
            continue
        half = half_of(name)
        if half is not None:
            named[half[0]].append((name, half[1]))
    for pair, halves in named.items():
        members += [
            Member(name, pair, role, lines[name].patient if name in lines else None) for name, role in halves
        ]
    return tuple(members)


def half_of(name: str) -> tuple[str, Role] | None:
    """Pair and role that a file's name or its folder's name tells, or None.

    Separators, accents and case do not matter: `Knie vorher.jpg`, `knie_NACHHER.JPG`, `after/knee.jpg`.
    """
    plain = _plain(_CAMEL.sub(" ", PurePosixPath(name).with_suffix("").as_posix()))
    found = list(_WORD.finditer(plain))
    if not found:
        return None
    word = found[-1]
    rest = re.sub(r"[^a-z0-9/]+", " ", plain[: word.start()] + " " + plain[word.end() :])
    pair = "/".join(part.strip() for part in rest.split("/") if part.strip())
    return pair or "pair", _WORDS[word.group()]


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


def by_pair(members: Sequence[Member]) -> dict[str, list[Member]]:
    """The members of each pair, in the order in which the pairs were found."""
    pairs: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        pairs[member.pair].append(member)
    return dict(pairs)

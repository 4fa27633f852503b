"""What the practice knows of a file: that photoguard released it here, and that nothing was said against it since.

Two things must say so: a manifest that the practice signed when the file was made (`consent.derivation`), and the
chained audit log, whose last word on its photo counts. A manifest have also files that were found to be half of an
undeclared pair after all, whose photo a later run held back, or for which a person has wanted another mask since.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..audit import AuditLog
from ..batch.decisions import EVENT as DECIDED
from ..consent.registry import Registry
from ..home import Home
from ..outcome import Status
from ..policy import Channel


@dataclass(frozen=True, slots=True)
class Release:
    """A file that was released and may be sent, as far as nobody's consent is needed."""

    sha256: str
    name: str
    """Its pseudonym; what the file is called now may be a patient's name."""
    channel: Channel
    record: str | None
    """The consent that it was released under, where it is half of a pair or a comparison by itself."""


def look_up(hashes: Collection[str], home: Home) -> tuple[dict[str, Release], dict[str, tuple[str, ...]]]:
    """Files that may be sent by their SHA-256, and reason codes for each of the others.

    Raises StorageError where log or registry can't be relied on.
    """
    registry = Registry(home, read_only=True)
    history = _History.of(home)
    found: dict[str, Release] = {}
    held: dict[str, tuple[str, ...]] = {}
    for sha256 in hashes:
        made = {(one.channel.value, one.policy) for one in registry.derivations(sha256)}
        known = [word for word in history.about(sha256) if (word.channel, word.policy) in made]
        standing = [word for word in known if history.stands(word)]
        # Inside the practice nobody was asked for consent.
        leaving = [word for word in standing if word.channel != Channel.INTERNAL]
        if leaving:
            word = leaving[-1]
            found[sha256] = Release(sha256, word.output, Channel(word.channel), word.record)
        elif standing:
            held[sha256] = ("INTERNAL_ONLY",)
        elif known:
            held[sha256] = ("RELEASE_OVERTAKEN", *history.last[known[-1].photo].reasons)
        else:
            held[sha256] = ("NOT_RELEASED",)
    return found, held


_SAID = ("channel", "policy", "status", "record", "output", "output_sha256")


@dataclass(frozen=True, slots=True)
class _Word:
    """An entry of the audit log about a photo."""

    source: str
    channel: str
    policy: str
    status: str
    reasons: tuple[str, ...]
    record: str | None
    output: str
    output_sha256: str | None
    decision: str | None
    """What a person had decided by then, as the audit log refers to it."""

    @property
    def photo(self) -> tuple[str, str]:
        """Of which photo it speaks, and on its way where."""
        return self.source, self.channel


@dataclass(frozen=True, slots=True)
class _History:
    """The last words of the audit log."""

    last: dict[tuple[str, str], _Word] = field(default_factory=dict)
    """On each photo for each channel."""
    _files: dict[str, dict[str, _Word]] = field(default_factory=lambda: defaultdict(dict))
    """On each file that was written, for each channel; the newest last."""
    _decided: dict[str, str] = field(default_factory=dict)
    """What a person last decided about each photo."""

    @classmethod
    def of(cls, home: Home) -> _History:
        """Raises StorageError where the log was changed or can't be read."""
        history = cls()
        for entry, _ in AuditLog(home).proved():
            if entry.event == DECIDED:
                told = json.loads(entry.details)
                history._decided[told["source_sha256"]] = told["decision"]
            elif entry.event == "photo":
                history._hear(json.loads(entry.details))
        return history

    def _hear(self, told: dict[str, Any]) -> None:
        word = _Word(
            source=told["source_sha256"],
            **{name: told[name] for name in _SAID},
            reasons=tuple(told["reasons"]),
            decision=self._decided.get(told["source_sha256"]),
        )
        self.last[word.photo] = word
        if word.output_sha256 is not None:
            of = self._files[word.output_sha256]
            of.pop(word.channel, None)
            of[word.channel] = word

    def about(self, sha256: str) -> Iterator[_Word]:
        """The last words on a file, one for each channel."""
        yield from self._files.get(sha256, {}).values()

    def stands(self, word: _Word) -> bool:
        """Whether a file was released, and neither was its photo held back since nor did a person decide anew."""
        return word.status == self.last[
            word.photo
        ].status == Status.RELEASED and word.decision == self._decided.get(word.source)

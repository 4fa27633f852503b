"""What the practice knows of a file: that photoguard released it here, and has not held its photo back since.

Two things must say so: a manifest that the practice signed when the file was made (`consent.derivation`), and the
chained audit log, whose last word on it counts. A file that was found to be half of an undeclared pair after all, or
whose photo a later run held back, has a manifest too.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..audit import AuditLog
from ..consent.registry import Registry
from ..home import Home
from ..outcome import Status
from ..policy import Channel

_Told: TypeAlias = dict[str, Any]
"""Details of an entry `photo` of the audit log."""


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
    said, last = _last_words(set(hashes), home)
    found: dict[str, Release] = {}
    held: dict[str, tuple[str, ...]] = {}
    for sha256 in hashes:
        made = {(one.channel.value, one.policy) for one in registry.derivations(sha256)}
        known = [one for one in said[sha256].values() if (one["channel"], one["policy"]) in made]
        still = [one for one in known if one["status"] == last[_photo(one)]["status"] == Status.RELEASED]
        # Inside the practice nobody was asked for consent.
        leaving = [one for one in still if one["channel"] != Channel.INTERNAL]
        if leaving:
            told = leaving[-1]
            found[sha256] = Release(sha256, told["output"], Channel(told["channel"]), told["record"])
        elif still:
            held[sha256] = ("INTERNAL_ONLY",)
        elif known:
            held[sha256] = ("RELEASE_OVERTAKEN", *last[_photo(known[-1])]["reasons"])
        else:
            held[sha256] = ("NOT_RELEASED",)
    return found, held


def _last_words(
    hashes: set[str], home: Home
) -> tuple[dict[str, dict[str, _Told]], dict[tuple[str, str], _Told]]:
    """What was last said of each file for each channel, the newest last; and of each original for each channel."""
    log = AuditLog(home)
    log.verify()
    said: dict[str, dict[str, _Told]] = defaultdict(dict)
    last: dict[tuple[str, str], _Told] = {}
    for entry in log.entries():
        if entry.event != "photo":
            continue
        told = json.loads(entry.details)
        last[_photo(told)] = told
        if told["output_sha256"] in hashes:
            of = said[told["output_sha256"]]
            of.pop(told["channel"], None)
            of[told["channel"]] = told
    return said, last


def _photo(told: _Told) -> tuple[str, str]:
    return told["source_sha256"], told["channel"]

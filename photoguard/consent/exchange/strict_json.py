"""JSON as FHIR files hold it, read so that nothing in it is passed over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ...errors import UsageError
from .item import Refusal

_DEEPEST = 60
"""Levels; a Consent has about ten."""


def resource(text: str) -> dict[str, Any]:
    """One JSON object. Raises Refusal: FHIR_INVALID, FHIR_DUPLICATE_KEY."""
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except Refusal:
        raise
    except (ValueError, RecursionError):
        raise Refusal("FHIR_INVALID") from None
    if not isinstance(found, dict) or _depth(found) > _DEEPEST:
        raise Refusal("FHIR_INVALID")
    return found


def bundle(text: str) -> dict[str, Any]:
    """A resource that holds others, or one alone. What is wrong with it as a whole is wrong with all it holds.

    Raises UsageError (FHIR_UNREADABLE).
    """
    try:
        return resource(text)
    except Refusal as refusal:
        why = (
            "a name stands twice in one object"
            if refusal.code == "FHIR_DUPLICATE_KEY"
            else "it is no JSON object"
        )
        raise UsageError("FHIR_UNREADABLE", f"The FHIR file can't be read: {why}.") from None


def entries(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The resources of a Bundle, those of Bundles in it too; any other resource is itself.

    Raises UsageError (FHIR_UNREADABLE) where an entry holds none: what was left out could be a refusal.
    """
    if found.get("resourceType") != "Bundle":
        yield found
        return
    listed = found.get("entry", [])
    if not isinstance(listed, list):
        raise UsageError("FHIR_UNREADABLE", "The FHIR file can't be read: its list of entries is none.")
    for entry in listed:
        inner = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(inner, dict):
            raise UsageError("FHIR_UNREADABLE", "The FHIR file can't be read: an entry holds no resource.")
        yield from entries(inner)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Refusal("FHIR_DUPLICATE_KEY")
    return found


def _no_constant(_: str) -> Any:
    raise Refusal("FHIR_INVALID")  # NaN and Infinity are no JSON


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0

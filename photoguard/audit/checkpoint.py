"""Checkpoints: where the log stands, signed with the practice's key, so that the public key is enough to check it."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from ..consent.signing import PracticeKey, PublicKey, Signature
from .entry import Entry, Point, canonical

CHECKPOINT = "checkpoint"
"""The log's name for an entry that is one: its details are a Checkpoint on all entries before it."""


class Checkpoint(BaseModel):
    """The practice's word that its log stood there at that time."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    type: Literal["audit_checkpoint", "audit_export"]
    """In the log, or the last line of an exported one: this was all of it."""
    at: str
    count: int
    last: str
    state: str
    """As in Point."""
    key: str
    signature: str
    """As in Signature, over all the rest but `key` (RFC 8785)."""

    @classmethod
    def signed(
        cls, kind: Literal["audit_checkpoint", "audit_export"], point: Point, at: str, key: PracticeKey
    ) -> Self:
        """A checkpoint at this point of the log."""
        signature = key.sign(_statement(kind, point, at))
        return cls(
            type=kind,
            at=at,
            count=point.count,
            last=point.last,
            state=point.state,
            key=signature.key,
            signature=signature.value,
        )

    @classmethod
    def read(cls, text: str) -> Self | None:
        """A checkpoint from its line; None where it is not exactly one."""
        try:
            said = cls.model_validate_json(text)
        except ValidationError:
            return None
        return said if said.line() == text else None

    def line(self) -> str:
        """The checkpoint as canonical JSON."""
        return canonical(self.model_dump())

    @property
    def point(self) -> Point:
        """Where the log is said to stand."""
        return Point(self.count, self.last, self.state)

    def holds(self, public: PublicKey) -> bool:
        """Whether the owner of this key signed it."""
        try:
            signature = Signature(key=self.key, value=self.signature)
        except ValidationError:
            return False
        return public.verify(_statement(self.type, self.point, self.at), signature)


def _statement(kind: str, point: Point, at: str) -> dict[str, str | int]:
    return {"type": kind, "at": at, "count": point.count, "last": point.last, "state": point.state}


def fits(entry: Entry, point: Point, public: PublicKey) -> bool:
    """Whether an entry that claims to be a checkpoint on the log up to `point` is one; any other entry fits."""
    if entry.event != CHECKPOINT:
        return True
    said = Checkpoint.read(entry.details)
    return (
        said is not None
        and said.type == "audit_checkpoint"
        and (said.point, said.at) == (point, entry.at)
        and said.holds(public)
    )

"""The slip that lies in every pack: which files there are and for whom, signed by the practice that released them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..consent.record import Sha256
from ..consent.signing import PracticeKey, PublicKey, Signature
from ..errors import UnreadablePack
from .fingerprint import fingerprint


class Slip(BaseModel):
    """A signed statement. It tells nothing of the originals: neither when they were taken nor what was masked."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    version: Literal[1] = 1
    to: str | None
    """The public key that it was encrypted to: nobody can pass it on as if it were meant for a third. None where a
    password opens it."""
    files: dict[str, Sha256]
    signer: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """The practice's raw public key (Ed25519), hex."""
    signature: Signature | None = None

    @classmethod
    def over(cls, files: Mapping[str, bytes], to: str | None, key: PracticeKey) -> Self:
        """The signed slip for files by name."""
        hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        draft = cls(to=to, files=hashes, signer=key.public.raw.hex())
        return draft.model_copy(update={"signature": key.sign(draft._payload())})

    @classmethod
    def read(cls, data: bytes | None) -> Self:
        """A slip as it came. Raises UnreadablePack (PACK_UNPROVEN)."""
        try:
            return cls.model_validate_json(data or b"")
        except ValidationError:
            raise unproven() from None

    def prove(self, files: Mapping[str, bytes], to: str | None) -> str:
        """The fingerprint of the practice that signed for exactly these files, for this recipient.

        Raises UnreadablePack (PACK_UNPROVEN).
        """
        public = PublicKey(bytes.fromhex(self.signer))
        hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        if self.signature is None or not public.verify(self._payload(), self.signature):
            raise unproven()
        if self.to != to or self.files != hashes or not files:
            raise unproven()
        return signer_fingerprint(public)

    def _payload(self) -> dict[str, Any]:
        return {"type": "sending", **self.model_dump(mode="json", exclude={"signature"})}


def signer_fingerprint(key: PublicKey) -> str:
    """What both sides compare to know who signed."""
    return fingerprint(key.raw)


def unproven() -> UnreadablePack:
    """What a pack is that nobody answers for."""
    return UnreadablePack(
        "PACK_UNPROVEN", "Nothing shows that a practice has released what is in this file for this recipient."
    )

"""The way from an original to the file that leaves: a manifest, signed by the practice's own key.

A consent names originals. What leaves is another file, cleaned and masked. Only a signed manifest links the two;
what the pictures look like never does: two photos of one patient are more alike than a photo and its masked self.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ..outcome import Verdict
from ..photo import Kind, Method
from ..policy import Channel, Masking, Size
from .record import Instant, MaskLevel, Sha256
from .signing import PracticeKey, Signature


def _sorted_once(values: tuple[str, ...]) -> tuple[str, ...]:
    if not values or list(values) != sorted(set(values)):
        raise ValueError("must be sorted, each value once, one at least")
    return values


class Derivation(BaseModel):
    """What was made of which originals, and how."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    version: Literal[1] = 1
    sources: Annotated[tuple[Sha256, ...], AfterValidator(_sorted_once)]
    """SHA-256 of the originals: one, or several for a collage."""
    output: Sha256
    masking: dict[Kind, Method]
    """What is done with each kind of finding."""
    faces: int = Field(ge=0)
    """How many were found in the original."""
    mirror: Verdict
    channel: Channel
    policy: Sha256
    """Digest of the policy that the file was made under."""
    size: Size | None = None
    """The size that photos were made smaller for; None where they leave as they are."""
    made_by: str = Field(max_length=60)
    """photoguard's version."""
    made_at: Instant

    @property
    def level(self) -> MaskLevel:
        """How much is masked, in a consent's words."""
        return level(self.masking)

    def payload(self) -> dict[str, Any]:
        """What is signed."""
        # Earlier manifests, which knew of no sizes, are signed without.
        return {"type": "derivation", **self.model_dump(mode="json", exclude_none=True)}

    def signed(self, key: PracticeKey) -> Signature:
        """The practice's signature over it."""
        return key.sign(self.payload())

    def holds(self, key: PracticeKey, signature: Signature) -> bool:
        """Whether the practice signed exactly this."""
        return key.verify(self.payload(), signature)


def level(masking: dict[Kind, Method]) -> MaskLevel:
    """How much masking hides, in a consent's words."""
    masked = {kind for kind, method in masking.items() if method is not Method.KEEP}
    if masked >= {Kind.FACE, Kind.TATTOO, Kind.TEXT, Kind.CODE}:
        return MaskLevel.FULL
    return MaskLevel.FACE if Kind.FACE in masked else MaskLevel.NONE


def methods(masking: Masking) -> dict[Kind, Method]:
    """What a policy does with each kind of finding."""
    return {kind: masking.method(kind) for kind in Kind}

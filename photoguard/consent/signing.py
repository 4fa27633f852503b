"""The practice's own signature (Ed25519) over what it states: records, revocations, derivation manifests.

Statements are JSON objects, signed in their canonical form (RFC 8785), so that neither white space nor the
order of keys matters and a signature can be checked on any machine. A statement says what it is in its
`type`: the signature on a manifest can't be passed off as the one on a revocation.

The signing key is derived (HKDF, RFC 5869) from the practice's secret `Home.key`: one file to guard, to back
up and to copy to a second workstation, and nothing of it in the registry.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Self

import rfc8785
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from pydantic import BaseModel, ConfigDict, Field

from ..errors import UsageError
from ..home import Home

_PURPOSE = b"photoguard signing key 1"


class Signature(BaseModel):
    """A detached signature, to be stored beside what it is over."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 (hex) of the raw public key: whose signature it is."""
    value: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]
    """Ed25519 (RFC 8032), hex."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The key that anyone can check a practice's signatures with."""

    raw: bytes
    """32 bytes, as Ed25519 has them."""

    @classmethod
    def from_pem(cls, text: bytes) -> Self:
        """The key in a PEM file, as `public_pem` gives it. Raises UsageError (PUBLIC_KEY_INVALID)."""
        try:
            public = load_pem_public_key(text)
        except (ValueError, UnsupportedAlgorithm):
            public = None
        if not isinstance(public, Ed25519PublicKey):
            raise UsageError(
                "PUBLIC_KEY_INVALID",
                "This is no practice's public key. Ask the practice for what `photoguard audit key` prints.",
            )
        return cls(public.public_bytes(Encoding.Raw, PublicFormat.Raw))

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex)."""
        return hashlib.sha256(self.raw).hexdigest()

    def verify(self, payload: Mapping[str, Any], signature: Signature) -> bool:
        """Whether its owner signed exactly this statement. Never raises for what key and signature may hold."""
        if signature.key != self.fingerprint:
            return False
        try:
            public = Ed25519PublicKey.from_public_bytes(self.raw)
            public.verify(bytes.fromhex(signature.value), canonical(payload))
        except (InvalidSignature, UsageError, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class PracticeKey:
    """The key that signs for the practice."""

    _private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def at(cls, home: Home) -> Self:
        """The key of a home, made on first use.

        Raises StorageError (KEY_UNUSABLE) where the home's secret can't be read or others may read it.
        """
        seed = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(home.key())
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def public(self) -> PublicKey:
        """What others check this practice's signatures with."""
        return PublicKey(self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of the raw public key."""
        return self.public.fingerprint

    def public_pem(self) -> str:
        """The public key as PEM, for others to check this practice's signatures with."""
        public = self._private.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def sign(self, payload: Mapping[str, Any]) -> Signature:
        """Sign a statement: a JSON object with a `type`.

        Raises UsageError (PAYLOAD_UNSIGNABLE) where it has no `type` or has no canonical form.
        """
        return Signature(key=self.fingerprint, value=self._private.sign(canonical(payload)).hex())

    def verify(self, payload: Mapping[str, Any], signature: Signature) -> bool:
        """Whether this key signed exactly this statement. Never raises for what the two may hold."""
        return self.public.verify(payload, signature)


def canonical(payload: Mapping[str, Any]) -> bytes:
    """A statement in its canonical form (RFC 8785).

    Raises UsageError (PAYLOAD_UNSIGNABLE): no `type`, a value that JSON does not know, a number that a
    reader in another language would round.
    """
    try:
        if not (isinstance(payload["type"], str) and payload["type"]):
            raise ValueError
        return rfc8785.dumps(dict(payload))
    except (KeyError, ValueError, RecursionError):  # CanonicalizationError is a ValueError
        raise UsageError("PAYLOAD_UNSIGNABLE", "This statement can't be signed.") from None

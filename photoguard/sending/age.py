"""Encryption to a recipient's key: age (https://age-encryption.org/v1, X25519), by pyrage."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

from ..errors import StorageError, UnreadablePack, UsageError
from ..extra import extra
from ..home import Home
from .fingerprint import fingerprint

with extra("Sending", "sending"):
    import pyrage

BEGINS = b"age-encryption.org/v1\n"
"""How a file in this format begins."""
_FILE = "age.key"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Whom a file can be encrypted to."""

    text: str
    """`age1...`"""

    @classmethod
    def of(cls, text: str) -> Self:
        """From what a person copied. Raises UsageError (RECIPIENT_KEY)."""
        text = text.strip()
        if text.upper().startswith("AGE-SECRET-KEY-"):
            raise UsageError(
                "RECIPIENT_KEY",
                "This is a private key. Nobody but its owner may have it; ask for the public one.",
            )
        try:
            return cls(str(pyrage.x25519.Recipient.from_str(text)))
        except pyrage.RecipientError:
            raise UsageError(
                "RECIPIENT_KEY", "This is not a public key of age. Copy the whole line that begins with age1."
            ) from None

    @property
    def fingerprint(self) -> str:
        """What both sides compare."""
        return fingerprint(self.text.encode())

    def encrypt(self, data: bytes) -> bytes:
        """What only the key's owner can read."""
        sealed: bytes = pyrage.encrypt(data, [pyrage.x25519.Recipient.from_str(self.text)])
        return sealed


@dataclass(frozen=True, slots=True)
class Identity:
    """The practice's own key, kept in its folder as age's own tools keep it."""

    _secret: Any = field(repr=False)

    @classmethod
    def at(cls, home: Home) -> Self:
        """The key of a home, made on first use. Raises StorageError (KEY_UNUSABLE)."""
        said = home.secret(_FILE, lambda: f"{pyrage.x25519.Identity.generate()}\n".encode())
        lines = [line for line in said.decode("ascii", "replace").splitlines() if not line.startswith("#")]
        try:
            return cls(pyrage.x25519.Identity.from_str("".join(lines).strip()))
        except pyrage.IdentityError:
            raise StorageError(
                "KEY_UNUSABLE", "The practice's age.key is damaged. Restore it from a backup."
            ) from None

    @property
    def public(self) -> PublicKey:
        """What others encrypt to."""
        return PublicKey(str(self._secret.to_public()))

    def decrypt(self, data: bytes) -> bytes:
        """What was encrypted to this key: whole, as it was, or not at all. Raises UnreadablePack."""
        try:
            opened: bytes = pyrage.decrypt(data, [self._secret])
        except pyrage.DecryptError as error:
            if "No matching keys" in str(error):
                raise UnreadablePack(
                    "KEY_WRONG",
                    "This file is encrypted to another key. Ask the sender to use this practice's own.",
                ) from None
            raise UnreadablePack(
                "PACK_DAMAGED", "This file was damaged, cut off or changed. Ask for it again."
            ) from None
        return opened

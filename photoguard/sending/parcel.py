"""What packing and unpacking tell: plain data, there also where the extra `sending` is not installed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .fingerprint import fingerprint


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to whom photos may be sent, and who may send some."""

    name: str
    key: str
    """The public key, `age1...`."""
    signature: str | None = None
    """The fingerprint of their practice's signature, where it was compared as well."""

    @property
    def fingerprint(self) -> str:
        """Of the key: what both sides have compared."""
        return fingerprint(self.key.encode())


@dataclass(frozen=True, slots=True)
class Packed:
    """A file that may be sent by any way."""

    path: Path
    photos: int
    sha256: str
    recipient: str | None
    """The fingerprint of the key that opens it; None where it is a password."""
    signed_by: str
    """The fingerprint that the recipient is shown as the sender's."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """Photos that another practice released."""

    folder: Path
    photos: tuple[Path, ...]
    signed_by: str
    """The fingerprint of the practice that signed for them: compare it with what that one's `photoguard key` shows."""
    sender: str | None
    """Who that is, where the address book knows the fingerprint."""

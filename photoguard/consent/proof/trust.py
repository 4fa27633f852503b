"""Whom the practice trusts to vouch for a signer: roots, and lists of certificates that were withdrawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import crl, pem, x509

from ...errors import StorageError
from ...home import Home


@dataclass(frozen=True, slots=True)
class Trust:
    """What signatures on forms are checked against. Nothing is ever fetched."""

    roots: tuple[x509.Certificate, ...]
    crls: tuple[crl.CertificateList, ...] = ()

    @classmethod
    def of(cls, home: Home) -> Trust:
        """The roots (`*.pem`) and revocation lists (`*.crl`, PEM or DER) in the home's folder `trust`.

        Raises StorageError (TRUST_UNREADABLE) where a file there is not what its name says: a list that is
        passed over in silence could be the one that withdraws a certificate.
        """
        folder = home.path / "trust"
        try:
            files = sorted(folder.iterdir()) if folder.is_dir() else []
            roots = [
                x509.Certificate.load(der, strict=True)
                for file in files
                if file.suffix == ".pem"
                for der in _unarmored(file, "CERTIFICATE")
            ]
            crls = [
                crl.CertificateList.load(der, strict=True)
                for file in files
                if file.suffix == ".crl"
                for der in _unarmored(file, "X509 CRL")
            ]
            for one in (*roots, *crls):
                one.native  # noqa: B018 - parses all of it
        except (OSError, ValueError, TypeError, KeyError):
            raise StorageError(
                "TRUST_UNREADABLE", "A file in the practice's folder of trusted roots can't be read."
            ) from None
        return cls(tuple(roots), tuple(crls))


def _unarmored(file: Path, kind: str) -> Iterator[bytes]:
    data = file.read_bytes()
    if not pem.detect(data):
        yield data
        return
    for found, _, der in pem.unarmor(data, multiple=True):
        if found != kind:
            raise ValueError(f"a {found} is no {kind}")
        yield der

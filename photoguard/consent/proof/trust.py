"""Whom the practice trusts to vouch for a signer: roots, and lists of certificates that were withdrawn."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import crl, pem, x509

from ...errors import StorageError, UsageError
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


def trust(home: Home, file: Path) -> None:
    """Put the certificates of authorities, or a revocation list, into the home's folder `trust`.

    Raises UsageError (TRUST_NOT_FOUND, TRUST_INVALID: also for a certificate that may not vouch for others),
    StorageError (TRUST_UNWRITABLE).
    """
    is_list = file.suffix.lower() == ".crl"
    try:
        data = file.read_bytes()
        found = list(_unarmored(file, "X509 CRL" if is_list else "CERTIFICATE"))
        for der in found:
            one = (crl.CertificateList if is_list else x509.Certificate).load(der, strict=True)
            one.native  # noqa: B018 - parses all of it
            if not is_list and not one.ca:
                raise ValueError("it vouches for nobody")
        if not found:
            raise ValueError("empty")
    except OSError:
        raise UsageError("TRUST_NOT_FOUND", "The certificate can't be opened. Check its name.") from None
    except (ValueError, TypeError, KeyError):
        raise UsageError(
            "TRUST_INVALID",
            "This is neither the certificate of an authority (PEM or DER) nor a revocation list (.crl).",
        ) from None
    name = hashlib.sha256(data).hexdigest()[:16] + (".crl" if is_list else ".pem")
    try:
        (home.path / "trust").mkdir(mode=0o700, exist_ok=True)
        draft = home.path / "trust" / f".{name}"
        with draft.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(home.path / "trust" / name)
    except OSError:
        raise StorageError(
            "TRUST_UNWRITABLE", "The certificate can't be kept in the practice's folder."
        ) from None


def _unarmored(file: Path, kind: str) -> Iterator[bytes]:
    data = file.read_bytes()
    if not pem.detect(data):
        if data:
            yield data
        return
    for found, _, der in pem.unarmor(data, multiple=True):
        if found != kind:
            raise ValueError(f"a {found} is no {kind}")
        yield der

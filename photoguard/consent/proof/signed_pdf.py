"""A digitally signed form as a record's proof: the signature holds, and it is the grantor's."""

from __future__ import annotations

import hashlib
from datetime import datetime

from ...home import Home
from ..record import ConsentRecord, PadesSignature, ProofResult
from . import pades, person
from .trust import Trust


def read(form: bytes, at: datetime, home: Home) -> PadesSignature:
    """The proof in a form that has just come in, for a new record; `at` (aware) is now.

    Raises pades.Refused with one of the gate's codes, StorageError (TRUST_UNREADABLE).
    """
    signed = pades.check(form, Trust.of(home), at)
    return PadesSignature(
        form_sha256=hashlib.sha256(form).hexdigest(),
        signer_subject=signed.certificate.subject.human_friendly,
        signer_fingerprint=_fingerprint(signed),
        signer="grantor" if person.is_natural(signed.certificate) else "practice",
    )


def verify(
    proof: PadesSignature, form: bytes, record: ConsentRecord, at: datetime, home: Home
) -> ProofResult:
    """Whether the grantor signed the form, see `proof.verify`. Raises StorageError (TRUST_UNREADABLE)."""
    try:
        signed = pades.check(form, Trust.of(home), at)
    except pades.Refused as refused:
        return ProofResult(ok=False, code=refused.code)
    if (
        proof.signer != "grantor"
        or proof.signer_fingerprint != _fingerprint(signed)
        or not person.is_natural(signed.certificate)
        or not person.is_named(signed.certificate, record.grantor.name)
    ):
        return ProofResult(ok=False, code="SIGNER_NOT_BOUND")
    return ProofResult(ok=True, signed_at=signed.at, signer=proof.signer_subject)


def _fingerprint(signed: pades.Signed) -> str:
    return hashlib.sha256(signed.certificate.dump()).hexdigest()

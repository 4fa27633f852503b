"""Whether a form was really signed: one module for each kind of proof, one question for all of them."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from ...extra import extra
from ...home import Home
from ..record import ConsentRecord, PadesSignature, PracticeSignature, Proof, ProofResult
from . import practice, scan

_SAME_DAY = timedelta(days=1)
"""How far the day that a record tells may lie from when the signature was made: forms name days, not hours."""


def verify(proof: Proof | None, form: bytes, record: ConsentRecord, at: datetime, home: Home) -> ProofResult:
    """Whether a record's proof holds for the form's bytes.

    `at` (aware) is when the practice checked the form: now, at intake; later the moment of that first check, as
    the registry has it. Without a time stamp nothing else shows that a certificate was valid when it signed.
    The codes are the gate's: NO_SIGNATURE, FORM_ALTERED, FORM_UNREADABLE, SIGNATURE_INVALID, SCAN_NOT_ATTESTED,
    SIGNER_NOT_BOUND.
    Raises UsageError (EXTRA_MISSING), StorageError (KEY_UNUSABLE, TRUST_UNREADABLE).
    """
    if proof is None or record.form is None:
        return refused("NO_SIGNATURE")
    if not hashlib.sha256(form).hexdigest() == proof.form_sha256 == record.form.sha256:
        return refused("FORM_ALTERED")
    if isinstance(proof, PadesSignature):
        with extra("Checking a digitally signed PDF"):
            from . import signed_pdf
        result = signed_pdf.verify(proof, form, record, at, home)
    elif isinstance(proof, PracticeSignature):
        result = practice.verify(proof, record, at, home)
    else:
        result = scan.verify(proof, record, at)
    return result if _same_day(result, record) else refused("SIGNATURE_INVALID")


def refused(code: str) -> ProofResult:
    """A proof that does not hold."""
    return ProofResult(ok=False, code=code)


def _same_day(result: ProofResult, record: ConsentRecord) -> bool:
    """Whether a record tells the day on which the form was signed, neither an earlier nor a later one."""
    told, shown = record.signed_at, result.signed_at
    return told is None or shown is None or abs(shown - told) <= _SAME_DAY

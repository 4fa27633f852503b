"""From a form and how it was signed to a record with its proof."""

from __future__ import annotations

from datetime import datetime

from ..errors import UsageError
from ..extra import extra
from ..home import Home
from .proof import practice, verify
from .record import AttestedScan, ConsentRecord, PadesSignature, Proof, Signing
from .rules import row_of


def proved(
    record: ConsentRecord, how: Signing, form: bytes, attested_by: str, now: datetime, home: Home
) -> ConsentRecord:
    """The same record with the proof that its form was signed, under the id that fits the two.

    `attested_by` compared record and form at `now` (aware). A proof that does not hold is told at once, not at the
    first photo that is held back for it.
    Raises UsageError with the gate's code, or SIGN_DATE_DIFFERENT, NAME_MISSING; StorageError (TRUST_UNREADABLE).
    """
    proof = _proof(record, how, form, attested_by, now, home)
    says = {name: getattr(record, name) for name in ConsentRecord.model_fields if name not in ("id", "proof")}
    whole = ConsentRecord.new(**says, proof=proof)
    told = verify(proof, form, whole, now, home)
    if not told.ok:
        raise _why_not(proof, told.code or "SIGNATURE_INVALID")
    return whole


def _proof(
    record: ConsentRecord, how: Signing, form: bytes, attested_by: str, now: datetime, home: Home
) -> Proof:
    if how is Signing.PRACTICE:
        return practice.sign(record, attested_by, now, home)
    if how is Signing.SCAN:
        sha256 = record.form.sha256 if record.form else ""
        return AttestedScan(form_sha256=sha256, attested_by=attested_by, attested_at=now)
    if record.grantor.name is None:
        raise UsageError("NAME_MISSING", "Say whose digital signature it is, with --name.")
    with extra("Checking a digitally signed PDF"):
        from .proof import pades, signed_pdf
    try:
        return signed_pdf.read(form, now, home)
    except pades.Refused as refused:
        raise _told(refused.code) from None


def _why_not(proof: Proof, code: str) -> UsageError:
    if isinstance(proof, PadesSignature) and code == "SIGNATURE_INVALID":
        # The signature itself was read a moment ago: what does not fit is the day.
        return UsageError(
            "SIGN_DATE_DIFFERENT", "The form was not signed on that day. Enter the day of the signature."
        )
    if isinstance(proof, PadesSignature) and proof.signer == "grantor" and code == "SIGNER_NOT_BOUND":
        return UsageError(code, "The digital signature bears another name than --name says.")
    return _told(code)


def _told(code: str) -> UsageError:
    row = row_of(code)
    return UsageError(code, f"{row.seen} {row.do}" if row else "The form does not prove a signature.")

"""The practice's own signature over a record: a member of staff saw the form being signed, the key holds it fast."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ...home import Home
from ..record import ConsentRecord, PracticeSignature, ProofResult
from ..signing import PracticeKey, Signature
from .scan import attested


def sign(record: ConsentRecord, attested_by: str, at: datetime, home: Home) -> PracticeSignature:
    """The proof that `attested_by` saw at `at` (aware) what the record says being signed on its form.

    Raises ValueError for a record without a form, StorageError (KEY_UNUSABLE).
    """
    if record.form is None:
        raise ValueError("nothing was signed")
    signature = PracticeKey.at(home).sign(_statement(record, attested_by, at))
    return PracticeSignature(
        form_sha256=record.form.sha256,
        signature=signature.value,
        key_id=signature.key,
        attested_by=attested_by,
        attested_at=at,
    )


def verify(proof: PracticeSignature, record: ConsentRecord, at: datetime, home: Home) -> ProofResult:
    """Whether the practice's key signed this record, for a person who stands for it.

    Raises StorageError (KEY_UNUSABLE).
    """
    if proof.attested_by is None or proof.attested_at is None:
        return ProofResult(ok=False, code="SIGNER_NOT_BOUND")  # a seal: it shows where a form comes from
    signature = Signature(key=proof.key_id, value=proof.signature)
    statement = _statement(record, proof.attested_by, proof.attested_at)
    if not attested(proof, record, at) or not PracticeKey.at(home).verify(statement, signature):
        return ProofResult(ok=False, code="SIGNATURE_INVALID")
    return ProofResult(ok=True, signed_at=record.signed_at, signer=record.grantor.name)


def _statement(record: ConsentRecord, attested_by: str, attested_at: datetime) -> dict[str, Any]:
    """What is signed: all that the record says, its form's hash among it, and who stands for it."""
    seen = PracticeSignature.model_construct(attested_by=attested_by, attested_at=attested_at)
    return {**record.payload(), **seen.model_dump(mode="json", include={"attested_by", "attested_at"})}

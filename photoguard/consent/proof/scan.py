"""A scan that a named member of staff compared with the paper. Nothing can be computed from a picture of ink."""

from __future__ import annotations

from datetime import datetime

from ..record import AttestedScan, ConsentRecord, PracticeSignature, ProofResult


def verify(proof: AttestedScan, record: ConsentRecord, at: datetime) -> ProofResult:
    """Whether somebody stands for the scan, after it was signed and before now."""
    if not attested(proof, record, at):
        return ProofResult(ok=False, code="SCAN_NOT_ATTESTED")
    return ProofResult(ok=True, signed_at=record.signed_at, signer=record.grantor.name)


def attested(proof: AttestedScan | PracticeSignature, record: ConsentRecord, at: datetime) -> bool:
    """Whether a named person attested the form, at a time when they could."""
    when = proof.attested_at
    return bool(
        proof.attested_by
        and when is not None
        and when <= at
        and (record.signed_at is None or record.signed_at <= when)
    )

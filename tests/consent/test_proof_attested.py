"""Scans that a person attests, and the practice's own signature over a record."""

from __future__ import annotations

import builtins
import datetime as dt
import hashlib

import pytest

from photoguard.consent import proof
from photoguard.consent.proof import practice
from photoguard.consent.record import (
    AttestedScan,
    ConsentRecord,
    Form,
    Grantor,
    GrantorRole,
    PadesSignature,
    PersonKey,
)
from photoguard.errors import UsageError
from photoguard.home import Home

FORM = b"a scan of a signed form"
PIN = hashlib.sha256(FORM).hexdigest()
SIGNED = dt.datetime(2026, 6, 15, 10, 0, tzinfo=dt.UTC)
NOW = SIGNED + dt.timedelta(hours=3)
RECORD = ConsentRecord.new(
    patient=PersonKey.of("P-18"),
    grantor=Grantor(role=GrantorRole.PATIENT, name="Anna Muster"),
    signed_at=SIGNED,
    form=Form(sha256=PIN, suffix=".pdf"),
)
SCAN = AttestedScan(form_sha256=PIN, attested_by="A. Keller", attested_at=NOW)


@pytest.fixture
def home(tmp_path) -> Home:
    return Home.at(tmp_path / "home")


def test_a_scan_that_a_named_person_attested_holds(home) -> None:
    result = proof.verify(SCAN, FORM, RECORD, NOW, home)
    assert (result.ok, result.signed_at, result.signer) == (True, SIGNED, "Anna Muster")


@pytest.mark.parametrize(
    "change",
    [
        {"attested_by": None},
        {"attested_by": ""},
        {"attested_at": None},
        {"attested_at": NOW + dt.timedelta(minutes=1)},
        {"attested_at": SIGNED - dt.timedelta(minutes=1)},
    ],
    ids=str,
)
def test_a_scan_that_nobody_could_attest_does_not_hold(home, change) -> None:
    assert proof.verify(SCAN.model_copy(update=change), FORM, RECORD, NOW, home).code == "SCAN_NOT_ATTESTED"


def test_another_file_is_not_the_form(home) -> None:
    assert proof.verify(SCAN, FORM + b" ", RECORD, NOW, home).code == "FORM_ALTERED"
    other = RECORD.model_copy(update={"form": Form(sha256="1" * 64)})
    assert proof.verify(SCAN, FORM, other, NOW, home).code == "FORM_ALTERED"


def test_without_proof_or_form_nothing_is_signed(home) -> None:
    assert proof.verify(None, FORM, RECORD, NOW, home).code == "NO_SIGNATURE"
    formless = RECORD.model_copy(update={"form": None})
    assert proof.verify(SCAN, FORM, formless, NOW, home).code == "NO_SIGNATURE"


def test_the_practices_signature_over_a_record_holds(home) -> None:
    signed = practice.sign(RECORD, "A. Keller", NOW, home)
    assert proof.verify(signed, FORM, RECORD, NOW, home).ok


def test_every_change_of_the_record_breaks_the_practices_signature(home) -> None:
    signed = practice.sign(RECORD, "A. Keller", NOW, home)
    other = Grantor(role=GrantorRole.PARENT, name="Anna Muster")
    changes = [{"identifiable": True}, {"grantor": other}, {"valid_until": NOW}, {"procedure": "surgery"}]
    for change in changes:
        changed = RECORD.model_copy(update=change)
        assert proof.verify(signed, FORM, changed, NOW, home).code == "SIGNATURE_INVALID"


@pytest.mark.parametrize(
    "change",
    [
        {"attested_by": "B. Weber"},
        {"attested_at": NOW - dt.timedelta(minutes=1)},
        {"signature": "0" * 128},
        {"key_id": "0" * 64},
    ],
    ids=str,
)
def test_every_change_of_the_proof_breaks_the_practices_signature(home, change) -> None:
    signed = practice.sign(RECORD, "A. Keller", NOW, home).model_copy(update=change)
    assert proof.verify(signed, FORM, RECORD, NOW, home).code == "SIGNATURE_INVALID"


def test_the_practices_seal_alone_binds_nobody(home) -> None:
    seal = practice.sign(RECORD, "A. Keller", NOW, home).model_copy(update={"attested_by": None})
    assert proof.verify(seal, FORM, RECORD, NOW, home).code == "SIGNER_NOT_BOUND"


def test_another_practices_signature_does_not_hold(home, tmp_path) -> None:
    theirs = practice.sign(RECORD, "A. Keller", NOW, Home.at(tmp_path / "other"))
    assert proof.verify(theirs, FORM, RECORD, NOW, home).code == "SIGNATURE_INVALID"


def test_without_the_extra_a_signed_pdf_is_one_clear_line(home, monkeypatch) -> None:
    import sys

    for name in [name for name in sys.modules if name.startswith("photoguard.consent.proof.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr(proof, "signed_pdf", raising=False)
    real = builtins.__import__

    def missing(name: str, *rest: object, **more: object) -> object:
        if name.startswith(("pyhanko", "asn1crypto")):
            raise ModuleNotFoundError(name)
        return real(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", missing)
    told = PadesSignature(form_sha256=PIN, signer_subject="x", signer_fingerprint="0" * 64)
    with pytest.raises(UsageError) as caught:
        proof.verify(told, FORM, RECORD, NOW, home)
    assert caught.value.code == "EXTRA_MISSING"
    assert "\n" not in caught.value.message

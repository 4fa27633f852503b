"""Adding a form that was signed digitally or before the eyes of the staff: what does not hold is told at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from consent_desk import Desk, refused
from signed_forms import DAY, NOW, authority, blank, person, revocation_list, signed
from typer.testing import CliRunner

from photoguard.cli.main import app
from photoguard.consent.check import check
from photoguard.consent.proof.trust import Trust, trust
from photoguard.errors import PhotoguardError

CA = authority()
ANNA = person(CA)


@pytest.fixture
def signing(file_desk: Desk) -> Desk:
    """A practice that trusts CA, with a form that Anna Muster signed."""
    file = file_desk.folder / "root.pem"
    file.write_bytes(CA.pem)
    trust(file_desk.home, file)
    file_desk.form.write_bytes(signed(ANNA))
    return file_desk


def add(desk: Desk, **changes: Any) -> Any:
    says: dict[str, Any] = {
        "proof": "pades",
        "grantor_name": "Anna Muster",
        "signed_on": NOW.date(),
        "valid_until": NOW.date() + 300 * DAY,
        "now": NOW,
    }
    return desk.add(**(says | changes))


def test_a_form_that_the_patient_signed_digitally_allows_the_pair(signing: Desk) -> None:
    record = add(signing)
    assert record.proof.kind == "pades"
    assert check(signing.registry, signing.asks(), NOW + DAY).record == record.id


def test_a_form_that_was_changed_later_blocks(signing: Desk) -> None:
    record = add(signing)
    kept = signing.home.forms / record.form.name
    kept.chmod(0o600)
    kept.write_bytes(kept.read_bytes().replace(b"/Page", b"/Cage", 1))
    assert "FORM_ALTERED" in check(signing.registry, signing.asks(), NOW + DAY).codes


def test_a_form_that_was_signed_before_the_eyes_of_the_staff_is_signed_by_the_practice(
    file_desk: Desk,
) -> None:
    record = add(file_desk, proof="practice", grantor_name=None)
    assert (record.proof.kind, record.proof.attested_by) == ("practice-signature", "A. Keller")
    assert check(file_desk.registry, file_desk.asks(), NOW + DAY).record == record.id


@pytest.mark.parametrize(
    ("form", "changes", "code"),
    [
        (lambda: signed(ANNA), {"grantor_name": None}, "NAME_MISSING"),
        (lambda: signed(ANNA), {"grantor_name": "Berta Keller"}, "SIGNER_NOT_BOUND"),
        (lambda: signed(person(CA, "Praxis am See", seal=True)), {}, "SIGNER_NOT_BOUND"),
        (lambda: signed(ANNA), {"signed_on": NOW.date() - 5 * DAY}, "SIGN_DATE_DIFFERENT"),
        (lambda: signed(person(authority("Test Authority"))), {}, "SIGNATURE_INVALID"),
        (lambda: signed(ANNA).replace(b"/Page", b"/Cage", 1), {}, "FORM_UNREADABLE|SIGNATURE_INVALID"),
        (lambda: signed(ANNA) + b"\n", {}, "SIGNATURE_INVALID|FORM_UNREADABLE"),
        (blank, {}, "NO_SIGNATURE"),
        (lambda: b"\xff\xd8\xff\xe0", {}, "FORM_UNREADABLE"),
        (lambda: signed(ANNA), {"proof": "fax"}, "PROOF_UNKNOWN"),
    ],
)
def test_a_signature_that_does_not_hold_is_refused_and_nothing_is_kept(
    signing: Desk, form: Any, changes: dict[str, Any], code: str
) -> None:
    signing.form.write_bytes(form())
    with refused(f"({code})"):
        add(signing, **changes)
    assert signing.registry.all() == ()
    assert not signing.home.forms.exists()


def test_without_an_authority_that_the_practice_trusts_no_signature_counts(file_desk: Desk) -> None:
    file_desk.form.write_bytes(signed(ANNA))
    with refused("SIGNATURE_INVALID"):
        add(file_desk)


# --- whom the practice trusts --------------------------------------------------------------------------------


def run(desk: Desk, *words: object) -> Any:
    return CliRunner().invoke(app, ["consent", "trust", *map(str, words), "--home", str(desk.home.path)])


def test_an_authority_is_trusted_with_a_command_and_listed(file_desk: Desk, tmp_path: Path) -> None:
    assert run(file_desk).stdout == ""
    root = tmp_path / "root.crt"
    root.write_bytes(CA.pem)
    for _ in range(2):  # the same one twice is one
        assert run(file_desk, root).stdout.startswith("Common Name: Test Authority\t")
    assert len(Trust.of(file_desk.home).roots) == 1
    withdrawn = tmp_path / "ca.crl"
    withdrawn.write_bytes(revocation_list(CA, ANNA, at=NOW - DAY))
    assert "Revocation lists: 1." in run(file_desk, withdrawn).stdout
    file_desk.form.write_bytes(signed(ANNA))
    with refused("SIGNATURE_INVALID"):
        add(file_desk)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("leaf.pem", ANNA.pem, "TRUST_INVALID"),  # a patient's own certificate vouches for nobody
        ("noise.pem", b"noise", "TRUST_INVALID"),
        ("empty.pem", b"", "TRUST_INVALID"),
        ("root.crl", CA.pem, "TRUST_INVALID"),
        ("nowhere.pem", None, "TRUST_NOT_FOUND"),
    ],
)
def test_what_vouches_for_nobody_is_not_trusted(
    file_desk: Desk, tmp_path: Path, name: str, content: bytes | None, code: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    told = run(file_desk, tmp_path / name)
    assert isinstance(told.exception, PhotoguardError)
    assert (told.exception.code, told.exception.exit_code) == (code, 2)
    assert Trust.of(file_desk.home).roots == ()

"""Digitally signed forms: what counts, and everything that must not."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import re

import pytest
from cryptography.x509.oid import NameOID
from signed_forms import DAY, NOW, Holder, authority, blank, person, revocation_list, signed, stamper

from photoguard.consent import proof
from photoguard.consent.proof import signed_pdf
from photoguard.consent.record import ConsentRecord, Form, Grantor, GrantorRole, PadesSignature, PersonKey
from photoguard.errors import StorageError
from photoguard.home import Home

CA = authority()
ANNA = person(CA)
FORM = signed(ANNA)
STAMPED = signed(ANNA, stamp=stamper(CA))


@pytest.fixture
def home(tmp_path) -> Home:
    return trusting(tmp_path / "home", CA)


def trusting(folder, *authorities: Holder) -> Home:
    home = Home.at(folder)
    (home.path / "trust").mkdir()
    for number, ca in enumerate(authorities):
        (home.path / "trust" / f"{number}.pem").write_bytes(ca.pem)
    return home


def record(name: str | None = "Anna Muster", signed_at: dt.datetime | None = NOW) -> ConsentRecord:
    return ConsentRecord.new(
        patient=PersonKey.of("P-18"),
        grantor=Grantor(role=GrantorRole.PATIENT, name=name),
        signed_at=signed_at,
        form=Form(sha256="0" * 64, suffix=".pdf"),
    )


def ask(
    home, form: bytes, says: ConsentRecord | None = None, *, at=NOW, signer: Holder = ANNA, whose="grantor"
):
    """The proof's result, with hashes that fit whatever the form is: the pin stands aside."""
    pinned = hashlib.sha256(form).hexdigest()
    told = PadesSignature(
        form_sha256=pinned,
        signer_subject="Common Name: x",
        signer_fingerprint=signer.fingerprint,
        signer=whose,
    )
    says = (says or record()).model_copy(update={"form": Form(sha256=pinned, suffix=".pdf")})
    return proof.verify(told, form, says, at, home)


# --- what counts ---------------------------------------------------------------------------------------------


def test_a_form_that_the_patient_signed_proves_it(home) -> None:
    result = ask(home, FORM)
    assert (result.ok, result.code, result.signed_at) == (True, None, NOW)


def test_a_form_with_a_time_stamp_proves_when(home) -> None:
    result = ask(home, STAMPED, at=NOW + 300 * DAY)  # by now the certificate itself has run out
    assert (result.ok, result.signed_at) == (True, NOW)


def test_reading_a_form_that_has_come_in_tells_whose_it_is(home) -> None:
    told = signed_pdf.read(FORM, NOW, home)
    assert told.signer_fingerprint == ANNA.fingerprint
    assert told.form_sha256 == hashlib.sha256(FORM).hexdigest()
    assert (told.signer, "Anna Muster" in told.signer_subject) == ("grantor", True)


def test_a_certificate_may_run_out_after_the_practice_checked_the_form(home) -> None:
    """`at` is the moment of the first check; what the practice then does with the consent can be years later."""
    assert ask(home, FORM, at=NOW + 2 * DAY).ok


@pytest.mark.parametrize("name", ["Anna Muster", "MUSTER Anna", "Anna  Maria Muster", "anna muster"])
def test_a_name_may_be_spelled_in_another_way(home, name) -> None:
    assert ask(home, FORM, record(name)).ok


@pytest.mark.parametrize(("one", "other"), [("Jürg Müller", "JUERG MUELLER"), ("Zoé Lefèvre", "Zoe LEFEVRE")])
def test_accents_are_no_difference(home, one, other) -> None:
    holder = person(CA, other)
    assert ask(home, signed(holder), record(one), signer=holder).ok


# --- whose signature -----------------------------------------------------------------------------------------

_CLINIC = ((NameOID.ORGANIZATION_NAME, "Praxis am See"),)


@pytest.mark.parametrize(
    ("holder", "grantor"),
    [
        (person(CA, "Praxis am See", more=_CLINIC), "Praxis am See"),
        (person(CA, "Anna Muster", seal=True), "Anna Muster"),
        (person(CA, "Anna Muster", more=_CLINIC), "Anna Muster"),
    ],
    ids=["an organisation's", "a certificate for seals", "a person's name on an organisation's"],
)
def test_the_clinics_seal_is_not_the_patients_signature(home, holder, grantor) -> None:
    form = signed(holder)
    assert ask(home, form, record(grantor), signer=holder).code == "SIGNER_NOT_BOUND"
    assert signed_pdf.read(form, NOW, home).signer == "practice"


def test_what_was_entered_as_the_clinics_seal_stays_one(home) -> None:
    assert ask(home, FORM, whose="practice").code == "SIGNER_NOT_BOUND"


@pytest.mark.parametrize("name", ["Berta Muster", "Anna Keller", "Anna", "Muster", "", None])
def test_somebody_elses_signature_is_not_the_grantors(home, name) -> None:
    assert ask(home, FORM, record(name or None)).code == "SIGNER_NOT_BOUND"


def test_the_surname_has_to_agree_where_it_is_told(home) -> None:
    names = ((NameOID.GIVEN_NAME, "Anna Maria"), (NameOID.SURNAME, "Muster"))
    holder = person(CA, "x", more=names)
    form = signed(holder)
    assert ask(home, form, record("Anna Muster"), signer=holder).ok
    assert ask(home, form, record("Anna Maria"), signer=holder).code == "SIGNER_NOT_BOUND"


def test_another_certificate_of_the_same_name_is_not_the_one_that_was_entered(home) -> None:
    assert ask(home, FORM, signer=person(CA)).code == "SIGNER_NOT_BOUND"


# --- trust ---------------------------------------------------------------------------------------------------


def test_an_attackers_authority_of_the_same_name_is_not_trusted(home) -> None:
    fake = person(authority("Test Authority"))
    assert ask(home, signed(fake), signer=fake).code == "SIGNATURE_INVALID"


def test_a_certificate_that_names_itself_is_not_trusted(home) -> None:
    alone = authority("Anna Muster")
    assert not ask(home, signed(alone), signer=alone).ok


def test_without_any_root_nothing_is_trusted(tmp_path) -> None:
    assert ask(Home.at(tmp_path / "bare"), FORM).code == "SIGNATURE_INVALID"


def test_a_root_that_can_not_be_read_is_not_passed_over(home) -> None:
    (home.path / "trust" / "broken.pem").write_text(
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"
    )
    with pytest.raises(StorageError) as caught:
        ask(home, FORM)
    assert caught.value.code == "TRUST_UNREADABLE"


def test_a_certificate_that_was_withdrawn_before_it_signed_does_not_count(home) -> None:
    (home.path / "trust" / "ca.crl").write_bytes(revocation_list(CA, ANNA, at=NOW - DAY))
    assert ask(home, FORM).code == "SIGNATURE_INVALID"


def test_a_list_that_withdraws_others_does_no_harm(home) -> None:
    (home.path / "trust" / "ca.crl").write_bytes(revocation_list(CA, person(CA, "Other"), at=NOW - DAY))
    assert ask(home, FORM).ok


def test_a_certificate_that_is_not_for_signing_contracts_does_not_count(home) -> None:
    holder = person(CA, non_repudiation=False)
    assert ask(home, _without_its_own_check(holder), signer=holder).code == "SIGNATURE_INVALID"


def _without_its_own_check(holder: Holder) -> bytes:
    import io

    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    meta = signers.PdfSignatureMetadata(
        field_name="S", subfilter=fields.SigSeedSubFilter.PADES, signer_key_usage={"digital_signature"}
    )
    signer = signers.SimpleSigner(
        signing_cert=holder.asn1, signing_key=holder.private, cert_registry=holder.others()
    )
    return signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(blank())), meta, signer=signer).getvalue()


# --- when ----------------------------------------------------------------------------------------------------


def test_an_expired_certificate_does_not_count_even_where_its_owner_dates_it_back(home) -> None:
    old = person(CA, begins=NOW - 300 * DAY, ends=NOW - DAY)
    assert ask(home, signed(old, at=NOW), signer=old).code == "SIGNATURE_INVALID"
    back = NOW - 10 * DAY
    assert ask(home, signed(old, at=back), record(signed_at=back), signer=old).code == "SIGNATURE_INVALID"


def test_a_time_stamp_shows_a_signature_that_was_dated_back(home) -> None:
    back = NOW - 30 * DAY
    form = signed(ANNA, at=back, stamp=stamper(CA, at=NOW))
    assert ask(home, form, record(signed_at=back)).code == "SIGNATURE_INVALID"
    assert ask(home, form, record(signed_at=NOW)).code == "SIGNATURE_INVALID"


def test_a_signature_before_its_certificate_began_does_not_count(home) -> None:
    early = NOW - 200 * DAY
    assert ask(home, signed(ANNA, at=early), record(signed_at=early)).code == "SIGNATURE_INVALID"


def test_a_signature_from_the_future_does_not_count(home) -> None:
    later = NOW + 3 * DAY
    assert ask(home, signed(ANNA, at=later), record(signed_at=later)).code == "SIGNATURE_INVALID"


def test_a_time_stamp_of_somebody_who_is_not_trusted_does_not_count(home) -> None:
    assert ask(home, signed(ANNA, stamp=stamper(authority()))).code == "SIGNATURE_INVALID"


def test_a_stamp_given_after_the_certificate_ran_out_does_not_count(home) -> None:
    old = person(CA, begins=NOW - 300 * DAY, ends=NOW - DAY)
    form = signed(old, at=NOW, stamp=stamper(CA, at=NOW))
    assert ask(home, form, signer=old).code == "SIGNATURE_INVALID"


@pytest.mark.parametrize("days", [-30, -2, 2, 30])
def test_the_record_has_to_tell_the_day_on_which_it_was_signed(home, days) -> None:
    assert ask(home, FORM, record(signed_at=NOW + days * DAY), at=NOW + 40 * DAY).code == "SIGNATURE_INVALID"


# --- the file ------------------------------------------------------------------------------------------------


def test_an_unsigned_form_has_no_signature(home) -> None:
    assert ask(home, blank()).code == "NO_SIGNATURE"


def test_an_empty_field_for_a_signature_is_none(home) -> None:
    import io

    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields

    writer = IncrementalPdfFileWriter(io.BytesIO(blank()))
    fields.append_signature_field(writer, fields.SigFieldSpec("Signature"))
    out = io.BytesIO()
    writer.write(out)
    assert ask(home, out.getvalue()).code == "NO_SIGNATURE"


@pytest.mark.parametrize("tail", [b"\n", b"\0", b" ", b"%%EOF\n", b"x" * 500])
def test_nothing_may_be_appended(home, tail) -> None:
    assert not ask(home, FORM + tail).ok


def test_an_update_after_the_signature_does_not_count(home) -> None:
    import io

    from pyhanko.pdf_utils.generic import TextStringObject, pdf_name
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(FORM))
    writer.root[pdf_name("/Note")] = TextStringObject("and social media")
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    assert ask(home, out.getvalue()).code == "SIGNATURE_INVALID"


def test_a_second_signature_does_not_count(home) -> None:
    twice = signed(person(CA, "Berta Beispiel"), FORM, field="Second")
    assert ask(home, twice).code == "SIGNATURE_INVALID"


def test_a_changed_word_does_not_count(home) -> None:
    page = FORM.index(b"/MediaBox")
    assert not ask(home, FORM[:page] + b"/MediaBax" + FORM[page + 9 :]).ok


@pytest.mark.parametrize("end", [0, 1, 10, 100, 1000, -1, -10, -100, -1000, -5000])
def test_a_truncated_form_does_not_count(home, end) -> None:
    assert not ask(home, FORM[:end]).ok


def test_what_is_no_pdf_is_told_so(home) -> None:
    assert ask(home, b"\xff\xd8\xff\xe0 a photo of a form").code == "FORM_UNREADABLE"


def test_a_hole_that_lies_elsewhere_does_not_count(home) -> None:
    """The byte range of a file may not leave out anything but the signature itself."""
    told = re.search(rb"/ByteRange \[0 (\d+) (\d+) (\d+)", FORM)
    assert told
    first, resume, rest = (int(number) for number in told.groups())
    for one, two, three in [
        (first - 1, resume, rest),
        (first, resume + 1, rest - 1),
        (first - 8, resume - 8, rest + 8),
    ]:
        moved = b"/ByteRange [0 %d %d %d" % (one, two, three)
        changed = FORM.replace(told.group(), moved.ljust(len(told.group())), 1)
        assert not ask(home, changed).ok


@pytest.mark.parametrize(
    ("form", "flips", "seed"), [(FORM, 300, 1), (STAMPED, 100, 2)], ids=["plain", "with a time stamp"]
)
def test_no_form_with_one_flipped_bit_counts_even_without_the_pin(home, form, flips, seed) -> None:
    """Half of the flips go where no signature reaches: the place in which the signature stands itself."""
    assert ask(home, form).ok
    chance = random.Random(seed)
    begins = form.index(b"/Contents <") + 10
    ends = form.index(b">", begins)
    written = begins + len(form[begins:ends].rstrip(b"0"))
    accepted = []
    for number in range(flips):
        # A flipped letter or digit of hex is another one in 4 of 8 cases only: those are the ones that tempt.
        place = chance.randrange(begins + 1, written + 8) if number % 2 else chance.randrange(len(form))
        bit = chance.randrange(4 if number % 2 else 8)
        changed = bytearray(form)
        changed[place] ^= 1 << bit
        if ask(home, bytes(changed)).ok:
            accepted.append((place, bit))
    assert accepted == []


def test_with_the_pin_a_flipped_bit_is_another_file(home) -> None:
    told = signed_pdf.read(FORM, NOW, home)
    says = record().model_copy(update={"form": Form(sha256=told.form_sha256, suffix=".pdf")})
    assert proof.verify(told, FORM, says, NOW, home).ok
    changed = bytearray(FORM)
    for place in range(0, len(FORM), 5):
        changed[place] ^= 1
        assert proof.verify(told, bytes(changed), says, NOW, home).code == "FORM_ALTERED"
        changed[place] ^= 1


def test_checking_a_form_tells_no_log_whose_it_is(home, capfd, caplog) -> None:
    fake = person(authority("Test Authority"))
    ask(home, signed(fake), signer=fake)
    assert "Muster" not in caplog.text
    out, err = capfd.readouterr()
    assert "Muster" not in out + err


def test_nothing_is_fetched(home, monkeypatch) -> None:
    import socket

    def refuse(*_: object) -> None:
        raise AssertionError("a connection was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert ask(home, FORM).ok

"""Whose key is whose: only what a person entered, and nothing that came in from outside."""

from __future__ import annotations

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sending_desk import Receiver, code_of

from photoguard.audit import AuditLog
from photoguard.home import Home
from photoguard.sending.age import Identity, PublicKey
from photoguard.sending.fingerprint import fingerprint
from photoguard.sending.recipients import AddressBook


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


@pytest.fixture
def book(home: Home) -> AddressBook:
    return AddressBook(home)


def test_who_was_entered_is_found_by_any_spelling_of_the_name(book: AddressBook, receiver: Receiver) -> None:
    assert book.all() == ()
    book.add("  Dr.  Ägidius Meier ", receiver.key.text)
    assert [one.name for one in book.all()] == ["Dr. Ägidius Meier"]
    assert book.find("dr. ägidius meier").key == receiver.key.text
    book.remove("DR. ÄGIDIUS MEIER")
    assert book.all() == ()
    assert code_of(lambda: book.find("Dr. Ägidius Meier")) == "RECIPIENT_UNKNOWN"
    assert code_of(lambda: book.remove("Dr. Ägidius Meier")) == "RECIPIENT_UNKNOWN"


def test_a_name_is_not_given_another_key_unseen(
    book: AddressBook, receiver: Receiver, tmp_path: Path
) -> None:
    book.add("Dr. Meier", receiver.key.text)
    other = Receiver(tmp_path / "other").key.text
    assert code_of(lambda: book.add("dr. MEIER", other)) == "RECIPIENT_EXISTS"
    assert book.find("Dr. Meier").key == receiver.key.text


@pytest.mark.parametrize("name", ["", " ", "x" * 81, "a\x00b", "a\u202eb"])
def test_a_name_is_one_line_that_can_be_read(book: AddressBook, receiver: Receiver, name: str) -> None:
    assert code_of(lambda: book.add(name, receiver.key.text)) == "RECIPIENT_NAME"


@pytest.mark.parametrize(
    "text", ["", "age1", "age1" + "q" * 58, "ssh-ed25519 AAAA", "AGE-SECRET-KEY-1ABC", "hello"]
)
def test_what_is_no_public_key_is_refused(text: str) -> None:
    assert code_of(lambda: PublicKey.of(text)) == "RECIPIENT_KEY"


def test_a_private_key_is_refused_without_being_repeated(home: Home) -> None:
    Identity.at(home)
    secret = (home.path / "age.key").read_text().strip()
    with pytest.raises(Exception, match="private key") as refusal:
        PublicKey.of(secret)
    assert secret not in str(refusal.value)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE book SET document = replace(document, 'Meier', 'Maier')",
        "UPDATE book SET document = replace(document, 'age1', 'age2')",
        "UPDATE book SET document = '[]'",
        "UPDATE book SET seal = ''",
        "DELETE FROM book",
        "DROP TABLE book",
    ],
)
def test_a_book_that_was_changed_from_outside_is_refused(
    home: Home, book: AddressBook, receiver: Receiver, change: str
) -> None:
    book.add("Dr. Meier", receiver.key.text)
    with sqlite3.connect(home.recipients) as raw:
        raw.execute(change)
    raw.close()
    for call in (book.all, lambda: book.find("Dr. Meier"), lambda: book.add("Dr. Huber", receiver.key.text)):
        assert code_of(call) == "RECIPIENTS_DAMAGED"


def test_a_book_of_another_practice_is_refused(
    home: Home, book: AddressBook, receiver: Receiver, tmp_path: Path
) -> None:
    book.add("Dr. Meier", receiver.key.text)
    other = Home.at(tmp_path / "other")
    other.recipients.write_bytes(home.recipients.read_bytes())
    assert code_of(AddressBook(other).all) == "RECIPIENTS_DAMAGED"


def test_two_who_enter_somebody_at_once_lose_nobody(home: Home, receiver: Receiver) -> None:
    def enter(n: int) -> str:
        try:
            return AddressBook(home).add(f"N{n}", receiver.key.text).name
        except Exception as refusal:
            return str(refusal)

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(enter, range(8)))
    entered = {one for one in told if one.startswith("N")}
    assert {one.name for one in AddressBook(home).all()} == entered
    assert all("[RECIPIENTS_LOCKED]" in one for one in told if one not in entered)


def test_the_audit_log_has_fingerprints_and_no_names(
    home: Home, book: AddressBook, receiver: Receiver
) -> None:
    book.add("Dr. Meier", receiver.key.text)
    book.remove("Dr. Meier")
    entries = list(AuditLog(home).entries())
    assert [one.event for one in entries] == ["recipient_added", "recipient_removed"]
    for one in entries:
        assert receiver.key.fingerprint.replace(" ", "-") in one.details
        assert "Meier" not in one.details


def test_the_practices_key_stays_the_same_and_its_own(home: Home) -> None:
    first = Identity.at(home).public
    assert Identity.at(home).public == first
    assert PublicKey.of(f" {first.text}\n") == first
    file = home.path / "age.key"
    file.write_text("AGE-SECRET-KEY-1NONE\n")
    assert code_of(lambda: Identity.at(home)) == "KEY_UNUSABLE"


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_only_its_owner_can_read_the_practices_key(home: Home) -> None:
    Identity.at(home)
    file = home.path / "age.key"
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    assert code_of(lambda: Identity.at(home)) == "KEY_UNUSABLE"


def test_a_signature_that_was_compared_names_its_owner(book: AddressBook, receiver: Receiver) -> None:
    digits = fingerprint(b"some practice")
    book.add("Dr. Meier", receiver.key.text, digits.replace(" ", "-"))
    book.add("Dr. Huber", receiver.key.text)
    found = book.signed_by(digits)
    assert found is not None and found.name == "Dr. Meier"
    assert book.signed_by(fingerprint(b"another")) is None


@pytest.mark.parametrize("text", ["", "12345", "1" * 31, "x" * 30, "١" * 30])
def test_a_fingerprint_is_typed_as_a_whole(book: AddressBook, receiver: Receiver, text: str) -> None:
    assert code_of(lambda: book.add("Dr. Meier", receiver.key.text, text)) == "FINGERPRINT_INVALID"
    assert book.all() == ()


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_fingerprints_are_digits_that_differ_with_the_key(one: bytes, other: bytes) -> None:
    groups = fingerprint(one).split(" ")
    assert len(groups) == 6
    assert all(len(group) == 5 and group.isdecimal() for group in groups)
    assert (fingerprint(one) == fingerprint(other)) == (one == other)

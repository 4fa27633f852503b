"""From one practice to another: whole, proved, to nobody else, or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
import pyzipper
from dicom_sources import photograph
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from sending_desk import PAIR, WEBSITE, Receiver, Sender, clean, code_of

import photoguard
from photoguard.audit import AuditLog
from photoguard.consent.registry import Registry
from photoguard.consent.signing import PracticeKey
from photoguard.decision import DrawnMask
from photoguard.sending import archive
from photoguard.sending.age import Identity
from photoguard.sending.recipients import AddressBook
from photoguard.sending.slip import Slip

PASSWORD = "7 lamps, no Tuesday & 90 snails"

shared_folder = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def contents(files: object) -> set[bytes]:
    return {Path(file).read_bytes() for file in files}  # type: ignore[attr-defined]


# --- what arrives -----------------------------------------------------------------------------------------


def test_released_photos_arrive_as_they_were_sent(sender: Sender, receiver: Receiver) -> None:
    sender.knows(receiver)
    packed = sender.pack()
    unpacked = receiver.unpack(packed.path)
    assert len(unpacked.photos) == packed.photos == 3
    assert contents(unpacked.photos) == contents(sender.files)
    assert {photo.name for photo in unpacked.photos} == {photo.name for photo in sender.files}
    assert unpacked.signed_by == packed.signed_by
    assert packed.recipient == receiver.key.fingerprint
    assert [path.name for path in unpacked.folder.parent.iterdir() if path.name.startswith(".")] == []


def test_a_dicom_photograph_arrives_as_one(sender: Sender, receiver: Receiver) -> None:
    with Image.open(sender.folder / "photos" / "mole.jpg") as mole:
        source = photograph(np.asarray(mole))
    (sender.folder / "archive").mkdir()
    (sender.folder / "archive" / "IM1").write_bytes(source)
    clean(sender.folder, "archive", WEBSITE)
    sender.knows(receiver)
    files = list((sender.folder / "archive_out" / "released").iterdir())
    (photo,) = receiver.unpack(sender.pack(*files).path).photos
    assert photo.suffix == ".dcm"
    assert [photo.read_bytes()] == [file.read_bytes() for file in files]


def test_a_sender_whose_signature_was_compared_is_named(sender: Sender, receiver: Receiver) -> None:
    sender.knows(receiver)
    packed = sender.pack()
    AddressBook(receiver.home).add("Praxis Aebi", Identity.at(sender.home).public.text, packed.signed_by)
    assert receiver.unpack(packed.path).sender == "Praxis Aebi"


def test_a_folder_is_packed_without_what_a_desktop_leaves_in_it(sender: Sender, receiver: Receiver) -> None:
    sender.knows(receiver)
    folder = sender.files[0].parent
    (folder / ".DS_Store").write_bytes(b"where the icons stand")
    assert sender.pack(folder).photos == 3
    assert code_of(lambda: sender.pack(folder / "gone.jpg", name="y.age")) == "PHOTO_NOT_FOUND"
    (folder / "empty").mkdir()
    assert code_of(lambda: sender.pack(folder / "empty", name="y.age")) == "PACK_EMPTY"


def test_a_password_opens_what_was_packed_under_it(sender: Sender, receiver: Receiver) -> None:
    password = photoguard.new_password()
    packed = sender.pack(name="x.zip", to=None, password=password)
    assert receiver.refused(packed.path) == "PASSWORD_MISSING"
    assert receiver.refused(packed.path, photoguard.new_password()) == "PASSWORD_WRONG"
    assert contents(receiver.unpack(packed.path, password).photos) == contents(sender.files)
    kept = [path.read_bytes() for path in sender.folder.rglob("*") if path.is_file()]
    assert not any(password.encode() in content for content in kept), "it is kept nowhere"


def test_a_zip_tells_no_more_than_how_many_photos_there_are_and_how_large(sender: Sender) -> None:
    packed = sender.pack(name="x.zip", to=None, password=PASSWORD)
    with pyzipper.AESZipFile(packed.path) as told:
        for entry in told.infolist():
            assert entry.CRC == 0 and entry.date_time == (2000, 1, 1, 0, 0, 0)
            assert entry.wz_aes_strength == 3, "AES-256"
    for photo in sender.files:
        assert photo.read_bytes()[200:300] not in packed.path.read_bytes()


def test_a_file_that_was_renamed_travels_under_its_pseudonym(sender: Sender, receiver: Receiver) -> None:
    sender.knows(receiver)
    photo = sender.file("mole.jpg")
    named = photo.rename(photo.with_name("Anna Muster.jpg"))
    (arrived,) = receiver.unpack(sender.pack(named).path).photos
    assert arrived.name == photo.name


def test_packing_and_unpacking_are_in_both_audit_logs_without_names(
    sender: Sender, receiver: Receiver
) -> None:
    sender.knows(receiver)
    packed = sender.pack()
    receiver.unpack(packed.path)
    for home, event in ((sender.home, "packed"), (receiver.home, "unpacked")):
        log = AuditLog(home)
        assert log.verify()
        *_, entry = log.entries()
        told = json.loads(entry.details)
        assert entry.event == event
        assert told["pack_sha256"] == packed.sha256 and told["photos"] == len(told["outputs"]) == 3
        assert "Meier" not in "".join(one.details for one in log.entries())


# --- what may be sent -------------------------------------------------------------------------------------


def test_only_what_was_released_is_packed(sender: Sender, receiver: Receiver) -> None:
    sender.knows(receiver)
    photo = sender.file("mole.jpg")
    changed = sender.folder / "photos_out" / "changed.jpg"
    changed.write_bytes(photo.read_bytes() + b"\0")
    told = sender.refused(photo, changed, sender.folder / "photos" / "mole.jpg")
    assert told == {"changed.jpg": ("NOT_RELEASED",), "mole.jpg": ("NOT_RELEASED",)}


def test_another_practice_can_not_pack_what_this_one_released(
    sender: Sender, receiver: Receiver, tmp_path: Path
) -> None:
    with pytest.raises(photoguard.MayNotLeave, match="NOT_RELEASED"):
        photoguard.pack(sender.files, tmp_path / "x.zip", password=PASSWORD, home=receiver.home.path)
    assert not (tmp_path / "x.zip").exists()


def test_photos_for_inside_the_practice_are_not_packed(sender: Sender, receiver: Receiver) -> None:
    sender.knows(receiver)
    (inside,) = (sender.folder / "inside_out" / "released").iterdir()
    assert sender.refused(inside) == {inside.name: ("INTERNAL_ONLY",)}


def test_a_photo_that_was_held_since_is_not_packed(sender: Sender, receiver: Receiver) -> None:
    sender.knows(receiver)
    again = sender.folder / "again" / "mole_before.jpg"
    again.parent.mkdir()
    again.write_bytes((sender.folder / "photos" / "mole.jpg").read_bytes())
    clean(sender.folder, "again", WEBSITE)
    photo = sender.file("mole.jpg")
    assert sender.refused(photo) == {photo.name: ("RELEASE_OVERTAKEN", "PAIR_HALF_ALONE")}


def test_a_photo_that_a_person_has_decided_about_anew_is_not_packed_as_it_was(
    sender: Sender, receiver: Receiver
) -> None:
    sender.knows(receiver)
    photo = sender.file("mole.jpg")
    wider = photoguard.Decision(by="Dr. A", note="more of it", masks=(DrawnMask(box=(8, 8, 90, 90)),))
    photoguard.decide(sender.folder / "photos" / "mole.jpg", wider, home=sender.home.path)
    assert sender.refused(photo) == {photo.name: ("RELEASE_OVERTAKEN",)}


def test_a_photo_that_was_cleaned_in_two_ways_is_packed_in_both(sender: Sender, receiver: Receiver) -> None:
    sender.knows(receiver)
    (other,) = (sender.folder / "journal_out" / "released").iterdir()
    both = [sender.file("mole.jpg"), other]
    assert other.name == both[0].name, "one photo has one pseudonym"
    arrived = receiver.unpack(sender.pack(*both).path).photos
    assert len(contents(arrived)) == len(arrived) == 2
    assert contents(arrived) == contents(both)


def test_a_consent_that_was_revoked_since_holds_both_halves_back(sender: Sender, receiver: Receiver) -> None:
    sender.knows(receiver)
    Registry(sender.home).revoke(sender.record, "Patient called")
    halves = {sender.file(name).name: ("REVOKED",) for name in PAIR}
    assert sender.refused(*sender.files) == halves
    assert sender.pack(sender.file("mole.jpg")).photos == 1, "other photos do not depend on it"


def test_a_comparison_in_one_picture_is_asked_about_like_a_pair(sender: Sender, receiver: Receiver) -> None:
    sender.knows(receiver)
    (both,) = (sender.folder / "collage_out" / "released").iterdir()
    assert sender.pack(both).photos == 1
    Registry(sender.home).revoke(sender.record, "Patient called")
    (sender.folder / "x.age").unlink()
    assert sender.refused(both) == {both.name: ("REVOKED",)}


def test_half_a_pair_is_not_packed(sender: Sender, receiver: Receiver) -> None:
    sender.knows(receiver)
    half = sender.file(PAIR[0])
    assert sender.refused(half) == {half.name: ("PAIR_INCOMPLETE",)}


def test_packing_a_pair_is_a_use_of_its_consent(sender: Sender, receiver: Receiver) -> None:
    sender.knows(receiver)
    sender.pack()
    *_, last = Registry(sender.home).get(sender.record).uses
    assert set(last.outputs) == {hashlib.sha256(sender.file(name).read_bytes()).hexdigest() for name in PAIR}
    assert (last.channel, last.territory) == ("website", "CH")


def test_a_log_that_was_changed_lets_nothing_out(sender: Sender, receiver: Receiver) -> None:
    sender.knows(receiver)
    with sqlite3.connect(sender.home.audit) as raw:
        raw.execute("DROP TRIGGER entry_no_update")
        raw.execute("UPDATE entry SET details = replace(details, 'internal', 'website')")
    raw.close()
    assert code_of(sender.pack) == "AUDIT_BROKEN"


# --- where it goes ----------------------------------------------------------------------------------------


def test_photos_that_a_killed_run_left_do_not_stay(sender: Sender, receiver: Receiver) -> None:
    sender.knows(receiver)
    left = receiver.folder / ".in.part" / "pg-2vkn4gmtr7uryp7y.jpg"
    left.parent.mkdir()
    left.write_bytes(b"half a photo")
    assert contents(receiver.unpack(sender.pack().path).photos) == contents(sender.files)
    assert {one.name for one in receiver.folder.iterdir()} == {"home", "in"}


def test_a_pack_is_not_opened_into_the_very_folder_one_is_in(
    sender: Sender, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender.knows(receiver)
    packed, empty = sender.pack(), receiver.folder / "in"
    empty.mkdir()
    monkeypatch.chdir(empty)
    assert code_of(lambda: photoguard.unpack(packed.path, ".", home=receiver.home.path)) == "OUT_NOT_EMPTY"
    assert not list(empty.iterdir())


def test_a_file_that_is_there_is_never_written_over(sender: Sender, receiver: Receiver) -> None:
    sender.knows(receiver)
    (sender.folder / "x.age").write_bytes(b"mine")
    assert code_of(sender.pack) == "OUT_EXISTS"
    assert (sender.folder / "x.age").read_bytes() == b"mine"
    packed = sender.pack(name="y.age")
    (receiver.folder / "in").mkdir()
    (receiver.folder / "in" / "mine.jpg").write_bytes(b"mine")
    assert code_of(lambda: receiver.unpack(packed.path)) == "OUT_NOT_EMPTY"
    assert [path.name for path in (receiver.folder / "in").iterdir()] == ["mine.jpg"]


@pytest.mark.parametrize(
    ("name", "to", "password", "code"),
    [
        ("x.zip", "Dr. Meier", None, "OUT_SUFFIX"),
        ("x.age", None, PASSWORD, "OUT_SUFFIX"),
        ("x.age", None, None, "PACK_WAY"),
        ("x.age", "Dr. Meier", PASSWORD, "PACK_WAY"),
        ("x.age", "Dr. Huber", None, "RECIPIENT_UNKNOWN"),
        ("x.zip", None, "", "PASSWORD_WEAK"),
        ("x.zip", None, "password123", "PASSWORD_WEAK"),
        ("x.zip", None, "Praxis2026Praxis2026", "PASSWORD_WEAK"),
        ("x.zip", None, "passwordpasswordpassword", "PASSWORD_WEAK"),
        ("x.zip", None, "grüne Tische im Mai 1987", "PASSWORD_LETTERS"),
        ("gone/x.age", "Dr. Meier", None, "OUT_UNWRITABLE"),
        ("x" * 300 + ".age", "Dr. Meier", None, "OUT_UNWRITABLE"),
    ],
)
def test_what_can_not_be_packed_as_it_was_said_is_refused(
    sender: Sender, receiver: Receiver, name: str, to: str | None, password: str | None, code: str
) -> None:
    sender.knows(receiver)
    assert code_of(lambda: sender.pack(name=name, to=to, password=password)) == code
    assert not list(sender.folder.rglob("x.*"))


# --- what is not opened -----------------------------------------------------------------------------------


def test_another_key_opens_nothing(sender: Sender, receiver: Receiver, tmp_path: Path) -> None:
    sender.knows(receiver)
    assert Receiver(tmp_path / "third").refused(sender.pack().path) == "KEY_WRONG"


@shared_folder
@given(data=st.data())
def test_a_changed_bit_is_noticed(sender: Sender, receiver: Receiver, data: st.DataObject) -> None:
    pack = sealed(sender, receiver)
    place = data.draw(st.integers(0, len(pack) * 8 - 1))
    changed = bytearray(pack)
    changed[place // 8] ^= 1 << place % 8
    assert receiver.refused(bytes(changed)) in {"PACK_DAMAGED", "KEY_WRONG", "PACK_UNKNOWN"}


@shared_folder
@given(data=st.data())
def test_a_cut_file_is_noticed(sender: Sender, receiver: Receiver, data: st.DataObject) -> None:
    pack = sealed(sender, receiver)
    cut = pack[: data.draw(st.integers(0, len(pack) - 1))]
    assert receiver.refused(cut) in {"PACK_DAMAGED", "KEY_WRONG", "PACK_UNKNOWN"}


@shared_folder
@given(data=st.data())
def test_a_changed_bit_in_a_zip_is_noticed_or_changes_no_photo(
    sender: Sender, receiver: Receiver, data: st.DataObject
) -> None:
    path = sender.folder / "x.zip"
    pack = (
        path if path.exists() else sender.pack(name="x.zip", to=None, password=PASSWORD).path
    ).read_bytes()
    # The photos' own bytes are what a ZIP seals; its names and numbers are many and lie at the end.
    place = data.draw(st.integers(0, len(pack) - 1) | st.integers(len(pack) - 600, len(pack) - 1))
    changed = bytearray(pack)
    changed[place] ^= data.draw(st.integers(1, 255))
    (receiver.folder / "received").write_bytes(changed)
    try:
        photos = receiver.unpack(receiver.folder / "received", PASSWORD).photos
    except photoguard.PhotoguardError:
        assert {one.name for one in receiver.folder.iterdir()} <= {"home", "received"}
        return
    assert contents(photos) == contents(sender.files)
    shutil.rmtree(receiver.folder / "in")


def sealed(sender: Sender, receiver: Receiver) -> bytes:
    """One pack for all of a test's examples."""
    path = sender.folder / "x.age"
    if not path.exists():
        sender.knows(receiver)
        sender.pack()
    return path.read_bytes()


# --- what a hostile sender makes ----------------------------------------------------------------------------

GOOD = "pg-aaaaaaaaaaaaaaaa.jpg"


def signed(sender: Sender, to: str | None, files: dict[str, bytes]) -> dict[str, bytes]:
    slip = Slip.over(files, to, PracticeKey.at(sender.home))
    return {archive.SLIP: slip.model_dump_json().encode(), **files}


@pytest.mark.parametrize(
    "name",
    [
        "../escaped.jpg",
        "/tmp/absolute.jpg",
        "C:\\absolute.jpg",
        "..\\escaped.jpg",
        "folder/" + GOOD,
        "pg-aaaaaaaaaaaaaaaa.jpg/",
        "pg-aaaaaaaaaaaaaaaa.exe",
        "Anna Muster.jpg",
        "PG-AAAAAAAAAAAAAAAA.JPG",
        GOOD + "\n",
        "",
    ],
)
def test_names_that_photoguard_does_not_give_are_refused(
    sender: Sender, receiver: Receiver, name: str
) -> None:
    files = signed(sender, receiver.key.text, {name: b"x"})
    assert receiver.refused(receiver.key.encrypt(archive.write(files, None))) == "PACK_UNSAFE"


def test_links_folders_doubles_and_bombs_are_refused(
    sender: Sender, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(names: list[str], mode: int = 0o100644, how: int = pyzipper.ZIP_STORED) -> bytes:
        target = io.BytesIO()
        with pyzipper.AESZipFile(target, "w", compression=how) as zipped:
            for name in names:
                entry = pyzipper.zipfile_aes.AESZipInfo(name, (2000, 1, 1, 0, 0, 0))
                entry.external_attr, entry.compress_type = mode << 16, how
                zipped.writestr(entry, b"/etc/passwd")
        return receiver.key.encrypt(target.getvalue())

    assert receiver.refused(made([GOOD], mode=0o120777)) == "PACK_UNSAFE", "a link"
    assert receiver.refused(made([GOOD], mode=0o040755)) == "PACK_UNSAFE", "a folder"
    assert receiver.refused(made([GOOD], how=pyzipper.ZIP_DEFLATED)) == "PACK_UNSAFE", "a bomb"
    with pytest.warns(UserWarning, match="Duplicate"):
        doubled = made([GOOD, GOOD])
    assert receiver.refused(doubled) == "PACK_UNSAFE"
    monkeypatch.setattr(archive, "MOST_BYTES", 10)
    assert receiver.refused(made([GOOD])) == "PACK_UNSAFE", "too large"


def test_what_no_practice_signed_for_this_recipient_is_refused(
    sender: Sender, receiver: Receiver, tmp_path: Path
) -> None:
    mine, other = receiver.key, Receiver(tmp_path / "third").key
    files = {GOOD: b"x"}
    right = signed(sender, mine.text, files)
    for wrong in (
        files,  # nobody signed
        signed(sender, other.text, files),  # passed on
        signed(sender, None, files),  # was under a password
        right | {GOOD: b"y"},
        right | {"pg-bbbbbbbbbbbbbbbb.jpg": b"x"},
        {archive.SLIP: right[archive.SLIP]},
        signed(sender, mine.text, {}),
        right | {archive.SLIP: right[archive.SLIP].replace(b'"version":1', b'"version":2')},
    ):
        assert receiver.refused(mine.encrypt(archive.write(wrong, None))) == "PACK_UNPROVEN"
    assert len(receiver.unpack(mine.encrypt(archive.write(right, None))).photos) == 1


def test_a_zip_without_its_encryption_is_refused(sender: Sender, receiver: Receiver) -> None:
    plain = archive.write(signed(sender, None, {GOOD: b"x"}), None)
    assert receiver.refused(plain, PASSWORD) == "PACK_UNSAFE"


@pytest.mark.parametrize("content", [b"", b"age", b"\xff\xd8\xff a photo", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_pack_is_refused(receiver: Receiver, content: bytes) -> None:
    assert receiver.refused(content) == "PACK_UNKNOWN"


def test_a_pack_that_is_not_there_is_refused(receiver: Receiver) -> None:
    assert receiver.refused(receiver.folder / "gone.age") == "PACK_UNREADABLE"

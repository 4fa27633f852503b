"""Consents from CSV and Excel: what is taken over, and what is refused with its line and reason."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook, load_workbook
from signed_forms import authority, person, signed

from photoguard.consent.exchange.columns import COLUMNS
from photoguard.consent.exchange.item import REFUSALS
from photoguard.consent.exchange.sheets import write_template
from photoguard.consent.exchange.transfer import Imported, from_file
from photoguard.consent.record import ConsentRecord, Statement, day_begins, day_ends
from photoguard.consent.registry import Registry
from photoguard.errors import UsageError
from photoguard.home import Home

ZURICH = ZoneInfo("Europe/Zurich")
NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=ZURICH)
NAMES = [column.name for column in COLUMNS]
GOOD = {
    "patient": "P-18",
    "born": "1980-05-17",
    "form": "scans/18.pdf",
    "proof": "scan",
    "attested_by": "A. Keller",
    "attested_on": "2026-11-02",
    "verified_by": "A. Keller",
    "signed_on": "2026-11-01",
    "valid_until": "01.11.2027",
    "grantor": "patient",
    "grantor_name": "Zoé Müller",
    "capacity": "yes",
    "form_language": "de",
    "statements": "all",
    "channels": "website; slides",
    "before": "b" * 64,
    "after": "knee.jpg",
}


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "table" / "scans").mkdir(parents=True)
    (tmp_path / "table" / "scans" / "18.pdf").write_bytes(b"a scan")
    (tmp_path / "table" / "scans" / "empty.pdf").touch()
    (tmp_path / "table" / "knee.jpg").write_bytes(b"a photo")
    (tmp_path / "secret.pdf").write_bytes(b"not the table's")
    return tmp_path / "table"


@pytest.fixture
def registry(tmp_path) -> Registry:
    return Registry(Home.at(tmp_path / "home"))


def csv_table(
    folder: Path, *rows: Mapping[str, object], encoding: str = "utf-8", delimiter: str = ";"
) -> Path:
    text = io.StringIO()
    writer = csv.DictWriter(text, NAMES, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    path = folder / "consents.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def xlsx_table(folder: Path, *rows: Mapping[str, object]) -> Path:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(NAMES)
    for row in rows:
        sheet.append([row.get(name) for name in NAMES])
    path = folder / "consents.xlsx"
    book.save(path)
    return path


def load(registry: Registry, path: Path) -> Imported:
    return from_file(registry, path, now=NOW, zone=ZURICH)


def only(registry: Registry) -> ConsentRecord:
    (held,) = registry.all()
    assert held.record is not None
    return held.record


@pytest.mark.parametrize("write", [csv_table, xlsx_table])
def test_a_row_becomes_the_record_that_it_says(registry, folder, write) -> None:
    told = load(registry, write(folder, GOOD))
    assert (len(told.added), told.refused) == (1, ())
    record = only(registry)
    assert str(record.patient) == "P-18"
    assert record.signed_at == day_begins(dt.date(2026, 11, 1), ZURICH)
    assert record.valid_until == day_ends(dt.date(2027, 11, 1), ZURICH)
    assert {(photo.sha256, photo.role) for photo in record.photos} == {
        ("b" * 64, "before"),
        (hashlib.sha256(b"a photo").hexdigest(), "after"),
    }
    assert {(use.channel.value, use.purpose.value) for use in record.uses} == {
        ("website", "publication"),
        ("slides", "teaching"),
    }
    assert set(record.statements) == set(Statement)
    assert record.form and record.form.sha256 == hashlib.sha256(b"a scan").hexdigest()
    assert record.grantor.name == "Zoé Müller"
    (held,) = registry.all()
    assert [one.by for one in held.verified] == ["A. Keller"]
    assert [person.born for person in registry.people()] == [dt.date(1980, 5, 17)]


def test_both_kinds_of_table_give_the_same_record(folder, tmp_path) -> None:
    ids = []
    for write in (csv_table, xlsx_table):
        registry = Registry(Home.at(tmp_path / write.__name__))
        ids += load(registry, write(folder, GOOD)).added
    assert ids[0] == ids[1]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ","])
def test_csv_is_read_as_excel_writes_it(registry, folder, encoding, delimiter) -> None:
    assert load(registry, csv_table(folder, GOOD, encoding=encoding, delimiter=delimiter)).added
    assert only(registry).grantor.name == "Zoé Müller"


def test_the_same_table_twice_adds_nothing(registry, folder) -> None:
    path = csv_table(folder, GOOD)
    load(registry, path)
    told = load(registry, path)
    assert (told.added, told.known, told.refused) == ((), ("line 2",), ())


def test_a_row_that_is_known_stays_so_when_its_person_is_put_right(registry, folder) -> None:
    path = csv_table(folder, GOOD)
    load(registry, path)
    (known,) = registry.people()
    registry.enter(known.model_copy(update={"born": dt.date(1981, 5, 17)}))
    told = load(registry, path)
    assert (told.known, told.refused) == (("line 2",), ())


def test_a_row_twice_in_one_table_is_one_consent(registry, folder) -> None:
    told = load(registry, csv_table(folder, GOOD, GOOD))
    assert (len(told.added), told.known) == (1, ("line 3",))


BAD = [
    ({"patient": ""}, "CELL_MISSING", "patient"),
    ({"patient": "123"}, "PATIENT_ID_AMBIGUOUS", "patient"),
    ({"patient": "00123"}, "PATIENT_ID_AMBIGUOUS", "patient"),
    ({"patient": "P\x0718"}, "CELL_TEXT", "patient"),
    ({"born": ""}, "DOB_UNKNOWN", "born"),
    ({"born": "17/05/1980"}, "DATE_INVALID", "born"),
    ({"signed_on": "2026-11"}, "DATE_INVALID", "signed_on"),
    ({"signed_on": "31.02.2026"}, "DATE_INVALID", "signed_on"),
    ({"signed_on": "2026-11-25"}, "SIGNED_IN_FUTURE", "signed_on"),
    ({"valid_until": "2026-10-31"}, "PERIOD_INVERTED", "valid_until"),
    ({"valid_until": ""}, "CELL_MISSING", "valid_until"),
    ({"valid_from": "2026-10-01"}, "PERIOD_INVERTED", "valid_until"),
    ({"grantor": "Patient"}, "CELL_INVALID", "grantor"),
    ({"grantor": "clinic"}, "CELL_INVALID", "grantor"),
    ({"proof": "yes"}, "CELL_INVALID", "proof"),
    ({"proof": ""}, "CELL_MISSING", "proof"),
    ({"attested_by": ""}, "CELL_MISSING", "attested_by"),
    ({"form": "scans/19.pdf"}, "FORM_NOT_FOUND", "form"),
    ({"form": "scans/empty.pdf"}, "FORM_NOT_FOUND", "form"),
    ({"form": "../secret.pdf"}, "FILE_OUTSIDE", "form"),
    ({"form": "..\\secret.pdf"}, "FILE_OUTSIDE", "form"),
    ({"form": "/etc/hostname"}, "FILE_OUTSIDE", "form"),
    ({"proof": "pades"}, "FORM_UNREADABLE", "form"),
    ({"after": "other.jpg"}, "PHOTO_NOT_FOUND", ""),
    ({"after": "../secret.pdf"}, "FILE_OUTSIDE", "photo"),
    ({"channels": "website, slides"}, "CELL_INVALID", "channels"),
    ({"channels": "facebook"}, "CELL_INVALID", "channels"),
    ({"channels": ""}, "CELL_MISSING", "channels"),
    ({"statements": "seen"}, "CELL_INVALID", "statements"),
    ({"capacity": "ja"}, "CELL_INVALID", "capacity"),
    ({"identifiable": "x"}, "CELL_INVALID", "identifiable"),
    ({"territory": "Switzerland"}, "CELL_TEXT", "territory"),
    ({"grantor_name": "x" * 300}, "CELL_TEXT", "name"),
    ({"replaces": "C-AAAAAAAAAA"}, "REPLACES_UNKNOWN", "replaces"),
]


@pytest.mark.parametrize(("change", "code", "about"), BAD, ids=lambda value: str(value)[:40])
def test_a_bad_row_is_refused_with_its_line_and_reason_and_the_others_are_taken(
    registry, folder, change, code, about
) -> None:
    other = GOOD | {"patient": "P-19"}
    told = load(registry, csv_table(folder, other, GOOD | change))
    assert len(told.added) == 1
    assert [(one.place, one.code, one.about) for one in told.refused] == [("line 3", code, about)]
    assert told.refused[0].says == REFUSALS[code]
    assert str(only(registry).patient) == "P-19"


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("patient", 123, "CELL_NUMBER"),
        ("patient", 12.5, "CELL_NUMBER"),
        ("identifiable", "=FALSE()", "CELL_FORMULA"),
        ("valid_until", '="2030-01-01"', "CELL_FORMULA"),
        ("grantor", "#N/A", "CELL_FORMULA"),
        ("signed_on", dt.datetime(2026, 11, 1, 9, 30), "DATE_INVALID"),
        ("valid_until", 46000, "CELL_NUMBER"),
    ],
)
def test_a_cell_that_is_not_what_was_typed_is_refused(registry, folder, name, value, code) -> None:
    told = load(registry, xlsx_table(folder, GOOD | {name: value}))
    assert [(one.place, one.code, one.about) for one in told.refused] == [("line 2", code, name)]


def test_dates_and_truth_values_of_excel_are_read(registry, folder) -> None:
    row = GOOD | {
        "signed_on": dt.datetime(2026, 11, 1),
        "valid_until": dt.date(2027, 11, 1),
        "identifiable": True,
    }
    assert load(registry, xlsx_table(folder, row)).added
    assert only(registry).signed_at == day_begins(dt.date(2026, 11, 1), ZURICH)
    assert only(registry).identifiable


def test_another_date_of_birth_than_before_is_refused(registry, folder) -> None:
    load(registry, csv_table(folder, GOOD))
    told = load(registry, csv_table(folder, GOOD | {"born": "1980-05-18", "channels": "journal"}))
    assert [one.code for one in told.refused] == ["DOB_DIFFERENT"]


def test_a_known_patient_needs_no_date_of_birth(registry, folder) -> None:
    load(registry, csv_table(folder, GOOD))
    assert load(registry, csv_table(folder, GOOD | {"born": "", "channels": "journal"})).added


def test_a_row_with_more_cells_than_columns_is_refused(registry, folder) -> None:
    path = csv_table(folder, GOOD)
    path.write_text(path.read_text().rstrip("\r\n") + ";;;surplus\r\n")
    assert [one.code for one in load(registry, path).refused] == ["ROW_TOO_LONG"]


def test_a_digitally_signed_form_is_taken_with_its_signature(registry, folder) -> None:
    ca = authority()
    (registry.home.path / "trust").mkdir()
    (registry.home.path / "trust" / "ca.pem").write_bytes(ca.pem)
    at = dt.datetime(2026, 6, 15, 10, 0, tzinfo=dt.UTC)
    (folder / "signed.pdf").write_bytes(signed(person(ca, "Anna Muster"), at=at))
    row = GOOD | {
        "form": "signed.pdf",
        "proof": "pades",
        "grantor_name": "Anna Muster",
        "signed_on": "2026-06-15",
    }
    told = load(registry, csv_table(folder, row))
    assert told.refused == ()
    (held,) = registry.all()
    assert held.record and held.record.proof and held.record.proof.kind == "pades"


@pytest.mark.parametrize(
    "names",
    [["patient"], [*NAMES, "extra"], [*NAMES, "form"], []],
    ids=["lacking", "unknown", "twice", "empty"],
)
def test_a_table_with_other_columns_is_refused_as_a_whole(registry, folder, names) -> None:
    path = folder / "odd.csv"
    path.write_text(";".join(names) + "\r\n")
    with pytest.raises(UsageError) as caught:
        load(registry, path)
    assert caught.value.code == "TABLE_COLUMN"


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.csv", b"\x81\x8d\x8f"), ("a.xlsx", b"PK\x03\x04 no workbook"), ("a.xlsx", b""), ("none.csv", None)],
)
def test_a_file_that_is_no_table_is_one_clear_line(registry, folder, name, data) -> None:
    if data is not None:
        (folder / name).write_bytes(data)
    with pytest.raises(UsageError) as caught:
        load(registry, folder / name)
    assert caught.value.code == "TABLE_UNREADABLE"


def test_a_workbook_that_unpacks_to_gigabytes_is_not_unpacked(registry, folder) -> None:
    path = xlsx_table(folder, GOOD)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/huge.xml", b"\0" * (257 << 20))
    with pytest.raises(UsageError) as caught:
        load(registry, path)
    assert caught.value.code == "TABLE_UNREADABLE"


def test_another_kind_of_file_is_not_guessed_at(registry, folder) -> None:
    with pytest.raises(UsageError) as caught:
        load(registry, folder / "scans" / "18.pdf")
    assert caught.value.code == "IMPORT_FORMAT"


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_the_template_is_a_table_that_can_be_imported(registry, folder, suffix) -> None:
    path = folder / f"template{suffix}"
    write_template(path)
    assert load(registry, path) == Imported()
    with pytest.raises(UsageError) as caught:
        write_template(path)
    assert caught.value.code == "TEMPLATE_EXISTS"


def test_a_filled_template_is_imported(registry, folder) -> None:
    path = folder / "template.xlsx"
    write_template(path)
    book = load_workbook(path)
    for number, name in enumerate(NAMES, start=1):
        book.worksheets[0].cell(2, number, GOOD.get(name))
    book.save(path)
    assert load(registry, path).added


def test_no_form_is_kept_of_a_refused_row(registry, folder) -> None:
    load(registry, csv_table(folder, GOOD | {"grantor": "clinic"}))
    assert not registry.home.forms.exists() or not list(registry.home.forms.iterdir())

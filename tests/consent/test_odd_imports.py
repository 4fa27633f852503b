"""Days at the calendar's ends, and resources beside a consent that are not what they should be, are refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from consent_case import record
from pydantic import ValidationError
from test_exchange_fhir import PATIENT, PROVISION, R5
from test_exchange_tables import GOOD

from photoguard.consent.exchange.fhir_read import read
from photoguard.consent.exchange.item import Refusal, Refused
from photoguard.consent.exchange.rows import Reader
from photoguard.consent.intake import add
from photoguard.consent.record import ConsentRecord, last_day
from photoguard.consent.registry import Registry
from photoguard.errors import UsageError
from photoguard.home import Home

NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
ZONES = pytest.mark.parametrize("zone", [None, ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Midway")])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "18.pdf").write_bytes(b"a scan")
    (tmp_path / "knee.jpg").write_bytes(b"a photo")
    return tmp_path


@ZONES
@pytest.mark.parametrize("column", ["valid_until", "authority_until", "attested_on", "signed_on"])
@pytest.mark.parametrize("day", ["31.12.9999", "9999-12-31", "0001-01-01"])
def test_a_day_that_no_clock_will_show_is_refused_alone(
    folder: Path, zone: Any, column: str, day: str
) -> None:
    odd = {**GOOD, "authority": "a judgement", column: day}
    first, second = Reader(Home.at(folder / "home"), folder, NOW, zone).read([(2, odd), (3, GOOD)])
    assert isinstance(first, Refused)
    assert (first.code, first.about) == ("DATE_INVALID", column)
    assert not isinstance(second, Refused)


@pytest.mark.parametrize("changed", [{"valid_until": dt.date.max}, {"authority_until": dt.date.max}])
def test_the_same_day_typed_in_is_a_clear_error(folder: Path, changed: dict[str, dt.date]) -> None:
    days = {"signed_on": dt.date(2026, 1, 1), "valid_until": dt.date(2099, 1, 1), **changed}
    with pytest.raises(UsageError) as caught:
        add(
            Registry(Home.at(folder / "home")),
            folder / "scans" / "18.pdf",
            patient="P-1",
            photos=[folder / "knee.jpg"],
            channels=["website"],
            grantor="parent",
            authority="a judgement",
            attested_by="A. Keller",
            language="de",
            statements=["all"],
            born=dt.date(1980, 1, 1),
            **days,  # type: ignore[arg-type]
        )
    assert caught.value.code == "DATE_INVALID"


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "9999-12-31T00:00:00Z"]
)
def test_a_record_with_a_moment_that_has_no_day_elsewhere_is_not_valid(moment: str) -> None:
    said = record().canonical().replace('"valid_until":"2027-11-01T23:00:00Z"', f'"valid_until":"{moment}"')
    assert moment in said
    with pytest.raises(ValidationError):
        ConsentRecord.model_validate_json(said)


@ZONES
def test_the_last_moment_that_is_valid_has_a_day_everywhere(zone: Any) -> None:
    latest = record(valid_until=dt.datetime(9999, 12, 28, tzinfo=dt.UTC)).valid_until
    assert latest
    assert last_day(latest, zone).year == 9999


@pytest.mark.parametrize(
    ("beside", "code"),
    [
        (PATIENT | {"identifier": {"system": "x", "value": "7"}}, "FHIR_INVALID"),
        (PATIENT | {"identifier": ["00123"]}, "FHIR_INVALID"),
        (PATIENT | {"identifier": 7}, "FHIR_INVALID"),
        (PATIENT | {"link": ["Patient/p-2"]}, "FHIR_INVALID"),
        (PATIENT | {"link": True}, "FHIR_INVALID"),
        (PATIENT | {"birthDate": 1980}, "FHIR_DATE"),
        (PATIENT | {"deceasedDateTime": 2026}, "FHIR_DATE"),
        ({"resourceType": "Media", "id": "b", "content": {"data": 7}}, "FHIR_INVALID"),
        ({"resourceType": "Media", "id": "b", "content": {"data": "a"}}, "FHIR_INVALID"),
        ({"resourceType": "Media", "id": "b", "content": {"data": "YQ==", "hash": 7}}, "FHIR_INVALID"),
        ({"resourceType": "DocumentReference", "id": "b", "content": ["a"]}, "FHIR_INVALID"),
    ],
)
def test_a_resource_beside_a_consent_may_be_anything(beside: dict[str, Any], code: str) -> None:
    name = f"{beside['resourceType']}/{beside['id']}"
    data = [{"meaning": "instance", "reference": {"reference": name}}]
    consent = R5 | {"provision": [PROVISION | {"data": data}]}
    with pytest.raises(Refusal) as caught:
        read(consent, {"Patient/p-1": PATIENT, name: beside}, ZoneInfo("Europe/Zurich"))
    assert caught.value.code == code

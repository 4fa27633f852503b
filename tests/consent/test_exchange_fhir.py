"""FHIR Consents: what is taken over, what is refused, and that an export comes back as it was."""

from __future__ import annotations

import base64
import copy
import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from consent_case import record

from photoguard.consent.exchange import fhir_write, strict_json
from photoguard.consent.exchange.fhir_read import read
from photoguard.consent.exchange.item import Refusal
from photoguard.consent.exchange.profile import ACT_REASON, ACTION, CHANNELS, SHA256
from photoguard.consent.exchange.transfer import from_file, to_fhir
from photoguard.consent.record import Grantor, GrantorRole, Person, PersonKey, Status, day_begins, day_ends
from photoguard.consent.registry import Grant, Registry
from photoguard.errors import UsageError
from photoguard.home import Home

ZURICH = ZoneInfo("Europe/Zurich")
NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=ZURICH)
FORM = b"%PDF-1.7 a scan"
PATIENT = {
    "resourceType": "Patient",
    "id": "p-1",
    "birthDate": "1980-05-17",
    "identifier": [{"system": "urn:oid:2.16.756", "value": "00123"}],
}
ATTACHMENT = {
    "contentType": "application/pdf",
    "language": "de-CH",
    "data": base64.b64encode(FORM).decode(),
    "hash": base64.b64encode(hashlib.sha1(FORM).digest()).decode(),
}
PROVISION = {
    "period": {"start": "2026-01-15", "end": "2027-01-14"},
    "action": [{"coding": [{"system": ACTION, "code": "disclose"}]}],
    "purpose": [{"system": ACT_REASON, "code": "HMARKT"}, {"system": CHANNELS, "code": "social-media"}],
    "data": [
        {
            "meaning": "instance",
            "reference": {
                "reference": "Media/b",
                "extension": [{"url": SHA256, "valueString": "b" * 64}],
            },
        }
    ],
}
COMMON = {
    "resourceType": "Consent",
    "id": "c-1",
    "status": "active",
    "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
}
R5 = {
    **COMMON,
    "subject": {"reference": "Patient/p-1"},
    "date": "2026-01-15",
    "period": {"start": "2026-01-15", "end": "2027-06-30"},
    "grantor": [{"reference": "Patient/p-1", "display": "Anna Muster"}],
    "sourceAttachment": [ATTACHMENT],
    "decision": "permit",
    "provision": [PROVISION],
}
R4 = {
    **COMMON,
    "scope": {"coding": [{"code": "patient-privacy"}]},
    "patient": {"reference": "Patient/p-1"},
    "dateTime": "2026-01-15T10:00:00+01:00",
    "performer": [{"reference": "Patient/p-1", "display": "Anna Muster"}],
    "policyRule": {"text": "x"},
    "sourceAttachment": ATTACHMENT,
    "provision": {"type": "permit", **PROVISION},
}
BOTH = pytest.mark.parametrize("consent", [R4, R5], ids=["R4", "R5"])


def taken(consent: dict[str, Any]):
    return read(consent, {"Patient/p-1": PATIENT}, ZURICH)


def refused(consent: dict[str, Any]) -> str:
    with pytest.raises(Refusal) as caught:
        taken(consent)
    return caught.value.code


def changed(consent: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The same resource with another value at a path such as `provision.0.period`; None takes it away."""
    consent = copy.deepcopy(consent)
    *way, last = path.split(".")
    at: Any = consent
    for step in way:
        at = at[int(step)] if step.isdigit() else at[step]
    if value is None:
        del at[last]
    else:
        at[int(last) if last.isdigit() else last] = value
    return consent


# --- what is taken -------------------------------------------------------------------------------------------


@BOTH
def test_a_consent_of_either_release_becomes_the_record_that_it_says(consent) -> None:
    told = taken(consent)
    said = told.record
    assert said.patient == PersonKey(system="urn:oid:2.16.756", value="00123")
    assert told.person == Person(key=said.patient, born=dt.date(1980, 5, 17))
    assert (said.status, said.decision) == (Status.ACTIVE, "permit")
    assert [photo.sha256 for photo in said.photos] == ["b" * 64]
    assert [(use.purpose.value, use.channel.value) for use in said.uses] == [("publication", "social-media")]
    assert said.valid_from == day_begins(dt.date(2026, 1, 15), ZURICH)
    assert said.valid_until == day_ends(dt.date(2027, 1, 14), ZURICH)
    assert said.grantor == Grantor(role=GrantorRole.PATIENT, name="Anna Muster")
    assert said.form and said.form.sha256 == hashlib.sha256(FORM).hexdigest()
    assert said.statements == () and said.capacity.state == "unknown"  # FHIR does not say; the gate asks


def test_a_picture_that_comes_along_is_covered_by_its_own_bytes() -> None:
    picture = {
        "resourceType": "DocumentReference",
        "id": "b",
        "content": [{"attachment": {"data": base64.b64encode(b"photo").decode()}}],
    }
    consent = changed(R5, "provision.0.data.0.reference", {"reference": "DocumentReference/b"})
    told = read(consent, {"Patient/p-1": PATIENT, "DocumentReference/b": picture}, ZURICH)
    assert [photo.sha256 for photo in told.record.photos] == [hashlib.sha256(b"photo").hexdigest()]


def test_a_picture_that_is_only_named_is_not_covered() -> None:
    consent = changed(R5, "provision.0.data.0.reference", {"reference": "Media/b"})
    assert taken(consent).record.photos == ()


@BOTH
def test_a_relative_signs_as_a_representative_whose_authority_is_still_to_be_shown(consent) -> None:
    who = "performer" if consent is R4 else "grantor"
    told = taken(changed(consent, f"{who}.0.reference", "RelatedPerson/mother"))
    assert told.record.grantor.role is GrantorRole.REPRESENTATIVE
    assert told.record.grantor.authority is None


@BOTH
def test_a_refusal_counts_as_broadly_as_it_can_be_read(consent) -> None:
    where = "provision.type" if consent is R4 else "decision"
    told = taken(changed(consent, where, "deny"))
    assert (told.record.decision, told.record.photos, told.record.uses) == ("deny", (), ())


@BOTH
@pytest.mark.parametrize("status", ["draft", "inactive", "entered-in-error"])
def test_any_other_status_is_taken_over_as_not_active(consent, status) -> None:
    assert taken(changed(consent, "status", status)).record.status is not Status.ACTIVE


def test_a_bundles_end_of_day_is_inclusive_and_a_time_is_exact() -> None:
    told = taken(changed(R5, "provision.0.period.end", "2027-01-14T12:00:00Z"))
    assert told.record.valid_until == dt.datetime(2027, 1, 14, 12, tzinfo=dt.UTC)


# --- what is refused -----------------------------------------------------------------------------------------

BOTH_WAYS = [
    ("status", "signed", "FHIR_STATUS"),
    ("status", "Active", "FHIR_STATUS"),
    ("status", "active ", "FHIR_"),
    ("modifierExtension", [{"url": "http://x/not-really", "valueBoolean": True}], "FHIR_NOT_UNDERSTOOD"),
    ("implicitRules", "http://x/rules", "FHIR_NOT_UNDERSTOOD"),
    ("_status", {"extension": [{"url": "http://x", "valueCode": "unknown"}]}, "FHIR_NOT_UNDERSTOOD"),
    ("category", [], "FHIR_"),
    ("nonsense", 1, "FHIR_INVALID"),
    ("resourceType", "Condition", "FHIR_NOT_A_CONSENT"),
]


@BOTH
@pytest.mark.parametrize(("path", "value", "code"), BOTH_WAYS, ids=str)
def test_what_is_not_understood_to_the_letter_is_refused(consent, path, value, code) -> None:
    assert refused(changed(consent, path, value)).startswith(code)


INSIDE = [
    ("period", {"start": "2027-01-15", "end": "2026-01-14"}, "PERIOD_INVERTED"),
    ("period", {"start": "2026-01-15", "end": "2026-01-14"}, "PERIOD_INVERTED"),
    ("period", {"start": "2026", "end": "2027-01-14"}, "FHIR_DATE"),
    ("period", {"start": "2026-01-15", "end": "2026-06"}, "FHIR_DATE"),
    ("action", [{"coding": [{"system": ACTION, "code": "collect"}]}], "FHIR_NOT_UNDERSTOOD"),
    ("action", [{"coding": [{"system": "http://x", "code": "disclose"}]}], "FHIR_NOT_UNDERSTOOD"),
    ("purpose", [{"system": CHANNELS, "code": "facebook"}], "FHIR_NOT_UNDERSTOOD"),
    ("data", [{"meaning": "dependents", "reference": {"reference": "Media/b"}}], "FHIR_NOT_UNDERSTOOD"),
    ("provision", [{"purpose": [{"system": CHANNELS, "code": "website"}]}], "FHIR_NOT_UNDERSTOOD"),
    ("actor", [{"role": {"text": "x"}, "reference": {"reference": "Organization/o"}}], "FHIR_NOT_UNDERSTOOD"),
    ("securityLabel", [{"code": "R"}], "FHIR_NOT_UNDERSTOOD"),
    ("dataPeriod", {"start": "2026-01-01"}, "FHIR_NOT_UNDERSTOOD"),
]


@BOTH
@pytest.mark.parametrize(("name", "value", "code"), INSIDE, ids=str)
def test_what_could_narrow_a_permission_is_refused(consent, name, value, code) -> None:
    where = "provision" if consent is R4 else "provision.0"
    assert refused(changed(consent, f"{where}.{name}", value)) == code


@BOTH
@pytest.mark.parametrize(
    "path",
    ["category.0", "provision", "provision.purpose.0", "provision.data.0.reference", "provision.period"],
)
def test_a_text_that_holds_an_object_is_none(consent, path) -> None:
    """Else what it says would pass by every rule for what may stand in a permission."""
    path = path if consent is R4 else path.replace("provision", "provision.0")
    here = consent
    for step in path.split("."):
        here = here[int(step)] if step.isdigit() else here[step]
    assert refused(changed(consent, path, json.dumps(here))) == "FHIR_INVALID"


@BOTH
def test_a_shape_that_the_library_trips_over_is_refused(consent) -> None:
    where = "sourceAttachment" if consent is R4 else "sourceAttachment.0"
    assert refused(changed(consent, f"{where}.url", 0)) == "FHIR_INVALID"


def test_two_provisions_are_not_put_together() -> None:
    assert refused(changed(R5, "provision", [PROVISION, PROVISION])) == "FHIR_NOT_UNDERSTOOD"


def test_a_decision_that_is_none_is_refused() -> None:
    assert refused(changed(R5, "decision", "maybe")) == "FHIR_NOT_UNDERSTOOD"
    assert refused(changed(R5, "decision", None)) == "FHIR_NOT_UNDERSTOOD"
    assert refused(changed(R4, "provision.type", None)) == "FHIR_NOT_UNDERSTOOD"


@pytest.mark.parametrize("date", ["2026", "2026-01"])
def test_an_incomplete_day_of_signing_is_refused(date) -> None:
    assert refused(changed(R5, "date", date)) == "FHIR_DATE"
    assert refused(changed(R4, "dateTime", date)) == "FHIR_DATE"


@pytest.mark.parametrize("date", ["2026-01-15T10:00:00", "15.01.2026", "2026-13-40"])
def test_a_time_without_its_zone_and_a_day_that_is_none_are_refused(date) -> None:
    assert refused(changed(R4, "dateTime", date)) in ("FHIR_DATE", "FHIR_INVALID")


@BOTH
@pytest.mark.parametrize("reference", ["Practitioner/1", "Group/1", "#p", ""])
def test_a_subject_that_is_no_patient_is_refused(consent, reference) -> None:
    who = "patient" if consent is R4 else "subject"
    told = changed(consent, f"{who}.reference", reference)
    assert refused(told) in ("FHIR_PATIENT", "FHIR_INVALID")


@BOTH
def test_without_a_patient_nothing_is_taken(consent) -> None:
    assert refused(changed(consent, "patient" if consent is R4 else "subject", None)) == "FHIR_PATIENT"


@BOTH
@pytest.mark.parametrize("hash_", ["***", base64.b64encode(b"x" * 20).decode()])
def test_a_form_that_does_not_fit_its_hash_is_refused(consent, hash_) -> None:
    where = "sourceAttachment" if consent is R4 else "sourceAttachment.0"
    assert refused(changed(consent, f"{where}.hash", hash_)) in ("FHIR_INVALID", "FORM_ALTERED")


def test_the_smallest_that_a_library_takes_is_refused() -> None:
    assert refused({"resourceType": "Consent", "status": "active"}) == "FHIR_PATIENT"
    smallest = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"text": "x"},
        "category": [{"text": "x"}],
    }
    assert refused(smallest) == "FHIR_PATIENT"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"resourceType":"Consent","status":"inactive","status":"active"}', "FHIR_DUPLICATE_KEY"),
        ('{"a":{"b":1,"b":2}}', "FHIR_DUPLICATE_KEY"),
        ('{"a":NaN}', "FHIR_INVALID"),
        ("[]", "FHIR_INVALID"),
        ("", "FHIR_INVALID"),
        ("{", "FHIR_INVALID"),
        ('{"a":' + "[" * 100_000 + "]" * 100_000 + "}", "FHIR_INVALID"),
        ('{"a":' + "[" * 90 + "]" * 90 + "}", "FHIR_INVALID"),
    ],
    ids=lambda value: value[:40],
)
def test_json_that_can_be_read_in_two_ways_is_not_read(text, code) -> None:
    with pytest.raises(Refusal) as caught:
        strict_json.resource(text)
    assert caught.value.code == code


# --- files ---------------------------------------------------------------------------------------------------


@pytest.fixture
def registry(tmp_path) -> Registry:
    return Registry(Home.at(tmp_path / "home"))


def written(folder: Path, name: str, *found: object) -> Path:
    path = folder / name
    if path.suffix == ".ndjson":
        path.write_text("".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in found))
    else:
        entries = [{"resource": one} for one in found]
        path.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    return path


@pytest.mark.parametrize("name", ["consents.json", "consents.ndjson"])
def test_a_file_gives_each_consent_and_each_refusal_with_its_place(registry, tmp_path, name) -> None:
    bad = {**changed(R5, "status", "signed"), "id": "c-2"}
    path = written(tmp_path, name, PATIENT, R5, bad)
    told = from_file(registry, path, attested_by="A. Keller", now=NOW, zone=ZURICH)
    assert len(told.added) == 1
    place = "entry 3" if name.endswith("json") and not name.endswith("ndjson") else "line 3"
    assert [(one.place, one.code) for one in told.refused] == [(place, "FHIR_STATUS")]
    (held,) = registry.all()
    assert held.record and held.record.proof and held.record.proof.kind == "attested-scan"
    assert held.form == "present"
    assert not held.verified  # a member of staff has not compared it with its form yet


def test_the_same_file_twice_adds_nothing(registry, tmp_path) -> None:
    path = written(tmp_path, "a.json", PATIENT, R4)
    from_file(registry, path, attested_by="A. Keller", now=NOW, zone=ZURICH)
    told = from_file(registry, path, attested_by="B. Weber", now=NOW + dt.timedelta(days=3), zone=ZURICH)
    assert (told.added, len(told.known)) == ((), 1)


def test_a_line_with_a_name_twice_is_refused_alone(registry, tmp_path) -> None:
    doubled = json.dumps(R5).replace('"status": "active"', '"status": "inactive", "status": "active"')
    told = from_file(registry, written(tmp_path, "a.ndjson", PATIENT, doubled, R5), now=NOW)
    assert [(one.place, one.code) for one in told.refused] == [("line 2", "FHIR_DUPLICATE_KEY")]
    assert len(told.added) == 1


def test_two_versions_of_one_consent_are_none(registry, tmp_path) -> None:
    """In a history the newer one may stand first or last."""
    newer = changed(R5, "status", "inactive")
    told = from_file(registry, written(tmp_path, "consents.ndjson", PATIENT, R5, newer), now=NOW, zone=ZURICH)
    assert (told.added, [one.code for one in told.refused]) == ((), ["FHIR_TWICE", "FHIR_TWICE"])


def test_two_patients_of_one_id_are_none(registry, tmp_path) -> None:
    other = PATIENT | {"birthDate": "1990-01-01"}
    told = from_file(registry, written(tmp_path, "a.json", PATIENT, other, R5), now=NOW)
    assert [one.code for one in told.refused] == ["DOB_UNKNOWN"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[1]",
        b'{"a":1,"a":2}',
        b'{"resourceType":"Bundle","entry":[{"fullUrl":"x"}]}',
        b'{"resourceType":"Bundle","entry":{}}',
    ],
    ids=repr,
)
def test_a_file_that_is_no_fhir_is_one_clear_line(registry, tmp_path, content) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        from_file(registry, path, now=NOW)
    assert caught.value.code == "FHIR_UNREADABLE"


def test_a_resource_of_another_kind_alone_is_told_so(registry, tmp_path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(PATIENT))
    assert [one.code for one in from_file(registry, path, now=NOW).refused] == ["FHIR_NOT_A_CONSENT"]


# --- there and back ------------------------------------------------------------------------------------------

RECORDS = [
    record(),
    record(patient=PersonKey.of("KIS Bern|00123"), procedure="aesthetic-surgery", identifiable=True),
    record(grantor=Grantor(role=GrantorRole.PARENT, name="Rosa Muster", relation="mother")),
    record(status=Status.PROPOSED),
    record(decision="deny", photos=(), uses=(), form=None, proof=None),
    record(signed_at=None, valid_from=None, valid_until=None),
]


@pytest.mark.parametrize("release", ["R4", "R5"])
@pytest.mark.parametrize("said", RECORDS, ids=lambda said: said.id)
def test_an_export_comes_back_as_it_was(said, release) -> None:
    resource = fhir_write.resource(said, release)
    told = read(json.loads(json.dumps(resource)), {}, ZURICH)
    assert told.record == said


@pytest.mark.parametrize("release", ["R4", "R5"])
def test_a_withdrawn_consent_comes_back_as_inactive(release) -> None:
    told = read(fhir_write.resource(record(), release, withdrawn=True), {}, ZURICH)
    assert told.record.status is Status.INACTIVE


@pytest.mark.parametrize("release", ["R4", "R5"])
def test_an_export_that_was_changed_is_refused(release) -> None:
    good = fhir_write.resource(record(), release)
    where = "provision" if release == "R4" else "provision.0"
    for path, value in [
        (f"{where}.purpose", [{"system": CHANNELS, "code": "social-media"}]),
        (f"{where}.period", {"end": "2099-01-01T00:00:00Z"}),
        ("status", "draft"),
        ("extension.0.valueString", good["extension"][0]["valueString"].replace("false", "true", 1)),
        ("extension.0.valueString", "{}"),
    ]:
        assert refused(changed(good, path, value)) == "FHIR_CHANGED", path


@pytest.mark.parametrize("ndjson", [False, True])
def test_a_registry_moves_to_another_home(registry, tmp_path, ndjson) -> None:
    said = record()
    registry.grant([Grant(said, Person(key=said.patient, born=dt.date(1980, 5, 17)))], NOW)
    path = tmp_path / ("a.ndjson" if ndjson else "a.json")
    path.write_text(to_fhir(registry.all(), "R4", ndjson=ndjson))
    other = Registry(Home.at(tmp_path / "other"))
    other.enter(Person(key=said.patient, born=dt.date(1980, 5, 17)), NOW)
    assert from_file(other, path, now=NOW).added == (said.id,)

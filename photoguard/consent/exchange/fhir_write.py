"""From a record to a FHIR Consent: what others can read in the standard's own elements, and all of it for us."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ..record import ConsentRecord, GrantorRole, Status
from .profile import ACT_REASON, ACTION, CHANNELS, DISCLOSE, PURPOSES, RECORD, SHA256, Release

_REASON = {purpose: code for code, purpose in PURPOSES.items()}
_R5_STATUS = {Status.PROPOSED: "draft", Status.REJECTED: "not-done"}


def resource(record: ConsentRecord, release: Release, *, withdrawn: bool = False) -> dict[str, Any]:
    """One record as a Consent of FHIR R4 (4.0.1, 4.3.0) or R5. `withdrawn` or replaced ones are `inactive`."""
    status = "inactive" if withdrawn else record.status.value
    if release == "R5":
        status = _R5_STATUS.get(Status(status), status)
    patient = _patient(record)
    performer = {**patient} if record.grantor.role is GrantorRole.PATIENT else {"type": "RelatedPerson"}
    performer["display"] = record.grantor.name or record.grantor.role.value
    common: dict[str, Any] = {
        "resourceType": "Consent",
        "id": record.id,
        "extension": [{"url": RECORD, "valueString": record.canonical()}],
        "status": status,
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
    }
    if release == "R4":
        scope = {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}
        return _full(
            {
                **common,
                "scope": {"coding": [scope]},
                "patient": patient,
                "dateTime": _time(record.signed_at),
                "performer": [performer],
                "policyRule": {"text": "Consent to the use of clinical photographs"},
                "sourceAttachment": _form(record),
                "provision": {"type": record.decision, **_provision(record)},
            }
        )
    return _full(
        {
            **common,
            "subject": patient,
            "date": _day(record.signed_at),
            "period": _period(record),
            "grantor": [performer],
            "sourceAttachment": [form] if (form := _form(record)) else [],
            "decision": record.decision,
            "provision": [_provision(record)],
        }
    )


def bundle(resources: list[dict[str, Any]]) -> dict[str, Any]:
    """A Bundle that holds them."""
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}


def _patient(record: ConsentRecord) -> dict[str, Any]:
    key = record.patient
    # A system is a URI in FHIR; ours is where a number comes from, in the practice's own words.
    system = key.system if ":" in key.system else f"urn:photoguard:{key.system.replace(' ', '-')}"
    return {"type": "Patient", "identifier": {"system": system, "value": key.value}}


def _provision(record: ConsentRecord) -> dict[str, Any]:
    purposes = sorted({_REASON[use.purpose] for use in record.uses})
    channels = sorted({use.channel.value for use in record.uses})
    return _full(
        {
            "period": _period(record),
            "action": [{"coding": [{"system": ACTION, "code": DISCLOSE}]}],
            "purpose": [
                *({"system": ACT_REASON, "code": code} for code in purposes),
                *({"system": CHANNELS, "code": code} for code in channels),
            ],
            "data": [
                {
                    "meaning": "instance",
                    "reference": {
                        "extension": [{"url": SHA256, "valueString": photo.sha256}],
                        "display": photo.role or "photo",
                    },
                }
                for photo in record.photos
            ],
        }
    )


def _form(record: ConsentRecord) -> dict[str, Any]:
    if record.form is None:
        return {}
    return _full(
        {
            "extension": [{"url": SHA256, "valueString": record.form.sha256}],
            "contentType": "application/pdf" if record.form.suffix == ".pdf" else "",
            "language": record.form.language or "",
            "title": record.form.template or "",
        }
    )


def _period(record: ConsentRecord) -> dict[str, Any]:
    return _full({"start": _time(record.valid_from), "end": _time(record.valid_until)})


def _time(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""


def _day(at: datetime | None) -> str:
    # FHIR R5 has a day and no zone here; the record in the extension has the moment itself.
    day: date | None = at.date() if at else None
    return day.isoformat() if day else ""


def _full(said: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty: FHIR knows no empty element."""
    return {name: value for name, value in said.items() if value not in ("", [], {})}

"""Small papers of every kind, well formed, for readers to start from."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import Cell

from photoguard.batch import manifest
from photoguard.consent.exchange import fhir_write
from photoguard.consent.exchange.profile import ACT_REASON, ACTION, CHANNELS, SHA256
from photoguard.consent.record import (
    AttestedScan,
    ConsentRecord,
    CoveredPhoto,
    Form,
    Grantor,
    GrantorRole,
    PersonKey,
    Statement,
    Use,
    day_begins,
    day_ends,
    in_order,
)
from photoguard.consent.signing import PracticeKey
from photoguard.decision import Decision, DrawnMask, Shown
from photoguard.photo import Kind, Method
from photoguard.policy import Channel, Purpose
from photoguard.sending import age, archive
from photoguard.sending.slip import Slip

from . import parsers, planted

_FORM = b"%PDF-1.7 a scan"


@cache
def manifests() -> Mapping[str, bytes]:
    """The sample photos' own, and one for Excel with every column."""
    row = ("a b.jpg", "P-1", "knee", "before", "left", "2026-11-01T10:00:00+01:00", "0 0 9 9; 10,10,20,20")
    table = "\r\n".join(";".join(f'"{cell}"' for cell in cells) for cells in (manifest.COLUMNS, row))
    return {
        "samples": (planted.SAMPLES / "manifest.csv").read_bytes(),
        "Excel": b"\xef\xbb\xbf" + table.encode(),
    }


@cache
def record() -> ConsentRecord:
    """A consent to a pair on the website."""
    signed = day_begins(date(2026, 11, 1))
    return ConsentRecord.new(
        patient=PersonKey.of("P-1"),
        photos=in_order(CoveredPhoto(sha256=one * 64) for one in "ab"),
        uses=(Use(purpose=Purpose.PUBLICATION, channel=Channel.WEBSITE, outlet="practice.example"),),
        signed_at=signed,
        valid_until=day_ends(date(2027, 11, 1)),
        grantor=Grantor(role=GrantorRole.PATIENT, name="Zoé Müller"),
        languages=("de", "fr"),
        statements=in_order(Statement),
        form=Form(sha256=hashlib.sha256(_FORM).hexdigest(), suffix=".pdf", language="de-CH"),
        proof=AttestedScan(
            form_sha256=hashlib.sha256(_FORM).hexdigest(), attested_by="A. Keller", attested_at=signed
        ),
    )


def records() -> Mapping[str, bytes]:
    """A permission and a refusal."""
    says = {name: getattr(record(), name) for name in ConsentRecord.model_fields if name != "id"}
    refusal = ConsentRecord.new(**{**says, "decision": "deny", "proof": None})
    return {"permit": record().canonical().encode(), "deny": refusal.canonical().encode()}


@cache
def _resources() -> list[dict[str, Any]]:
    attachment = {
        "contentType": "application/pdf",
        "data": base64.b64encode(_FORM).decode(),
        "hash": base64.b64encode(hashlib.sha1(_FORM).digest()).decode(),  # as FHIR has it
    }
    media = {"resourceType": "Media", "id": "b", "content": {"data": base64.b64encode(b"a photo").decode()}}
    patient = {
        "resourceType": "Patient",
        "id": "p-1",
        "birthDate": "1980-05-17",
        "deceasedDateTime": "2026-11-02",
        "identifier": [{"system": "urn:oid:2.16.756", "value": "00123", "use": "usual"}],
        "link": [{"type": "seealso", "other": {"reference": "Patient/p-2"}}],
    }
    photo = {"reference": "Media/b", "extension": [{"url": SHA256, "valueString": "b" * 64}]}
    provision = {
        "period": {"start": "2026-01-15", "end": "2027-01-14"},
        "action": [{"coding": [{"system": ACTION, "code": "disclose"}]}],
        "purpose": [{"system": ACT_REASON, "code": "HMARKT"}, {"system": CHANNELS, "code": "social-media"}],
        "data": [{"meaning": "instance", "reference": photo}],
    }
    common = {
        "resourceType": "Consent",
        "status": "active",
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
    }
    whom = {"reference": "Patient/p-1", "identifier": {"system": "urn:x", "value": "7"}}
    r5 = common | {"id": "c-5", "subject": whom, "date": "2026-01-15", "period": {"start": "2026-01-15"},
          "grantor": [{"reference": "Patient/p-1", "display": "Anna Muster"}], "sourceAttachment": [attachment],
          "decision": "permit", "provision": [provision]}  # fmt: skip
    r4 = common | {"id": "c-4", "scope": {"coding": [{"code": "patient-privacy"}]}, "patient": whom,
          "dateTime": "2026-01-15T10:00:00+01:00", "performer": [{"reference": "RelatedPerson/r"}],
          "policyRule": {"text": "x"}, "sourceAttachment": attachment,
          "provision": {"type": "permit", **provision}}  # fmt: skip
    return [patient, media, r5, r4, fhir_write.resource(record(), "R5"), fhir_write.resource(record(), "R4")]


@cache
def bundles() -> Mapping[str, bytes]:
    """A Bundle of all kinds, and one of a single consent."""
    bundle = {"resourceType": "Bundle", "type": "collection"}
    all_of_them = bundle | {"entry": [{"resource": one} for one in _resources()]}
    few = bundle | {"entry": [{"resource": one} for one in _resources()[:3]]}
    return {name: json.dumps(one, indent=1).encode() for name, one in (("all", all_of_them), ("few", few))}


@cache
def lines() -> Mapping[str, bytes]:
    """The same, one a line."""
    return {"all": b"\n".join(json.dumps(one).encode() for one in _resources())}


_ROW = {
    "patient": "P-18",
    "born": "1980-05-17",
    "form": "scans/18.pdf",
    "proof": "scan",
    "attested_by": "A. Keller",
    "attested_on": "2026-11-02",
    "verified_by": "A. Keller",
    "signed_on": "2026-11-01",
    "valid_from": "2026-11-01",
    "valid_until": "01.11.2027",
    "grantor": "parent",
    "authority": "a judgement",
    "authority_until": "2030-01-01",
    "capacity": "yes",
    "form_language": "de",
    "understands": "de; fr",
    "statements": "all",
    "channels": "website; slides",
    "before": "b" * 64,
    "after": "knee.jpg",
    "replaces": "C-AAAAAAAAAA",
}


def _files_of_a_table() -> None:
    (parsers.folder() / "scans").mkdir(exist_ok=True)
    (parsers.folder() / "scans" / "18.pdf").write_bytes(_FORM)
    (parsers.folder() / "knee.jpg").write_bytes(b"a photo")


@cache
def tables() -> Mapping[str, bytes]:
    """A table of consents as text, in both codes."""
    _files_of_a_table()
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";").writerows([list(_ROW), list(_ROW.values()), list(_ROW.values())])
    commas = ",".join(_ROW) + "\n" + ",".join(_ROW.values()) + "\nZoé\n"
    return {"Excel": out.getvalue().encode("utf-8-sig"), "Windows": commas.encode("cp1252")}


@cache
def workbooks() -> Mapping[str, bytes]:
    """The same as a workbook, with a formula, a number and a date."""
    _files_of_a_table()
    book, out = Workbook(), io.BytesIO()
    sheet = book.worksheets[0]
    for cells in (list(_ROW), list(_ROW.values()), list(_ROW.values())):
        sheet.append(cells)
    for place, value in (("A3", 18), ("B3", date(1980, 5, 17)), ("E3", "=1+1")):
        cell: Cell = sheet[place]
        cell.value = value
    book.save(out)
    return {"workbook": out.getvalue()}


def forms() -> Mapping[str, bytes]:
    """The sample photos' forms that are signed digitally."""
    files = sorted((planted.SAMPLES / "demo_home" / "forms").glob("*.pdf"))
    return {path.name[:8]: path.read_bytes() for path in files}


@cache
def decisions() -> Mapping[str, bytes]:
    """Areas of every kind."""
    ring = ((2, 2), (30, 4), (20, 20))
    said = Decision(
        by="Dr. A",
        note="a tattoo was missed",
        mirror="flip",
        turn=90,
        masks=(
            DrawnMask(box=(2, 2, 31, 21), outline=(ring,), kind=Kind.TATTOO),
            DrawnMask(box=(0, 0, 8, 8), method=Method.BLUR),
        ),
        shown=(Shown(kind=Kind.TEXT, box=(1, 1, 9, 9)),),
        keep=((10, 10, 20, 20),),
        accepts=("MULTI_PAGE",),
    )
    return {"all": said.model_dump_json().encode()}


@cache
def _slip(to: str | None) -> tuple[dict[str, bytes], bytes]:
    files = {"pg-aaaaaaaaaaaaaaaa.jpg": b"a photo"}
    return files, Slip.over(files, to, PracticeKey.at(parsers.home())).model_dump_json().encode()


@cache
def packs() -> Mapping[str, bytes]:
    """A plain archive, one under a password, one encrypted to a key."""
    files, slip = _slip(None)
    own = age.Identity.at(parsers.home()).public
    for_us, its_slip = _slip(own.text)
    plain = archive.write({**files, archive.SLIP: slip}, None)
    return {
        "plain": plain,
        "password": archive.write({**files, archive.SLIP: slip}, parsers.PASSWORD),
        "key": own.encrypt(archive.write({**for_us, archive.SLIP: its_slip}, None)),
    }


def slips() -> Mapping[str, bytes]:
    """The slip alone."""
    return {"slip": _slip(None)[1]}


def policies() -> Mapping[str, bytes]:
    """A policy that says most that one can."""
    said = (
        'channel = "journal"\noutlet = "NEJM"\ncountry = "CH"\nmost_masked = 0.5\n[masking]\nface = "solid"\n'
    )
    return {"journal": said.encode()}

"""From a FHIR Consent to a record. What is not understood to the letter is refused.

`fhir.resources` checks the shape; it takes a bogus status, an unknown modifierExtension, a partial date or an
inverted period for good. The rest stands here: only elements that are on a list may stand in a permission, since
anything else could narrow it. A refusal ("deny") counts as broadly as it can be read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from pydantic import BaseModel, ValidationError

from ...extra import extra
from ...policy import Channel, Purpose
from ..record import (
    ConsentRecord,
    CoveredPhoto,
    Form,
    Grantor,
    GrantorRole,
    MaskLevel,
    Person,
    PersonKey,
    Status,
    Use,
    day_begins,
    day_ends,
    in_order,
    purpose_of,
)
from . import fhir_write
from .item import Refusal
from .profile import (
    ACT_REASON,
    ACTION,
    CHANNELS,
    DISCLOSE,
    PURPOSES,
    RECORD,
    SHA256,
    STATUSES,
    Release,
)

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")
# fmt: off
_TOP = frozenset((
    "resourceType", "id", "meta", "text", "language", "extension", "identifier", "status", "scope", "category",
    "patient", "subject", "dateTime", "date", "period", "performer", "grantor", "organization", "controller",
    "manager", "policy", "policyRule", "policyBasis", "policyText", "regulatoryBasis", "sourceAttachment",
    "sourceReference", "verification", "decision", "provision",
))
_PROVISION = frozenset(("id", "extension", "type", "period", "action", "purpose", "data"))
# fmt: on


@dataclass(frozen=True, slots=True)
class Read:
    """What a resource says. The form's proof is still to be made, unless the record is our own export."""

    record: ConsentRecord
    person: Person | None
    form: bytes | None = None
    """The form that the resource carries."""
    ours: bool = False


def read(
    consent: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]], zone: tzinfo | None = None
) -> Read:
    """The record in a FHIR Consent, R4, R4B or R5. `others` are resources beside it, by `Type/id`.

    Raises Refusal.
    """
    if consent.get("resourceType") != "Consent":
        raise Refusal("FHIR_NOT_A_CONSENT")
    release: Release = "R4" if "scope" in consent else "R5"
    _valid(consent, release)
    for where, value in _walk(consent):
        if where.startswith("_") or where in ("modifierExtension", "implicitRules"):
            raise Refusal("FHIR_NOT_UNDERSTOOD", where)
        if value in ([], {}, "", None):
            raise Refusal("FHIR_INVALID", where)  # FHIR knows no empty element
        if where in ("hash", "data") and isinstance(value, str) and not _base64(value):
            raise Refusal("FHIR_INVALID", where)
    status = consent.get("status")
    if status not in STATUSES[release]:
        raise Refusal("FHIR_STATUS", "status")
    ours = [one for one in consent.get("extension", ()) if one.get("url") == RECORD]
    try:
        if ours:
            return _own(consent, ours, release)
        return _standard(_Consent(consent, release, others, zone))
    except ValidationError as error:
        raise Refusal(
            "CELL_TEXT", str(error.errors()[0]["loc"][0]) if error.errors()[0]["loc"] else ""
        ) from None


def _own(consent: Mapping[str, Any], told: list[Any], release: Release) -> Read:
    """Our own export: what it tells others must still be what it tells us."""
    try:
        record = ConsentRecord.model_validate_json(told[0]["valueString"])
    except (ValidationError, KeyError, ValueError):
        raise Refusal("FHIR_CHANGED") from None
    if record.id != record.content_id():
        raise Refusal("FHIR_CHANGED")
    withdrawn = consent["status"] == "inactive" and record.status is Status.ACTIVE
    if fhir_write.resource(record, release, withdrawn=withdrawn) != consent:
        raise Refusal("FHIR_CHANGED")
    if withdrawn:
        says = {name: getattr(record, name) for name in ConsentRecord.model_fields if name != "id"}
        record = ConsentRecord.new(**{**says, "status": Status.INACTIVE})
    return Read(record, None, ours=True)


@dataclass(frozen=True, slots=True)
class _Consent:
    said: Mapping[str, Any]
    release: Release
    others: Mapping[str, Mapping[str, Any]]
    zone: tzinfo | None


def _standard(it: _Consent) -> Read:
    said = it.said
    who = said.get("patient" if it.release == "R4" else "subject")
    person = _person(who, it.others)
    grantor = _grantor(said.get("performer" if it.release == "R4" else "grantor"), who)
    signed_at = _instant(said.get("dateTime" if it.release == "R4" else "date"), it.zone)
    status = said["status"]
    common: dict[str, Any] = {
        "status": Status(status) if status in set(Status) else Status.INACTIVE,
        "patient": person.key,
        "signed_at": signed_at,
        "grantor": grantor,
    }
    provision = said.get("provision", {})
    decision = provision.get("type") if it.release == "R4" else said.get("decision")
    if decision == "deny":
        # Whatever it excepts: a permission is only taken from what is a permission.
        return Read(ConsentRecord.new(**common, decision="deny"), person)
    if decision != "permit":
        raise Refusal("FHIR_NOT_UNDERSTOOD", "decision")
    _only(said, _TOP)
    provisions = [provision] if it.release == "R4" else provision
    if len(provisions) != 1:
        raise Refusal("FHIR_NOT_UNDERSTOOD", "provision")
    _only(provisions[0], _PROVISION)
    if provisions[0].get("type", "permit") != "permit":
        raise Refusal("FHIR_NOT_UNDERSTOOD", "provision.type")
    starts, ends = _period([said.get("period"), provisions[0].get("period")], it.zone)
    form, content = _form(it)
    return Read(
        ConsentRecord.new(
            **common,
            photos=in_order(_photos(provisions[0], it.others)),
            uses=in_order(_uses(provisions[0])),
            min_masking=MaskLevel.FACE,
            valid_from=starts,
            valid_until=ends,
            form=form,
        ),
        person,
        content,
    )


def _valid(consent: Mapping[str, Any], release: Release) -> None:
    with extra("Reading FHIR"):
        if release == "R4":
            from fhir.resources.R4B.consent import Consent
        else:
            from fhir.resources.consent import Consent  # type: ignore[assignment]
    try:
        valid = Consent.model_validate_json(json.dumps(consent))
    except Exception:  # the library fails in its own ways at shapes that it does not expect
        raise Refusal("FHIR_INVALID") from None
    if not _spelled_out(consent, valid):
        raise Refusal("FHIR_INVALID")


def _spelled_out(told: Any, valid: Any) -> bool:
    """Whether an object stands wherever the library found one: it takes a text that holds JSON for one, too."""
    if isinstance(valid, BaseModel):
        return isinstance(told, Mapping) and all(
            _spelled_out(told[key], getattr(valid, name))
            for name, field in type(valid).model_fields.items()
            for key in {name, field.alias or name} & told.keys()
        )
    if isinstance(valid, list):
        return isinstance(told, list) and all(map(_spelled_out, told, valid))
    return True


def _walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Every name in a resource with what stands under it."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield name, inner
            yield from _walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner)


def _base64(text: Any) -> bool:
    try:
        return isinstance(text, str) and bool(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return False


def _only(said: Mapping[str, Any], known: frozenset[str]) -> None:
    for name in said:
        if name not in known:
            raise Refusal("FHIR_NOT_UNDERSTOOD", name)


def _person(who: Any, others: Mapping[str, Mapping[str, Any]]) -> Person:
    """Whom a reference names: by a business identifier where there is one, else by the reference itself."""
    if not isinstance(who, Mapping):
        raise Refusal("FHIR_PATIENT")
    reference = who.get("reference") or ""
    told = others.get(reference, {})
    identifiers = [one for one in (who.get("identifier"), *_objects(told, "identifier")) if one]
    keys = in_order(
        PersonKey(system=one["system"], value=one["value"])
        for one in identifiers
        if one.get("system") and one.get("value") and one.get("use") != "old"
    )
    if not reference.startswith("Patient/") and (
        reference or who.get("type", "Patient") != "Patient" or not keys
    ):
        raise Refusal("FHIR_PATIENT")
    if not keys:
        keys = (PersonKey(system="fhir", value=reference),)
    born, died = told.get("birthDate"), told.get("deceasedDateTime")
    if told.get("deceasedBoolean") and not died:
        raise Refusal("FHIR_NOT_UNDERSTOOD", "deceasedBoolean")
    if any(link.get("type") in ("replaced-by", "refer") for link in _objects(told, "link")):
        raise Refusal("FHIR_PATIENT", "link")
    return Person(
        key=keys[0],
        also=keys[1:],
        born=_day(born) if born else None,
        died=_day(died[:10] if isinstance(died, str) else died) if died else None,
    )


def _objects(beside: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """A list in a resource beside the consent, whose shape nobody has checked."""
    found = beside.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise Refusal("FHIR_INVALID", name)
    return found


def _grantor(who: Any, patient: Any) -> Grantor:
    if not isinstance(who, list) or len(who) != 1 or not isinstance(who[0], Mapping):
        raise Refusal("FHIR_NOT_UNDERSTOOD", "grantor")
    name = who[0].get("display")
    reference = who[0].get("reference")
    if reference is not None and reference == patient.get("reference"):
        return Grantor(role=GrantorRole.PATIENT, name=name)
    if str(reference).startswith("RelatedPerson/"):
        # By what right, FHIR does not say: the gate asks for the document.
        return Grantor(role=GrantorRole.REPRESENTATIVE, name=name)
    raise Refusal("FHIR_NOT_UNDERSTOOD", "grantor")


def _uses(provision: Mapping[str, Any]) -> Iterator[Use]:
    actions = [code.get("code") for one in provision.get("action", ()) for code in one.get("coding", ({},))]
    if actions and DISCLOSE not in actions:
        raise Refusal("FHIR_NOT_UNDERSTOOD", "action")
    if any(
        c.get("system") != ACTION for one in provision.get("action", ()) for c in one.get("coding", ({},))
    ):
        raise Refusal("FHIR_NOT_UNDERSTOOD", "action")
    codings = provision.get("purpose", ())
    channels = [c.get("code") for c in codings if c.get("system") == CHANNELS]
    reasons = [c.get("code") for c in codings if c.get("system") == ACT_REASON]
    purposes = [PURPOSES[code] for code in reasons if code in PURPOSES]
    if not set(channels) <= set(Channel):
        raise Refusal("FHIR_NOT_UNDERSTOOD", "purpose")
    for channel in map(Channel, channels):
        why: list[Purpose] = purposes if reasons else [purpose_of(channel)]
        for purpose in why:
            yield Use(purpose=purpose, channel=channel)


def _photos(provision: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]) -> Iterator[CoveredPhoto]:
    """The originals, by SHA-256: told by our extension, or computed from the picture where it is there."""
    for one in provision.get("data", ()):
        if one.get("meaning") != "instance":
            raise Refusal("FHIR_NOT_UNDERSTOOD", "data.meaning")
        reference = one.get("reference", {})
        hashes = [e.get("valueString") for e in reference.get("extension", ()) if e.get("url") == SHA256]
        document = others.get(reference.get("reference") or "", {})
        # Media holds one attachment, DocumentReference several in a list.
        content = document.get("content")
        several = isinstance(content, list)
        contents = [c.get("attachment") for c in _objects(document, "content")] if several else [content]
        hashes += [hashlib.sha256(data).hexdigest() for each in contents if (data := _data(each)) is not None]
        yield from (CoveredPhoto(sha256=sha256) for sha256 in hashes)


def _form(it: _Consent) -> tuple[Form | None, bytes | None]:
    """The form, where the resource carries it whole."""
    told = it.said.get("sourceAttachment")
    attachments = told if isinstance(told, list) else [told] if told else []
    if len(attachments) > 1:
        raise Refusal("FHIR_NOT_UNDERSTOOD", "sourceAttachment")
    data = _data(attachments[0]) if attachments else None
    if data is None:
        return None, None
    suffix = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}.get(
        attachments[0].get("contentType", ""), ""
    )
    form = Form(
        sha256=hashlib.sha256(data).hexdigest(), suffix=suffix, language=attachments[0].get("language")
    )
    return form, data


def _data(attachment: Any) -> bytes | None:
    """An attachment's content, where it is there; it has to fit its size and its hash (SHA-1, as FHIR has it)."""
    if not isinstance(attachment, Mapping) or not attachment.get("data"):
        return None
    for name in ("data", "hash"):
        if not _base64(attachment.get(name, attachment["data"])):
            raise Refusal("FHIR_INVALID", name)
    data = base64.b64decode(attachment["data"])
    fits = "hash" not in attachment or base64.b64decode(attachment["hash"]) == hashlib.sha1(data).digest()  # noqa: S324
    if not fits or attachment.get("size", len(data)) != len(data):
        raise Refusal("FORM_ALTERED", "attachment")
    return data


def _period(told: list[Any], zone: tzinfo | None) -> tuple[datetime | None, datetime | None]:
    """Where all periods that are told overlap."""
    periods = [period for period in told if period]
    starts = [_instant(period["start"], zone) for period in periods if "start" in period]
    ends = [_instant(period["end"], zone, whole=True) for period in periods if "end" in period]
    first = max((at for at in starts if at), default=None)
    last = min((at for at in ends if at), default=None)
    if first and last and first >= last:
        raise Refusal("PERIOD_INVERTED", "period")
    return first, last


def _instant(told: Any, zone: tzinfo | None, *, whole: bool = False) -> datetime | None:
    """A FHIR date or dateTime; a day alone begins where the practice is, or with `whole` counts to its end."""
    if told is None:
        return None
    text = str(told)
    try:
        if _TIME.fullmatch(text):
            return datetime.fromisoformat(text)
        day = _day(text)
        return day_ends(day, zone) if whole else day_begins(day, zone)
    except (ValueError, OverflowError):
        raise Refusal("FHIR_DATE") from None


def _day(text: str) -> date:
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        raise Refusal("FHIR_DATE")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal("FHIR_DATE") from None

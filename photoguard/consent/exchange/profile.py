"""What photoguard writes into a FHIR Consent beside the standard's own elements, and how it reads the others'."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ...policy import Purpose

Release: TypeAlias = Literal["R4", "R5"]
"""R4 is 4.0.1 and 4.3.0 (R4B), which agree on Consent."""

_BASE = "https://photoguard.example/fhir"
CHANNELS = f"{_BASE}/CodeSystem/channel"
"""HL7's purposes of use tell neither journal from website nor social media from messenger."""
SHA256 = f"{_BASE}/StructureDefinition/sha256"
"""Extension with the SHA-256 (hex) of a photo or form: Attachment.hash is SHA-1 by definition."""
RECORD = f"{_BASE}/StructureDefinition/consent-record"
"""Extension with the whole record as canonical JSON: FHIR has no place for half of what a consent must say."""

ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
PURPOSES: dict[str, Purpose] = {
    "TREAT": Purpose.CARE,
    "TRAIN": Purpose.TEACHING,
    "HMARKT": Purpose.PUBLICATION,
}
"""HL7's codes that mean one of our purposes. Others are not covered."""
ACTION = "http://terminology.hl7.org/CodeSystem/consentaction"
DISCLOSE = "disclose"

STATUSES: dict[Release, frozenset[str]] = {
    "R4": frozenset(["draft", "proposed", "active", "rejected", "inactive", "entered-in-error"]),
    "R5": frozenset(["draft", "active", "inactive", "not-done", "entered-in-error", "unknown"]),
}

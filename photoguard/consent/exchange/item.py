"""What one row of a table or one resource of a file became: a consent to be added, or a refusal with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ..record import ConsentRecord, Person

REFUSALS: dict[str, str] = {
    # Cells
    "CELL_MISSING": "An entry that is needed is empty.",
    "CELL_INVALID": "An entry is not one of those that are known.",
    "CELL_FORMULA": "A cell holds a formula or an error: what it says can change. Put its value there.",
    "CELL_NUMBER": "A key is written as a number, so zeros in front may be lost. Format the column as text.",
    "CELL_TEXT": "An entry is too long, or not in one line.",
    "DATE_INVALID": "A date is not written as 2026-11-01 or 01.11.2026, or its year can't be right.",
    "ROW_TOO_LONG": "The row has more cells than the table has columns.",
    # What they say
    "PATIENT_ID_AMBIGUOUS": "The patient's key is a bare number. Write it with its system, as practice|123.",
    "DOB_UNKNOWN": "The patient's date of birth is not there, and the registry does not know it.",
    "DOB_DIFFERENT": "The registry knows another date of birth for this patient.",
    "PERIOD_INVERTED": "The consent would end before it begins, or begin before it was signed.",
    "SIGNED_IN_FUTURE": "The consent is dated after today.",
    "FORM_NOT_FOUND": "The signed form is not where the table says, or is empty.",
    "PHOTO_NOT_FOUND": "A photo is not where the table says, or is empty.",
    "FILE_OUTSIDE": "A file lies outside the table's folder.",
    "FORM_ALTERED": "The form is not the file whose SHA-256 is told.",
    "FORM_UNREADABLE": "The digitally signed form can't be checked.",
    "NO_SIGNATURE": "The form bears no digital signature.",
    "SIGNATURE_INVALID": "The form's digital signature does not hold.",
    "REPLACES_UNKNOWN": "The consent that this one replaces is not in the registry.",
    "NOT_ACCEPTED": "The registry does not accept it: it contradicts what is there.",
    # FHIR
    "FHIR_INVALID": "It is not a valid FHIR Consent of a version that photoguard reads.",
    "FHIR_DUPLICATE_KEY": "The same name stands twice in one object: which one holds is open.",
    "FHIR_NOT_UNDERSTOOD": "It holds something that changes its meaning and that photoguard does not know.",
    "FHIR_STATUS": "Its status is not one that FHIR knows.",
    "FHIR_DATE": "A date is incomplete, or a time has no zone.",
    "FHIR_PATIENT": "It does not name one patient.",
    "FHIR_CHANGED": "It was exported by photoguard and changed since.",
    "FHIR_TWICE": "It is there twice and says different things: which one holds is open.",
    "ENDED_HERE": "It was withdrawn or replaced here. If the patient agreed anew, add the new form.",
    "FHIR_NOT_A_CONSENT": "It is a resource of another kind.",
}
"""Why a row or a resource is not taken over, in a sentence."""


class Refusal(Exception):
    """One row or resource is not taken over. `code` is one of REFUSALS, `about` names the column or element."""

    def __init__(self, code: str, about: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.about = about


@dataclass(frozen=True, slots=True)
class Refused:
    """A row or a resource that was not taken over. Nothing of it was."""

    place: str
    """For people: `line 17`, `entry 3`."""
    code: str
    about: str = ""
    source: str | None = None
    """The resource that it is."""

    @property
    def says(self) -> str:
        """The reason in a sentence."""
        return REFUSALS[self.code]


@dataclass(frozen=True, slots=True)
class Ready:
    """A consent that can be added, whole."""

    place: str
    record: ConsentRecord
    person: Person | None = None
    verified_by: str | None = None
    form: Path | bytes | None = field(default=None, repr=False)
    """The signed form, to be kept once the consent is added; None where the record names one that is elsewhere."""
    source: str | None = None
    """The resource that it was made of, see Stored.source."""


Item = Ready | Refused

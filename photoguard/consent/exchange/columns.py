"""The columns of a table of consents, as data: what the template holds and what a row is read by."""

from __future__ import annotations

from dataclasses import dataclass

from ...policy import Channel, Purpose
from ..record import Assent, GrantorRole, MaskLevel, Statement


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    name: str
    says: str
    choices: tuple[str, ...] = ()
    several: bool = False
    """Whether a cell may hold several entries, with a semicolon or a line break between them."""
    needed: bool = False


_GRANTORS = tuple(role.value for role in GrantorRole)

COLUMNS = (
    Column("patient", "The patient's key: P-18, or system|value. Format the column as text.", needed=True),
    Column("born", "The patient's date of birth, unless the registry knows it."),
    Column("form", "The signed form's file, beside this table or in a folder below it.", needed=True),
    Column(
        "proof", "How it was signed: scan (of paper) or pades (digitally).", ("scan", "pades"), needed=True
    ),
    Column("attested_by", "For a scan: who compared it with the paper."),
    Column("attested_on", "For a scan: the day on which they did."),
    Column("verified_by", "Who compared this row with the form. Without it, the consent does not count yet."),
    Column("signed_on", "The day of signing.", needed=True),
    Column("valid_from", "The first day, if later."),
    Column("valid_until", "The last day, which still counts.", needed=True),
    Column("grantor", "Who signed.", _GRANTORS, needed=True),
    Column("grantor_name", "The name of who signed; needed for a digital signature."),
    Column("relation", "Their relation to the patient, for instance mother."),
    Column("authority", "The document that lets them sign for the patient."),
    Column("authority_until", "The last day of that authority, where it ends."),
    Column("capacity", "Whether the patient can judge what they agree to.", ("yes", "no", "unknown")),
    Column("assent", "What a child says for whom somebody else signed.", tuple(one.value for one in Assent)),
    Column("form_language", "The form's language: de, fr, it, en ...", needed=True),
    Column("understands", "Languages that who signed understands, if others.", several=True),
    Column("interpreter", "Who interpreted."),
    Column("statements", "The ticked ones; all for all.", ("all", *Statement), several=True),
    Column("channels", "Where the photos may go.", tuple(Channel), several=True, needed=True),
    Column("purposes", "Why, if not what the channels stand for.", tuple(Purpose), several=True),
    Column("outlet", "The journal, platform or account, if the form names one."),
    Column("territory", "The country that the use is limited to, as CH."),
    Column("before", "Originals before: files beside this table, or their SHA-256.", several=True),
    Column("after", "Originals after.", several=True),
    Column("min_masking", "The least that has to be masked.", tuple(MaskLevel)),
    Column("identifiable", "Whether the patient agreed to be recognisable.", ("yes", "no")),
    Column("procedure", "What was treated, in one word, as aesthetic-surgery."),
    Column("template", "The form's template."),
    Column("template_version", "Its version."),
    Column("replaces", "The id of the consent that this one takes the place of."),
)

BY_NAME = {column.name: column for column in COLUMNS}

"""Whose certificate it is: a person's, and of the name that the consent tells, or an organisation's seal."""

from __future__ import annotations

import re
import unicodedata

from asn1crypto import x509
from pyhanko.sign.ades.qualified_asn1 import get_qc_statements

_SEAL = "qct_eseal"
_UMLAUT = re.compile("(?<=[aou])e")


def is_natural(certificate: x509.Certificate) -> bool:
    """Whether a certificate is a natural person's.

    Not so: one that says to be for seals (ETSI EN 319 412-5), and one that names an organisation without any
    person's name. A clinic's seal shows where a form comes from, never that a patient agreed.
    """
    types = [
        kind
        for statement in get_qc_statements(certificate)
        if statement["statement_id"].native == "qc_type"
        for kind in statement["statement_info"].native
    ]
    subject = certificate.subject.native
    named = "surname" in subject or "given_name" in subject
    return _SEAL not in types and (
        named or not ("organization_name" in subject or "organization_identifier" in subject)
    )


def is_named(certificate: x509.Certificate, name: str | None) -> bool:
    """Whether a certificate bears a name, in any order and spelling of accents; further names may be there.

    Two names at least have to agree, the surname among them where the certificate tells it apart.
    """
    subject = certificate.subject.native
    wanted = _names(name or "")
    surname = _names(_text(subject.get("surname")))
    borne = _names(_text(subject.get("given_name"))) | surname or _names(_text(subject.get("common_name")))
    return len(wanted & borne) >= 2 and surname <= wanted and (wanted <= borne or borne <= wanted)


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _names(text: str) -> set[str]:
    """Names as they are compared: Müller, MULLER and Mueller are one."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return {_UMLAUT.sub("", word) for word in re.findall(r"\w+", plain)}

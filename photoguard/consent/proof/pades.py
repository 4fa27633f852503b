"""A PDF that was signed digitally (PAdES, ETSI EN 319 142-1), checked by pyHanko without any network.

What pyHanko calls valid is not yet enough for a consent. Here a signature counts only where

* it is the only one in the file and covers the file from its first byte to its last;
* its certificate leads to a root that the practice chose, and was valid when it signed;
* the time of signing is believed only as far as it can be: a time stamp of a trusted authority, else the
  moment at which the practice checked the form. What the signer's own clock says never decides;
* the bytes of the file that no signature covers (the place where it stands itself) hold it and nothing else.

All of pyHanko's validation is called from this module: its authors call that part of it still in flux.
"""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import EmbeddedPdfSignature, SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from . import envelope
from .trust import Trust

# pyHanko logs whose certificate it could not trust.
for _name in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)

_SUBFILTERS = ("/ETSI.CAdES.detached", "/adbe.pkcs7.detached")
_TOLERANCE = timedelta(minutes=5)
"""How far the signer's clock may be ahead of the practice's."""


class Refused(Exception):
    """The form does not prove a signature. `code` is one of the gate's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that holds."""

    at: datetime
    """When: as a trusted time stamp says, else as the signer's own clock does."""
    stamped: bool
    """Whether it is a time stamp that says so."""
    certificate: x509.Certificate


def check(form: bytes, trust: Trust, moment: datetime) -> Signed:
    """The one signature over the whole of a PDF.

    `moment` (aware) is when the practice checked the form: without a time stamp, the certificate must have
    been valid then. Raises Refused: NO_SIGNATURE, FORM_UNREADABLE, SIGNATURE_INVALID.
    """
    try:
        return _check(form, trust, moment)
    except Refused:
        raise
    except Exception:
        # Damaged files raise anything, from KeyError to RecursionError: none of it is a signature.
        raise Refused("FORM_UNREADABLE") from None


def _check(form: bytes, trust: Trust, moment: datetime) -> Signed:
    reader = PdfFileReader(io.BytesIO(form), strict=True)
    if reader.encrypted:
        raise Refused("FORM_UNREADABLE")
    signatures = reader.embedded_signatures
    if not signatures:
        raise Refused("NO_SIGNATURE")
    signature = signatures[0]
    if (
        len(signatures) > 1
        or not _covers_all(signature, form)
        or not envelope.sound(signature.pkcs7_content, trust.roots)
    ):
        raise Refused("SIGNATURE_INVALID")
    claimed, stamped = signature.self_reported_timestamp, _stamped(signature)
    # Only a certificate that was valid when the stamp was given signed then; the stamp itself is checked now.
    status = validate_pdf_signature(
        signature,
        signer_validation_context=_context(trust, stamped or moment),
        ts_validation_context=_context(trust, moment),
    )
    at = stamped or claimed
    if at is None or not _holds(status, stamped) or not _plausible(at, claimed, status.signing_cert, moment):
        raise Refused("SIGNATURE_INVALID")
    return Signed(at, stamped is not None, status.signing_cert)


def _covers_all(signature: EmbeddedPdfSignature, form: bytes) -> bool:
    """Whether every byte of the file is either signed or the signature itself, in its strictest spelling."""
    if signature.sig_object.get("/SubFilter") not in _SUBFILTERS or signature.sig_object_type != "/Sig":
        return False
    start, length, resume, rest = (int(number) for number in signature.byte_range)
    hole = form[length:resume]
    return start == 0 and resume + rest == len(form) and envelope.fills(hole, signature.pkcs7_content)


def _stamped(signature: EmbeddedPdfSignature) -> datetime | None:
    """What the time stamp says, where there is one; whether it may be believed is still to be checked."""
    for attribute in signature.signer_info["unsigned_attrs"] or ():
        if attribute["type"].native == "signature_time_stamp_token":
            token = attribute["values"][0]["content"]["encap_content_info"]["content"].parsed
            said: datetime = token["gen_time"].native
            return said
    return None


def _holds(status: PdfSignatureStatus, stamped: datetime | None) -> bool:
    stamp = status.timestamp_validity
    return bool(
        status.intact
        and status.valid
        and status.trusted
        and status.bottom_line
        and status.coverage is SignatureCoverageLevel.ENTIRE_FILE
        and (stamp is None) == (stamped is None)
        and (stamp is None or (stamp.trusted and stamp.timestamp == stamped))
    )


def _context(trust: Trust, moment: datetime) -> ValidationContext:
    return ValidationContext(
        trust_roots=list(trust.roots), crls=list(trust.crls), allow_fetching=False, moment=moment
    )


def _plausible(
    at: datetime, claimed: datetime | None, certificate: x509.Certificate, moment: datetime
) -> bool:
    """Not signed after it was checked, not before the certificate began, and both clocks on one day."""
    lifetime: Any = certificate["tbs_certificate"]["validity"]
    begins, ends = lifetime["not_before"].native, lifetime["not_after"].native
    return (
        at <= moment + _TOLERANCE
        and begins <= at <= ends
        and (claimed is None or abs(claimed - at) <= timedelta(days=1))
    )

"""The place in a PDF where the signature itself stands: the only bytes that it can't cover.

A signature vouches for the document and for a few of its own attributes. The rest of its envelope (CMS, RFC
5652: padding, spelling, copies of certificates, the list of algorithms) could be changed by anyone and leave
it valid. Here all of it is held to the one way in which it can be written, or to a signature of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from asn1crypto import cms, core
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import InvalidSignature

_ONE_CASE = re.compile(rb"<(?:[0-9a-f]+|[0-9A-F]+)>")
_STAMP = "signature_time_stamp_token"
_VERSION = {"data": "v1", "tst_info": "v3"}
"""As RFC 5652, 5.1 has it for what these hold."""


def fills(hole: bytes, content: bytes) -> bool:
    """Whether a hole between signed bytes holds this content and nothing else, as hex in one case."""
    return bool(_ONE_CASE.fullmatch(hole)) and bytes.fromhex(hole[1:-1].decode()) == content


def sound(content: bytes, roots: Sequence[asn1.Certificate]) -> bool:
    """Whether a signature's content, with its padding, holds nothing that nobody vouches for.

    `roots` are trusted. Raises ValueError, TypeError or KeyError for what is no CMS at all.
    """
    der = content[: _length(content)]
    return not content[len(der) :].strip(b"\0") and _sound(der, roots, "data")


def _sound(der: bytes, roots: Sequence[asn1.Certificate], holds: str) -> bool:
    wrapped = cms.ContentInfo.load(der, strict=True)
    data = wrapped["content"]
    if len(data["signer_infos"]) != 1 or data["encap_content_info"]["content_type"].native != holds:
        return False
    signer = data["signer_infos"][0]
    unsigned = {attribute["type"].native: attribute["values"] for attribute in signer["unsigned_attrs"] or ()}
    stamps = [stamp.dump() for stamp in unsigned.pop(_STAMP, ())]
    certificates = [each.chosen for each in data["certificates"]]
    return (
        all(_whole(each) for each in (wrapped, data, signer))
        and not unsigned
        and len(stamps) <= 1
        and not data["crls"]
        and [each.dump() for each in data["digest_algorithms"]] == [signer["digest_algorithm"].dump()]
        and (data["version"].native, signer["version"].native) == (_VERSION[holds], "v1")
        and any(_is(signer["sid"].chosen, each) for each in certificates)
        and _vouched_for(certificates, roots)
        and all(_sound(stamp, roots, "tst_info") for stamp in stamps)
    )


def _whole(sequence: core.Sequence) -> bool:
    """Whether nothing stands in a sequence but the fields that it is read by."""
    return bool(sequence.contents == b"".join(sequence[name].dump() for name in sequence))


def _is(sid: cms.IssuerAndSerialNumber, certificate: asn1.Certificate) -> bool:
    """Whether a signer is named as their certificate spells it: to the letter, not only in meaning."""
    told = certificate["tbs_certificate"]
    return bool(
        sid["issuer"].dump() == told["issuer"].dump()
        and sid["serial_number"].dump() == told["serial_number"].dump()
    )


def _vouched_for(certificates: Sequence[asn1.Certificate], roots: Sequence[asn1.Certificate]) -> bool:
    """Whether each certificate was issued by another one that is here, or by one that is trusted."""
    issuers = [x509.load_der_x509_certificate(each.dump()) for each in (*certificates, *roots)]
    return all(
        # A bit string has a byte for its length in bits, which no signature covers: here they are whole bytes.
        each.dump().endswith(b"\0" + embedded.signature)
        and any(_issued(embedded, issuer) for issuer in issuers)
        for each, embedded in zip(certificates, issuers, strict=False)
    )


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _length(content: bytes) -> int:
    """Bytes of the DER value at the start of `content`."""
    if content[1] < 0x80:
        return 2 + content[1]
    octets = content[1] & 0x7F
    return 2 + octets + int.from_bytes(content[2 : 2 + octets], "big")

"""Certificate authorities, signers and digitally signed forms, made on the spot for tests."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from unittest import mock

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from fpdf import FPDF
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

NOW = dt.datetime(2026, 6, 15, 10, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)

_SEAL = bytes.fromhex("30153013060604008e4601063009060704008e46010602")
"""QcStatements with QcType eseal (ETSI EN 319 412-5)."""


@dataclass(frozen=True)
class Holder:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def asn1(self) -> asn1.Certificate:
        return _asn1(self.certificate)

    @property
    def private(self) -> asn1_keys.PrivateKeyInfo:
        der = self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return asn1_keys.PrivateKeyInfo.load(der)

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.certificate.public_bytes(Encoding.DER)).hexdigest()

    def others(self) -> SimpleCertificateStore:
        store = SimpleCertificateStore()
        store.register_multiple([_asn1(each) for each in self.chain])
        return store


def authority(name: str = "Test Authority") -> Holder:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = _builder(who, who, key, NOW - 900 * DAY, NOW + 4000 * DAY)
    builder = builder.add_extension(x509.BasicConstraints(True, None), critical=True)
    return Holder(builder.add_extension(_usage(ca=True), critical=True).sign(key, hashes.SHA256()), key)


def person(
    ca: Holder,
    common_name: str | None = "Anna Muster",
    *,
    begins: dt.datetime = NOW - 100 * DAY,
    ends: dt.datetime = NOW + 265 * DAY,
    more: tuple[tuple[x509.ObjectIdentifier, str], ...] = (),
    seal: bool = False,
    non_repudiation: bool = True,
) -> Holder:
    key = ec.generate_private_key(ec.SECP256R1())
    names = [(NameOID.COMMON_NAME, common_name)] if common_name else []
    who = x509.Name([x509.NameAttribute(oid, text) for oid, text in (*names, *more)])
    builder = _builder(who, ca.certificate.subject, key, begins, ends)
    builder = builder.add_extension(x509.BasicConstraints(False, None), critical=True)
    builder = builder.add_extension(_usage(commits=non_repudiation), critical=True)
    points = x509.DistributionPoint(
        [x509.UniformResourceIdentifier("http://ca.invalid/ca.crl")], None, None, None
    )
    builder = builder.add_extension(x509.CRLDistributionPoints([points]), critical=False)
    if seal:
        oid = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")
        builder = builder.add_extension(x509.UnrecognizedExtension(oid, _SEAL), critical=False)
    return Holder(builder.sign(ca.key, hashes.SHA256()), key, (ca.certificate,))


def stamper(ca: Holder, *, at: dt.datetime = NOW) -> DummyTimeStamper:
    key = rsa.generate_private_key(65537, 2048)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Time Stamps")])
    builder = _builder(who, ca.certificate.subject, key, NOW - 900 * DAY, NOW + 900 * DAY)
    builder = builder.add_extension(x509.BasicConstraints(False, None), critical=True)
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    holder = Holder(
        builder.add_extension(usage, critical=True).sign(ca.key, hashes.SHA256()), key, (ca.certificate,)
    )
    return DummyTimeStamper(holder.asn1, holder.private, certs_to_embed=holder.others(), fixed_dt=at)


def revocation_list(ca: Holder, *holders: Holder, at: dt.datetime) -> bytes:
    builder = x509.CertificateRevocationListBuilder().issuer_name(ca.certificate.subject)
    builder = builder.last_update(at).next_update(at + 900 * DAY)
    for one in holders:
        revoked = x509.RevokedCertificateBuilder().serial_number(one.certificate.serial_number)
        builder = builder.add_revoked_certificate(revoked.revocation_date(at).build())
    return builder.sign(ca.key, hashes.SHA256()).public_bytes(Encoding.DER)


def blank() -> bytes:
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("helvetica")
    pdf.cell(text="I agree.")
    return bytes(pdf.output())


def signed(
    holder: Holder,
    pdf: bytes | None = None,
    *,
    at: dt.datetime = NOW,
    stamp: DummyTimeStamper | None = None,
    field: str = "Signature",
) -> bytes:
    """A PDF with a PAdES signature; `at` is what the signer's own clock says."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf or blank()))
    meta = signers.PdfSignatureMetadata(field_name=field, subfilter=fields.SigSeedSubFilter.PADES)
    signer = signers.SimpleSigner(
        signing_cert=holder.asn1, signing_key=holder.private, cert_registry=holder.others()
    )
    with _clock(at):
        return bytes(
            signers.sign_pdf(
                writer, meta, signer=signer, timestamper=stamp, bytes_reserved=8000 if stamp else 3000
            ).getvalue()
        )


@contextlib.contextmanager
def _clock(at: dt.datetime) -> Iterator[None]:
    class Clock(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
            return at.astimezone(tz)

    with (
        mock.patch("pyhanko.sign.signers.pdf_signer.datetime", Clock),
        mock.patch("pyhanko.sign.signers.pdf_cms.datetime", Clock),
    ):
        yield


def _builder(subject, issuer, key, begins, ends) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )


def _usage(*, ca: bool = False, commits: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(not ca, commits, False, False, False, ca, ca, False, False)


def _asn1(certificate: x509.Certificate) -> asn1.Certificate:
    return asn1.Certificate.load(certificate.public_bytes(Encoding.DER))

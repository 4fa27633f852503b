"""Every reader of files that come from elsewhere."""

from __future__ import annotations

import atexit
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from photoguard import ingest, jpegfile
from photoguard.batch import manifest
from photoguard.consent.exchange import fhir_files, rows, sheets
from photoguard.consent.exchange.item import Refusal
from photoguard.consent.record import ConsentRecord
from photoguard.egress import scans
from photoguard.home import Home
from photoguard.ingest import facts, xmp
from photoguard.policy import Policy
from photoguard.sending import age, archive
from photoguard.sending.slip import Slip

_MEGAPIXELS = 1.0
_NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
PASSWORD = "one for all packs here"


@cache
def folder() -> Path:
    """A folder of this process."""
    made = tempfile.TemporaryDirectory(prefix="photoguard-fuzz-")
    atexit.register(made.cleanup)
    return Path(made.name)


@cache
def home() -> Home:
    """A practice's folder."""
    return Home.at(folder() / "home")


def _as_file(data: bytes, name: str) -> Path:
    path = folder() / name
    path.write_bytes(data)
    return path


def photo(data: bytes) -> None:
    """Any container."""
    ingest.read(data, _MEGAPIXELS)


def jpeg(data: bytes) -> None:
    """The walk over segments, and all that is asked of it."""
    picture = jpegfile.parse(data, _MEGAPIXELS * 1e6)
    _ = picture.colour, picture.icc, picture.frame.mcu
    jpegfile.parse(jpegfile.join(scans.needed(picture)))
    scans.strange(picture)
    _ = picture.tables


def exif(data: bytes) -> None:
    """EXIF and XMP: never fail, whatever they are."""
    facts.from_exif(data, stored_size=(40, 24), xmp=data)
    facts.from_exif(data, stored_size=(40, 24), pages=True)
    xmp.read(data)


def manifest_file(data: bytes) -> None:
    """The manifest."""
    for line in manifest.read(_as_file(data, "manifest.csv")):
        manifest.matches(line, "IMG_1.jpg")


def record(data: bytes) -> None:
    """A record as the registry keeps it."""
    try:
        read = ConsentRecord.model_validate_json(data)
    except ValidationError:
        return
    again = ConsentRecord.model_validate_json(read.canonical())
    if again.content_id() != read.content_id():
        raise AssertionError("a record that is read back says something else")


def fhir(suffix: str) -> Callable[[bytes], None]:
    """FHIR consents in a file."""

    def check(data: bytes) -> None:
        list(fhir_files.Reader(_NOW, "the harness", UTC).file(_as_file(data, f"consents{suffix}")))

    return check


def table(suffix: str) -> Callable[[bytes], None]:
    """A table of consents."""

    def check(data: bytes) -> None:
        reader = rows.Reader(home(), folder(), _NOW, UTC)
        list(reader.read(list(sheets.read(_as_file(data, f"table{suffix}")))))

    return check


def signed_form(data: bytes) -> None:
    """A PDF with a signature inside."""
    from photoguard.consent.proof import pades, signed_pdf

    try:
        signed_pdf.read(data, _NOW, home())
    except (pades.Refused, Refusal):
        return


def pack(data: bytes) -> None:
    """What another practice has sent: its encryption, its archive, its slip."""
    if data.startswith(age.BEGINS):
        data = age.Identity.at(home()).decrypt(data)
    for password in (None, PASSWORD):
        files = archive.read(data, password)
        Slip.read(files.pop(archive.SLIP, None)).prove(files, None)


def slip(data: bytes) -> None:
    """The slip alone."""
    Slip.read(data).prove({"pg-aaaaaaaaaaaaaaaa.jpg": b"a photo"}, None)


def policy(data: bytes) -> None:
    """A policy file."""
    Policy.from_toml(_as_file(data, "policy.toml"))

"""All harnesses."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import line, mutate, papers, parsers, planted
from .harness import Harness


def _blocks() -> Mapping[str, bytes]:
    """EXIF blocks, XMP packets and TIFF files are of one kind."""
    return {"EXIF": planted.exif(), "XMP": planted.xmp(), **planted.tiffs()}


def _photos(kind: str, seeds: Callable[[], Mapping[str, bytes]], *words: bytes) -> Harness:
    return Harness(f"photo: {kind}", seeds, parsers.photo, words=words)


HARNESSES = (
    Harness("JPEG walker", planted.jpegs, parsers.jpeg, words=(b"\xff\xda", b"\xff\xc4", b"\xff\xdb", b"\xff\xdd")),
    Harness("EXIF and XMP", _blocks, parsers.exif, words=(b"II*\0", b"MM\0*", b"II+\0", b"<!ENTITY")),
    _photos("JPEG", planted.jpegs, b"\xff\xd8\xff", b"MPF\0", b"Exif\0\0", b"ICC_PROFILE\0"),
    _photos("PNG", planted.pngs, b"IDAT", b"iCCP", b"fcTL", b"tRNS", b"PLTE", b"eXIf"),
    _photos("WebP", planted.webps, b"VP8X", b"ANMF", b"ALPH", b"VP8L"),
    _photos("TIFF", planted.tiffs, b"II*\0", b"MM\0*", b"II+\0"),
    _photos("HEIF and AVIF", planted.heifs, b"ispe", b"iloc", b"iref", b"ipma", b"irot", b"grid", b"dimg"),
    _photos("DICOM", planted.dicoms, b"SQ", b"UN", b"OB", b"\xfe\xff\0\xe0", b"\xfe\xff\xdd\xe0"),
    Harness("manifest", papers.manifests, parsers.manifest_file, mutate.text),
    Harness("consent record", papers.records, parsers.record, mutate.tree),
    Harness("FHIR bundle", papers.bundles, parsers.fhir(".json"), mutate.tree),
    Harness("FHIR lines", papers.lines, parsers.fhir(".ndjson"), mutate.tree),
    Harness("table, CSV", papers.tables, parsers.table(".csv"), mutate.text),
    Harness("table, Excel", papers.workbooks, parsers.table(".xlsx")),
    Harness("signed form", papers.forms, parsers.signed_form, words=(b"/ByteRange", b"/Contents", b"xref")),
    Harness("decision", papers.decisions, line.decision, mutate.tree),
    Harness("policy", papers.policies, parsers.policy, mutate.text),
    Harness("pack", papers.packs, parsers.pack, words=(b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06")),
    Harness("slip", papers.slips, parsers.slip, mutate.tree),
    Harness("file to file", planted.everything, line.without_detectors),
    Harness("photoguard.clean", planted.everything, line.with_detectors),
)  # fmt: skip
BY_NAME = {harness.name: harness for harness in HARNESSES}

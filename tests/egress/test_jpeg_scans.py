"""Nothing but the picture is passed on with a JPEG's own scans: the places in its coding where more fits in."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from jpeg_sources import SAMPLINGS, coefficients, kept_scans, make_jpeg, picture, with_segment
from PIL import Image

from photoguard import egress, ingest, jpegfile
from photoguard.egress import jpeg, scans, verify
from photoguard.jpegfile import DHT, DQT, DRI, EOI, SOF0, SOS, JpegFile, Segment

TOLD = b"AnnaBeispiel1958"
TABLE_OF_TOLD = bytes([*[0] * 7, 16, *[0] * 8]) + TOLD
"""Sixteen codes of eight bits."""


def cleaned(source: bytes) -> bytes:
    photo = ingest.read(source)
    written = egress.write(photo, photo.pixels, ())
    verify.prove(written, photo, photo.pixels, ())
    return written.data


def grey(pixels: np.ndarray) -> JpegFile:
    out = io.BytesIO()
    Image.fromarray(pixels).convert("L").save(out, "JPEG")
    return jpegfile.parse(out.getvalue())


def twice_sent() -> tuple[bytes, bytes]:
    """A picture whose first component is sent two times, and the scan that the second one paints over."""
    hidden, seen = grey(picture(64, 48)), grey(picture(64, 48)[:, ::-1])
    scans_of = {
        one: next(s for s in file.segments if s.marker == SOS) for one, file in ((0, hidden), (1, seen))
    }
    tables = [one for one in seen.segments if one.marker in (DQT, DHT)]
    frame = Segment(SOF0, b"\x08\0\x30\0\x40\3" + b"".join(bytes((i, 0x11, 0)) for i in (1, 2, 3)))
    sent = [replace(scans_of[which], payload=bytes((1, component, 0, 0, 63, 0)))
            for which, component in ((0, 1), (1, 1), (1, 2), (1, 3))]  # fmt: skip
    return jpegfile.join([jpegfile.JFIF, *tables, frame, *sent]), bytes(scans_of[0].entropy)


@pytest.mark.parametrize("kind", SAMPLINGS)
@pytest.mark.parametrize(
    ("marker", "payload"),
    [
        (DQT, b"\x03" + TOLD * 4),
        (DHT, b"\x13" + TABLE_OF_TOLD),
        (DHT, b"\x10" + TABLE_OF_TOLD),  # replaced before a scan uses it
    ],
    ids=["quantization", "huffman", "replaced"],
)
def test_a_table_that_no_scan_uses_is_not_passed_on(kind: str, marker: int, payload: bytes) -> None:
    source = with_segment(make_jpeg(kind, (48, 32)), marker, payload)
    assert scans.strange(jpegfile.parse(source))
    written = cleaned(source)
    assert TOLD not in written
    assert all(map(np.array_equal, coefficients(source), coefficients(written)))
    if jpegfile.parse(source).frame.usual:
        assert kept_scans(source, written)


@pytest.mark.parametrize("kind", ["410", "441", "uneven"])
@pytest.mark.parametrize("restart", [b"", b"\xff\xd0"], ids=["last", "restart"])
def test_bytes_behind_the_last_block_go_where_no_decoder_tells_of_them(kind: str, restart: bytes) -> None:
    source = make_jpeg(kind, (48, 32))
    written = cleaned(source[:-2] + restart + TOLD + source[-2:])
    assert TOLD not in written
    assert all(map(np.array_equal, coefficients(source), coefficients(written)))


def test_a_picture_under_the_picture_is_not_passed_on() -> None:
    source, hidden = twice_sent()
    assert len(hidden) > 100
    assert "scans over each other" in jpeg.structure(source)
    written = cleaned(source)
    assert hidden[:100] not in written
    assert len([one for one in jpegfile.parse(written).segments if one.marker == SOS]) == 1


def test_codes_that_stand_for_nothing_are_not_passed_on() -> None:
    """A table that a scan uses, made longer by codes that it does not."""
    source = jpegfile.parse(make_jpeg("grey", (48, 32)))
    told = bytes(sorted({*TOLD}))
    segments = []
    for one in source.segments:
        if one.marker == DHT and one.payload[0] == 0x00:
            # The longest codes of the usual table for differences have nine bits: 1 of 128 is left over.
            one = replace(
                one,
                payload=one.payload[:16] + bytes([len(told)]) + one.payload[17:29] + told + one.payload[29:],
            )
        segments.append(one)
    assert "codes without a meaning" in scans.strange(replace(source, segments=tuple(segments)))


def test_a_restart_interval_that_is_replaced_goes() -> None:
    source = make_jpeg("420", (48, 32))
    for value in (b"An", b"na", b"\0\0"):
        source = source.replace(b"\xff\xda", b"\xff\xdd\0\4" + value + b"\xff\xda", 1)
    intervals = [one.payload for one in scans.needed(jpegfile.parse(source)) if one.marker == DRI]
    assert intervals == [b"\0\0"]


def test_the_proof_of_an_output_sees_all_of_them() -> None:
    clean = cleaned(make_jpeg("420", (48, 32)))
    assert jpeg.structure(clean) == []
    end = bytes((0xFF, EOI))
    unused = clean.replace(b"\xff\xdb", b"\xff\xdb\0\x43\3" + TOLD * 4 + b"\xff\xdb", 1)
    assert jpeg.structure(unused) == ["tables that no scan uses"]
    again = next(one for one in jpegfile.parse(clean).segments if one.marker == SOS)
    twice = clean.removesuffix(end) + b"".join(bytes(part) for part in again.parts()) + end
    assert jpeg.structure(twice) == ["scans over each other"]

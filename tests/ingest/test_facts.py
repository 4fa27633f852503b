from __future__ import annotations

import io
import struct

import piexif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photoguard.ingest.facts import from_exif
from photoguard.photo import CaptureFacts, Disclosure

SIZE = (400, 300)


def small_jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (16, 12), (200, 150, 120)).save(out, "JPEG")
    return out.getvalue()


def exif(orientation: int = 6, **replaced: dict[int, object]) -> bytes:
    parts: dict[str, object] = {
        "0th": {
            piexif.ImageIFD.Make: "Lindqvist Optik",
            piexif.ImageIFD.Model: "LQ-7",
            piexif.ImageIFD.Orientation: orientation,
            piexif.ImageIFD.Software: "Practice 4.2",
            piexif.ImageIFD.DateTime: "2026:10:01 09:30:00",
            piexif.ImageIFD.Artist: "Dr. Weber",
            piexif.ImageIFD.Copyright: "Praxis Weber",
            piexif.ImageIFD.ImageDescription: "Anna Beispiel, left forearm",
            piexif.ImageIFD.XPAuthor: "Weber-Ost".encode("utf-16-le") + b"\0\0",
            piexif.ImageIFD.DocumentName: "case 4711",
        },
        "Exif": {
            piexif.ExifIFD.DateTimeOriginal: "2026:10:01 09:29:58",
            piexif.ExifIFD.BodySerialNumber: "SN-00991177",
            piexif.ExifIFD.LensModel: "LQ-7 back camera 5.7mm",
            piexif.ExifIFD.CameraOwnerName: "Praxis Nord",
            piexif.ExifIFD.UserComment: b"ASCII\0\0\0born 1961-04-02",
            piexif.ExifIFD.MakerNote: b"secret of the maker" * 4,
        },
        "GPS": {
            piexif.GPSIFD.GPSLatitudeRef: "S",
            piexif.GPSIFD.GPSLatitude: ((33, 1), (51, 1), (3132, 100)),
            piexif.GPSIFD.GPSLongitudeRef: "W",
            piexif.GPSIFD.GPSLongitude: ((71, 1), (12, 1), (3600, 100)),
            piexif.GPSIFD.GPSAltitudeRef: 1,
            piexif.GPSIFD.GPSAltitude: (421, 10),
            piexif.GPSIFD.GPSDateStamp: "2026:10:01",
        },
        "1st": {piexif.ImageIFD.Compression: 6},
        "thumbnail": small_jpeg(),
    }
    return bytes(piexif.dump(parts | replaced))


def facts(block: bytes | None, **more: object) -> CaptureFacts:
    return from_exif(block, stored_size=SIZE, **more)  # type: ignore[arg-type]


def told(block: CaptureFacts) -> set[tuple[str, str]]:
    return {(disclosure.about, disclosure.value) for disclosure in block.disclosures}


def test_a_file_without_metadata_tells_its_size_only() -> None:
    assert facts(None) == facts(b"") == CaptureFacts(stored_size=SIZE)


def test_everything_a_camera_writes_is_told() -> None:
    seen = facts(exif())
    assert told(seen) >= {
        ("device", "make: Lindqvist Optik"),
        ("device", "model: LQ-7"),
        ("device", "serial number: SN-00991177"),
        ("device", "lens: LQ-7 back camera 5.7mm"),
        ("device", "maker notes, 76 bytes"),
        ("software", "software: Practice 4.2"),
        ("time", "taken: 2026:10:01 09:29:58"),
        ("time", "changed: 2026:10:01 09:30:00"),
        ("time", "date of the position: 2026:10:01"),
        ("author", "author: Dr. Weber"),
        ("author", "author: Weber-Ost"),
        ("author", "owner of the camera: Praxis Nord"),
        ("author", "rights: Praxis Weber"),
        ("content", "description: Anna Beispiel, left forearm"),
        ("content", "comment: born 1961-04-02"),
        ("content", "name of the document: case 4711"),
        ("content", "a small copy of the picture"),
        ("place", "coordinates: -33.85870, -71.21000"),
        ("place", "altitude: -42 m"),
    }
    assert seen.orientation == 6
    assert seen.thumbnail
    assert Image.open(io.BytesIO(seen.thumbnail)).size == (16, 12)
    assert not seen.front_camera
    assert not seen.damaged_metadata


def test_both_byte_orders_and_a_block_without_its_mark_are_read() -> None:
    plain = exif().removeprefix(b"Exif\0\0")
    assert facts(plain) == facts(exif())
    little = b"II*\0\x08\0\0\0" + struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, 8, 0, 0)
    assert facts(little).orientation == 8


@pytest.mark.parametrize("value", [0, 9, 255, 65535])
def test_an_orientation_out_of_range_counts_as_upright(value: int) -> None:
    assert facts(exif(value)).orientation == 1


@pytest.mark.parametrize("value", range(1, 9))
def test_every_orientation_is_told(value: int) -> None:
    assert facts(exif(value)).orientation == value


@pytest.mark.parametrize(
    ("lens", "front"),
    [
        ("iPhone 13 Pro front camera 2.71mm f/2.2", True),
        ("iPhone X front TrueDepth camera", True),
        ("iPhone 13 Pro Max back triple camera 5.7mm f/1.5", False),
    ],
)
def test_a_front_camera_is_known_by_its_lens(lens: str, front: bool) -> None:
    assert facts(exif(Exif={piexif.ExifIFD.LensModel: lens})).front_camera is front


@pytest.mark.parametrize(("value", "front"), [(1, True), (0, False)])
def test_a_front_camera_is_known_by_apples_maker_note(value: int, front: bool) -> None:
    note = b"Apple iOS\0\0\1MM" + struct.pack(">HHHIiI", 1, 0x0045, 9, 1, value, 0)
    assert facts(exif(Exif={piexif.ExifIFD.MakerNote: note})).front_camera is front


def test_a_make_that_points_outside_does_not_hide_the_orientation() -> None:
    block = exif(orientation=3)
    place = block.index(struct.pack(">HH", piexif.ImageIFD.Make, 2))
    seen = facts(block[: place + 8] + b"\x7f\xff\xff\xff" + block[place + 12 :])
    assert seen.orientation == 3
    assert seen.damaged_metadata
    assert ("device", "model: LQ-7") in told(seen)
    assert ("place", "coordinates: -33.85870, -71.21000") in told(seen)


def test_a_lost_first_directory_is_looked_for_where_it_always_stands() -> None:
    block = bytearray(exif(orientation=5).removeprefix(b"Exif\0\0"))
    block[4:8] = b"\x7f\0\0\0"
    assert facts(bytes(block)).orientation == 5


def test_a_block_that_is_no_exif_at_all_is_told_as_damage() -> None:
    seen = facts(b"Exif\0\0 nothing of the kind")
    assert seen.damaged_metadata
    assert seen.orientation == 1
    assert told(seen) == {("content", "a block that can't be read")}


BLOCK = exif()


@given(st.integers(0, 900), st.integers(0, 900), st.binary(min_size=1, max_size=4))
def test_damaged_exif_never_raises(cut: int, place: int, junk: bytes) -> None:
    block = BLOCK[:place] + junk + BLOCK[place + len(junk) :]
    assert 1 <= facts(block[: len(block) - cut]).orientation <= 8


@given(st.binary(max_size=400))
def test_random_exif_never_raises(junk: bytes) -> None:
    facts(b"II*\0\x08\0\0\0" + junk)
    facts(b"MM\0+\0\x08\0\0" + junk)


def test_a_directory_that_points_at_itself_ends() -> None:
    loop = struct.pack("<HHHII", 1, 0x8769, 4, 1, 8) + struct.pack("<I", 8)
    assert facts(b"II*\0\x08\0\0\0" + loop).orientation == 1


def test_millions_of_entries_are_not_walked() -> None:
    block = b"MM\0*\0\0\0\x08\xff\xff" + (struct.pack(">HHII", 0x010F, 2, 0x00FFFFFF, 8) * 0xFFFF)
    assert facts(block).damaged_metadata


def xmp(body: str, head: str = "") -> bytes:
    return (
        f"<?xpacket begin=''?>{head}<x:xmpmeta xmlns:x='adobe:ns:meta/'>"
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        "<rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:xmp='http://ns.adobe.com/xap/1.0/' "
        "xmlns:exif='http://ns.adobe.com/exif/1.0/' xmlns:aux='http://ns.adobe.com/exif/1.0/aux/' "
        "xmlns:iptc='http://iptc.org/std/Iptc4xmpExt/2008-02-29/' "
        "xmlns:mwg='http://www.metadataworkinggroup.com/schemas/regions/' "
        f"xmp:CreateDate='2026-10-01' exif:GPSLatitude='47,33.1N'>{body}</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def test_xmp_tells_persons_places_and_authors() -> None:
    seen = facts(
        None,
        xmp=xmp(
            "<iptc:PersonInImage><rdf:Bag><rdf:li>Anna Beispiel</rdf:li></rdf:Bag></iptc:PersonInImage>"
            "<dc:creator><rdf:Seq><rdf:li>Dr. Weber</rdf:li></rdf:Seq></dc:creator>"
            "<mwg:Name>Anna B.</mwg:Name><aux:Lens>front camera</aux:Lens>"
        ),
    )
    assert told(seen) == {
        ("time", "created: 2026-10-01"),
        ("place", "latitude: 47,33.1N"),
        ("patient", "person in the picture: Anna Beispiel"),
        ("patient", "name of a marked face: Anna B."),
        ("author", "author: Dr. Weber"),
        ("device", "lens: front camera"),
    }
    assert seen.front_camera
    assert not seen.damaged_metadata


def test_entities_in_xmp_are_not_expanded() -> None:
    bomb = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
        f"<!ENTITY {name} '{f'&{before};' * 10}'>"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    seen = facts(None, xmp=xmp("<dc:title>&i;</dc:title>", bomb + "]>"))
    assert seen.damaged_metadata
    assert not any("aaaa" in disclosure.value for disclosure in seen.disclosures)


def test_a_file_that_xmp_names_is_not_opened() -> None:
    head = "<!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/hostname'>]>"
    assert facts(None, xmp=xmp("<dc:title>&f;</dc:title>", head)).damaged_metadata


def test_broken_xmp_still_tells_what_stands_before_the_break() -> None:
    seen = facts(None, xmp=xmp("<dc:title>x</dc:title>")[:-40] + b"<<<")
    assert seen.damaged_metadata
    assert ("place", "latitude: 47,33.1N") in told(seen)


@given(st.binary(max_size=300))
def test_random_xmp_never_raises(junk: bytes) -> None:
    facts(None, xmp=junk)


def test_what_the_container_found_is_passed_on() -> None:
    comment = Disclosure("content", "comment", "MRN 99812")
    seen = facts(None, other=[comment], extra_images=2, frames=3, trailer_bytes=17)
    assert (seen.extra_images, seen.frames, seen.trailer_bytes) == (2, 3, 17)
    assert seen.disclosures == (comment,)


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("NIKON CORPORATION", "NIKON D850", "NIKON D850"),
        ("Canon", "Canon EOS R5", "Canon EOS R5"),
        ("Apple", "iPhone 15", "Apple iPhone 15"),
        ("", "FinePix", "FinePix"),
        ("Sony", "", "Sony"),
    ],
)
def test_a_camera_is_called_by_its_makers_name_once(make: str, model: str, camera: str) -> None:
    assert facts(exif(**{"0th": {piexif.ImageIFD.Make: make, piexif.ImageIFD.Model: model}})).camera == camera

"""What cameras and phones write beside a picture. Every name, number and place is made up."""

from __future__ import annotations

import io
import struct

import piexif
from PIL import Image, ImageCms

MAKER = "Lumenta Optics"
MODEL = "Lumenta P9 Pro"
SOFTWARE = "LumentaOS 4.2.1"
SERIAL = "LM9P-77120458"
OWNER = "Muriel Beispiel"
PRACTICE = "Praxis Beispiel, Bern"
CAPTION = "Patient 004711 MUSTERMANN Max"
TAKEN = "2024:04:14 08:41:27"
UNIQUE_ID = "7f1e0c5a9b2d4438a6c0e9d1f2b3a4c5"
MAKER_NOTE = "LUMENTA-MAKERNOTE face=1 wifi=Praxis-Beispiel-5G"
COMMENT = "sent by Muriel Beispiel, room 3"
PLACE = "Bundesplatz 3, 3005 Bern"
XMP_ID = "xmp.did:beispiel-0414-0841"
TRAILER = "moving part: voice of the nurse calling MUSTERMANN"

PLANTED = (
    MAKER,
    MODEL,
    SOFTWARE,
    SERIAL,
    OWNER,
    PRACTICE,
    CAPTION,
    TAKEN,
    UNIQUE_ID,
    MAKER_NOTE,
    COMMENT,
    PLACE,
    XMP_ID,
    TRAILER,
)
"""No six bytes of these may be found in a cleaned file."""

# The square in front of the Swiss parliament.
_LATITUDE, _LONGITUDE = ((46, 1), (56, 1), (4824, 100)), ((7, 1), (26, 1), (3888, 100))
_TO_STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def stored(upright: Image.Image, orientation: int) -> Image.Image:
    """The picture as a sensor held that way stores it."""
    step = _TO_STORED[orientation]
    return upright if step is None else upright.transpose(step)


def exif(
    picture: Image.Image, orientation: int = 1, lens: str = "back camera 6.1mm f/1.8", taken: str = TAKEN
) -> bytes:
    """An EXIF block with maker, serial number, owner, time, place, maker note and an embedded thumbnail."""
    thumbnail = picture.convert("RGB")
    thumbnail.thumbnail((160, 160))
    small = io.BytesIO()
    thumbnail.save(small, "JPEG", quality=70)
    return piexif.dump(
        {
            "0th": {
                piexif.ImageIFD.Make: MAKER,
                piexif.ImageIFD.Model: MODEL,
                piexif.ImageIFD.Software: SOFTWARE,
                piexif.ImageIFD.DateTime: TAKEN,
                piexif.ImageIFD.Orientation: orientation,
                piexif.ImageIFD.ImageDescription: CAPTION,
                piexif.ImageIFD.Artist: OWNER,
                piexif.ImageIFD.Copyright: PRACTICE,
                piexif.ImageIFD.XResolution: (72, 1),
                piexif.ImageIFD.YResolution: (72, 1),
                piexif.ImageIFD.ResolutionUnit: 2,
            },
            "Exif": {
                piexif.ExifIFD.DateTimeOriginal: taken,
                piexif.ExifIFD.DateTimeDigitized: TAKEN,
                piexif.ExifIFD.OffsetTimeOriginal: "+02:00",
                piexif.ExifIFD.CameraOwnerName: OWNER,
                piexif.ExifIFD.BodySerialNumber: SERIAL,
                piexif.ExifIFD.LensMake: MAKER,
                piexif.ExifIFD.LensModel: f"{MODEL} {lens}",
                piexif.ExifIFD.LensSerialNumber: SERIAL + "-L1",
                piexif.ExifIFD.ExposureTime: (1, 120),
                piexif.ExifIFD.FNumber: (18, 10),
                piexif.ExifIFD.ISOSpeedRatings: 160,
                piexif.ExifIFD.ImageUniqueID: UNIQUE_ID,
                piexif.ExifIFD.UserComment: b"ASCII\0\0\0" + CAPTION.encode(),
                piexif.ExifIFD.MakerNote: b"LUMENTA\0" + MAKER_NOTE.encode() + bytes(range(64)),
            },
            "GPS": {
                piexif.GPSIFD.GPSVersionID: (2, 3, 0, 0),
                piexif.GPSIFD.GPSLatitudeRef: "N",
                piexif.GPSIFD.GPSLatitude: _LATITUDE,
                piexif.GPSIFD.GPSLongitudeRef: "E",
                piexif.GPSIFD.GPSLongitude: _LONGITUDE,
                piexif.GPSIFD.GPSAltitude: (540, 1),
                piexif.GPSIFD.GPSTimeStamp: ((6, 1), (41, 1), (27, 1)),
                piexif.GPSIFD.GPSDateStamp: TAKEN[:10],
            },
            "1st": {piexif.ImageIFD.Compression: 6},
            "thumbnail": small.getvalue(),
        }
    )


def xmp(*, motion: bool = False) -> bytes:
    """An XMP packet with the same facts once more, as photo programs write it."""
    moving = ' GCamera:MotionPhoto="1"' if motion else ""
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
 xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/" xmlns:GCamera="http://ns.google.com/photos/1.0/camera/"
 xmp:CreatorTool="{SOFTWARE}" xmp:CreateDate="2024-04-14T08:41:27+02:00" xmpMM:DocumentID="{XMP_ID}"
 photoshop:City="Bern" Iptc4xmpCore:Location="{PLACE}"{moving}>
<dc:creator><rdf:Seq><rdf:li>{OWNER}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{CAPTION}</rdf:li></rdf:Alt></dc:description>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>""".encode()


def iptc() -> bytes:
    """An IPTC record in a JPEG APP13 segment."""
    fields = ((80, OWNER), (92, PLACE), (105, CAPTION), (120, COMMENT))
    data = b"".join(
        struct.pack(">BBBH", 0x1C, 2, number, len(text)) + text.encode() for number, text in fields
    )
    block = b"8BIM" + struct.pack(">HHI", 0x0404, 0, len(data)) + data + b"\0" * (len(data) % 2)
    body = b"Photoshop 3.0\0" + block
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body


def jpeg(
    upright: Image.Image,
    *,
    orientation: int = 1,
    quality: int = 84,
    everything: bool = False,
    trailer: bytes = b"",
    **options: object,
) -> bytes:
    """A JPEG as a phone writes it; with `everything`, also XMP, IPTC and a comment."""
    picture = stored(upright, orientation)
    out = io.BytesIO()
    more = {"xmp": xmp(motion=bool(trailer)), "comment": COMMENT.encode()} if everything or trailer else {}
    picture.save(out, "JPEG", quality=quality, exif=exif(picture, orientation), **more, **options)
    data = out.getvalue()
    if everything:
        data = data[:2] + iptc() + data[2:]
    return data + trailer


def two_pictures(first: Image.Image, second: Image.Image) -> bytes:
    """A multi-picture file (MPF): what many phones write when they also keep a preview or a second view."""
    out = io.BytesIO()
    first.save(out, "MPO", quality=84, exif=exif(first), save_all=True, append_images=[second])
    return out.getvalue()


def video() -> bytes:
    """The shape of a short MP4, as motion photos carry it behind the picture."""
    brand = b"ftypmp42" + struct.pack(">I", 0) + b"mp42isom"
    sound = b"mdat" + TRAILER.encode() * 40
    return b"".join(struct.pack(">I", len(box) + 4) + box for box in (brand, sound))


def colour_profile() -> bytes:
    """An sRGB profile with a fixed date, so that every run of `make.py` gives the same bytes."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    data[24:36] = struct.pack(">6H", 2024, 4, 14, 8, 41, 27)
    data[84:100] = bytes(16)
    return bytes(data)

"""What an XMP packet gives away. Names of properties follow XMP part 1 and 2, IPTC and MWG."""

from __future__ import annotations

from xml.parsers import expat

from ..photo import Disclosure

_LONGEST = 200
_MOST = 200

_PROPERTIES = {
    "PersonInImage": ("patient", "person in the picture"),
    "PersonDisplayName": ("patient", "person in the picture"),
    "Name": ("patient", "name of a marked face"),
    "PatientName": ("patient", "patient's name"),
    "PatientID": ("patient", "patient's number"),
    "GPSLatitude": ("place", "latitude"),
    "GPSLongitude": ("place", "longitude"),
    "GPSAltitude": ("place", "altitude"),
    "GPSTimeStamp": ("time", "time of the position"),
    "Location": ("place", "location"),
    "Sublocation": ("place", "location"),
    "City": ("place", "city"),
    "State": ("place", "state"),
    "ProvinceState": ("place", "state"),
    "Country": ("place", "country"),
    "CountryName": ("place", "country"),
    "Make": ("device", "make"),
    "Model": ("device", "model"),
    "SerialNumber": ("device", "serial number"),
    "BodySerialNumber": ("device", "serial number"),
    "LensSerialNumber": ("device", "serial number of the lens"),
    "Lens": ("device", "lens"),
    "LensModel": ("device", "lens"),
    "OwnerName": ("author", "owner of the camera"),
    "CameraOwnerName": ("author", "owner of the camera"),
    "creator": ("author", "author"),
    "rights": ("author", "rights"),
    "Owner": ("author", "owner"),
    "Credit": ("author", "credit"),
    "CaptionWriter": ("author", "writer of the caption"),
    "CiEmailWork": ("author", "e-mail address"),
    "CiTelWork": ("author", "telephone"),
    "CreateDate": ("time", "created"),
    "ModifyDate": ("time", "changed"),
    "MetadataDate": ("time", "metadata changed"),
    "DateCreated": ("time", "created"),
    "DateTimeOriginal": ("time", "taken"),
    "when": ("time", "edited"),
    "CreatorTool": ("software", "software"),
    "softwareAgent": ("software", "software"),
    "title": ("content", "title"),
    "description": ("content", "description"),
    "subject": ("content", "keyword"),
    "hierarchicalSubject": ("content", "keyword"),
    "Headline": ("content", "headline"),
    "Instructions": ("content", "instructions"),
    "UserComment": ("content", "comment"),
    "DocumentID": ("content", "number of the document"),
    "InstanceID": ("content", "number of this copy"),
    "OriginalDocumentID": ("content", "number of the original"),
    "RawFileName": ("content", "name of the original file"),
    "PreservedFileName": ("content", "name of the original file"),
    # Whole pictures, as text
    "image": ("content", "a small copy of the picture"),
    "Data": ("content", "a further picture"),
}
"""Local names of properties: what they are about, and what people call them."""

_PICTURES = {"image", "Data"}


class _EntitiesRefused(Exception):
    """An XMP packet has no use for entities of its own; an attacker has."""


def read(packet: bytes) -> tuple[tuple[Disclosure, ...], bool]:
    """What the packet gives away, each once, and whether all of it could be read. Never raises."""
    found: dict[Disclosure, None] = {}
    path: list[str] = []
    text: list[str] = []

    def note(name: str, value: str) -> None:
        about, label = _PROPERTIES[name]
        value = " ".join(value.split())
        if value and len(found) < _MOST:
            said = label if name in _PICTURES else f"{label}: {value[:_LONGEST]}"
            found[Disclosure(about, "XMP", said)] = None

    def start(name: str, attributes: dict[str, str]) -> None:
        path.append(_local(name))
        text.clear()
        for attribute, value in attributes.items():
            if _local(attribute) in _PROPERTIES:
                note(_local(attribute), value)

    def end(_name: str) -> None:
        # A value stands in the property itself or in items of a list below it.
        owner = next((name for name in reversed(path) if name in _PROPERTIES), None)
        if owner and text:
            note(owner, "".join(text))
        text.clear()
        path.pop()

    def refuse(*_: object) -> None:
        raise _EntitiesRefused

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text.append
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(packet.rstrip(b"\0"), True)
    except (expat.ExpatError, _EntitiesRefused, ValueError):
        return (*found, Disclosure("content", "XMP", "a block that can't be read in full")), False
    return tuple(found), True


def _local(name: str) -> str:
    return name.rpartition(" ")[2]

"""The printable form: in four languages, with all that the gate asks for."""

from __future__ import annotations

import io
import re
import struct
import tomllib
import zlib
from importlib.resources import files

import pytest
import zxingcpp
from PIL import Image, ImageOps
from pyhanko.pdf_utils.reader import PdfFileReader
from typer.testing import CliRunner

from photoguard.cli.main import app
from photoguard.consent.form.page import form
from photoguard.consent.form.template import LANGUAGES, Template
from photoguard.consent.record import Assent, GrantorRole, Statement
from photoguard.errors import UsageError
from photoguard.policy import Channel

PRACTICE = "Praxis am See, Dr. Jürg Müller"
ADDRESS = "Seestrasse 12\n8002 Zürich"
EVERY = pytest.mark.parametrize("language", LANGUAGES)


def said(pdf: bytes) -> str:
    """The text of all pages, without line breaks."""
    reader = PdfFileReader(io.BytesIO(pdf))
    found = []
    for page in reader.root["/Pages"]["/Kids"]:
        stream = page.get_object()["/Contents"].get_object().data.decode("cp1252")
        found += re.findall(r"\(((?:\\.|[^\\)])*)\) Tj", stream)
    return " ".join(re.sub(r"\\(.)", r"\1", one) for one in found)


def png(picture) -> bytes:
    """A grey picture of a PDF as a PNG: the two store pixels alike."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    assert (picture["/ColorSpace"], picture["/DecodeParms"]["/Predictor"]) == ("/DeviceGray", 15)
    head = struct.pack(">IIBBBBB", int(picture["/Width"]), int(picture["/Height"]), 8, 0, 0, 0, 0)
    data = chunk(b"IHDR", head) + chunk(b"IDAT", picture.encoded_data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def leaves(texts: object) -> list[str]:
    if isinstance(texts, dict):
        return [leaf for each in texts.values() for leaf in leaves(each)]
    return [str(texts)]


@EVERY
def test_every_text_of_a_language_stands_on_the_form(language) -> None:
    template = Template.of(language)
    text = said(form(template, PRACTICE, ADDRESS))
    assert PRACTICE in text and "8002 Zürich" in text and template.id in text
    for leaf in leaves(template.texts):
        if "{page}" not in leaf:
            assert leaf in text, leaf


@EVERY
def test_it_asks_for_all_that_the_gate_asks_for(language) -> None:
    texts = Template.of(language).texts
    assert set(Statement) < set(texts["statements"])
    assert {channel.value for channel in Channel} - {"internal"} <= set(texts["uses"])
    assert set(GrantorRole) < set(texts["signer"])
    assert {f"assent_{each.value}" for each in Assent} < set(texts["signer"])
    assert {"face", "full", "identifiable"} < set(texts["masking"])


def test_all_languages_say_the_same_things() -> None:
    def keys(texts: object, at: str = "") -> set[str]:
        if not isinstance(texts, dict):
            return {at}
        return {key for name, each in texts.items() for key in keys(each, f"{at}.{name}")}

    shapes = [keys(Template.of(language).texts) for language in LANGUAGES]
    assert all(shape == shapes[0] for shape in shapes)


@EVERY
def test_the_code_tells_the_template(language) -> None:
    template = Template.of(language)
    reader = PdfFileReader(io.BytesIO(form(template, PRACTICE)))
    page = reader.root["/Pages"]["/Kids"][0].get_object()
    (picture,) = [one.get_object() for one in page["/Resources"]["/XObject"].values()]
    found = Image.open(io.BytesIO(png(picture)))
    framed = ImageOps.expand(found.convert("L"), border=40, fill=255)
    assert [code.text for code in zxingcpp.read_barcodes(framed)] == [f"photoguard:form:{template.id}"]


@EVERY
def test_it_has_two_pages(language) -> None:
    reader = PdfFileReader(io.BytesIO(form(Template.of(language), PRACTICE, "a\nb\nc\nd")))
    assert int(reader.root["/Pages"]["/Count"]) == 2


def test_another_wording_has_another_id() -> None:
    ids = {Template.of(language).id for language in LANGUAGES}
    assert len(ids) == len(LANGUAGES)
    template = Template.of("de")
    data = files("photoguard.consent.form").joinpath("texts", "de.toml").read_bytes()
    changed = Template("de", tomllib.loads(data.decode()), "0" * 64)
    assert template.id != changed.id


def test_the_same_form_is_the_same_file() -> None:
    assert form(Template.of("it"), PRACTICE) == form(Template.of("it"), PRACTICE)


@pytest.mark.parametrize("practice", ["", "   ", "x" * 200, "クリニック"])
def test_a_name_that_can_not_be_printed_is_refused(practice) -> None:
    with pytest.raises(UsageError) as caught:
        form(Template.of("en"), practice)
    assert caught.value.code == "FORM_TEXT"


def test_a_language_without_a_form_is_told() -> None:
    with pytest.raises(UsageError) as caught:
        Template.of("rm")
    assert caught.value.code == "LANGUAGE_UNKNOWN"


def test_the_command_writes_the_form_and_prints_its_id(tmp_path) -> None:
    path = tmp_path / "form.pdf"
    told = CliRunner().invoke(app, ["consent", "form", str(path), "--practice", PRACTICE, "--language", "fr"])
    assert told.output.strip() == Template.of("fr").id
    assert path.read_bytes().startswith(b"%PDF-")
    again = CliRunner().invoke(app, ["consent", "form", str(path), "--practice", PRACTICE])
    assert isinstance(again.exception, UsageError)

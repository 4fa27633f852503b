from __future__ import annotations

import io

import numpy as np
import pytest
from jpeg_sources import SAMPLINGS, make_jpeg, with_segment
from PIL import Image

from photoguard import jpegfile
from photoguard.errors import UnreadablePhoto
from photoguard.jpegfile import Colour, Segment


@pytest.mark.parametrize("progressive", [False, True], ids=["baseline", "progressive"])
@pytest.mark.parametrize("kind", SAMPLINGS)
def test_taken_apart_and_joined_a_file_is_the_same(kind: str, progressive: bool) -> None:
    data = make_jpeg(kind, progressive=progressive)
    picture = jpegfile.parse(data + b"trailer")
    assert jpegfile.join(picture.segments) == data
    assert picture.end == len(data)
    assert picture.stray == 0
    assert [(c.h, c.v) for c in picture.frame.components] == list(SAMPLINGS[kind])


def test_quantization_tables_are_those_pillow_reads() -> None:
    data = make_jpeg("420", quality=70)
    image = Image.open(io.BytesIO(data))
    for component, table in zip((0, 1, 1), jpegfile.parse(data).tables, strict=True):
        assert table.ravel().tolist() == list(image.quantization[component])


def test_a_table_that_is_defined_anew_does_not_change_earlier_scans() -> None:
    picture = jpegfile.parse(make_jpeg("grey", progressive=True))
    *before, last = picture.segments
    later = Segment(jpegfile.DQT, b"\0" + bytes([255] * 64))
    changed = jpegfile.parse(jpegfile.join([*before, later, last]))
    assert np.array_equal(changed.tables[0], picture.tables[0])


def test_a_component_without_a_table_is_damage() -> None:
    segments = [s for s in jpegfile.parse(make_jpeg()).segments if s.marker != jpegfile.DQT]
    with pytest.raises(UnreadablePhoto) as caught:
        _ = jpegfile.parse(jpegfile.join(segments)).tables
    assert caught.value.code == "FILE_DAMAGED"


def test_a_profile_is_put_together_in_its_own_order() -> None:
    data = make_jpeg()
    for number in (1, 3, 2):
        chunk = jpegfile.ICC_PREFIX + bytes([number, 3]) + bytes([number]) * 5
        data = with_segment(data, jpegfile.APP2, chunk)
    assert jpegfile.parse(data).icc == b"\1" * 5 + b"\2" * 5 + b"\3" * 5


@pytest.mark.parametrize(
    ("kind", "colour"),
    [("420", Colour.YCC), ("grey", Colour.GREY), ("cmyk", Colour.CMYK), ("ycck", Colour.YCCK)],
)
def test_colours_are_told_from_headers(kind: str, colour: Colour) -> None:
    picture = jpegfile.parse(make_jpeg(kind))
    assert picture.colour is colour
    assert jpegfile.parse(jpegfile.join(picture.plain)).colour is colour


def test_what_stands_between_segments_is_counted() -> None:
    data = make_jpeg()
    assert jpegfile.parse(data[:2] + b"abc\xff\xff" + data[2:]).stray == 5
    assert jpegfile.parse(data[:2] + b"\xff\xd0" + data[2:]).stray == 2

from __future__ import annotations

import json
import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from made_reports import report_of

from photoguard.errors import StorageError
from photoguard.outcome import Found, Outcome, RunReport, Status
from photoguard.photo import Finding, Kind, Ring
from photoguard.report import as_json, json_schema, write


def test_a_written_report_follows_its_published_schema(written: Path) -> None:
    Draft202012Validator.check_schema(json_schema())
    Draft202012Validator(json_schema()).validate(json.loads((written / "report.json").read_text("utf-8")))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda report: report["photos"][0].update(status="fine"),
        lambda report: report["photos"][0].pop("reasons"),
        lambda report: report["photos"][0].update(patient="x"),
        lambda report: report["photos"][0]["findings"][0].update(box=[1, 2, 3]),
        lambda report: report["photos"][0]["findings"][0].update(outline=[[[1, 2, 3]]]),
        lambda report: report["photos"][0]["findings"][0].pop("outline"),
        lambda report: report.update(schema="photoguard.report/2"),
        lambda report: report["totals"].pop("blocked"),
    ],
)
def test_the_schema_refuses_a_report_that_is_not_one(written: Path, spoil) -> None:
    report = json.loads((written / "report.json").read_text("utf-8"))
    spoil(report)
    with pytest.raises(ValidationError):
        Draft202012Validator(json_schema()).validate(report)


def test_report_json_holds_the_documented_keys_and_no_other(written: Path) -> None:
    report = json.loads((written / "report.json").read_text("utf-8"))
    assert set(report) == {"schema", "channel", "policy", "photos", "left_out", "cameras", "totals"}
    assert report["schema"] == "photoguard.report/1"
    photo = report["photos"][0]
    assert set(photo) == {
        *("source", "source_sha256", "status", "reasons", "output", "output_sha256", "size", "output_size"),
        *(
            "findings",
            "mirror",
            "flipped",
            "decided_by",
            "shown",
            "camera",
            "pair",
            "role",
            "consent",
            "timings_ms",
        ),
    }
    assert set(photo["findings"][0]) == {"kind", "box", "score", "detector", "outline", "sure"}
    assert set(photo["mirror"]) == {"verdict", "cues"}
    assert {"name", "says", "detail"} <= set(photo["mirror"]["cues"][0])
    assert set(photo["consent"]) == {"decision", "codes", "record"}
    assert set(report["totals"]) == {"released", "review", "blocked", "failed"}


def test_an_outline_is_there_where_the_shape_is_not_the_box(written: Path) -> None:
    found = json.loads((written / "report.json").read_text("utf-8"))["photos"][0]["findings"]
    assert [len(each["outline"]) for each in found] == [0, 0, 0, 1]
    assert found[3]["outline"] == [[[400, 2200], [900, 2400], [1200, 3800], [700, 3500]]]


def test_an_outline_is_told_as_finely_as_it_can_be_seen() -> None:
    turn = np.linspace(0, 2 * np.pi, 5000)
    ring = tuple((round(2000 + 1500 * np.cos(a)), round(1500 + 1200 * np.sin(a))) for a in turn)
    speck = ((2000, 1500), (2001, 1500), (2001, 1501))
    found = Found.of(Finding(Kind.TATTOO, (500, 300, 3501, 2701), 0.9, "d", outline=(ring, speck)))
    (told,) = found.outline
    assert 100 < len(told) < 1200
    assert not any(point == before for point, before in pairwise(told))
    seen, whole = (_area(each) for each in (told, ring))
    assert seen == pytest.approx(whole, rel=0.01)
    small = ((10, 10), (60, 12), (40, 50))
    assert Found.of(Finding(Kind.TATTOO, (10, 10, 61, 51), 0.9, "d", outline=(small,))).outline == (small,)
    assert Found.of(Finding(Kind.FACE, (10, 10, 61, 51), 0.9, "d")).outline == ()


def _area(ring: Ring) -> float:
    x, y = np.array(ring).T
    return abs(float(x @ np.roll(y, 1) - y @ np.roll(x, 1))) / 2


def test_report_json_reads_back_as_the_same_report(written: Path, run_report: RunReport) -> None:
    assert RunReport.model_validate_json((written / "report.json").read_bytes()) == run_report


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_both_files_can_be_read_by_their_owner_only_and_nothing_else_is_left(written: Path) -> None:
    assert {path.name for path in written.iterdir()} == {"report.json", "report.html"}
    assert {path.stat().st_mode & 0o777 for path in written.iterdir()} == {0o600}


def test_what_a_killed_run_left_is_replaced(tmp_path: Path) -> None:
    (tmp_path / ".report.html.part").write_text("half")
    (tmp_path / "report.html").write_text("old")
    write(report_of(), tmp_path, {})
    assert {path.name for path in tmp_path.iterdir()} == {"report.json", "report.html"}
    assert (tmp_path / "report.html").read_text("utf-8").rstrip().endswith("</html>")


@pytest.mark.parametrize("name", ["report.json", "report.html"])
def test_a_report_that_cannot_be_written_is_an_error_with_a_code_and_leaves_no_part(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name / "in the way").mkdir(parents=True)
    with pytest.raises(StorageError) as error:
        write(report_of(), tmp_path, {})
    assert error.value.code == "REPORT_UNWRITABLE"
    assert str(tmp_path) not in str(error.value)
    assert not list(tmp_path.glob(".*"))


def test_a_report_that_breaks_off_leaves_the_one_before_as_it_was(tmp_path: Path) -> None:
    write(report_of(), tmp_path, {})
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    broken = report_of(Outcome(source="a.jpg", status=Status.RELEASED, output="released/a.jpg"))
    with pytest.raises(TypeError):
        write(broken, tmp_path, {"a.jpg": "not bytes"})  # type: ignore[dict-item]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_report_into_a_folder_that_is_not_there_is_an_error_with_a_code(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        write(report_of(), tmp_path / "missing", {})


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_report_that_is_written_in_pieces_is_the_same_report(count: int) -> None:
    odd = '\n  "photos": [\u2028\x85é'
    photos = [Outcome(source=f"{odd}{place}", status=Status.REVIEW, reasons=(odd,)) for place in range(count)]
    report = report_of(*photos).model_copy(update={"policy": {"photos": [odd], odd: {"photos": []}}})
    assert "".join(as_json(report)) == report.model_dump_json(by_alias=True, indent=2) + "\n"

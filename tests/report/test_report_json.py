from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from made_reports import report_of

from photoguard.errors import StorageError
from photoguard.outcome import Outcome, RunReport, Status
from photoguard.report import json_schema, write


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
    assert set(report) == {"schema", "channel", "policy", "photos", "left_out", "totals"}
    assert report["schema"] == "photoguard.report/1"
    photo = report["photos"][0]
    assert set(photo) == {
        *("source", "source_sha256", "status", "reasons", "output", "output_sha256", "size", "findings"),
        *("mirror", "pair", "role", "consent", "timings_ms"),
    }
    assert set(photo["findings"][0]) == {"kind", "box", "score", "detector"}
    assert set(photo["mirror"]) == {"verdict", "cues"}
    assert {"name", "says", "detail"} <= set(photo["mirror"]["cues"][0])
    assert set(photo["consent"]) == {"decision", "codes", "record"}
    assert set(report["totals"]) == {"released", "review", "blocked", "failed"}


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

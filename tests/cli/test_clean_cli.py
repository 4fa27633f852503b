from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from skin import SKIN


def photoguard(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "photoguard", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=200
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    shutil.copy(SKIN, folder / "a.jpg")
    (folder / "broken.jpg").write_bytes(b"no photo")
    return folder


def test_json_is_the_report_and_nothing_else_and_fits_its_schema(folder: Path, tmp_path: Path) -> None:
    told = photoguard("clean", folder, "--out", tmp_path / "out", "--json")
    report = json.loads(told.stdout)
    assert told.stderr == ""
    assert told.returncode == 5
    assert report == json.loads((tmp_path / "out" / "report.json").read_text())
    jsonschema.validate(report, json.loads(photoguard("schema").stdout))
    assert {photo["source"]: photo["status"] for photo in report["photos"]} == {
        "a.jpg": "released",
        "broken.jpg": "failed",
    }


def test_people_read_totals_and_a_line_for_each_photo_that_is_held(folder: Path, tmp_path: Path) -> None:
    told = photoguard("clean", folder, "--out", tmp_path / "out")
    assert told.stdout.splitlines()[0].split() == ["✓", "Released", "1"]
    held = [line for line in told.stdout.splitlines() if "[NOT_A_PHOTO]" in line]
    assert len(held) == 1 and "broken.jpg" in held[0] and "Export it as JPEG or PNG" in held[0]
    assert "\x1b" not in told.stdout + told.stderr  # no colour codes where nobody looks at a terminal


def test_quiet_prints_nothing(folder: Path, tmp_path: Path) -> None:
    told = photoguard("clean", folder / "a.jpg", "--out", tmp_path / "out", "--quiet")
    assert (told.stdout, told.stderr, told.returncode) == ("", "", 0)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["clean", "{gone}", "--out", "{out}"], "INPUT_MISSING"),
        (["clean", "{folder}", "--out", "{folder}/out"], "OUT_INSIDE_INPUT"),
        (["clean", "{folder}", "--out", "{out}", "--for", "fax"], "CHANNEL_UNKNOWN"),
        (["clean", "{folder}", "--out", "{out}", "--policy", "{gone}"], "POLICY_UNREADABLE"),
        (["clean", "{folder}", "--out", "{out}", "--manifest", "{gone}"], "MANIFEST_UNREADABLE"),
        (["clean", "{folder}", "--out", "{out}", "--cluster", "{gone}:8786"], "CLUSTER_ADDRESS"),
    ],
)
def test_a_call_that_can_not_be_carried_out_is_one_line_and_exit_code_2(
    folder: Path, tmp_path: Path, arguments: list[str], code: str
) -> None:
    places = {"gone": tmp_path / "Mustermann", "out": tmp_path / "out", "folder": folder}
    told = photoguard(*(argument.format(**places) for argument in arguments))
    assert told.returncode == 2
    assert told.stdout == ""
    (line,) = told.stderr.splitlines()
    assert f"[{code}]" in line and "Mustermann" not in line
    assert not (tmp_path / "out").exists()


def test_a_wrong_or_missing_model_refuses_to_start(folder: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    told = photoguard("clean", folder, "--out", tmp_path / "out", PHOTOGUARD_MODELS=str(models))
    assert told.returncode == 5 and "[MODEL_MISSING]" in told.stderr
    source = Path(__file__).parents[2] / "models" / "registry.toml"
    (models / "registry.toml").write_text(source.read_text())
    (models / "centerface.onnx").write_bytes(b"another net")
    told = photoguard("clean", folder, "--out", tmp_path / "out", PHOTOGUARD_MODELS=str(models))
    assert told.returncode == 5 and "[MODEL_WRONG]" in told.stderr
    assert not (tmp_path / "out").exists()


def test_inspect_names_what_is_found_and_the_broken_file(folder: Path) -> None:
    told = photoguard("inspect", folder / "a.jpg", folder / "broken.jpg")
    assert told.returncode == 5
    assert "a.jpg  jpeg  960 x 720" in told.stdout and "[NOT_A_PHOTO]" in told.stdout
    assert [path.name for path in folder.iterdir() if path.suffix != ".jpg"] == []
    answers = json.loads(photoguard("inspect", "--json", folder / "a.jpg").stdout)
    assert answers[0]["size"] == [960, 720]


def test_help_and_version_answer_without_loading_the_nets() -> None:
    assert "clean" in photoguard("--help").stdout
    assert photoguard("--version").stdout.strip() == "0.1.0"


def test_a_folder_that_is_copied_to_a_cloud_is_named_on_stderr(folder: Path, tmp_path: Path) -> None:
    told = photoguard("clean", folder, "--out", tmp_path / "OneDrive" / "out", "--json")
    assert "OneDrive" in told.stderr and "[CLOUD_FOLDER]" in told.stderr
    json.loads(told.stdout)

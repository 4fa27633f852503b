"""The README's first command, as a person would type it, held against sample_images/README.md."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from offline import Offline
from PIL import Image

from photoguard.consent.demo import demo_registry

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_images"
EXPECTED_EXIT_CODE = 5

STRUCTURE = {
    # What exiftool reads off a picture's own structure. Names as `-G1` gives them; nothing else may stand in a file.
    "File": "FileType FileTypeExtension MIMEType ImageWidth ImageHeight EncodingProcess BitsPerSample"
    " ColorComponents YCbCrSubSampling",
    "JFIF": "JFIFVersion ResolutionUnit XResolution YResolution",
    "Adobe": "DCTEncodeVersion APP14Flags0 APP14Flags1 ColorTransform",
    "PNG": "ImageWidth ImageHeight BitDepth ColorType Compression Filter Interlace",
    "RIFF": "ImageWidth ImageHeight HorizontalScale VerticalScale VP8Version",
    "Composite": "ImageSize Megapixels",
    # Not in the file: exiftool itself and the folder
    "ExifTool": "ExifToolVersion",
    "System": "Directory FileName FileSize FilePermissions FileModifyDate FileAccessDate FileInodeChangeDate",
}


@dataclass(frozen=True)
class Expected:
    status: str
    reasons: list[str]


def expectations() -> dict[str, Expected]:
    rows = re.findall(
        r"^\| `([^`]+)` \| [^|]+ \| (released|review|blocked|failed) \| ([^|]*)\|",
        (SAMPLES / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    return {name: Expected(status, re.findall(r"`(\w+)`", reasons)) for name, status, reasons in rows}


def left_out() -> dict[str, str]:
    section = (
        (SAMPLES / "README.md").read_text(encoding="utf-8").split("## What is left out")[1].split("\n## ")[0]
    )
    return dict(re.findall(r"^\| `([^`]+)` \| `(\w+)` \|", section, re.MULTILINE))


def hashes() -> dict[str, str]:
    files = sorted(path for path in SAMPLES.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {
        path.relative_to(SAMPLES).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


@dataclass(frozen=True)
class Run:
    code: int
    out: Path
    report: dict[str, Any]
    screen: str
    before: dict[str, str]
    after: dict[str, str]
    network_asked: str

    @property
    def photos(self) -> dict[str, dict[str, Any]]:
        return {photo["source"]: photo for photo in self.report["photos"]}

    @property
    def outputs(self) -> list[Path]:
        return sorted(path for folder in ("released", "review") for path in (self.out / folder).iterdir())


def clean(
    out: Path, home: Path, *more: str, photos: Path = Path("sample_images")
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "photoguard", "clean", str(photos), "--out", str(out), *more],
        cwd=ROOT,
        env={**os.environ, "PHOTOGUARD_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("samples")
    before = hashes()
    offline = Offline(folder)
    command = [sys.executable, "-m", "photoguard", "clean", "sample_images", "--out", str(folder / "cleaned")]
    done = offline.run(command, cwd=ROOT, environment={"PHOTOGUARD_HOME": str(folder / "home")}, timeout=900)
    report = json.loads((folder / "cleaned" / "report.json").read_text(encoding="utf-8"))
    told = done.stdout + done.stderr
    return Run(done.returncode, folder / "cleaned", report, told, before, hashes(), offline.asked)


@pytest.fixture(scope="module")
def camera() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sample_camera", SAMPLES / "camera.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pytestmark = pytest.mark.timeout(900)


def test_the_samples_show_every_status() -> None:
    assert len(expectations()) >= 14
    assert {one.status for one in expectations().values()} == {"released", "review", "blocked", "failed"}


def test_the_demo_registry_is_the_one_that_is_pinned() -> None:
    assert demo_registry(SAMPLES) is not None, (
        "pin what sample_images/make.py prints in photoguard/consent/demo.py"
    )


def test_each_photo_ends_as_its_readme_says(run: Run) -> None:
    found = {name: Expected(photo["status"], photo["reasons"]) for name, photo in run.photos.items()}
    assert found == expectations()


def test_the_exit_code_is_the_gravest_photos(run: Run) -> None:
    assert run.code == EXPECTED_EXIT_CODE
    assert f"exit code {EXPECTED_EXIT_CODE}" in (SAMPLES / "README.md").read_text(encoding="utf-8")


def test_all_of_it_happens_without_a_network_that_nobody_asks_for(run: Run) -> None:
    # The run has none: see offline.py. All tests here hold for it.
    assert run.network_asked == ""


def test_a_run_without_a_network_really_has_none(tmp_path: Path) -> None:
    offline = Offline(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        ask = [sys.executable, "-c", f"import socket; socket.create_connection(('127.0.0.1', {port}))"]
        assert subprocess.run(ask).returncode == 0
        assert "there is no network" in offline.run(ask).stderr
        assert "socket.getaddrinfo" in offline.asked
        if offline.namespace:
            alone = subprocess.run([*offline.namespace, *ask], capture_output=True, text=True)
            assert "Network is unreachable" in alone.stderr


def test_what_is_no_photo_is_named_and_left_out(run: Run) -> None:
    told = {one["source"]: one["reason"] for one in run.report["left_out"]}
    assert {name: told.get(name) for name in left_out()} == left_out()
    assert {told[name] for name in told.keys() - left_out().keys()} <= {"not_a_photo", "hidden"}


def test_output_folders_hold_the_reported_files_and_nothing_else(run: Run) -> None:
    reported = {photo["output"]: photo for photo in run.report["photos"] if photo["output"]}
    assert {path.relative_to(run.out).as_posix() for path in run.outputs} == set(reported)
    for name, photo in reported.items():
        assert name.split("/")[0] == photo["status"]
        assert hashlib.sha256((run.out / name).read_bytes()).hexdigest() == photo["output_sha256"]
    assert all(
        photo["output"] is None for photo in run.report["photos"] if photo["status"] in ("blocked", "failed")
    )


def test_output_names_tell_nothing(run: Run) -> None:
    assert all(re.fullmatch(r"pg-[a-z2-7]{16}\.[a-z]{3,4}", path.name) for path in run.outputs)


def test_originals_are_untouched(run: Run) -> None:
    assert run.after == run.before


def test_no_planted_word_is_in_any_output(run: Run, camera: ModuleType) -> None:
    runs = {told[i : i + 6].encode() for told in camera.PLANTED for i in range(len(told) - 5)}
    runs |= {told[i : i + 6].encode("utf-16-le") for told in camera.PLANTED for i in range(len(told) - 5)}
    for path in run.outputs:
        data = path.read_bytes()
        assert [found for found in runs if found in data] == [], path.name


def test_the_planted_words_are_in_the_samples(camera: ModuleType) -> None:
    # Otherwise the test above would pass on photos that never told anything.
    everything = b"".join(path.read_bytes() for path in SAMPLES.rglob("IMG_*"))
    assert [told for told in camera.PLANTED if told.encode() not in everything] == []


def test_pictures_are_upright_and_keep_their_size(run: Run) -> None:
    for photo in run.photos.values():
        if photo["output"] and not photo["output"].endswith((".heic", ".heif")):
            with Image.open(run.out / photo["output"]) as picture:
                assert picture.size == tuple(photo["size"])
                assert picture.getexif().get(0x0112, 1) == 1
                assert getattr(picture, "n_frames", 1) == 1
    portrait = run.photos["phone/IMG_2045.jpg"]
    assert portrait["size"] == [714, 952]  # stored as 952 x 714


def test_what_the_samples_show_is_found(run: Run) -> None:
    def kinds(name: str) -> set[str]:
        return {found["kind"] for found in run.photos[name]["findings"]}

    for name in (
        "phone/IMG_2045.jpg",
        "faces/lying_patient.jpg",
        "faces/upside_down.jpg",
        "formats/cut_out.png",
    ):
        assert "face" in kinds(name), name
    assert {"face", "text", "code"} <= kinds("faces/portrait.jpg")
    assert {"text", "code"} <= kinds("labels/wristband.jpg")
    assert "code" in kinds("labels/barcode.jpg")
    for name in ("tattoos/arm.jpg", "tattoos/back.jpg", "tattoos/wound_in_ink.jpg"):
        assert "tattoo" in kinds(name), name
    assert kinds("phone/IMG_2041.jpg") == {"background"}


@pytest.mark.parametrize(
    ("name", "ink", "finding"),
    [
        ("tattoos/arm.jpg", (170, 340, 360, 520), (780, 350, 960, 500)),
        ("tattoos/back.jpg", (290, 230, 460, 340), (720, 520, 940, 630)),
        (
            "tattoos/wound_in_ink.jpg",
            (500, 250, 560, 560),
            (700, 380, 740, 430),
        ),  # ink and wound overlap: a person looks
    ],
)
def test_ink_is_gone_and_the_finding_untouched(
    run: Run, name: str, ink: tuple[int, int, int, int], finding: tuple[int, int, int, int]
) -> None:
    before, after = (
        np.asarray(Image.open(path).convert("RGB")).astype(int)
        for path in (SAMPLES / name, run.out / run.photos[name]["output"])
    )
    changed = (before != after).any(axis=2)
    assert changed[ink[1] : ink[3], ink[0] : ink[2]].mean() > 0.95
    assert not changed[finding[1] : finding[3], finding[0] : finding[2]].any()


def test_a_jpeg_with_nothing_to_mask_keeps_its_picture_data(tmp_path: Path) -> None:
    # For a journal the drape may stay.
    original = (SAMPLES / "phone" / "IMG_2041.jpg").read_bytes()
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(original)
    out = tmp_path / "cleaned"
    done = clean(out, tmp_path / "home", "--for", "journal", "--json", photos=tmp_path / "photos")
    (photo,) = json.loads(done.stdout)["photos"]
    assert photo["status"] == "released" and not photo["findings"]
    cleaned = (out / photo["output"]).read_bytes()
    assert cleaned[cleaned.index(b"\xff\xda") :] == original[original.rindex(b"\xff\xda") :]


def test_the_screen_names_each_held_photo_once(run: Run) -> None:
    held = [name for name, photo in run.photos.items() if photo["status"] != "released"]
    assert [name for name in held if run.screen.count(name) != 1] == []
    assert "Traceback" not in run.screen


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
def test_exiftool_finds_nothing_beyond_structure(run: Run) -> None:
    told = subprocess.run(
        ["exiftool", "-a", "-G1", "-s", "-json", "-ee", *map(str, run.outputs)],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    listed = {f"{group}:{tag}" for group, tags in STRUCTURE.items() for tag in tags.split()}
    for file in json.loads(told.stdout):
        assert file.keys() - listed - {"SourceFile"} == set(), file["SourceFile"]


def test_a_keep_area_holds_back_what_a_mask_would_touch(tmp_path: Path) -> None:
    # Only what the manifest names, to be quick.
    named = re.findall(
        r"^([^,]+\.jpg),", (SAMPLES / "manifest.csv").read_text(encoding="utf-8"), re.MULTILINE
    )
    for name in named:
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SAMPLES / name, tmp_path / "photos" / name)
    manifest = str(SAMPLES / "manifest.csv")
    done = clean(
        tmp_path / "cleaned", tmp_path / "home", "--manifest", manifest, "--json", photos=tmp_path / "photos"
    )
    photos = {photo["source"]: photo for photo in json.loads(done.stdout)["photos"]}
    assert photos["labels/barcode.jpg"]["reasons"] == ["KEEP_TOUCHED"]
    assert photos["labels/name_label.jpg"]["status"] == "released"
    assert photos["pairs/genou_avant.jpg"]["reasons"] == ["PATIENT_ID_AMBIGUOUS", "NO_CONSENT"]

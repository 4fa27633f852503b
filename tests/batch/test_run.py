"""Whole runs over small folders, with the real stages."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Executor
from importlib.metadata import version
from itertools import chain
from pathlib import Path

import pytest
from conftest_photos import save_photo, with_consent

import photoguard
from photoguard import weights
from photoguard.audit import AuditLog
from photoguard.consent.registry import Registry
from photoguard.errors import UsageError
from photoguard.home import Home
from photoguard.outcome import Outcome, RunReport


def clean(folder: Path, out: Path, workers: Executor, **options: object) -> RunReport:
    return photoguard.clean_folder(folder, out, executor=workers, **options)  # type: ignore[arg-type]


def by_source(report: RunReport) -> dict[str, Outcome]:
    return {photo.source: photo for photo in report.photos}


def files(out: Path) -> set[str]:
    return {
        path.relative_to(out).as_posix() for kind in ("released", "review") for path in (out / kind).iterdir()
    }


def test_a_folder_becomes_a_folder_that_is_safe_to_share(tmp_path: Path, workers: Executor) -> None:
    folder, out = tmp_path / "photos", tmp_path / "out"
    save_photo(folder / "Mustermann_Max.jpg", 1)
    save_photo(folder / "more" / "turned.jpg", 2, orientation=6)
    before = {path: path.read_bytes() for path in folder.rglob("*.jpg")}
    report = clean(folder, out, workers)
    photos = by_source(report)
    assert {name: photo.status for name, photo in photos.items()} == {
        "Mustermann_Max.jpg": "released",
        "more/turned.jpg": "released",
    }
    assert photos["more/turned.jpg"].size == (240, 320)
    assert files(out) == {photo.output for photo in report.photos}
    for path in (out / "released").iterdir():
        content = path.read_bytes()
        assert b"Acme Optics" not in content and b"Mustermann" not in str(path).encode()
        assert path.stat().st_mtime == 946_684_800
    assert {path: path.read_bytes() for path in folder.rglob("*.jpg")} == before
    assert json.loads((out / "report.json").read_text())["totals"]["released"] == 2
    assert report.exit_code() == 0


def test_what_can_not_be_read_fails_alone_with_a_code(tmp_path: Path, workers: Executor) -> None:
    folder, out = tmp_path / "photos", tmp_path / "out"
    save_photo(folder / "good.jpg")
    whole = (folder / "good.jpg").read_bytes()
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "zip.jpg").write_bytes(b"PK\x03\x04" + bytes(100))
    (folder / "random.png").write_bytes(os.urandom(2000))
    (folder / "broken.jpg").symlink_to(folder / "gone.jpg")
    (folder / "folder.jpg").mkdir()
    report = clean(folder, out, workers)
    assert {name: photo.reasons for name, photo in by_source(report).items()} == {
        "good.jpg": (),
        "empty.jpg": ("FILE_EMPTY",),
        "cut.jpg": ("FILE_DAMAGED",),
        "zip.jpg": ("NOT_A_PHOTO",),
        "random.png": ("NOT_A_PHOTO",),
        "broken.jpg": ("LINK_BROKEN",),
        "folder.jpg": ("NOT_A_FILE",),
    }
    assert len(files(out)) == 1
    assert report.exit_code() == 5


@pytest.mark.skipif(os.name == "nt", reason="such names can't exist there")
def test_hostile_names_are_taken_and_reported(tmp_path: Path, workers: Executor) -> None:
    folder, out = tmp_path / "photos", tmp_path / "out"
    names = [
        "new\nline.jpg",
        "quo'te\".jpg",
        "\N{FACE WITH MEDICAL MASK}.jpg",
        "\u202egnp.jpg",
        "x" * 251 + ".jpg",
    ]
    for seed, name in enumerate(names):
        save_photo(folder / name, seed)
    raw = Path(os.fsdecode(os.fsencode(folder) + b"/not-\xff-utf8.jpg"))
    raw.write_bytes((folder / names[1]).read_bytes())
    report = clean(folder, out, workers)
    assert set(by_source(report)) == {*names, "not-\ufffd-utf8.jpg"}
    assert {photo.status for photo in report.photos} == {"released"}


def test_faces_are_masked_and_the_rest_of_the_photo_stays(
    tmp_path: Path, workers: Executor, face_photo: Path
) -> None:
    import numpy as np
    from PIL import Image

    # For a colleague the room stays as it is.
    report = clean(face_photo.parent, tmp_path / "out", workers, channel="messenger")
    (photo,) = report.photos
    assert photo.status == "released"
    face = next(found for found in photo.findings if found.kind == "face")
    assert photo.output is not None
    masked = np.asarray(Image.open(tmp_path / "out" / photo.output)).astype(int)
    original = np.asarray(Image.open(face_photo)).astype(int)
    x0, y0, x1, y1 = face.box
    assert np.abs(masked - original)[y0:y1, x0:x1].mean() > 20
    assert np.abs(masked - original)[420:, 350:].max() == 0


def test_a_mask_on_the_keep_area_sends_the_photo_to_review(
    tmp_path: Path, workers: Executor, face_photo: Path
) -> None:
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("file,keep\nface.jpg,200 100 240 140\n")
    report = clean(face_photo.parent, tmp_path / "out", workers, manifest=manifest)
    assert report.photos[0].reasons == ("KEEP_TOUCHED",)
    assert files(tmp_path / "out") == {report.photos[0].output}
    assert report.exit_code() == 3


def test_a_pair_leaves_with_consent_and_is_blocked_without(tmp_path: Path, workers: Executor) -> None:
    folder, out, home = tmp_path / "photos", tmp_path / "out", tmp_path / "home"
    for seed, name in enumerate(["knee_before", "knee_after", "Nase vorher", "Nase nachher"]):
        save_photo(folder / f"{name}.jpg", seed)
    record = with_consent(home, folder, "knee_before.jpg", "knee_after.jpg")
    report = clean(folder, out, workers, home=home)
    photos = by_source(report)
    for half in ("knee_before.jpg", "knee_after.jpg"):
        assert (photos[half].status, photos[half].consent.record) == ("released", record)
    for half in ("Nase vorher.jpg", "Nase nachher.jpg"):
        assert photos[half].status == "blocked"
        assert "NO_CONSENT" in photos[half].reasons
        assert photos[half].output is None
    assert len(files(out)) == 2
    assert report.exit_code() == 4


def test_consent_for_another_channel_blocks(tmp_path: Path, workers: Executor) -> None:
    folder, home = tmp_path / "photos", tmp_path / "home"
    save_photo(folder / "a_before.jpg", 1)
    save_photo(folder / "a_after.jpg", 2)
    with_consent(home, folder, "a_before.jpg", "a_after.jpg", channels=("journal",))
    report = clean(folder, tmp_path / "out", workers, home=home)
    assert {photo.reasons for photo in report.photos} == {("CHANNEL_NOT_COVERED",)}


def test_a_pair_goes_out_whole_or_not_at_all(tmp_path: Path, workers: Executor) -> None:
    folder, out, home = tmp_path / "photos", tmp_path / "out", tmp_path / "home"
    save_photo(folder / "a_before.jpg", 1)
    save_photo(folder / "a_after.jpg", 2, orientation=2)
    with_consent(home, folder, "a_before.jpg", "a_after.jpg")
    photos = by_source(clean(folder, out, workers, home=home))
    assert (photos["a_after.jpg"].status, photos["a_after.jpg"].reasons) == ("review", ("MIRRORED",))
    assert (photos["a_before.jpg"].status, photos["a_before.jpg"].reasons) == ("review", ("PAIR_HALF_HELD",))
    assert list((out / "released").iterdir()) == []


def test_half_a_pair_is_held(tmp_path: Path, workers: Executor) -> None:
    folder = tmp_path / "photos"
    save_photo(folder / "nose_after.jpg", 1)
    save_photo(folder / "IMG_7.jpg", 2)
    manifest = tmp_path / "m.csv"
    manifest.write_text("file,patient,pair,role\nIMG_7.jpg,P-1,X,before\nIMG_8.jpg,P-1,X,after\n")
    photos = by_source(clean(folder, tmp_path / "out", workers, manifest=manifest))
    assert (photos["nose_after.jpg"].status, photos["nose_after.jpg"].reasons) == (
        "review",
        ("PAIR_HALF_ALONE",),
    )
    assert photos["IMG_7.jpg"].status == "blocked"
    assert "PAIR_INCOMPLETE" in photos["IMG_7.jpg"].reasons
    assert (photos["IMG_8.jpg"].status, photos["IMG_8.jpg"].reasons) == ("failed", ("MANIFEST_FILE_MISSING",))


def test_a_folder_can_not_bring_its_own_consents(tmp_path: Path, workers: Executor) -> None:
    folder = tmp_path / "photos"
    save_photo(folder / "a_before.jpg", 1)
    save_photo(folder / "a_after.jpg", 2)
    with_consent(folder / "demo_home", folder, "a_before.jpg", "a_after.jpg")
    report = clean(folder, tmp_path / "out", workers)
    assert all("NO_CONSENT" in photo.reasons for photo in report.photos)


def test_finished_photos_are_not_done_twice_and_changed_ones_are(tmp_path: Path, workers: Executor) -> None:
    folder, out = tmp_path / "photos", tmp_path / "out"
    for seed in range(3):
        save_photo(folder / f"{seed}.jpg", seed)
    first = clean(folder, out, workers)
    save_photo(folder / "1.jpg", 77)
    (folder / "2.jpg").unlink()
    save_photo(folder / "3.jpg", 3)
    second = by_source(clean(folder, out, workers))
    assert set(second) == {"0.jpg", "1.jpg", "3.jpg"}
    assert second["0.jpg"] == by_source(first)["0.jpg"]  # its timings too: it was not done again
    assert second["1.jpg"].source_sha256 != by_source(first)["1.jpg"].source_sha256
    assert files(out) == {photo.output for photo in second.values()}


def test_a_consent_that_is_revoked_between_two_runs_takes_the_pair_back(
    tmp_path: Path, workers: Executor
) -> None:
    folder, out, home = tmp_path / "photos", tmp_path / "out", tmp_path / "home"
    save_photo(folder / "a_before.jpg", 1)
    save_photo(folder / "a_after.jpg", 2)
    record = with_consent(home, folder, "a_before.jpg", "a_after.jpg")
    assert clean(folder, out, workers, home=home).totals.released == 2
    Registry(Home.at(home)).revoke(record, "asked to by the patient")
    report = clean(folder, out, workers, home=home)
    assert {photo.reasons for photo in report.photos} == {("REVOKED",)}
    assert files(out) == set()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_ended_early_is_resumed_by_the_same_command(tmp_path: Path, end: signal.Signals) -> None:
    folder, out = tmp_path / "photos", tmp_path / "out"
    for seed in range(12):
        save_photo(folder / f"{seed:02}.jpg", seed)
    command = [
        sys.executable,
        "-m",
        "photoguard",
        "clean",
        str(folder),
        "--out",
        str(out),
        "--jobs",
        "1",
        "-q",
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    deadline = time.monotonic() + 120
    while len(list((out / "released").glob("pg-*")) if out.exists() else []) < 2:
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, end)
    _, errors = process.communicate(timeout=60)
    there = {path.name: path.stat().st_ino for path in (out / "released").iterdir()}
    assert len(there) < 12
    # What was put into place in the last moment, and not yet written down, is done again.
    finished = (out / ".photoguard" / "journal.jsonl").read_text()
    done = {name: inode for name, inode in there.items() if name in finished}
    assert done
    if end is signal.SIGINT:
        assert process.returncode == 130
        assert b"Traceback" not in errors and b"goes on from here" in errors
        assert not (out / ".photoguard" / "staging").exists()
    again = subprocess.run(command, capture_output=True, timeout=200)
    assert (again.returncode, again.stdout, again.stderr) == (0, b"", b"")
    now = {path.name: path.stat().st_ino for path in (out / "released").iterdir()}
    assert len(now) == 12
    assert {name: now[name] for name in done} == done
    assert not (out / ".photoguard" / "staging").exists()


def test_every_decision_is_in_the_audit_log_and_no_name_is(tmp_path: Path, workers: Executor) -> None:
    folder, home = tmp_path / "photos", tmp_path / "home"
    save_photo(folder / "Mustermann.jpg", 1)
    (folder / "Schmidt.jpg").write_bytes(b"no photo")
    clean(folder, tmp_path / "out", workers, home=home)
    log = AuditLog(Home.at(home))
    assert log.verify() == 5
    told = [(entry.event, json.loads(entry.details).get("status")) for entry in log.entries()]
    assert sorted(told[1:3]) == [("photo", "failed"), ("photo", "released")]
    first, photo, _, finished, checkpoint = log.entries()
    begun = json.loads(first.details)
    assert begun["version"] == version("photoguard") and begun["preset"] is True
    assert begun["models"] == weights.check() and "centerface" in begun["models"]
    told = json.loads(photo.details)
    assert all(told[name] == begun[name] for name in ("version", "policy", "model_set"))
    assert (finished.event, checkpoint.event) == ("run_finished", "checkpoint")
    content = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert b"Mustermann" not in content and b"Schmidt" not in content


def refused(code: str, *arguments: object, **options: object) -> None:
    with pytest.raises(UsageError) as error:
        photoguard.clean_folder(*arguments, **options)  # type: ignore[arg-type]
    assert error.value.code == code


def test_an_output_folder_that_would_mix_things_up_is_refused(tmp_path: Path, workers: Executor) -> None:
    folder, out = tmp_path / "photos", tmp_path / "out"
    save_photo(folder / "a.jpg")
    refused("OUT_INSIDE_INPUT", folder, folder)
    refused("OUT_INSIDE_INPUT", folder, folder / "sub" / "out")
    refused("INPUT_MISSING", folder / "gone", out)
    refused("INPUT_MISSING", [], out)
    refused("CHANNEL_UNKNOWN", folder, out, channel="fax")
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "beach.txt").write_text("x")
    refused("OUT_NOT_EMPTY", folder, tmp_path / "holiday")
    (tmp_path / "file").write_text("x")
    refused("OUT_UNWRITABLE", folder, tmp_path / "file")
    refused("OUT_UNWRITABLE", folder, tmp_path / "file" / "below")
    clean(folder, out, workers)
    refused("OUT_OTHER_RUN", folder, out, channel="journal", executor=workers)
    assert {path.name for path in folder.iterdir()} == {"a.jpg"}


def test_what_a_file_manager_leaves_in_the_output_folder_stops_nothing(
    tmp_path: Path, workers: Executor
) -> None:
    folder, out = tmp_path / "photos", tmp_path / "out"
    save_photo(folder / "a.jpg")
    out.mkdir()
    for name in (".DS_Store", "Thumbs.db"):
        (out / name).write_bytes(b"where the icons stand")
        assert clean(folder, out, workers).totals.released == 1


def test_a_full_disk_fails_the_photo_and_leaves_nothing_of_it(tmp_path: Path) -> None:
    import resource

    folder, out = tmp_path / "photos", tmp_path / "out"
    save_photo(folder / "a.jpg")
    # A limit on file sizes stands in for a full disk: writing fails in the middle of the file, for real.
    code = (
        "import resource, sys, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "import photoguard.batch.worker as w;"
        "from pathlib import Path; from photoguard.policy import Policy;"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000));"
        f"r = w.work(w.Job(Path({str(folder / 'a.jpg')!r}), 'a.jpg', Policy(), Path({str(out)!r})));"
        "print(r.outcome.status.value, r.outcome.reasons, r.staged)"
    )
    out.mkdir()
    assert (folder / "a.jpg").stat().st_size > 8000
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "failed ('OUTPUT_FULL',) None"
    assert list(out.iterdir()) == []
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 8000


def test_a_file_that_changes_after_consent_was_decided_is_not_cleaned(tmp_path: Path) -> None:
    from photoguard.batch.worker import Job, work
    from photoguard.policy import Policy

    save_photo(tmp_path / "a.jpg")
    result = work(Job(tmp_path / "a.jpg", "a.jpg", Policy(), tmp_path, expected="0" * 64))
    assert result.outcome.reasons == ("FILE_CHANGED",)
    assert result.staged is None


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="finds the worker by what it has open")
def test_a_photo_that_kills_its_worker_fails_alone(tmp_path: Path) -> None:
    from photoguard.batch.pool import Pool
    from photoguard.batch.worker import Job
    from photoguard.policy import Policy

    save_photo(tmp_path / "good.jpg")
    os.mkfifo(tmp_path / "killer.jpg")
    killed: set[int] = set()

    # Open for both ends and for the whole test: whoever reads waits, and is killed while it waits.
    with (tmp_path / "killer.jpg").open("r+b", buffering=0) as pipe:

        def kill_whoever_opens_it() -> None:
            deadline = time.monotonic() + 120
            while len(killed) < 2 and time.monotonic() < deadline:  # it is tried twice
                for reader in set(_who_has_open(pipe.fileno())) - killed:
                    os.kill(reader, signal.SIGKILL)
                    killed.add(reader)
                time.sleep(0.01)
            pipe.close()  # whoever still reads gets to the end, and the test fails instead of waiting

        thread = threading.Thread(target=kill_whoever_opens_it, daemon=True)
        thread.start()
        jobs = {name: Job(tmp_path / name, name, Policy(), tmp_path) for name in ("killer.jpg", "good.jpg")}
        with Pool(1) as pool:
            results = dict(chain(*pool.work(jobs)))
        thread.join()
    assert len(killed) == 2
    assert results["killer.jpg"].outcome.reasons == ("WORKER_DIED",)
    assert results["good.jpg"].outcome.status == "released"


def _who_has_open(handle: int) -> list[int]:
    wanted, found = os.fstat(handle).st_ino, []
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            with contextlib.suppress(OSError):
                if any(file.exists() and file.stat().st_ino == wanted for file in (process / "fd").iterdir()):
                    found.append(int(process.name))
    return found

"""Whole runs on a Dask cluster of real processes, and on executors that somebody else made."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest_photos import save_photo
from dask_cluster import CHECKOUT, WITHOUT, Running, running
from PIL import Image
from skimage import data

import photoguard
from photoguard.audit import AuditLog
from photoguard.batch import build
from photoguard.errors import WorkersError
from photoguard.home import Home
from photoguard.outcome import Outcome, RunReport

distributed = pytest.importorskip("distributed")

SECONDS = 200


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Two worker processes: the models are loaded once in each."""
    with running(tmp_path_factory.mktemp("cluster") / "log", workers=2) as started:
        yield started


def photos(folder: Path, count: int) -> list[str]:
    names = [f"Muster_{seed}.jpg" for seed in range(count)]
    for seed, name in enumerate(names):
        save_photo(folder / name, seed)
    return names


def audited(home: Path) -> Counter[str]:
    """How often each original stands in the audit log."""
    log = AuditLog(Home.at(home))
    assert log.verify()
    entries = [json.loads(entry.details) for entry in log.entries() if entry.event == "photo"]
    return Counter(entry["source_sha256"] for entry in entries)


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "photoguard", "clean", *map(str, arguments), "-q"]


def test_a_run_on_a_cluster_ends_like_one_here(
    tmp_path: Path, cluster: Running, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = photos(tmp_path / "photos", 3)
    (tmp_path / "photos" / "Muster_broken.jpg").write_bytes(b"no photo")
    monkeypatch.chdir(tmp_path)  # the workers stand elsewhere
    with photoguard.cluster(cluster.address) as workers:
        report = photoguard.clean_folder("photos", "out", executor=workers)
    done = {photo.source: photo for photo in report.photos}
    assert {done[name].status for name in names} == {"released"}
    assert done["Muster_broken.jpg"].reasons == ("NOT_A_PHOTO",)
    assert {file.name for file in (tmp_path / "out" / "released").iterdir()} == {
        Path(str(done[name].output)).name for name in names
    }
    assert (tmp_path / "out" / "report.html").is_file()
    assert not (tmp_path / "out" / ".photoguard" / "staging").exists()
    assert len(audited(own_home)) == 4
    log = cluster.log.read_text()
    assert "Starting Worker" in log and "Muster" not in log


def told(report: RunReport) -> list[object]:
    return [photo.model_dump(exclude={"timings_ms"}) for photo in report.photos]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    save_photo(folder / os.fsdecode(b"not-\xff-utf8.jpg"), 2)
    (folder / "cut.jpg").write_bytes(next(folder.iterdir()).read_bytes()[:3000])
    Image.fromarray(data.astronaut()[:320, 90:330]).save(folder / "face.jpg", quality=90)
    return folder


def test_threads_processes_and_dask_come_to_the_same(
    tmp_path: Path, folder: Path, workers: Executor, cluster: Running
) -> None:
    usual = photoguard.clean_folder(folder, tmp_path / "usual", channel="messenger", executor=workers)
    assert sorted(photo.status for photo in usual.photos) == ["failed", "released", "released"]
    with (
        ThreadPoolExecutor(3) as threads,
        distributed.Client(cluster.address, set_as_default=False) as client,
    ):
        # Dask twice: what it remembers of the first run must not pass for the second one's result.
        executors = [threads, client.get_executor(), client.get_executor()]
        for number, executor in enumerate(executors):
            report = photoguard.clean_folder(
                folder, tmp_path / str(number), channel="messenger", executor=executor
            )
            assert without_noise(told(report)) == without_noise(told(usual))


def without_noise(photos: list[object]) -> list[object]:
    """Masks are noisy: the bytes of a masked photo are others each time."""
    return [
        photo | {"output_sha256": None} if photo["findings"] else photo  # type: ignore[index, operator]
        for photo in photos
    ]


def test_a_worker_that_is_killed_is_survived_and_no_photo_is_done_twice(
    tmp_path: Path, cluster: Running, own_home: Path
) -> None:
    photos(tmp_path / "photos", 5)
    with distributed.Client(cluster.address, set_as_default=False) as client:
        victims = list(client.run(os.getpid).values())
    killed: list[int] = []

    def kill_one(finished: int, total: int, outcome: Outcome) -> None:
        if not killed:
            killed.append(victims[0])
            os.kill(victims[0], signal.SIGKILL)

    with photoguard.cluster(cluster.address) as workers:
        report = photoguard.clean_folder(
            tmp_path / "photos", tmp_path / "out", executor=workers, progress=kill_one
        )
    assert killed
    assert report.totals.released == 5
    assert set(audited(own_home).values()) == {1} and len(audited(own_home)) == 5


def test_a_run_whose_scheduler_is_killed_is_resumed_by_the_same_command(
    tmp_path: Path, own_home: Path
) -> None:
    photos(tmp_path / "photos", 5)
    out = tmp_path / "out"
    with running(tmp_path / "log", workers=1) as first:
        clean = command(tmp_path / "photos", "--out", out, "--cluster", first.address)
        process = subprocess.Popen(clean, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + SECONDS
        journal = out / ".photoguard" / "journal.jsonl"
        while not (journal.exists() and "\n" in journal.read_text()):
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.02)
        first.kill()
        printed, told = process.communicate(timeout=SECONDS)
    assert (process.returncode, printed) == (5, "")
    (line,) = told.splitlines()
    assert "[WORKERS_LOST]" in line and "Muster" not in line
    kept = {file.name: file.stat().st_ino for file in (out / "released").iterdir()}
    assert 0 < len(kept) < 5
    port = int(first.address.rpartition(":")[2])
    with running(tmp_path / "log", workers=1, port=port):
        again = subprocess.run(clean, capture_output=True, text=True, timeout=SECONDS)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    now = {file.name: file.stat().st_ino for file in (out / "released").iterdir()}
    assert len(now) == 5 and kept.items() <= now.items()
    assert set(audited(own_home).values()) == {1} and len(audited(own_home)) == 5


def test_a_worker_with_other_models_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    models = tmp_path / "models"
    shutil.copytree(CHECKOUT / "models", models, ignore=shutil.ignore_patterns("train", "*.md"))
    (models / "new.onnx").write_bytes(b"")
    with (models / "registry.toml").open("a") as registry:
        sha256 = hashlib.sha256(b"").hexdigest()
        registry.write(f'\n[new]\nfile = "new.onnx"\nsha256 = "{sha256}"\nsource = "-"\nlicence = "-"\n')
    with (
        running(tmp_path / "log", 1, PHOTOGUARD_MODELS=str(models)) as other,
        pytest.raises(WorkersError) as told,
    ):
        photoguard.cluster(other.address)
    assert told.value.code == "WORKERS_DIFFER" and "(models)" in told.value.message


def test_a_checkout_of_another_day_is_another_build(tmp_path: Path) -> None:
    shutil.copytree(CHECKOUT / "photoguard", tmp_path / "photoguard")
    shutil.copytree(CHECKOUT / "models", tmp_path / "models", ignore=shutil.ignore_patterns("train", "*.md"))

    def told() -> list[str]:
        code = "from photoguard.batch import build; b = build.here(); print(b.version, b.models, b.code, sep='|')"
        return subprocess.check_output([sys.executable, "-c", code], cwd=tmp_path, text=True).split("|")

    *same, code = told()
    assert code.strip() == build.here().code
    with (tmp_path / "photoguard" / "doubts.py").open("a") as file:
        file.write("# a word more\n")
    assert told()[:2] == same and told()[2] != code


@pytest.mark.skipif(
    subprocess.run([*WITHOUT, "mount -t tmpfs none /mnt"], capture_output=True).returncode != 0,
    reason="mounts can't be hidden from a process here",
)
def test_workers_that_do_not_share_the_photos_are_refused_before_any_is_done(tmp_path: Path) -> None:
    photos(tmp_path / "photos", 1)
    with (
        running(tmp_path / "log", 1, hidden=tmp_path / "photos") as other,
        photoguard.cluster(other.address) as workers,
        pytest.raises(WorkersError) as told,
    ):
        photoguard.clean_folder(tmp_path / "photos", tmp_path / "out", executor=workers)
    assert told.value.code == "WORKERS_FOLDER"
    assert list((tmp_path / "out" / "released").iterdir()) == []


def test_a_scheduler_that_can_not_be_reached_is_one_line(tmp_path: Path) -> None:
    photos(tmp_path / "photos", 1)
    clean = command(tmp_path / "photos", "--out", tmp_path / "out", "--cluster", "tcp://127.0.0.1:9")
    told = subprocess.run(clean, capture_output=True, text=True, timeout=SECONDS)
    assert (told.returncode, told.stdout) == (5, "")
    (line,) = told.stderr.splitlines()
    assert "[CLUSTER_UNREACHABLE]" in line
    assert not (tmp_path / "out").exists()

"""Whole runs on photos in a store: a real S3 server, and whatever else fsspec reaches."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from conftest_photos import save_photo, with_consent
from dask_cluster import running
from s3_server import Store, serving

import photoguard
from photoguard.audit import AuditLog
from photoguard.batch import worker
from photoguard.batch.walk import Inputs, walk
from photoguard.errors import PhotoguardError
from photoguard.home import Home
from photoguard.outcome import Outcome, RunReport
from photoguard.store import place

fsspec = pytest.importorskip("fsspec")
pytest.importorskip("s3fs")
boto3 = pytest.importorskip("boto3")
pytest.importorskip("moto.server")

SECONDS = 200


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """With one bucket, `practice`."""
    with serving() as started, pytest.MonkeyPatch.context() as patch:
        for name, value in started.settings.items():
            patch.setenv(name, value)
        boto3.client("s3").create_bucket(Bucket="practice")
        yield started


@pytest.fixture(scope="module")
def cleaner(store: Store) -> Iterator[Executor]:
    """A worker process that was started with the settings for the store."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=worker.start) as pool:
        yield pool


@pytest.fixture
def bucket(store: Store) -> Iterator[Bucket]:
    store.line.mend()
    bucket = Bucket(boto3.client("s3"))
    bucket.allow()
    for name in bucket.objects():
        bucket.s3.delete_object(Bucket="practice", Key=name)
    yield bucket
    store.line.mend()


class Bucket:
    """What lies in the store, as its own client sees it."""

    def __init__(self, s3: Any) -> None:
        self.s3 = s3

    def put(self, name: str, data: bytes) -> None:
        self.s3.put_object(Bucket="practice", Key=name, Body=data)

    def get(self, name: str) -> bytes:
        data: bytes = self.s3.get_object(Bucket="practice", Key=name)["Body"].read()
        return data

    def objects(self, below: str = "") -> dict[str, str]:
        """Names and what changes with their content."""
        listed = self.s3.list_objects_v2(Bucket="practice", Prefix=below).get("Contents", ())
        return {entry["Key"]: f"{entry['ETag']} {entry['LastModified']}" for entry in listed}

    def deny(self, action: str, name: str) -> None:
        denied = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": action,
            "Resource": f"arn:aws:s3:::practice/{name}",
        }
        policy = {"Version": "2012-10-17", "Statement": [denied]}
        self.s3.put_bucket_policy(Bucket="practice", Policy=json.dumps(policy))

    def allow(self) -> None:
        self.s3.delete_bucket_policy(Bucket="practice")


def photo(folder: Path, seed: int = 0) -> bytes:
    save_photo(folder / "photo.jpg", seed)
    return (folder / "photo.jpg").read_bytes()


def audited(home: Path) -> Counter[str]:
    """How often each original stands in the audit log."""
    log = AuditLog(Home.at(home))
    assert log.verify()
    entries = [json.loads(entry.details) for entry in log.entries() if entry.event == "photo"]
    return Counter(entry["source_sha256"] for entry in entries)


def put_photos(bucket: Bucket, folder: Path, count: int) -> None:
    for seed in range(count):
        bucket.put(f"in/Muster_{seed}.jpg", photo(folder, seed))


def whole(bucket: Bucket, report: RunReport) -> None:
    """What the report tells, and nothing else, lies in the store to its last byte."""
    kept = {f"out/{one.output}": one.output_sha256 for one in report.photos if one.output}
    private = {"out/.photoguard/run", "out/report.html", "out/report.json"}
    assert bucket.objects("out/").keys() == kept.keys() | private
    assert {name: hashlib.sha256(bucket.get(name)).hexdigest() for name in kept} == kept


def told(report: RunReport) -> list[object]:
    return [one.model_dump(exclude={"timings_ms"}) for one in report.photos]


def test_a_run_in_a_store_ends_like_one_in_a_folder(
    tmp_path: Path, bucket: Bucket, cleaner: Executor, own_home: Path
) -> None:
    photos = {
        "Muster_0.jpg": photo(tmp_path),
        "sub/Muster_1.jpg": photo(tmp_path, 1),
        "Muster_broken.jpg": b"no",
    }
    for name, data in photos.items():
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(data)
        bucket.put(f"in/{name}", data)
    before = bucket.objects("in/")
    here = photoguard.clean_folder(tmp_path / "in", tmp_path / "out", executor=cleaner)
    there = photoguard.clean_folder("s3://practice/in", "s3://practice/out", executor=cleaner)
    assert told(there) == told(here)
    whole(bucket, there)
    assert bucket.get("out/report.json").decode() == there.model_dump_json(by_alias=True, indent=2) + "\n"
    assert bucket.get("out/report.html").startswith(b"<!doctype html>")
    assert bucket.objects("in/") == before
    assert not any("Muster" in name for name in bucket.objects("out/"))
    once = bucket.objects("out/released/")
    assert told(photoguard.clean_folder("s3://practice/in", "s3://practice/out", executor=cleaner)) == told(
        there
    )
    assert bucket.objects("out/released/") == once  # nothing that is finished was done again
    bucket.put("in/Muster_0.jpg", photo(tmp_path, 2))
    bucket.s3.delete_object(Bucket="practice", Key="in/sub/Muster_1.jpg")
    now = photoguard.clean_folder("s3://practice/in", "s3://practice/out", executor=cleaner)
    whole(bucket, now)
    assert now.totals.released == 1 and not bucket.objects("out/released/").keys() & once.keys()


@pytest.mark.parametrize("answer_lost", [False, True])
def test_a_store_that_is_lost_while_a_photo_is_released_has_it_once_when_it_is_back(
    tmp_path: Path, bucket: Bucket, store: Store, cleaner: Executor, own_home: Path, answer_lost: bool
) -> None:
    put_photos(bucket, tmp_path, 2)

    def cut(finished: int, total: int, outcome: Outcome) -> None:
        store.line.cut_at, store.line.answer_lost = b"PUT /practice/out/released/", answer_lost

    with pytest.raises(PhotoguardError) as error:
        photoguard.clean_folder("s3://practice/in", "s3://practice/out", executor=cleaner, progress=cut)
    assert (error.value.code, error.value.exit_code) == ("STORE_AWAY", 5)
    store.line.mend()
    assert len(bucket.objects("out/released/")) == 1 + answer_lost
    report = photoguard.clean_folder("s3://practice/in", "s3://practice/out", executor=cleaner)
    assert report.totals.released == 2
    whole(bucket, report)
    assert set(audited(own_home).values()) == {1} and len(audited(own_home)) == 2


def test_a_store_that_is_lost_while_a_photo_is_read_is_not_the_photos_fault(
    tmp_path: Path, bucket: Bucket, store: Store, cleaner: Executor, own_home: Path
) -> None:
    put_photos(bucket, tmp_path, 1)
    store.line.cut_at = b"GET /practice/in/Muster_0.jpg"
    with pytest.raises(PhotoguardError, match="STORE_AWAY"):
        photoguard.clean_folder("s3://practice/in", "s3://practice/out", executor=cleaner)
    assert audited(own_home) == {}
    store.line.mend()
    assert bucket.objects("out/").keys() == {"out/.photoguard/run"}


def test_what_the_store_refuses_fails_alone_and_leaves_nothing(
    tmp_path: Path, bucket: Bucket, cleaner: Executor
) -> None:
    put_photos(bucket, tmp_path, 2)
    bucket.deny("s3:GetObject", "in/Muster_0.jpg")
    report = photoguard.clean_folder("s3://practice/in", "s3://practice/out", executor=cleaner)
    assert [one.reasons for one in report.photos] == [("FILE_UNREADABLE",), ()]
    whole(bucket, report)
    bucket.deny("s3:PutObject", "out/released/*")
    report = photoguard.clean_folder("s3://practice/in", "s3://practice/out", executor=cleaner)
    assert [one.reasons for one in report.photos] == [("OUTPUT_FULL",), ()]
    whole(bucket, report)
    bucket.allow()
    report = photoguard.clean_folder("s3://practice/in", "s3://practice/out", executor=cleaner)
    assert report.totals.released == 2
    whole(bucket, report)


def test_pairs_and_decisions_count_for_photos_in_a_store(
    tmp_path: Path, bucket: Bucket, cleaner: Executor, own_home: Path
) -> None:
    for seed, name in enumerate(("knee before.jpg", "knee after.jpg", "hip before.jpg")):
        save_photo(tmp_path / name, seed)
        bucket.put(f"in/{name}", (tmp_path / name).read_bytes())

    def statuses() -> list[str]:
        report = photoguard.clean_folder("s3://practice/in", "s3://practice/out", executor=cleaner)
        whole(bucket, report)
        return [one.status for one in sorted(report.photos, key=lambda one: one.source)]

    assert statuses() == ["review", "blocked", "blocked"]
    with_consent(own_home, place("s3://practice/in"), "knee before.jpg", "knee after.jpg")
    decision = photoguard.Decision(by="Dr. Example", note="alone", accepts=("PAIR_HALF_ALONE",))
    photoguard.decide("s3://practice/in/hip before.jpg", decision)
    assert photoguard.decided("s3://practice/in/hip before.jpg") == decision
    assert statuses() == ["released"] * 3


def test_a_worker_on_a_cluster_that_is_killed_is_survived_and_no_photo_is_done_twice(
    tmp_path: Path, bucket: Bucket, own_home: Path
) -> None:
    put_photos(bucket, tmp_path, 4)
    distributed = pytest.importorskip("distributed")
    killed: list[int] = []

    def kill_one(finished: int, total: int, outcome: Outcome) -> None:
        if not killed:
            killed.append(victims[0])
            os.kill(victims[0], signal.SIGKILL)

    with running(tmp_path / "log", workers=2) as cluster:
        with distributed.Client(cluster.address, set_as_default=False) as client:
            victims = list(client.run(os.getpid).values())
        with photoguard.cluster(cluster.address) as workers:
            report = photoguard.clean_folder(
                "s3://practice/in", "s3://practice/out", executor=workers, progress=kill_one
            )
    assert killed and report.totals.released == 4
    whole(bucket, report)
    assert set(audited(own_home).values()) == {1} and len(audited(own_home)) == 4
    log = cluster.log.read_text()
    assert "Starting Worker" in log and "Muster" not in log


def refused(inputs: str, out: str) -> str:
    with pytest.raises(PhotoguardError) as error:
        photoguard.clean_folder(inputs, out)
    assert "Muster" not in error.value.message
    return error.value.code


def test_what_can_not_begin_is_refused_before_anything_is_written(
    tmp_path: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put("in/Muster.jpg", photo(tmp_path))
    bucket.put("other/theirs.txt", b"theirs")
    before = bucket.objects()
    assert refused("s3://practice/none", "s3://practice/out") == "INPUT_MISSING"
    assert refused("s3://nobody/in", "s3://practice/out") == "INPUT_MISSING"
    assert refused("s3://practice/in", "s3://nobody/out") == "OUT_UNWRITABLE"
    assert refused("s3://practice/in", "s3://practice/in/out") == "OUT_INSIDE_INPUT"
    assert refused("s3://practice/in", "s3://practice/other") == "OUT_NOT_EMPTY"
    assert refused("s3://practice/in", "s3:/practice/out") == "STORE_ADDRESS"
    assert refused("s3://practice/in", "nowhere://practice/out") == "STORE_ADDRESS"
    assert refused("s3://practice/in", "s3://") == "STORE_ADDRESS"
    bucket.deny("s3:PutObject", "out/*")
    assert refused("s3://practice/in", "s3://practice/out") == "OUT_UNWRITABLE"
    with pytest.raises(PhotoguardError, match="WATCH_STORE"):
        photoguard.watch("s3://practice/in", tmp_path / "out")
    assert bucket.objects() == before


def test_another_practice_does_not_go_on_with_what_is_not_its_own(
    tmp_path: Path, bucket: Bucket, cleaner: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put("in/Muster.txt", b"nothing to clean")
    photoguard.clean_folder("s3://practice/in", "s3://practice/out", executor=cleaner)
    before = bucket.objects()
    monkeypatch.setenv("PHOTOGUARD_HOME", str(tmp_path / "another"))
    assert refused("s3://practice/in", "s3://practice/out") == "OUT_OTHER_RUN"
    assert bucket.objects() == before


def test_without_the_extra_a_line_says_what_to_install(tmp_path: Path) -> None:
    program = "import sys; sys.modules['s3fs'] = None; from photoguard.cli.main import run; run()"
    command = [sys.executable, "-c", program, "clean", "s3://practice/in", "--out", str(tmp_path / "out")]
    told = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    assert (told.returncode, told.stdout) == (2, "")
    (line,) = told.stderr.splitlines()
    assert "photoguard[s3]" in line and "[EXTRA_MISSING]" in line


FILES: dict[str, bytes] = {
    "a.jpg": b"whatever",
    "deep/er/without_suffix": bytes.fromhex("89504e470d0a1a0a") + b"\0" * 20,
    "notes.txt": b"notes",
    "empty": b"",
    "IMG_1.heic": b"x",
    "IMG_1.MOV": b"x",
    "IMG_1.AAE": b"<plist/>",
    ".DS_Store": b"x",
    ".hidden/b.jpg": b"x",
    ".hidden/c.jpg": b"x",
    "folder.jpg/d.jpg": b"x",
    "practice/registry.sqlite": b"x",
    "practice/forms/form.png": b"x",
    "odd [1]*?::é #%20.jpg": b"x",
}


def found(inputs: Inputs) -> tuple[list[str], list[tuple[str, str]], list[tuple[str, tuple[str, ...]]]]:
    return (
        sorted(source.name for source in inputs.photos),
        sorted((left.source, left.reason) for left in inputs.left_out),
        sorted((outcome.source, outcome.reasons) for outcome in inputs.failed),
    )


def test_every_file_in_a_store_ends_as_it_would_in_a_folder(tmp_path: Path, bucket: Bucket) -> None:
    for name, data in FILES.items():
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(data)
        bucket.put(f"in/{name}", data)
        fsspec.filesystem("memory").pipe_file(f"/in/{name}", data)
    bucket.put("in/", b"")  # what consoles leave for a folder
    bucket.put("inside/other.jpg", b"x")
    here = found(walk([tmp_path / "in"]))
    assert len(here[0]) == 4
    assert found(walk([place("s3://practice/in")])) == here
    assert found(walk([place("s3://practice/in"), place("s3://practice/in/a.jpg")])) == here
    assert found(walk([place("memory://in")])) == here
    assert found(walk([place((tmp_path / "in").as_uri())])) == here
    sources = walk([place("s3://practice/in")]).photos
    assert {source.name: source.path.read_bytes() for source in sources} == {
        name: FILES[name] for name in here[0]
    }

"""Whole runs on executors that somebody else made."""

from __future__ import annotations

import os
import pickle
import pickletools
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest_photos import save_photo
from dask_cluster import Running
from PIL import Image
from skimage import data

import photoguard
from photoguard.batch.points import Points
from photoguard.batch.worker import Job, work
from photoguard.decision import Told
from photoguard.errors import WorkersError
from photoguard.outcome import RunReport
from photoguard.policy import Policy


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
    distributed = pytest.importorskip("distributed")
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


def test_an_executor_that_takes_nothing_ends_the_run_with_a_code(tmp_path: Path) -> None:
    save_photo(tmp_path / "photos" / "a.jpg")
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(WorkersError) as error:
        photoguard.clean_folder(tmp_path / "photos", tmp_path / "out", executor=executor)
    assert error.value.code == "WORKERS_LOST"


def test_no_pixels_come_back_from_a_worker(tmp_path: Path, workers: Executor) -> None:
    save_photo(tmp_path / "a.jpg")
    job = Job(tmp_path / "a.jpg", "a.jpg", Policy(), tmp_path, Told(paired=True))
    result = workers.submit(work, job).result()
    sent = pickle.dumps(result)
    assert len(sent) < 5000
    assert not [code.name for code, _, _ in pickletools.genops(sent) if "BYTES" in code.name]
    assert result.staged is not None
    points = Points.read(result.staged.points)
    assert points.half is not None and len(points.half.places) == len(points.half.descriptors) > 0
    assert points.seen.trace.grey.shape == (96, 128)


def test_points_that_are_damaged_are_an_error_of_the_disk(tmp_path: Path, workers: Executor) -> None:
    save_photo(tmp_path / "a.jpg")
    result = workers.submit(work, Job(tmp_path / "a.jpg", "a.jpg", Policy(), tmp_path)).result()
    assert result.staged is not None
    whole = result.staged.points.read_bytes()
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        result.staged.points.write_bytes(whole[:length])
        with pytest.raises(OSError):
            Points.read(result.staged.points)


def test_a_process_of_another_build_refuses_the_photo(tmp_path: Path, workers: Executor) -> None:
    save_photo(tmp_path / "a.jpg")
    job = Job(tmp_path / "a.jpg", "a.jpg", Policy(), tmp_path, build="0" * 64)
    with pytest.raises(WorkersError) as error:
        workers.submit(work, job).result()
    assert error.value.code == "WORKERS_DIFFER"
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["a.jpg"]


def test_a_job_in_a_log_names_nobody() -> None:
    job = Job(Path("/share/Mustermann/a.jpg"), "Mustermann/a.jpg", Policy(), Path("/share/Mustermann"))
    assert "Mustermann" not in repr(job)

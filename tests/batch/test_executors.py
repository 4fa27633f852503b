"""What executors that somebody else made are handed, and what comes back."""

from __future__ import annotations

import pickle
import pickletools
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import cv2
import pytest
from conftest_photos import save_photo
from threadpoolctl import threadpool_info

import photoguard
from photoguard.batch.points import Points
from photoguard.batch.worker import Job, work
from photoguard.decision import Told
from photoguard.errors import WorkersError
from photoguard.policy import Policy


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


def test_on_several_threads_the_same_is_found(tmp_path: Path, workers: Executor) -> None:
    samples = Path(__file__).parents[2] / "sample_images"
    for photo in (samples / "labels" / "wristband.jpg", samples / "faces" / "portrait.jpg"):
        job = Job(photo, photo.name, Policy(), tmp_path)
        one, four = (workers.submit(work, job, "", threads).result() for threads in (1, 4))
        assert one.outcome.findings == four.outcome.findings != ()
        assert one.outcome.reasons == four.outcome.reasons


def test_a_worker_keeps_the_threads_of_native_libraries_out(tmp_path: Path, workers: Executor) -> None:
    save_photo(tmp_path / "a.jpg")
    workers.submit(work, Job(tmp_path / "a.jpg", "a.jpg", Policy(), tmp_path)).result()
    pools = workers.submit(threadpool_info).result()
    assert {pool["num_threads"] for pool in pools if pool["user_api"] == "blas"} == {1}
    assert workers.submit(cv2.getNumThreads).result() == 1

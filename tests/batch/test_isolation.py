"""What a hostile file can do to a run: a crash, a lot of memory or a wait without end cost that one photo."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from itertools import chain
from pathlib import Path

import pytest
from conftest_photos import save_photo
from PIL import Image

from photoguard.batch.limits import Limits
from photoguard.batch.pool import Pool
from photoguard.batch.worker import Job
from photoguard.policy import Policy

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the limits are those of Linux")

PLUGIN = '''
import ctypes
import resource

class Hostile:
    """Stands for a decoder's fault: what it does depends on the photo's width."""

    name = "hostile"

    def find(self, photo):
        width = photo.size[0]
        if width == 101:
            ctypes.string_at(0)  # SIGSEGV
        elif width == 102:
            bytearray(max(0, resource.getrlimit(resource.RLIMIT_AS)[0] + 1))
        return []

    glance = find
'''


def installed(folder: Path) -> Path:
    """A package with one more detector, to be put into PYTHONPATH."""
    about = folder / "hostile-1.dist-info"
    about.mkdir(parents=True)
    (folder / "hostile.py").write_text(PLUGIN)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: hostile\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[photoguard.detectors]\nhostile = hostile:Hostile\n")
    return folder


def small(path: Path, width: int) -> None:
    path.parent.mkdir(exist_ok=True)
    Image.effect_noise((width, 64), 40).convert("RGB").save(path, quality=90)


def test_a_crash_in_a_native_library_and_a_hunger_for_memory_cost_one_photo_each(tmp_path: Path) -> None:
    folder, out = tmp_path / "photos", tmp_path / "out"
    small(folder / "crash.jpg", 101)
    small(folder / "hungry.jpg", 102)
    save_photo(folder / "good.jpg")
    paths = [str(installed(tmp_path / "site")), os.environ.get("PYTHONPATH", "")]
    run = subprocess.run(
        [sys.executable, "-m", "photoguard", "clean", str(folder), "--out", str(out), "--jobs", "1", "--json"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}, capture_output=True, text=True,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (5, "")
    photos = json.loads(run.stdout)["photos"]
    told = {photo["source"]: (photo["status"], tuple(photo["reasons"])) for photo in photos}
    assert told["crash.jpg"] == ("failed", ("WORKER_DIED",))
    assert told["hungry.jpg"] == ("failed", ("MEMORY_LIMIT",))
    assert told["good.jpg"] == ("released", ())
    assert len(list((out / "released").iterdir())) == 1
    assert list((out / "review").iterdir()) == []
    assert not (out / ".photoguard" / "staging").exists()


def test_a_photo_that_never_ends_fails_with_its_reason_and_the_others_go_on(tmp_path: Path) -> None:
    save_photo(tmp_path / "good.jpg")
    os.mkfifo(tmp_path / "endless.jpg")
    jobs = {name: Job(tmp_path / name, name, Policy(), tmp_path) for name in ("endless.jpg", "good.jpg")}
    limits = Limits(memory=8 << 30, seconds=5)
    with (tmp_path / "endless.jpg").open("r+b", buffering=0), Pool(1, limits=limits) as pool:
        results = dict(chain(*pool.work(jobs)))  # whoever reads the first waits for ever
    assert results["endless.jpg"].outcome.reasons == ("TIME_LIMIT",)
    assert results["good.jpg"].outcome.status == "released"


def test_a_worker_that_is_killed_between_two_photos_costs_none(tmp_path: Path) -> None:
    names = ["first.jpg", "second.jpg", "third.jpg"]
    for seed, name in enumerate(names):
        save_photo(tmp_path / name, seed)
    others = multiprocessing.active_children()
    with Pool(1) as pool:
        results = pool.work({name: Job(tmp_path / name, name, Policy(), tmp_path) for name in names})
        done = next(results)
        for worker in multiprocessing.active_children():
            if worker not in others:
                worker.kill()
        done += chain(*results)
    assert sorted(name for name, _ in done) == names
    assert {result.outcome.status for _, result in done} == {"released"}


def in_a_process(code: str) -> subprocess.CompletedProcess[str]:
    begin = "from photoguard.batch.limits import Limits; import resource;"
    return subprocess.run([sys.executable, "-c", begin + code], capture_output=True, text=True)


def test_a_worker_is_confined() -> None:
    told = in_a_process(
        "Limits(memory=1 << 31, files=99).confine();"
        "kinds = (resource.RLIMIT_CORE, resource.RLIMIT_NOFILE, resource.RLIMIT_AS);"
        "print([resource.getrlimit(kind) for kind in kinds]);"
        "print([line.split()[1] for line in open('/proc/self/status') if line.startswith('NoNewPrivs')])"
    )
    assert told.stdout.splitlines() == [f"[(0, 0), (99, 99), ({1 << 31}, {1 << 31})]", "['1']"]


def test_more_memory_than_allowed_is_refused() -> None:
    told = in_a_process("Limits(memory=1 << 30).confine(); bytearray(1 << 31)")
    assert told.returncode == 1 and "MemoryError" in told.stderr


def test_processor_time_is_counted_for_each_photo() -> None:
    told = in_a_process(
        "import time\n"
        "def busy(seconds):\n"
        "    end = time.process_time() + seconds\n"
        "    while time.process_time() < end: pass\n"
        "limits = Limits(memory=1 << 34, cpu_seconds=0.5)\n"
        "for _ in range(3):\n"
        "    with limits.one_photo(): busy(0.3)\n"
        "print('three photos')\n"
        "import sys; sys.stdout.flush()\n"
        "with limits.one_photo(): busy(5)\n"
        "print('too long')\n"
    )
    assert told.stdout.split("\n") == ["three photos", ""]
    assert told.returncode == -signal.SIGXCPU


def test_workers_end_with_a_run_that_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    save_photo(folder / "a.jpg")
    words = ["clean", folder, "--out", tmp_path / "out", "--home", tmp_path / "home", "--jobs", "1", "-q"]
    run = subprocess.Popen([sys.executable, "-m", "photoguard", *map(str, words)], start_new_session=True)
    deadline = time.monotonic() + 120
    while not (found := _children(run.pid)) and time.monotonic() < deadline:
        time.sleep(0.05)
    run.kill()
    run.wait()
    while any(_alive(process) for process in found) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert found and not any(_alive(process) for process in found)


def _children(process: int) -> list[int]:
    listed = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [child for child in map(int, listed.split()) if b"spawn_main" in _command(child)]


def _command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def _alive(process: int) -> bool:
    return b"spawn_main" in _command(process)

"""A watched folder, with real processes, real photos and real signals."""

from __future__ import annotations

import configparser
import hashlib
import json
import multiprocessing
import os
import plistlib
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
import typer
from PIL import Image
from skin import skin

import photoguard
from photoguard.audit import AuditLog
from photoguard.batch.alone import alone
from photoguard.cli.main import app
from photoguard.errors import UsageError
from photoguard.home import Home
from photoguard.watching import arriving, rounds
from photoguard.watching.rounds import Halted, News, Resumed, Round


def photo(seed: int) -> bytes:
    """A tiny photo of skin in which nothing needs a mask."""
    file = BytesIO()
    Image.fromarray(skin(seed, 160)).save(file, "jpeg", quality=90)
    return file.getvalue()


def until(done: Callable[[], bool], process: subprocess.Popen[str], seconds: float = 100) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.1)


@contextmanager
def never_quiet(log: Path) -> Iterator[None]:
    """A program writes to a file all the time."""
    ended = threading.Event()

    def write() -> None:
        while not ended.wait(0.02):
            with log.open("a") as file:
                file.write("a line\n")

    writer = threading.Thread(target=write)
    writer.start()
    yield
    ended.set()
    writer.join()


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    begun: list[subprocess.Popen[str]] = []

    def begin(*options: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "photoguard", "watch", str(tmp_path / "in"), *options]
        command += ["--out", str(tmp_path / "out"), "--settle", "2", "--jobs", "1", "--json"]
        begun.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return begun[-1]

    yield begin
    for process in begun:
        process.kill()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to end it by")
def test_each_photo_is_taken_once_and_whole_across_restarts(
    tmp_path: Path, own_home: Path, watching: Callable[..., subprocess.Popen[str]]
) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    data = [photo(seed) for seed in range(14)]
    at_once = range(12)
    for seed in at_once:
        (folder / f"{seed}.jpg").write_bytes(data[seed])

    first = watching()
    journal = out / ".photoguard" / "journal.jsonl"
    until(lambda: journal.exists() and journal.read_text().endswith("\n"), first)
    first.send_signal(signal.SIGTERM)  # in the middle of a round
    said, errors = first.communicate(timeout=60)
    assert (first.returncode, said) == (0, "")
    assert "Traceback" not in errors and "goes on from here" in errors

    second = watching("--poll")
    assert second.stderr is not None and second.stderr.readline()  # it has begun
    with (folder / "slow.jpg").open("wb") as file:
        file.write(data[12][:2000])
        file.flush()
        (folder / "late.jpg.part").write_bytes(data[13][:2000])
        time.sleep(0.8)
        file.write(data[12][2000:])
    until(lambda: (out / "report.json").exists(), second)
    with (folder / "late.jpg.part").open("ab") as file:
        file.write(data[13][2000:])
    (folder / "new").mkdir()
    (folder / "late.jpg.part").rename(folder / "new" / "late.jpg")
    until(lambda: len(list((out / "released").iterdir())) == len(data), second)
    until(lambda: json.loads((out / "report.json").read_text())["totals"]["released"] == len(data), second)
    time.sleep(1)
    second.send_signal(signal.SIGTERM)
    said, _ = second.communicate(timeout=60)
    assert second.returncode == 0

    told = [json.loads(line) for line in said.splitlines()]
    assert sorted(one["source"] for one in told) == sorted(
        [*(f"{seed}.jpg" for seed in at_once), "new/late.jpg", "slow.jpg"]
    )
    audited = [
        json.loads(entry.details) for entry in AuditLog(Home.at(own_home)).entries() if entry.event == "photo"
    ]
    assert sorted(one["source_sha256"] for one in audited) == sorted(
        hashlib.sha256(one).hexdigest() for one in data
    )
    assert {one["status"] for one in audited} == {"released"}
    report = json.loads((out / "report.json").read_text())
    assert {out / one["output"] for one in report["photos"]} == set((out / "released").iterdir())


def test_what_is_in_the_way_is_told_once_and_the_watch_goes_on_when_it_is_gone(
    tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (("_RETRY", 0.5), ("_AWAY", 0.2), ("_IDLE", 1.0)):
        monkeypatch.setattr(rounds, name, seconds)
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(photo(0))
    (folder / "bad.jpg").write_bytes(b"no photo")
    monkeypatch.setattr(arriving, "_PATIENCE", 1e6)
    stop, others = threading.Event(), multiprocessing.active_children()
    news = photoguard.watch(folder, out, settle=0.2, jobs=1, stop=stop)

    def told() -> list[tuple[str, str]]:
        one = next(news)
        assert isinstance(one, Round)
        return [(outcome.source, outcome.status.value) for outcome in one.news]

    with never_quiet(folder / "scanner.log"):
        assert told() == [("a.jpg", "released"), ("bad.jpg", "failed")]

    for worker in multiprocessing.active_children():
        if worker not in others:
            worker.kill()  # as a system does that is short of memory
            worker.join()
    (out / "holiday.txt").write_text("x")
    (folder / "b.jpg").write_bytes(photo(1))
    halted = next(news)
    assert isinstance(halted, Halted) and halted.error.code == "OUT_NOT_EMPTY"
    (out / "holiday.txt").unlink()
    assert isinstance(next(news), Resumed)
    assert told() == [("b.jpg", "released")]

    with alone(Home.at(), out):
        (folder / "bad.jpg").unlink()
        halted = next(news)
        assert isinstance(halted, Halted) and halted.error.code == "OUT_BUSY"
        with pytest.raises(UsageError, match="OUT_BUSY"):
            photoguard.clean_folder(folder, out)
    assert isinstance(next(news), Resumed)
    assert told() == []

    folder.rename(tmp_path / "unplugged")
    halted = next(news)
    assert isinstance(halted, Halted) and halted.error.code == "INPUT_AWAY"
    assert len(list((out / "released").iterdir())) == 2
    (tmp_path / "unplugged").rename(folder)
    assert isinstance(next(news), Resumed)

    (folder / "a.jpg").unlink()
    last: News = next(news)
    assert isinstance(last, Round) and (last.news, last.gone) == ((), 1)
    assert len(list((out / "released").iterdir())) == 1

    audited = [
        json.loads(entry.details) for entry in AuditLog(Home.at(own_home)).entries() if entry.event == "photo"
    ]
    assert [one["status"] for one in audited].count("released") == 2
    assert [one["status"] for one in audited].count("failed") == 1, "the same bytes fail once"

    monkeypatch.setattr(rounds, "_WARM", 0.0)
    photoguard.decide(
        folder / "b.jpg",
        photoguard.Decision(
            by="Dr. A", note="the label", masks=({"kind": "drawn", "box": (20, 20, 60, 60)},)
        ),  # type: ignore[arg-type]
    )
    assert told() == [("b.jpg", "released")]
    folder.rename(tmp_path / "unplugged")
    assert isinstance(next(news), Halted)
    assert not set(multiprocessing.active_children()) - set(others), "models that nobody needs are let go"
    stop.set()
    assert list(news) == []


def test_a_manifest_that_is_mended_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "_IDLE", 0.5)
    monkeypatch.setattr(rounds, "_RETRY", 3600.0)
    folder, manifest = tmp_path / "in", tmp_path / "list.csv"
    folder.mkdir()
    (folder / "bad.jpg").write_bytes(b"no photo")
    manifest.write_text("file,side\n")
    stop = threading.Event()
    news = photoguard.watch(folder, tmp_path / "out", manifest=manifest, settle=0.2, jobs=1, stop=stop)
    manifest.write_text("no manifest\n")
    halted = next(news)
    assert isinstance(halted, Halted) and halted.error.code.startswith("MANIFEST")
    manifest.write_text("file,side\nbad.jpg,left\n")
    assert isinstance(next(news), Resumed)
    assert isinstance(next(news), Round)
    stop.set()
    assert list(news) == []


def test_a_share_that_gives_no_answer_is_another_drive_and_no_crash(tmp_path: Path) -> None:
    gone = tmp_path / ("n" * 300)  # the system fails to look it up, as it does on a share that is gone
    assert rounds._drive(gone / "out") == tmp_path.stat().st_dev


def test_the_services_that_are_described_call_what_exists(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "watch.md").read_text(encoding="utf-8")
    (unit,) = re.findall(r"^```ini\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    (plist,) = re.findall(r"^```xml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    (task,) = re.findall(r"-Argument '(.*?)'", page)
    service = configparser.ConfigParser(interpolation=None)
    service.optionxform = str  # type: ignore[assignment, method-assign]
    service.read_string(unit)
    calls = (
        shlex.split(service["Service"]["ExecStart"])[1:],
        plistlib.loads(plist.encode())["ProgramArguments"][1:],
        shlex.split(task)[2:],
    )
    for call in calls:
        assert call[0] == "watch"
        typer.main.get_command(app).commands["watch"].make_context("watch", call[1:])  # type: ignore[attr-defined]


def test_what_can_not_be_watched_is_refused_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "file.jpg").write_bytes(b"x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("x")
    for given, out, code in (
        (folder, folder, "OUT_INSIDE_INPUT"),
        (folder, folder / "out", "OUT_INSIDE_INPUT"),
        (tmp_path / "gone", tmp_path / "out", "INPUT_MISSING"),
        (tmp_path / "file.jpg", tmp_path / "out", "INPUT_NOT_A_FOLDER"),
        (folder, tmp_path / "full", "OUT_NOT_EMPTY"),
    ):
        with pytest.raises(UsageError, match=code):
            photoguard.watch(given, out)
    with pytest.raises(UsageError, match="MANIFEST_UNREADABLE"):
        photoguard.watch(folder, tmp_path / "out", manifest=tmp_path / "gone.csv")

"""Which files of a folder count as completely written."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from photoguard.errors import UsageError
from photoguard.watching.arriving import Arriving
from photoguard.watching.bell import Bell

SETTLE = 0.1
JPEG = b"\xff\xd8\xff\xe0" + bytes(40)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


def looked(arriving: Arriving, seconds: float = 3 * SETTLE) -> set[str]:
    """The photos that are whole after a while."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        arriving.look()
        time.sleep(SETTLE / 4)
    arriving.look()
    return {path.name for path in arriving.photos()}


def test_a_file_is_taken_when_it_has_not_changed_for_the_settling_time(folder: Path) -> None:
    arriving = Arriving(folder, SETTLE)
    (folder / "there before.jpg").write_bytes(JPEG)
    arriving.look()
    assert not arriving.photos() and not arriving.ready(folder / "there before.jpg")
    with (folder / "growing.jpg").open("wb") as file:
        for _ in range(10):
            file.write(JPEG)
            file.flush()
            assert "growing.jpg" not in looked(arriving, SETTLE / 2)
    assert looked(arriving) == {"there before.jpg", "growing.jpg"}
    (folder / "growing.jpg").write_bytes(JPEG + b"more")
    arriving.look()
    assert not arriving.ready(folder / "growing.jpg")


@pytest.mark.parametrize(
    "name", ["IMG.jpg.part", "IMG.crdownload", "~IMG.jpg", "IMG.jpg~", ".IMG.jpg", "a/IMG.jpg.tmp"]
)
def test_what_has_the_name_of_something_unfinished_waits_until_it_is_renamed(folder: Path, name: str) -> None:
    arriving = Arriving(folder, SETTLE)
    (folder / "a").mkdir()
    (folder / name).write_bytes(JPEG)
    assert looked(arriving) == set()
    assert not arriving.busy(), "a download may take hours, and others need not wait for it"
    (folder / name).rename(folder / "a" / "IMG.jpg")
    assert looked(arriving) == {"IMG.jpg"}


def test_a_photo_that_is_never_whole_is_named_once_and_other_files_are_not(folder: Path) -> None:
    arriving = Arriving(folder, 0.02)
    (folder / "left.jpg.part").write_bytes(JPEG)
    (folder / "whole.jpg").write_bytes(JPEG)
    named: list[str] = []
    ends = time.monotonic() + 0.6
    with (folder / "endless.jpg").open("wb") as photo, (folder / "scanner.log").open("wb") as log:
        while time.monotonic() < ends:
            for file in (photo, log):
                file.write(JPEG if file is photo else b"a line\n")
                file.flush()
            arriving.look()
            named += [path.name for path in arriving.stuck()]
            time.sleep(0.005)
    assert sorted(named) == ["endless.jpg", "left.jpg.part"]
    assert not arriving.busy()


def test_links_other_files_and_a_practices_own_folder_do_not_count(folder: Path) -> None:
    (folder / "letter.docx").write_bytes(b"PK")
    (folder / "home").mkdir()
    for name in ("registry.sqlite", "form.jpg"):
        (folder / "home" / name).write_bytes(JPEG)
    (folder / "link.jpg").symlink_to(folder / "letter.docx")
    assert looked(Arriving(folder, SETTLE)) == set()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the administrator may open everything")
def test_what_can_not_be_opened_waits(folder: Path) -> None:
    (folder / "locked.jpg").write_bytes(JPEG)
    (folder / "locked.jpg").chmod(0)
    arriving = Arriving(folder, SETTLE)
    assert looked(arriving) == set()
    (folder / "locked.jpg").chmod(0o600)
    assert looked(arriving) == {"locked.jpg"}


def test_a_drive_that_is_unplugged_is_not_an_empty_folder(folder: Path) -> None:
    arriving = Arriving(folder, SETTLE)
    (folder / "a.jpg").write_bytes(JPEG)
    assert looked(arriving) == {"a.jpg"}
    folder.rename(folder.with_name("unplugged"))
    with pytest.raises(UsageError, match="INPUT_AWAY"):
        arriving.look()
    folder.mkdir()  # the empty folder that it was mounted on
    with pytest.raises(UsageError, match="INPUT_AWAY"):
        arriving.look()
    folder.rmdir()
    folder.with_name("unplugged").rename(folder)
    arriving.look()
    assert arriving.photos()
    (folder / "a.jpg").unlink()
    arriving.look()
    assert not arriving.photos(), "somebody emptied it"


@pytest.mark.parametrize(
    ("poll", "do"),
    [
        (False, lambda folder: (folder / "deep" / "new.jpg").write_bytes(JPEG)),
        (False, lambda folder: (folder.parent / "outside.jpg").rename(folder / "in.jpg")),
        (True, lambda folder: None),
    ],
)
def test_the_bell_rings_soon_for_what_happens_also_deep_inside(
    folder: Path, poll: bool, do: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("photoguard.watching.bell._POLL", 0.5)
    (folder / "deep").mkdir()
    (folder.parent / "outside.jpg").write_bytes(JPEG)
    bell = Bell(folder, Event(), poll=poll)
    bell.wait(0)
    do(folder)
    begun = time.monotonic()
    bell.wait(20)
    assert time.monotonic() - begun < 10

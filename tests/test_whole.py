from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from photoguard.whole import new_file


def no_links(*_: object) -> None:
    raise OSError(errno.EPERM, "as on a memory stick")


@pytest.fixture(params=["links", "no links"], autouse=True)
def drive(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drives that can link files, and those that can't."""
    if request.param == "no links":
        monkeypatch.setattr(os, "link", no_links)


def test_a_new_file_is_there_once_all_of_it_is(tmp_path: Path) -> None:
    with new_file(tmp_path / "log.jsonl") as file:
        file.write(b"all of it")
        assert not (tmp_path / "log.jsonl").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["log.jsonl"]
    assert (tmp_path / "log.jsonl").read_bytes() == b"all of it"
    if os.name == "posix":
        assert (tmp_path / "log.jsonl").stat().st_mode & 0o777 == 0o600


def test_what_another_program_writes_in_between_is_not_lost(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError), new_file(tmp_path / "log.jsonl") as file:
        file.write(b"ours")
        (tmp_path / "log.jsonl").write_bytes(b"theirs")
    assert [path.name for path in tmp_path.iterdir()] == ["log.jsonl"]
    assert (tmp_path / "log.jsonl").read_bytes() == b"theirs"


def test_a_link_that_leads_nowhere_has_the_name_too(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").symlink_to(tmp_path / "gone")
    with pytest.raises(FileExistsError), new_file(tmp_path / "log.jsonl"):
        pytest.fail("there is nothing to be done")
    assert not (tmp_path / "gone").exists()


def test_nothing_is_left_of_a_file_that_was_not_finished(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), new_file(tmp_path / "log.jsonl") as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())

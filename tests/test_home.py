from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from photoguard.errors import StorageError
from photoguard.home import Home


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: Home.at(tmp_path / "home").key(), range(32)))
    assert len(keys) == 1 and len(keys.pop()) == 32
    assert sorted(path.name for path in home.path.iterdir()) == ["key"]
    if os.name == "posix":
        assert (home.path / "key").stat().st_mode & 0o777 == 0o600
        assert home.path.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    home.key()
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(StorageError, match="KEY_UNUSABLE"):
        home.key()


def test_a_damaged_key_is_refused_and_not_replaced(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    home.key()
    (tmp_path / "key").write_bytes(b"short")
    with pytest.raises(StorageError, match="KEY_UNUSABLE"):
        home.key()
    assert (tmp_path / "key").read_bytes() == b"short"


def test_a_home_that_can_not_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="HOME_UNUSABLE"):
        Home.at(tmp_path / "file" / "home")


def test_a_home_of_somebody_who_is_not_there_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StorageError, match=r"stands for nobody's folder.*HOME_UNUSABLE"):
        Home.at("~nobody-such/x")
    monkeypatch.setenv("PHOTOGUARD_HOME", "~nobody-such/x")
    with pytest.raises(StorageError, match="HOME_UNUSABLE"):
        Home.at()
    with pytest.raises(StorageError, match="HOME_UNUSABLE"):
        Home.at("no\0name")
    assert not list(tmp_path.iterdir())


def test_a_home_that_was_remembered_is_used_where_no_other_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: tmp_path / "config" / "photoguard")
    Home.at(tmp_path / "share").remember()
    assert Home.at().path == tmp_path / "practice-home"  # the environment names one
    monkeypatch.delenv("PHOTOGUARD_HOME")
    assert Home.at().path == tmp_path / "share"
    assert Home.at(tmp_path / "other").path == tmp_path / "other"


def test_no_empty_home_takes_the_place_of_one_whose_drive_is_not_connected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: tmp_path / "config")
    Home.at(tmp_path / "drive").remember()
    (tmp_path / "drive").rmdir()
    monkeypatch.delenv("PHOTOGUARD_HOME")
    with pytest.raises(StorageError, match="HOME_UNUSABLE"):
        Home.at()
    assert not (tmp_path / "drive").exists()

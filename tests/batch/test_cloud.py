from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from photoguard.batch.cloud import service


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("OneDrive/Photos", "OneDrive"),
        ("OneDrive - Praxis Muster/2026", "OneDrive"),
        ("Library/CloudStorage/OneDrive-Personal/x", "OneDrive"),
        ("Library/CloudStorage/Dropbox/x", "Dropbox"),
        ("Library/CloudStorage/GoogleDrive-a@example.org/My Drive", "Google Drive"),
        ("Library/Mobile Documents/com~apple~CloudDocs/x", "iCloud Drive"),
        ("iCloudDrive/x", "iCloud Drive"),
        ("Pictures/wounds", None),
        ("Mobile Documents/x", None),
        ("Dropbox bills/x", None),
    ],
)
def test_a_cloud_folder_is_known_by_its_name_and_place(tmp_path: Path, folder: str, name: str | None) -> None:
    place = tmp_path / folder
    place.mkdir(parents=True)
    assert service(place, {}, tmp_path) == name
    assert service(place / "not yet there" / "a.jpg", {}, tmp_path) == name


@pytest.mark.parametrize(
    ("mark", "name"),
    [
        (".dropbox", "Dropbox"),
        (".dropbox.cache/", "Dropbox"),
        (".tmp.driveupload/", "Google Drive"),
        (".sync_0123456789ab.db", "Nextcloud"),
        (".nextcloudsync.log", "Nextcloud"),
        (".849C9593-D756-4E56-8D6E-42412F2A707B", "OneDrive"),
    ],
)
def test_a_cloud_folder_is_known_by_what_its_program_keeps_in_it(
    tmp_path: Path, mark: str, name: str
) -> None:
    (tmp_path / "anything" / "deep").mkdir(parents=True)
    place = tmp_path / "anything" / mark
    place.mkdir() if mark.endswith("/") else place.touch()
    assert service(tmp_path / "anything" / "deep", {}, tmp_path) == name
    assert service(tmp_path / "elsewhere", {}, tmp_path) is None


def test_folders_that_the_services_settings_name_are_known(tmp_path: Path) -> None:
    (tmp_path / ".dropbox").mkdir()
    note = {"personal": {"path": str(tmp_path / "mine")}, "business": {"path": str(tmp_path / "practice")}}
    (tmp_path / ".dropbox" / "info.json").write_text(json.dumps(note))
    assert service(tmp_path / "practice" / "x", {}, tmp_path) == "Dropbox"
    assert service(tmp_path / "work", {"OneDriveCommercial": str(tmp_path / "work")}, tmp_path) == "OneDrive"


def test_a_damaged_setting_is_no_sign(tmp_path: Path) -> None:
    (tmp_path / ".dropbox").mkdir()
    for damaged in ("{", "[]", '{"personal": 1}', '{"personal": {}}'):
        (tmp_path / ".dropbox" / "info.json").write_text(damaged)
        assert service(tmp_path / "x", {}, tmp_path) is None


def test_a_link_into_a_cloud_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "OneDrive").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "OneDrive")
    assert service(tmp_path / "link" / "x", {}, tmp_path) == "OneDrive"


@pytest.mark.skipif(os.name == "nt", reason="its accounts have folders")
def test_an_account_without_a_home_folder_is_no_reason_to_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)  # as in a container that runs under any number
    assert service(tmp_path / "OneDrive", {}) == "OneDrive"
    assert service(tmp_path / "x", {}) is None

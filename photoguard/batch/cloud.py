"""Whether a folder is copied to a cloud by a program on this machine (recommendation 22)."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class _Service:
    """How a service's folder is known: by its name, by where it lies, or by files its program keeps in it."""

    name: str
    folder: str
    """Pattern of the folder's own name."""
    below: str | None = None
    """Name of the folder above, where the own name alone would say too little."""
    marks: tuple[str, ...] = ()
    """Glob patterns of what the program keeps in the folder itself; folders end in a slash."""


_SERVICES = (
    _Service("OneDrive", r"OneDrive( - .+)?|OneDrive-.+", marks=(".849C9593-D756-4E56-8D6E-42412F2A707B",)),
    _Service("iCloud Drive", r"iCloud ?Drive|iCloud ?Photos"),
    _Service("iCloud Drive", r"Mobile Documents", below="Library"),
    _Service("Dropbox", r"Dropbox( \(.+\))?", below="CloudStorage", marks=(".dropbox", ".dropbox.cache/")),
    _Service(
        "Google Drive", r"GoogleDrive-.+|Google Drive", marks=(".tmp.driveupload/", ".tmp.drivedownload/")
    ),
    _Service(
        "Nextcloud", r"", marks=(".sync_*.db", "._sync_*.db", ".nextcloudsync.log", ".owncloudsync.log")
    ),
)
_ENVIRONMENT = {"OneDrive": "OneDrive", "OneDriveCommercial": "OneDrive", "OneDriveConsumer": "OneDrive"}
_DROPBOX_NOTES = (
    ".dropbox/info.json",
    "AppData/Roaming/Dropbox/info.json",
    "AppData/Local/Dropbox/info.json",
)


def service(path: Path, environment: Mapping[str, str] = os.environ, user: Path | None = None) -> str | None:
    """The name of the cloud service that a path lies in, None where no sign of one is seen.

    Signs are the folders' names and places on Windows, macOS and Linux, and the files that the services'
    programs keep in them. `environment` and `user` (the home folder) are this process's own unless given.
    No sign is no proof: a person may copy any folder by other means.
    """
    place = Path(os.path.realpath(path))
    told = (
        name
        for root, name in _told(environment, user or _user())
        if place.is_relative_to(os.path.realpath(root))
    )
    known = (name for folder in (place, *place.parents) if (name := _known(folder)) is not None)
    return next(told, None) or next(known, None)


def _known(folder: Path) -> str | None:
    for known in _SERVICES:
        named = bool(known.folder) and re.fullmatch(known.folder, folder.name) is not None
        if named and known.below in (None, folder.parent.name):
            return known.name
        if any(_holds(folder, mark) for mark in known.marks):
            return known.name
    return None


def _holds(folder: Path, mark: str) -> bool:
    # `~/.dropbox` is a folder with Dropbox's settings; in the folder that it copies, `.dropbox` is a file.
    wanted = Path.is_dir if mark.endswith("/") else Path.is_file
    try:
        return any(wanted(found) for found in folder.glob(mark.rstrip("/")))
    except OSError:
        return False


def _user() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:  # an account of a service may have none
        return None


def _told(environment: Mapping[str, str], user: Path | None) -> Iterator[tuple[Path, str]]:
    """Folders that the services' own settings name."""
    for variable, name in _ENVIRONMENT.items():
        if environment.get(variable):
            yield Path(environment[variable]), name
    if user is None:
        return
    for note in _DROPBOX_NOTES:
        try:
            accounts = json.loads((user / note).read_text(encoding="utf-8"))
            yield from ((Path(account["path"]), "Dropbox") for account in accounts.values())
        except (OSError, ValueError, AttributeError, KeyError, TypeError):
            continue
    # macOS copies these two where the person once said so; then they stand in iCloud's own folder as well.
    cloud = user / "Library" / "Mobile Documents" / "com~apple~CloudDocs"
    for name in ("Desktop", "Documents"):
        if _holds(cloud, f"{name}/"):
            yield user / name, "iCloud Drive"

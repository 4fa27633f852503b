"""The practice's own folder: its key, its registry of consent and its audit log."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from .errors import StorageError, UsageError

_KEY_BYTES = 32
_POSTGRESQL = "postgresql+psycopg://"


@dataclass(frozen=True, slots=True)
class Home:
    """A folder that only the practice can read. Created on first use."""

    path: Path
    registry_url: str | None = None
    """The PostgreSQL database that holds the registry of consent for several workstations, in place of a file."""

    @classmethod
    def at(cls, path: Path | str | None = None, registry: str | None = None) -> Home:
        """The home at `path`, else at $PHOTOGUARD_HOME, else where `remember` says, else in the user's data folder.

        `registry` is the address of a PostgreSQL database (`postgresql+psycopg://...`), else
        $PHOTOGUARD_REGISTRY is; without one the registry is a file in the home. Workstations that share one
        need copies of one `key`.
        Raises StorageError (HOME_UNUSABLE) where the folder can't be made or written, or is remembered and not
        there, UsageError (REGISTRY_ADDRESS) for another kind of address.
        """
        chosen = (
            path
            or os.environ.get("PHOTOGUARD_HOME")
            or _remembered()
            or platformdirs.user_data_path("photoguard", appauthor=False)
        )
        url = registry or os.environ.get("PHOTOGUARD_REGISTRY") or None
        if url is not None and not url.startswith(_POSTGRESQL):
            raise UsageError("REGISTRY_ADDRESS", f"The registry's address begins with {_POSTGRESQL}.")
        try:
            home = cls(Path(chosen).expanduser().absolute(), url)
        except RuntimeError:
            raise StorageError(
                "HOME_UNUSABLE",
                "The practice's folder can't be found: its ~ stands for nobody's folder here. Name it in full with"
                " --home.",
            ) from None
        try:
            home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except (OSError, ValueError):  # a name with a null in it is a ValueError
            raise StorageError(
                "HOME_UNUSABLE", "The practice's folder can't be created. Name another one with --home."
            ) from None
        return home

    def remember(self) -> None:
        """From now on this is the home of whoever runs photoguard and names no other one.

        Raises StorageError (HOME_UNUSABLE) where that can't be written down.
        """
        file = _memory()
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(f"{self.path}\n", encoding="utf-8")
            draft.replace(file)
        except OSError:
            draft.unlink(missing_ok=True)
            raise StorageError(
                "HOME_UNUSABLE", "The choice of folder can't be kept. Name the folder with --home."
            ) from None

    @property
    def registry(self) -> Path:
        """The file of consent records, where `registry_url` names no database."""
        return self.path / "registry.sqlite"

    @property
    def forms(self) -> Path:
        """Signed forms as they were added, named by their SHA-256."""
        return self.path / "forms"

    @property
    def audit(self) -> Path:
        """The database of the audit log."""
        return self.path / "audit.sqlite"

    @property
    def recipients(self) -> Path:
        """The database of the address book: to whom photos are sent."""
        return self.path / "recipients.sqlite"

    def key(self) -> bytes:
        """The practice's secret for pseudonyms and for the audit log's chain (32 bytes), made on first use.

        Raises StorageError (KEY_UNUSABLE) where it can't be read, has another length, or others may read it.
        """
        key = self.secret("key", lambda: secrets.token_bytes(_KEY_BYTES))
        if len(key) != _KEY_BYTES:
            raise StorageError("KEY_UNUSABLE", "The practice's key is damaged. Restore it from a backup.")
        return key

    def secret(self, name: str, make: Callable[[], bytes]) -> bytes:
        """What a file of this name holds that only its owner can read; where there is none, what `make` gives it.

        Raises StorageError (KEY_UNUSABLE) where it can't be read or created, or others may read it.
        """
        path = self.path / name
        try:
            if not path.exists():
                self._make_secret(path, make())
            if os.name == "posix" and path.stat().st_mode & 0o077:
                raise StorageError(
                    "KEY_UNUSABLE",
                    "The practice's key can be read by other users. Set its file mode to 0600.",
                )
            if path.stat().st_nlink > 1:
                self._remove_drafts(path)
            return path.read_bytes()
        except OSError:
            raise StorageError(
                "KEY_UNUSABLE", "The practice's key can't be read or created. Check who may use its folder."
            ) from None

    def _make_secret(self, path: Path, content: bytes) -> None:
        # Written aside and linked into place, so that two first runs agree on one whole secret.
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError, FileNotFoundError):  # another first run was quicker, and has tidied up
            os.link(draft, path)
        self._remove_drafts(path)

    @staticmethod
    def _remove_drafts(path: Path) -> None:
        """Drafts of a secret, also of first runs that were killed."""
        for draft in path.parent.glob(f".{path.name}.*.part"):
            draft.unlink(missing_ok=True)


def _memory() -> Path:
    return platformdirs.user_config_path("photoguard", appauthor=False) / "home"


def _remembered() -> Path | None:
    try:
        path = Path(_memory().read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError):
        return None
    if not path.is_dir():
        # A new, empty home would take the place of one whose drive is not connected.
        raise StorageError(
            "HOME_UNUSABLE",
            "The practice's folder is not there. Connect its drive, or name another with --home.",
        )
    return path

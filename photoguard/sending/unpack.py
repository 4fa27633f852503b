"""What another practice packed becomes a folder of photos, whole or not at all."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from ..audit import JSON, AuditLog
from ..errors import UnreadablePack, UsageError
from ..home import Home
from ..whole import whole_file
from . import age, archive
from .age import Identity
from .fingerprint import plain
from .parcel import Unpacked
from .recipients import AddressBook
from .slip import Slip

_MOST_BYTES = archive.MOST_BYTES + (1 << 20)
"""Of a pack: encryption and archive add a little to the files."""


def wants_password(file: Path) -> bool:
    """Whether a password opens this file. Raises UnreadablePack (PACK_UNREADABLE, PACK_UNKNOWN)."""
    return _is_zip(_read(file, len(age.BEGINS)))


def unpack(file: Path, out: Path, home: Home, *, password: str | None = None) -> Unpacked:
    """Open a pack with the practice's own key, or with the password it came with, into the new folder `out`.

    Raises UnreadablePack: PACK_UNREADABLE, PACK_UNKNOWN (no pack at all), KEY_WRONG, PASSWORD_WRONG, PACK_DAMAGED,
    PACK_UNSAFE, PACK_UNPROVEN, PACK_TOO_LARGE; UsageError (PASSWORD_MISSING, OUT_NOT_EMPTY, OUT_UNWRITABLE);
    StorageError. Then nothing was written.
    """
    _check_place(out)
    data = _read(file, _MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise UnreadablePack("PACK_TOO_LARGE", "This file is larger than any that photoguard packs.")
    if _is_zip(data):
        if password is None:
            raise UsageError("PASSWORD_MISSING", "A password opens this file. Ask the sender for it.")
        files, to = archive.read(data, password), None
    else:
        own = Identity.at(home)
        files, to = archive.read(own.decrypt(data), None), own.public.text
    slip = Slip.read(files.pop(archive.SLIP, None))
    signed_by = slip.prove(files, to)
    known = AddressBook(home).signed_by(signed_by)
    told: dict[str, JSON] = {
        "outputs": sorted(slip.files.values()),
        "photos": len(files),
        "pack_sha256": hashlib.sha256(data).hexdigest(),
        "sender": plain(signed_by),
    }
    _write(files, out, lambda: AuditLog(home).append("unpacked", told))
    photos = tuple(out / name for name in sorted(files))
    return Unpacked(out, photos, signed_by, known.name if known else None)


def _read(file: Path, length: int) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(length)
    except (OSError, ValueError):
        raise UnreadablePack("PACK_UNREADABLE", "The file can't be opened. Check its name.") from None


def _check_place(out: Path) -> None:
    try:
        # `.` is one's own place: it can't be made anew.
        free = bool(out.name) and not out.is_symlink()
        free = free and (not out.exists() or (out.is_dir() and not any(out.iterdir())))
    except (OSError, ValueError):  # a name that can't be one
        raise _unwritable() from None
    if not free:
        raise UsageError("OUT_NOT_EMPTY", "The folder is there already. Choose a new one with --out.")


def _unwritable() -> UsageError:
    return UsageError("OUT_UNWRITABLE", "The folder can't be written. Choose another place with --out.")


def _is_zip(data: bytes) -> bool:
    if data.startswith(archive.BEGINS):
        return True
    if data.startswith(age.BEGINS):
        return False
    raise UnreadablePack(
        "PACK_UNKNOWN",
        "This is not a file that photoguard has packed. Check that it is the one that was sent.",
    )


def _write(files: Mapping[str, bytes], out: Path, told: Callable[[], None]) -> None:
    """A folder that only its owner can read, and that takes its name once it is whole and written down."""
    # A fixed name, as `whole_file` has: photos that a killed run left there must not stay.
    draft = out.with_name(f".{out.name}.part")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700, parents=True)
        for name, data in files.items():
            with whole_file(draft / name) as file:
                file.write(data)
        told()
        if out.exists():
            out.rmdir()  # empty; Windows moves nothing over a folder
        draft.rename(out)
    except OSError:
        raise _unwritable() from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)

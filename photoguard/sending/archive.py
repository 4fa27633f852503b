"""The archive that is sent: a plain ZIP within an age file, or one with AES-256 (WinZip AE-2) under a password.

What may stand in it is a list: a few hundred stored files, with names of our own kind, and the slip that says what
they are. Anything else is refused before it is read.
"""

from __future__ import annotations

import io
import re
import stat
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import UnreadablePack, UsageError
from ..extra import extra

with extra("Sending", "sending"):
    import pyzipper

BEGINS = b"PK\x03\x04"
"""How a ZIP begins."""
SLIP = "photoguard.json"
MOST_BYTES = 512 << 20
"""Of all files together. It is held in memory: decrypted bytes are written only once all of them were proved."""
MOST_FILES = 500
_OURS = re.compile(r"pg-[a-z2-7]{16}(?:-[0-9]{1,3})?\.(?:jpg|png|webp|dcm)")
_TIME = (2000, 1, 1, 0, 0, 0)
"""A real one would tell when the photo was treated."""
_AES_256 = 3


def check_size(sizes: Sequence[int]) -> None:
    """Raises UsageError (PACK_TOO_LARGE)."""
    if len(sizes) > MOST_FILES or sum(sizes) > MOST_BYTES:
        raise UsageError(
            "PACK_TOO_LARGE", f"Send at most {MOST_FILES} photos and {MOST_BYTES >> 20} MB at once."
        )


def write(files: Mapping[str, bytes], password: str | None) -> bytes:
    """An archive of files by name."""
    target = io.BytesIO()
    with pyzipper.AESZipFile(target, "w", compression=pyzipper.ZIP_STORED) as archive:
        if password is not None:
            archive.setpassword(password.encode())
            # Version 2 leaves the checksum out, by which a known photo could be recognised without the password.
            archive.setencryption(pyzipper.WZ_AES, nbits=256, force_wz_aes_version=2)
        for name, data in files.items():
            entry = pyzipper.zipfile_aes.AESZipInfo(name, _TIME)
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, data)
    return target.getvalue()


def read(data: bytes, password: str | None) -> dict[str, bytes]:
    """The files of an archive by name, with the slip. `password` is None where it is a plain one.

    Raises UnreadablePack: PACK_DAMAGED, PACK_UNSAFE (something that photoguard does not write), PASSWORD_WRONG.
    """
    try:
        with pyzipper.AESZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check(entries, encrypted=password is not None)
            archive.setpassword(password.encode() if password is not None else None)
            return {entry.filename: archive.read(entry) for entry in entries}
    except UnreadablePack:
        raise
    except NotImplementedError:
        # So pyzipper tells a way of packing that it does not know. It is a RuntimeError, too, so it comes first.
        raise damaged() from None
    except RuntimeError:  # pyzipper's word for a wrong password
        raise UnreadablePack(
            "PASSWORD_WRONG", "This is not the password. Check it with the sender."
        ) from None
    except Exception:  # a damaged or hostile archive fails in many ways
        raise damaged() from None


def damaged() -> UnreadablePack:
    """What a file is that does not hold together."""
    return UnreadablePack("PACK_DAMAGED", "This file was damaged, cut off or changed. Ask for it again.")


def _check(entries: Sequence[Any], *, encrypted: bool) -> None:
    names = [entry.filename for entry in entries]
    safe = (
        len(names) == len(set(names))
        and len(names) <= MOST_FILES + 1
        and sum(entry.file_size for entry in entries) <= MOST_BYTES
        and all(name == SLIP or _OURS.fullmatch(name) for name in names)
        and all(_is_plain_file(entry, encrypted=encrypted) for entry in entries)
    )
    if not safe:
        raise UnreadablePack(
            "PACK_UNSAFE",
            "This archive holds something that photoguard does not send. Nothing was taken out of it.",
        )


def _is_plain_file(entry: Any, *, encrypted: bool) -> bool:
    sealed = entry.flag_bits & 1 == 1 and entry.wz_aes_strength == _AES_256
    return (
        stat.S_ISREG(entry.external_attr >> 16)
        # Stored as it is, a file can't unfold to more than was sent.
        and entry.compress_type == pyzipper.ZIP_STORED
        and (sealed if encrypted else entry.flag_bits & 1 == 0)
    )

"""Released photos become one encrypted file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..audit import AuditLog
from ..consent.registry import Registry
from ..consent.signing import PracticeKey
from ..errors import MayNotLeave, UsageError
from ..home import Home
from ..ingest import sniff
from ..photo import Container
from ..whole import new_file
from . import archive, consent, release
from .age import PublicKey
from .fingerprint import plain
from .parcel import Packed
from .password import checked
from .recipients import AddressBook
from .release import Release
from .slip import Slip, signer_fingerprint

_SUFFIXES = {
    Container.JPEG: ".jpg",
    Container.PNG: ".png",
    Container.WEBP: ".webp",
    Container.DICOM: ".dcm",
}


def pack(
    photos: Sequence[Path], out: Path, home: Home, *, to: str | None = None, password: str | None = None
) -> Packed:
    """Pack released photos for somebody in the address book, or under a password.

    `photos` are files, or folders whose files are meant. Exactly one of `to`, a name in the address book, and
    `password` is given; `out` ends in `.age` or `.zip` accordingly and does not exist yet. What is packed is written to
    the audit log, and as a use of the consents that it rests on.

    Raises MayNotLeave where one of the photos may not be sent; UsageError (PACK_WAY, PACK_EMPTY, PACK_TOO_LARGE,
    PHOTO_NOT_FOUND, OUT_EXISTS, OUT_SUFFIX, OUT_UNWRITABLE, RECIPIENT_UNKNOWN, PASSWORD_...); StorageError. Then
    nothing was written.
    """
    if (to is None) == (password is None):
        raise UsageError("PACK_WAY", "Say either to whom the photos go, or that a password is to open them.")
    key = PublicKey(AddressBook(home).find(to).key) if to is not None else None
    password = checked(password) if password is not None else None
    _check_place(out, ".zip" if key is None else ".age")
    named = _read(photos)
    data = dict(named.values())
    releases, held = release.look_up(data, home)
    answer = consent.ask(releases, data, home)
    _refuse({name: held.get(one) or answer.held.get(one, ()) for name, (one, _) in named.items()})
    files = {_name(one, releases, data): data[one.sha256] for one in releases.values()}
    practice = PracticeKey.at(home)
    slip = Slip.over(files, key.text if key else None, practice)
    sealed = _sealed({archive.SLIP: slip.model_dump_json().encode(), **files}, key, password)
    packed = Packed(
        out,
        len(files),
        hashlib.sha256(sealed).hexdigest(),
        key.fingerprint if key else None,
        signer_fingerprint(practice.public),
    )
    try:
        with new_file(out) as file:
            file.write(sealed)
            _write_down(packed, sorted(releases), answer, home)  # before the file has its name
    except FileExistsError:
        raise _taken() from None
    except OSError:
        raise _unwritable() from None
    return packed


def _check_place(out: Path, suffix: str) -> None:
    if out.suffix.lower() != suffix:
        raise UsageError(
            "OUT_SUFFIX",
            f"Let the name of the file end in {suffix}, so that the recipient's program knows it.",
        )
    try:
        taken = out.exists() or out.is_symlink()
    except OSError:
        raise _unwritable() from None
    if taken:
        raise _taken()


def _taken() -> UsageError:
    return UsageError("OUT_EXISTS", "There is a file of this name already. Choose another name with --out.")


def _unwritable() -> UsageError:
    return UsageError("OUT_UNWRITABLE", "The file can't be written. Choose another place with --out.")


def _read(photos: Sequence[Path]) -> dict[str, tuple[str, bytes]]:
    """SHA-256 and content by the file's name; a photo that is named twice counts once."""
    try:
        files = [file for given in photos for file in (_inside(given) if given.is_dir() else [given])]
        archive.check_size([file.stat().st_size for file in files])
        read = {str(file): file.read_bytes() for file in files}
    except (OSError, ValueError):
        raise UsageError("PHOTO_NOT_FOUND", "One of the photos can't be opened. Check the names.") from None
    if not read:
        raise UsageError("PACK_EMPTY", "Name at least one released photo.")
    return {name: (hashlib.sha256(data).hexdigest(), data) for name, data in read.items()}


def _inside(folder: Path) -> list[Path]:
    """A folder's files, but for the hidden ones that a desktop leaves in it."""
    return sorted(one for one in folder.iterdir() if one.is_file() and not one.name.startswith("."))


def _refuse(codes: Mapping[str, tuple[str, ...]]) -> None:
    held = {name: said for name, said in codes.items() if said}
    if held:
        raise MayNotLeave(held, f"Nothing was packed: {len(held)} of {len(codes)} photos may not be sent.")


def _name(one: Release, releases: Mapping[str, Release], data: Mapping[str, bytes]) -> str:
    """The pseudonym, which another file bears too where one photo was cleaned in two ways."""
    alike = [other.sha256 for other in releases.values() if other.name == one.name]
    number = f"-{alike.index(one.sha256) + 1}" if len(alike) > 1 else ""
    container = sniff(data[one.sha256])
    assert container is not None  # photoguard wrote it
    return f"{one.name}{number}{_SUFFIXES[container]}"


def _sealed(files: Mapping[str, bytes], key: PublicKey | None, password: str | None) -> bytes:
    written = archive.write(files, password)
    return written if key is None else key.encrypt(written)


def _write_down(packed: Packed, outputs: Sequence[str], answer: consent.Answer, home: Home) -> None:
    registry = Registry(home)
    for record, use in answer.uses:
        registry.use(record, use)
    AuditLog(home).append(
        "packed",
        {
            "outputs": list(outputs),
            "photos": packed.photos,
            "pack_sha256": packed.sha256,
            "recipient": plain(packed.recipient) if packed.recipient else None,
            "records": sorted({record for record, _ in answer.uses}),
        },
    )

"""Signed forms: kept as they were added, named by their SHA-256, and compared with it at every decision."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from ..errors import StorageError, UsageError
from .record import ConsentRecord, FormState

_CHUNK = 1 << 20


def keep(form: Path, forms: Path) -> tuple[str, str]:
    """Copy a form into the folder `forms`; its SHA-256 and suffix.

    The copy appears whole or not at all (temporary file, fsync, rename), readable by its owner only.
    Raises UsageError (FORM_NOT_FOUND, FORM_EMPTY), StorageError (FORMS_UNUSABLE).
    """
    try:
        if not form.is_file():
            raise FileNotFoundError
        source = form.open("rb")
    except OSError:
        raise UsageError("FORM_NOT_FOUND", "The signed form can't be opened. Check its name.") from None
    suffix = form.suffix.lower() if re.fullmatch(r"\.[A-Za-z0-9]{1,8}", form.suffix) else ""
    draft = forms / f".{secrets.token_hex(8)}"
    with source:
        try:
            forms.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy:
                digest = hashlib.sha256()
                while chunk := source.read(_CHUNK):
                    digest.update(chunk)
                    copy.write(chunk)
                if not copy.tell():
                    raise UsageError("FORM_EMPTY", "The signed form is an empty file. Scan it again.")
                copy.flush()
                os.fsync(copy.fileno())
            draft.replace(forms / f"{digest.hexdigest()}{suffix}")
            _sync_folder(forms)
        except OSError:
            raise StorageError(
                "FORMS_UNUSABLE",
                "The signed form can't be kept in the practice's folder. Check the space left.",
            ) from None
        finally:
            with suppress(OSError):
                draft.unlink()
    return digest.hexdigest(), suffix


def state(record: ConsentRecord, forms: Path) -> FormState:
    """Whether a record's form is still the file it was: hashed anew each time. Unreadable is missing."""
    try:
        same = sha256(forms / record.form_name) == record.form_sha256
    except OSError:
        return FormState.MISSING
    return FormState.PRESENT if same else FormState.CHANGED


def sha256(file: Path) -> str:
    """SHA-256 (hex) of a file. Raises OSError."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":  # Windows can't open a folder; its rename is durable without
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

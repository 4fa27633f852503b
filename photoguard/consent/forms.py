"""Signed forms: kept as they were added, named by their SHA-256, and checked anew at every decision."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from ..errors import StorageError, UsageError
from ..home import Home
from .held import FormState, Held
from .proof import scan, verify
from .record import AttestedScan, ConsentRecord, Form, ProofResult

_CHUNK = 1 << 20


def described(form: Path) -> tuple[Form, bytes]:
    """What a record says of a form, and the form itself; nothing is kept yet.

    Raises UsageError (FORM_NOT_FOUND, FORM_EMPTY).
    """
    try:
        content = form.read_bytes()
    except (OSError, ValueError):  # a name with a null in it is a ValueError
        raise _not_found() from None
    if not content:
        raise _empty()
    return Form(sha256=hashlib.sha256(content).hexdigest(), suffix=suffix(form)), content


def keep(form: Path, forms: Path) -> Form:
    """Copy a form into the folder `forms`; what a record says of it.

    The copy appears whole or not at all (temporary file, fsync, rename), readable by its owner only.
    Raises UsageError (FORM_NOT_FOUND, FORM_EMPTY), StorageError (FORMS_UNUSABLE).
    """
    try:
        if not form.is_file():
            raise FileNotFoundError
        source = form.open("rb")
    except OSError:
        raise _not_found() from None
    with source:
        return keep_content(source, suffix(form), forms)


def keep_content(source: BinaryIO, ending: str, forms: Path) -> Form:
    """The same for a form that is read from a stream; `ending` as `suffix` gives it.

    Raises UsageError (FORM_EMPTY), StorageError (FORMS_UNUSABLE).
    """
    draft = forms / f".{secrets.token_hex(8)}"
    try:
        forms.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy:
            digest = hashlib.sha256()
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                copy.write(chunk)
            if not copy.tell():
                raise _empty()
            copy.flush()
            os.fsync(copy.fileno())
        draft.replace(forms / f"{digest.hexdigest()}{ending}")
        _sync_folder(forms)
    except OSError:
        raise StorageError(
            "FORMS_UNUSABLE",
            "The signed form can't be kept in the practice's folder. Check the space left.",
        ) from None
    finally:
        with suppress(OSError):
            draft.unlink()
    return Form(sha256=digest.hexdigest(), suffix=ending)


def suffix(form: Path) -> str:
    """The ending that a form keeps: `.pdf`; none where it could be anything else than an ending."""
    return form.suffix.lower() if re.fullmatch(r"\.[A-Za-z0-9]{1,8}", form.suffix) else ""


def looked_at(held: Held, home: Home, now: datetime) -> Held:
    """The same record, with its form hashed and its proof checked anew.

    A signature has to have been good when the practice first looked at it; certificates end before consents do.
    """
    record = held.record
    if record is None or record.form is None:
        return held
    try:
        content = (home.forms / record.form.name).read_bytes()
    except OSError:
        return replace(held, form=FormState.MISSING)
    if hashlib.sha256(content).hexdigest() != record.form.sha256:
        return replace(held, form=FormState.CHANGED)
    held = replace(held, form=FormState.PRESENT)
    if record.proof is None:
        return held
    return replace(held, proof=_proved(record, content, home, held.verified[0].at if held.verified else now))


def _proved(record: ConsentRecord, content: bytes, home: Home, at: datetime) -> ProofResult:
    """What the proof's own module says. Damaged forms fail in many ways; each of them is a block."""
    try:
        if isinstance(record.proof, AttestedScan):
            return scan.verify(record.proof, record, at)  # nothing in the file to look at but its hash
        return verify(record.proof, content, record, at, home)
    except Exception:
        return ProofResult(ok=False, code="SIGNATURE_INVALID")


def _not_found() -> UsageError:
    return UsageError("FORM_NOT_FOUND", "The signed form can't be opened. Check its name.")


def _empty() -> UsageError:
    return UsageError("FORM_EMPTY", "The signed form is an empty file. Scan it again.")


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":  # Windows can't open a folder; its rename is durable without
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

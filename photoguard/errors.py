"""Errors that people see: a stable code, one clear line, an exit code."""

from __future__ import annotations

from collections.abc import Mapping


class PhotoguardError(Exception):
    """Something a person can act on. The message never holds a patient's name, a path or a pixel."""

    exit_code = 2

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type[PhotoguardError], tuple[str, str]]:
        return type(self), (self.code, self.message)

    def __str__(self) -> str:
        return f"{self.message} [{self.code}]"


class UsageError(PhotoguardError):
    """The call itself can't be carried out: nothing was done."""


class ModelError(PhotoguardError):
    """A model file is missing or is not the one it should be: photoguard refuses to start."""

    exit_code = 5


class UnreadablePhoto(PhotoguardError):
    """This file can't be read as a photo. Its code is one of `photoguard.reasons`."""

    exit_code = 5


class UnwritablePhoto(PhotoguardError):
    """This photo's output could not be written, or what was written could not be proved right."""

    exit_code = 5


class UnreadablePack(PhotoguardError):
    """What was received can't be opened, or can't be shown to be what another practice packed: nothing was written."""

    exit_code = 5


class MayNotLeave(PhotoguardError):
    """Photos may not be sent: nothing was written. Its code is the first of all reasons."""

    exit_code = 4

    def __init__(self, held: Mapping[str, tuple[str, ...]], message: str) -> None:
        super().__init__(next(iter(held.values()))[0], message)
        self.held = held
        """Each photo's reasons by the name of its file: codes of `photoguard.reasons` or of the gate."""

    def __reduce__(self) -> tuple[type[MayNotLeave], tuple[Mapping[str, tuple[str, ...]], str]]:  # type: ignore[override]
        return type(self), (self.held, self.message)


class StorageError(PhotoguardError):
    """The practice's home, registry or audit log can't be used or does not add up."""

    exit_code = 5


class WorkersError(PhotoguardError):
    """The workers that photos are handed to can't be used, or not any more. What was finished stays finished."""

    exit_code = 5


class StoreError(PhotoguardError):
    """The store that photos lie in gives no answer, or not any more. What was finished stays finished."""

    exit_code = 5

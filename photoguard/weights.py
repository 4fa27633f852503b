"""Finds model files and gives out only those whose SHA-256 is the one in models/registry.toml."""

from __future__ import annotations

import hashlib
import os
import tomllib
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from .errors import ModelError

REGISTRY = "registry.toml"
_PACKAGE = Path(__file__).resolve().parent
# An installed wheel carries the models inside the package, a checkout beside it.
_FOLDERS = (_PACKAGE / "_models", _PACKAGE.parent / "models")


class Model(BaseModel):
    """One entry of the registry."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    """Beside the registry, or inside `package` where one is named."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    source: str
    licence: str
    package: str | None = None


def path(name: str) -> Path:
    """The file of the model called `name`, its content checked once per process.

    The registry is the one in $PHOTOGUARD_MODELS if that is set, else the one that came with photoguard.
    Raises ModelError: MODEL_MISSING where the registry, its entry or the file is not there, MODEL_WRONG where
    the registry can't be understood or the file's SHA-256 is another.
    """
    folder = _folder()
    model = _registry(folder).get(name)
    if model is None:
        raise ModelError("MODEL_MISSING", f"The list of models has no entry '{name}'.")
    return _checked(name, model, folder)


def check() -> dict[str, str]:
    """Check every model of the registry, before any work is begun; their SHA-256 (hex) by name.

    Raises ModelError as `path` does.
    """
    folder = _folder()
    registry = _registry(folder)
    for name, model in registry.items():
        _checked(name, model, folder)
    return {name: model.sha256 for name, model in registry.items()}


def _checked(name: str, model: Model, folder: Path) -> Path:
    file = (folder if model.package is None else _inside(model.package)) / model.file
    try:
        stamp = file.stat()
        digest = _sha256(file, stamp.st_size, stamp.st_mtime_ns)
    except OSError:
        raise ModelError(
            "MODEL_MISSING", f"The file of the model '{name}' is missing. Install photoguard again."
        ) from None
    if digest != model.sha256:
        raise ModelError(
            "MODEL_WRONG",
            f"The file of the model '{name}' is not the one it should be. Install photoguard again.",
        )
    return file


def _folder() -> Path:
    chosen = os.environ.get("PHOTOGUARD_MODELS")
    folders = (Path(chosen),) if chosen else _FOLDERS
    for folder in folders:
        if (folder / REGISTRY).is_file():
            return folder
    raise ModelError("MODEL_MISSING", "The list of models is missing. Install photoguard again.")


def _registry(folder: Path) -> dict[str, Model]:
    try:
        entries = tomllib.loads((folder / REGISTRY).read_text(encoding="utf-8"))
        return TypeAdapter(dict[str, Model]).validate_python(entries)
    except (OSError, ValueError, RecursionError):  # what TOML, UTF-8 and pydantic complain of
        raise ModelError(
            "MODEL_WRONG", "The list of models can't be understood. Install photoguard again."
        ) from None


def _inside(package: str) -> Path:
    spec = find_spec(package)  # does not import a top-level package
    if spec is None or not spec.submodule_search_locations:
        raise ModelError("MODEL_MISSING", f"The package '{package}', which holds a model, is not installed.")
    return Path(spec.submodule_search_locations[0])


@lru_cache
def _sha256(file: Path, size: int, modified_ns: int) -> str:
    # Size and time are part of the key: a file that changed is read again.
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

"""What decides how a photo is cleaned: two processes of one build do the same with it, wherever they run."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from importlib.metadata import entry_points, version
from pathlib import Path

from .. import detect, weights

_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Build:
    """A photoguard as it is installed."""

    version: str
    code: str
    """SHA-256 over the package's own source: checkouts of different days have one version."""
    models: tuple[tuple[str, str], ...]
    """Names and SHA-256."""
    detectors: tuple[str, ...]
    """Plug-ins with it: a photo that one of them has not looked at is not a searched one."""
    python: str
    system: str
    """A path of one is none on another."""

    @property
    def digest(self) -> str:
        """All of it in one SHA-256."""
        return hashlib.sha256(repr(self).encode()).hexdigest()

    def differs(self, other: Build) -> list[str]:
        """The names of the parts in which the other one differs."""
        names = [field.name for field in fields(self)]
        return [name for name in names if getattr(self, name) != getattr(other, name)]


@cache
def installed() -> str:
    """This photoguard's version. To look it up takes milliseconds, and each photo's papers name it."""
    return version("photoguard")


@cache
def here() -> Build:
    """This process's. Raises ModelError where a model is missing or is not the one it should be."""
    return Build(
        version=installed(),
        code=_code(),
        models=tuple(sorted(weights.check().items())),
        detectors=tuple(sorted(_detectors())),
        python=".".join(platform.python_version_tuple()[:2]),
        system=platform.system(),
    )


def _code() -> str:
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py"), key=lambda path: path.relative_to(_PACKAGE).as_posix()):
        digest.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0")
        digest.update(
            path.read_bytes().replace(b"\r\n", b"\n") + b"\0"
        )  # Git may write lines as Windows does
    return digest.hexdigest()


def _detectors() -> Iterator[str]:
    for point in entry_points(group=detect.GROUP):
        package = f" ({point.dist.name} {point.dist.version})" if point.dist else ""
        yield f"{point.name} = {point.value}{package}"

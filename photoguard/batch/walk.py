"""What lies in the inputs: the photos to clean, what is left out, and what can't be taken."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Literal, TypeAlias

from .. import ingest
from ..errors import UsageError
from ..outcome import LeftOut, Outcome, Status
from ..store import Place, Stored, real
from .files import head_of

_PHOTO_SUFFIXES = frozenset(
    [
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".png",
        ".apng",
        ".webp",
        ".tif",
        ".tiff",
        ".heic",
        ".heif",
        ".hif",
        ".avif",
        ".gif",
        ".bmp",
        ".jxl",
        ".jp2",
        ".psd",
        ".dcm",
        ".dng",
        ".cr2",
        ".cr3",
        ".crw",
        ".nef",
        ".arw",
        ".raf",
        ".orf",
        ".rw2",
        ".x3f",
        ".mrw",
    ]
)
_SIDECAR_SUFFIXES = frozenset([".aae", ".xmp", ".thm", ".pp3", ".dop", ".on1"])
_VIDEO_SUFFIXES = frozenset([".mov", ".mp4", ".m4v"])
_HOME_MARK = "registry.sqlite"
"""A folder that holds this file is a practice's own folder, not a folder of photos."""
HEAD_BYTES = 4096
"""As much of a file as tells whether it is a photo."""


Ready: TypeAlias = Callable[[Path], bool]
"""Whether a file in a folder that is still being filled is completely written."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to clean. `name` is relative to its INPUT, with forward slashes, and unique in the run."""

    path: Place
    name: str
    root: Place
    """The INPUT it came from (its folder, where the INPUT is a file)."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything found in the inputs; each file stands in exactly one of the three."""

    photos: tuple[Source, ...]
    left_out: tuple[LeftOut, ...]
    failed: tuple[Outcome, ...]


def could_be_photo(path: Place, head: bytes) -> bool:
    """Whether a file is taken for a photo, by its name or by its first bytes."""
    return path.suffix.lower() in _PHOTO_SUFFIXES or ingest.sniff(head) is not None


def is_home(folder: Path) -> bool:
    """Whether a folder is a practice's own, which is never looked into."""
    return (folder / _HOME_MARK).exists()


def kind_of(given: Path) -> Literal["folder", "file"] | None:
    """What an input is; None where there is nothing.

    Raises UsageError (INPUT_UNREADABLE) where the folders that it lies in do not let anybody see.
    """
    try:
        return "folder" if given.is_dir() else "file" if given.exists() else None
    except OSError:
        raise UsageError(
            "INPUT_UNREADABLE",
            "This user account may not look at an input. Check who may open the folders that it lies in.",
        ) from None


def walk(inputs: Sequence[Place], ready: Ready | None = None) -> Inputs:
    """Look through files and folders (recursively), in the order of their names.

    Of folders that are still being filled, files that are not `ready` are left out as arriving.
    Raises UsageError (INPUT_MISSING, INPUT_UNREADABLE) where an input does not exist, or may not be looked at;
    StoreError.
    """
    found: list[Source | LeftOut | Outcome] = []
    seen: set[str] = set()
    for given in inputs:
        if isinstance(given, Stored):
            found += _given_in_store(given, seen)
            continue
        kind = kind_of(given)
        if kind is None:
            code = "a link to something that is not there" if given.is_symlink() else "not there"
            raise UsageError("INPUT_MISSING", f"An input is {code}. Check what was typed after `clean`.")
        if kind == "folder":
            found += _folder(given, given, seen, ready)
        else:
            found += _file(given, given.parent, seen, asked_for=True)
    sources = [entry for entry in found if isinstance(entry, Source)]
    return Inputs(
        photos=tuple(_with_unique_names(sources)),
        left_out=tuple(entry for entry in found if isinstance(entry, LeftOut)),
        failed=tuple(entry for entry in found if isinstance(entry, Outcome)),
    )


def _folder(
    folder: Path, root: Path, seen: set[str], ready: Ready | None
) -> Iterator[Source | LeftOut | Outcome]:
    try:
        entries = sorted(folder.iterdir(), key=lambda path: path.name)
    except OSError:
        yield _failed(folder, root, "FILE_UNREADABLE")
        return
    for path in entries:
        try:
            if path.name.startswith("."):
                yield LeftOut(source=_name(path, root), reason="hidden")
            elif path.is_symlink():
                yield from _link(path, root)
            elif path.is_dir():
                if path.suffix.lower() in _PHOTO_SUFFIXES:
                    yield _failed(path, root, "NOT_A_FILE")
                elif is_home(path):
                    yield LeftOut(source=_name(path, root), reason="home")
                else:
                    yield from _folder(path, root, seen, ready)
            elif ready is not None and not ready(path):
                yield LeftOut(source=_name(path, root), reason="arriving")
            else:
                yield from _file(path, root, seen)
        except OSError:  # a folder may tell its names and not let anybody look at them
            yield _failed(path, root, "FILE_UNREADABLE")


def _link(path: Path, root: Path) -> Iterator[Source | LeftOut | Outcome]:
    target = Path(os.path.realpath(path))
    if not target.exists():
        yield _failed(path, root, "LINK_BROKEN")
    elif not target.is_relative_to(os.path.realpath(root)):
        yield _failed(path, root, "LINK_OUTSIDE")
    else:
        # Its target lies in the same input and is taken there.
        yield LeftOut(source=_name(path, root), reason="link")


def _file(
    path: Place, root: Place, seen: set[str], *, asked_for: bool = False
) -> Iterator[Source | LeftOut | Outcome]:
    suffix = path.suffix.lower()
    if suffix in _SIDECAR_SUFFIXES:
        yield LeftOut(source=_name(path, root), reason="sidecar")
        return
    if suffix in _VIDEO_SUFFIXES and _has_still(path):
        yield LeftOut(source=_name(path, root), reason="live_photo")
        return
    where = real(path)
    if where in seen:
        return
    seen.add(where)
    named = isinstance(path, Stored) and (asked_for or could_be_photo(path, b""))
    try:
        # A pipe or a device would make a reader wait for ever.
        if isinstance(path, Path) and not stat.S_ISREG(path.stat().st_mode):
            yield LeftOut(source=_name(path, root), reason="not_a_photo")
            return
        # What a store holds is asked for once, by whoever cleans it, where its name is enough for now.
        head = b"" if named else head_of(path, HEAD_BYTES)
    except OSError:
        yield _failed(path, root, "FILE_UNREADABLE")
        return
    if asked_for or could_be_photo(path, head):
        yield Source(path, _name(path, root), root)
    else:
        yield LeftOut(source=_name(path, root), reason="not_a_photo")


def _given_in_store(given: Stored, seen: set[str]) -> Iterator[Source | LeftOut | Outcome]:
    try:
        if not given.exists():
            raise UsageError("INPUT_MISSING", "An input is not there. Check what was typed after `clean`.")
        if given.is_dir():
            yield from _in_store(given, seen)
        else:
            yield from _file(given, given.parent, seen, asked_for=True)
    except OSError:
        raise UsageError(
            "INPUT_UNREADABLE",
            "The store does not let this computer list an input. Check its address and the credentials for it.",
        ) from None


def _in_store(root: Stored, seen: set[str]) -> Iterator[Source | LeftOut | Outcome]:
    """By the rules of folders, though a store only has names with slashes in them."""
    files = [(_name(file, root), file) for file in root.files()]
    homes = {name.removesuffix(f"/{_HOME_MARK}") for name, _ in files if name.endswith(f"/{_HOME_MARK}")}
    told: set[str] = set()
    for name, file in files:
        passed = _passed_over(name, homes)
        if passed is None:
            yield from _file(file, root, seen)
        elif passed.source not in told:
            told.add(passed.source)
            yield passed


def _passed_over(name: str, homes: Collection[str]) -> LeftOut | Outcome | None:
    """What is said of the folder that a file is not looked for in, or of a hidden file."""
    parts = name.split("/")
    for depth, part in enumerate(parts, 1):
        folder = "/".join(parts[:depth])
        if part.startswith("."):
            return LeftOut(source=folder, reason="hidden")
        if depth < len(parts) and PurePosixPath(part).suffix.lower() in _PHOTO_SUFFIXES:
            return Outcome(source=folder, status=Status.FAILED, reasons=("NOT_A_FILE",))
        if folder in homes:
            return LeftOut(source=folder, reason="home")
    return None


def _has_still(video: Place) -> bool:
    return any(
        (video.with_suffix(suffix)).exists()
        for still in (".heic", ".jpg", ".jpeg")
        for suffix in (still, still.upper())
    )


def _name(path: Place, root: Place) -> str:
    below = path.relative_to(root)  # type: ignore[arg-type]  # both lie in one place
    # A name that is not valid text must still fit into report.json.
    return below.as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _failed(path: Place, root: Place, code: str) -> Outcome:
    return Outcome(source=_name(path, root), status=Status.FAILED, reasons=(code,))


def _with_unique_names(sources: Sequence[Source]) -> Iterator[Source]:
    """Photos of one name in two inputs get the input's name in front, and a number where that is not enough."""
    often = Counter(source.name for source in sources)
    taken: set[str] = set()
    for source in sources:
        name = source.name if often[source.name] == 1 else f"{source.root.name}/{source.name}"
        unique, number = name, 2
        while unique in taken:
            unique, number = f"{number}/{name}", number + 1
        taken.add(unique)
        yield replace(source, name=unique)

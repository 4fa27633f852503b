"""Photos in a store: a file or a folder at an fsspec URL, such as s3://BUCKET/FOLDER, in the words of a path.

How a store is reached, and who asks, are settings of each computer (fsspec's own, or those of AWS). None travel.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from .errors import StoreError, UsageError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_URL = re.compile(r"([a-z][a-z0-9+.-]+)(::.*)?:/(/?)", re.IGNORECASE)
_REMOTE = getattr(errno, "EREMOTEIO", errno.EBUSY)  # Linux alone has it
_PASSING = frozenset({errno.EBUSY, _REMOTE, errno.ENETUNREACH, errno.EHOSTUNREACH})
"""What the next request may be refused for as well: a store that is away or asks for a pause."""
_STATES = (("ETag", "etag"), ("LastModified", "last_modified", "mtime", "updated", "modified", "created"))
"""Words for what changes with a file's content, those first that tell most."""

State: TypeAlias = tuple[int, int, int, int]
"""As a file's stamp: a digest of what the store says, and the size."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file or folder in a store. Printed, as others' logs may do, it names neither.

    What asks the store raises OSError where it refuses, and StoreError (STORE_AWAY) where it gives no answer.
    """

    store: str = field(repr=False)
    """The URL that the store is reached by."""
    path: str = field(repr=False)
    """In the store."""
    state: State | None = field(default=None, repr=False, compare=False)
    """As it was when the folder was listed."""

    @classmethod
    def at(cls, url: str) -> Self:
        """The file or folder with a URL. Raises UsageError (STORE_ADDRESS, EXTRA_MISSING), StoreError."""
        path = _system(url)._strip_protocol(url)
        if not path.strip("/"):
            raise UsageError("STORE_ADDRESS", "Name a folder in the store: s3://BUCKET/FOLDER.")
        return cls(url, path)

    def __truediv__(self, name: str) -> Self:
        return replace(self, path=f"{self.path.rstrip('/')}/{name}", state=None)

    def __str__(self) -> str:
        """Its URL, without the name and password that one may hold."""
        system = _system(self.store)
        protocol, _, rest = self.store.partition("://")
        if system._strip_protocol(self.store).strip("/") == rest.strip("/"):
            return str(system.unstrip_protocol(self.path))  # the path begins with the bucket
        host = rest.partition("/")[0].rpartition("@")[2]
        return f"{protocol}://{host}/{self.path.lstrip('/')}"

    @property
    def name(self) -> str:
        """The last part of the path."""
        return PurePosixPath(self.path).name

    @property
    def suffix(self) -> str:
        """As a path's."""
        return PurePosixPath(self.path).suffix

    @property
    def parent(self) -> Self:
        """The folder that it lies in."""
        return replace(self, path=self.path.rpartition("/")[0], state=None)

    def with_name(self, name: str) -> Self:
        """Another one in the same folder."""
        return self.parent / name

    def with_suffix(self, suffix: str) -> Self:
        """With another suffix, or with one."""
        return self.with_name(PurePosixPath(self.name).with_suffix(suffix).name)

    def relative_to(self, folder: Stored) -> PurePosixPath:
        """The path below a folder that it lies in."""
        return PurePosixPath(self.path.removeprefix(f"{folder.path.rstrip('/')}/").lstrip("/"))

    def absolute(self) -> Self:
        """Itself: it is the same from everywhere."""
        return self

    def exists(self) -> bool:
        """Whether there is such a file, or something below such a folder."""
        return self._told() is not None

    def is_dir(self) -> bool:
        """Whether it is a folder. An empty one is none in many stores."""
        told = self._told()
        return told is not None and told["type"] == "directory"

    def now(self) -> State | None:
        """A file's state at this moment; None where there is no such file, or nothing that would tell."""
        told = self._told()
        return _state(told) if told is not None and told["type"] == "file" else None

    def files(self) -> list[Self]:
        """All files in a folder and in those below it, with their state, in the order of their names."""
        from fsspec import AbstractFileSystem
        from fsspec.asyn import AsyncFileSystem

        with _asked(self.store) as system:
            kind: Any = type(system)
            # fsspec's own way to look passes over folders that can't be listed, as if there was nothing in them.
            own = (
                kind.find is AbstractFileSystem.find or getattr(kind, "_find", None) is AsyncFileSystem._find
            )
            try:
                found = system.find(self.path, detail=True, **({"on_error": "raise"} if own else {}))
            except FileNotFoundError:
                return []
        return [
            replace(self, path=path, state=_state(told))
            for path, told in sorted(found.items())
            if told["type"] == "file" and not (path.endswith("/") and told["size"] == 0)  # a folder's mark
        ]

    def read_bytes(self, count: int | None = None) -> bytes:
        """A file's content, or as much of its beginning."""
        if count is not None and self.state is not None and self.state[1] == 0:
            return b""  # of nothing no part can be asked for
        with _asked(self.store) as system:
            return bytes(system.cat_file(self.path, end=count))

    def write_bytes(self, data: bytes) -> None:
        """Put a file, in one go where the store knows that."""
        with _asked(self.store) as system:
            system.pipe_file(self.path, data)

    def replace(self, target: Stored) -> None:
        """Move a file within the store, over what stands there: its content does not come here."""
        with _asked(self.store) as system:
            try:
                system.cp_file(self.path, target.path)  # an object is whole or not at all
            except NotImplementedError:
                system.mv(self.path, target.path)  # where files can be given another name
            else:
                system.rm_file(self.path)

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove a file."""
        try:
            with _asked(self.store) as system:
                system.rm_file(self.path)
        except FileNotFoundError:
            if not missing_ok:
                raise

    def mkdir(self) -> None:
        """Make a folder, where the store has such things. A bucket is never made."""
        if not self.is_dir():
            # Where it may not be made it may be there: what is put into it will tell.
            with suppress(PermissionError), _asked(self.store) as system:
                system.mkdir(self.path, create_parents=False)

    def _told(self) -> Mapping[str, Any] | None:
        with _asked(self.store) as system:
            try:
                told: Mapping[str, Any] = system.info(self.path)
            except FileNotFoundError:
                return None
        return told


Place: TypeAlias = Path | Stored
"""Where a photo or a folder is: on a drive of this computer, or in a store."""


def place(given: str | os.PathLike[str]) -> Place:
    """A path, or what lies at an fsspec URL. Raises as `Stored.at`, and UsageError (PLACE_EMPTY)."""
    text = os.fspath(given)
    if not text:  # a script's unset variable; to a Path it is the folder one is in, whatever lies there
        raise UsageError("PLACE_EMPTY", "A photo or folder has no name. Write . for the folder you are in.")
    url = _URL.match(text)
    if url is None:
        return Path(text)
    protocol, chained, slash = url.groups()
    if chained or not slash:  # a Path has made one slash of two
        raise UsageError("STORE_ADDRESS", "Write the address of a store as text: s3://BUCKET/FOLDER.")
    if protocol.lower() in ("file", "local"):
        return Path(text[url.end() :])
    return Stored.at(text)


def move(source: Place, target: Place) -> None:
    """Give a file another name on the same drive or in the same store. Raises OSError, StoreError."""
    source.replace(target)  # type: ignore[arg-type]


def real(there: Place) -> str:
    """Where a place is, however it was named."""
    return str(there) if isinstance(there, Stored) else os.path.realpath(there)


def sha256(there: Place) -> str:
    """SHA-256 (hex) of a file's bytes. Raises OSError, StoreError."""
    if isinstance(there, Stored):
        return hashlib.sha256(there.read_bytes()).hexdigest()
    with there.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def _system(url: str) -> AbstractFileSystem:
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise _missing(url) from None
    try:
        system: AbstractFileSystem = url_to_fs(url)[0]
    except ImportError:
        raise _missing(url) from None
    except ValueError:
        raise UsageError("STORE_ADDRESS", "This is not the address of a store that fsspec knows.") from None
    except Exception:  # some connect at once
        raise _away() from None
    return system


def _missing(url: str) -> UsageError:
    if url.lower().startswith(("s3:", "s3a:")):
        what = "An s3:// address needs two more packages on each computer that cleans: pip install 'photoguard[s3]'."
    else:
        what = "An address of this kind needs the package that fsspec names for it. Install that one."
    return UsageError("EXTRA_MISSING", what)


def _state(told: Mapping[str, Any]) -> State | None:
    for words in _STATES:
        for word in words:
            if told.get(word) and told["size"] is not None:
                digest = hashlib.sha256(str(told[word]).encode()).digest()
                return int.from_bytes(digest[:7]), int(told["size"]), 0, 0
    return None


@contextmanager
def _asked(store: str) -> Iterator[AbstractFileSystem]:
    """Around what a store is asked; nothing is answered from memory. Its own errors name files, and differ."""
    system = _system(store)
    system.invalidate_cache()
    try:
        yield system
    except MemoryError:
        raise
    except FileNotFoundError:
        raise FileNotFoundError(errno.ENOENT, "not in the store") from None
    except PermissionError:
        raise PermissionError(errno.EACCES, "the store refuses") from None
    except NotImplementedError:
        raise OSError(errno.EROFS, "the store can't do that") from None
    except OSError as error:
        if error.errno in _PASSING or isinstance(error, (ConnectionError, TimeoutError, socket.gaierror)):
            raise _away() from None
        raise OSError(error.errno or errno.EIO, "the store refuses") from None
    except Exception:  # each store's client has its own for a network that fails
        raise _away() from None


def _away() -> StoreError:
    return StoreError(
        "STORE_AWAY",
        "The store of the photos gives no answer. Check its address, that it runs, and that this computer has"
        " credentials for it; then give the same command again: what is finished stays finished.",
    )

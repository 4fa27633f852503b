"""The library's calls: what the command line and the desktop stand on, and what other programs use."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from . import ingest, report
from .batch.alone import alone
from .batch.cluster import Cluster
from .batch.decisions import Decisions
from .batch.run import Progress, run
from .decision import Decision, Told
from .errors import UnreadablePhoto, UsageError
from .home import Home
from .outcome import MirrorVerdict, RunReport
from .photo import Box, Container, Disclosure, Finding, Photo
from .policy import Channel, Policy
from .reasons import REASONS
from .store import Stored, place
from .watching.rounds import News, Order
from .watching.rounds import watch as watch_folder

if TYPE_CHECKING:
    from .pipeline import Cleaned
    from .sending.parcel import Packed, Recipient, Unpacked

Source: TypeAlias = str | os.PathLike[str] | bytes | Image.Image | NDArray[np.uint8]
"""A path, a file's bytes, a PIL image, or pixels: H x W grey, H x W x 3 RGB or H x W x 4 RGBA, uint8."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a file and its picture would give away."""

    container: Container
    size: tuple[int, int]
    """Width and height of the upright picture."""
    disclosures: tuple[Disclosure, ...]
    """What the file tells, with the values themselves: for the person at the screen, not for a log."""
    findings: tuple[Finding, ...]
    mirror: MirrorVerdict


def clean(
    source: Source,
    *,
    channel: Channel | str = Channel.SOCIAL_MEDIA,
    policy: Policy | None = None,
    keep: Sequence[Box] = (),
    side: Literal["left", "right"] | None = None,
    decision: Decision | None = None,
) -> Cleaned:
    """Clean one photo.

    `policy` overrides `channel`'s preset. `keep` are boxes (x0, y0, x1, y1, upright pixels) that a person
    marked as the clinical finding; `side` is the side of the patient's body that the photo is said to show;
    `decision` is what a person has decided after looking at an earlier result.

    The result's `outcome` says what was done and why; its `data` are the
    cleaned file's bytes where the status is `released` or `review`, else None. Nothing is written to disk,
    and no consent is asked: a before/after pair goes through `clean_folder`.

    What is wrong with the photo is the outcome's, not an exception. Raises UsageError (CHANNEL_UNKNOWN,
    SOURCE_TYPE) and ModelError.
    """
    from .pipeline import Pipeline  # late: clean_folder's own process needs no nets

    chosen = policy or Policy.for_channel(channel)

    def load() -> tuple[bytes, Photo]:
        return _load(source, chosen)

    return Pipeline(chosen).clean(
        load, source=_label(source), told=Told(tuple(keep), side, decision=decision)
    )


def clean_folder(
    inputs: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    *,
    channel: Channel | str = Channel.SOCIAL_MEDIA,
    policy: Policy | None = None,
    manifest: str | os.PathLike[str] | None = None,
    home: str | os.PathLike[str] | None = None,
    jobs: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> RunReport:
    """Clean photos and folders of photos (recursively) into `out`, with report.html and report.json.

    Inputs and `out` are paths, or fsspec URLs such as "s3://BUCKET/FOLDER". `out/released` is the
    only folder to share. The same call goes on where a killed one stopped. `jobs` is the number of photos at once (one
    per core where None). `progress` is called with (finished, all, outcome) after each photo.

    `executor` cleans the photos in place of processes of this call's own: any executor whose workers see the same
    files, such as what `cluster` gives. It stays open. Of threads only one cleans at a time.

    Raises UsageError before anything is written where the call itself can't be carried out, StorageError where
    the practice's folder can't be used, WorkersError where the executor gives no more results, and StoreError where
    a store gives no answer; what is finished then is kept.
    """
    given = [inputs] if isinstance(inputs, (str, os.PathLike)) else inputs
    folder = place(out)
    practice = _home(home) if home is not None else None
    with alone(practice or Home.at(), folder):
        done = run(
            [place(entry) for entry in given],
            folder,
            policy or Policy.for_channel(channel),
            home=practice,
            manifest_file=Path(manifest) if manifest is not None else None,
            jobs=jobs,
            executor=executor,
            progress=progress,
        )
        report.write(done.report, folder, done.thumbnails)
    return done.report


def watch(
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    channel: Channel | str = Channel.SOCIAL_MEDIA,
    policy: Policy | None = None,
    manifest: str | os.PathLike[str] | None = None,
    home: str | os.PathLike[str] | None = None,
    jobs: int | None = None,
    poll: bool = False,
    settle: float = 5.0,
    stop: Event | None = None,
    progress: Progress | None = None,
) -> Iterator[News]:
    """Clean what arrives in `folder`, as `clean_folder` would with the same arguments, until it is stopped.

    A photo is taken when its file has not changed for `settle` seconds and can be opened; the whole folder is then
    gone over in a round, and the report is brought up to date. `poll` looks every few seconds, for network shares,
    whose changes the file system does not tell.

    Gives a `Round` after each, an `Unfinished` for a photo that never becomes whole, `Halted` and `Resumed` where
    something is in the way. Ends when `stop` is set, in a round after the photos that are under way; the same call goes
    on from there. Raises as `clean_folder` does where it can't begin.
    """
    order = Order(
        _on_a_drive(folder),
        _on_a_drive(out),
        policy or Policy.for_channel(channel),
        home=_home(home) if home is not None else None,
        manifest=Path(manifest) if manifest is not None else None,
        jobs=jobs,
        poll=poll,
        settle=settle,
    )
    return watch_folder(order, stop or Event(), progress)


def cluster(address: str) -> Cluster:
    """The workers of the Dask cluster whose scheduler is at `address`, for `clean_folder`; close it with `with`.

    Raises WorkersError where it can't be reached, or where its photoguard is not the same as this one.
    """
    return Cluster(address)


def decide(
    photo: str | os.PathLike[str], decision: Decision, *, home: str | os.PathLike[str] | None = None
) -> None:
    """Remember what a person has decided about a photo, and write it to the audit log.

    It counts for the file's very bytes and takes the place of an earlier decision. The next `clean_folder` with the
    same inputs carries it out. Raises UsageError (PHOTO_NOT_FOUND, DECISION_CODE) and StorageError.
    """
    Decisions(_home(home)).take(place(photo), decision)


def decided(photo: str | os.PathLike[str], *, home: str | os.PathLike[str] | None = None) -> Decision | None:
    """The last decision on a photo, if there is one. Raises StorageError."""
    return Decisions(_home(home)).on(place(photo))


def pack(
    photos: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    *,
    to: str | None = None,
    password: str | None = None,
    home: str | os.PathLike[str] | None = None,
) -> Packed:
    """Pack released photos, or all that lie in a folder, into one encrypted file `out`, whose `path` the result names.

    Either `to` says who of the practice's address book is to open it (`out` ends in `.age`), or `password` what opens
    it (`.zip`): one from `new_password`, or one's own if it is strong enough. Only photos that photoguard released in
    this home are packed, and the consent for before/after pairs is asked anew.

    Raises MayNotLeave, whose `held` gives the reason codes of each photo that may not be sent; UsageError, also where
    the extra `sending` is not installed (EXTRA_MISSING); StorageError. Then nothing was written.
    """
    from .sending.pack import pack  # late, here and below: needs an extra

    given = [photos] if isinstance(photos, (str, os.PathLike)) else photos
    return pack([Path(photo) for photo in given], Path(out), _home(home), to=to, password=password)


def unpack(
    file: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    password: str | None = None,
    home: str | os.PathLike[str] | None = None,
) -> Unpacked:
    """Open what another practice packed into the new folder `out`: with this practice's key, or with the password.

    Raises UnreadablePack where it can't be opened or nobody answers for it; UsageError (EXTRA_MISSING,
    PASSWORD_MISSING, OUT_NOT_EMPTY, OUT_UNWRITABLE); StorageError. Then nothing was written.
    """
    from .sending.unpack import unpack

    return unpack(Path(file), Path(out), _home(home), password=password)


def recipients(*, home: str | os.PathLike[str] | None = None) -> tuple[Recipient, ...]:
    """The practice's address book: names for `pack`, by name. Raises UsageError (EXTRA_MISSING), StorageError."""
    from .sending.recipients import AddressBook

    return AddressBook(_home(home)).all()


def new_password() -> str:
    """A password for `pack` that is strong and can be read out on the phone. Raises UsageError (EXTRA_MISSING).

    It is for the person at the screen, and to be kept nowhere.
    """
    from .sending.password import new_password

    return new_password()


def inspect(source: Source, *, policy: Policy | None = None) -> Inspection:
    """Say what a file and its picture would give away. Writes nothing.

    Raises UnreadablePhoto where it can't be read as a photo, UsageError (SOURCE_TYPE) and ModelError.
    """
    from .pipeline import Pipeline

    chosen = policy or Policy()
    _, photo = _load(source, chosen)
    seen = Pipeline(chosen).look(photo)
    return Inspection(photo.container, photo.size, photo.facts.disclosures, seen.findings, seen.mirror)


def _home(home: str | os.PathLike[str] | None) -> Home:
    return Home.at(Path(home) if home is not None else None)


def _on_a_drive(given: str | os.PathLike[str]) -> Path:
    there = place(given)
    if isinstance(there, Stored):
        raise UsageError(
            "WATCH_STORE", "Only folders on a drive can be watched. Use `clean` for photos in a store."
        )
    return there


def _load(source: Any, policy: Policy) -> tuple[bytes, Photo]:
    if isinstance(source, (str, os.PathLike)):
        try:
            data = Path(source).read_bytes()
        except OSError:
            raise UnreadablePhoto("FILE_UNREADABLE", REASONS["FILE_UNREADABLE"].seen) from None
        return data, ingest.read(data, policy.max_megapixels)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source), ingest.read(bytes(source), policy.max_megapixels)
    if isinstance(source, Image.Image):
        photo = ingest.from_image(source)
        return photo.pixels.tobytes(), photo
    if isinstance(source, np.ndarray):
        photo = ingest.from_pixels(source)
        return photo.pixels.tobytes(), photo
    raise UsageError("SOURCE_TYPE", "A photo is a path, bytes, a PIL image or a numpy array.")


def _label(source: Any) -> str:
    if isinstance(source, (str, os.PathLike)):
        return Path(source).name
    return "bytes" if isinstance(source, (bytes, bytearray, memoryview)) else "picture"

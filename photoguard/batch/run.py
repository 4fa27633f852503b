"""A whole run: look through the inputs, decide on pairs, clean every photo, settle each in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path, PurePath

from .. import weights
from ..errors import UsageError
from ..home import Home
from ..policy import Policy
from ..store import Place, Stored, real
from .book import Book, Progress, Run
from .decisions import Decisions
from .files import sha256_of
from .folder import OutFolder, fingerprint
from .limits import Limits
from .plan import plans, read_manifest
from .pool import Pool
from .walk import Ready, kind_of, walk

__all__ = ["Progress", "Run", "check", "run", "run_on"]


def run(
    inputs: Sequence[Place],
    out: Place,
    policy: Policy,
    *,
    home: Home | None = None,
    manifest_file: Path | None = None,
    jobs: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Run:
    """Clean photos and folders of photos into OUT.

    `home` is the practice's own folder (its default place where None; then a demo registry that ships beside
    sample photos is honoured too). Raises UsageError, StorageError and ModelError before anything is written;
    what goes wrong with a single photo is that photo's outcome. A KeyboardInterrupt, a WorkersError where the
    executor gives no more results, or a StoreError where a store gives no answer leaves all finished photos finished;
    the same call goes on from there.
    """
    with Pool(jobs, executor, Limits.up_to(policy.max_megapixels)) as pool:
        return run_on(pool, inputs, out, policy, home=home, manifest_file=manifest_file, progress=progress)


def run_on(
    pool: Pool,
    inputs: Sequence[Place],
    out: Place,
    policy: Policy,
    *,
    home: Home | None = None,
    manifest_file: Path | None = None,
    progress: Progress | None = None,
    ready: Ready | None = None,
) -> Run:
    """One run, as `run`, on worker processes that are kept for the next one.

    `ready` is given for folders that are still being filled: what it does not let through is left out this time, and
    what the manifest names and is not there is awaited.
    """
    models = check(inputs, out)
    found = walk(inputs, ready)
    lines, lost = read_manifest(manifest_file, found)
    practice = home or Home.at()
    planned = plans(found, lines, policy, home, Decisions(practice))
    folder = OutFolder(out, fingerprint(inputs, policy.digest()), practice)
    book = Book(folder, home, policy, models, found, progress)
    book.open()
    awaited = () if ready is None else ("MANIFEST_FILE_MISSING",)
    for outcome in (*found.failed, *(one for one in lost if one.reasons != awaited)):
        book.settle_unopened(outcome)
    todo = book.reuse(planned)
    try:
        if pool.cluster is not None and todo:
            first = {plan.root: plan.job.path.absolute() for plan in reversed(todo)}
            pool.cluster.prepare(folder.staging, {path: sha256_of(path) for path in first.values()})
        for results in pool.work({plan.job.name: book.placed(plan.job) for plan in todo}):
            book.take(results)
        return book.close()
    except BaseException:
        pool.rest()  # so that nothing is written any more where it is cleared now
        raise
    finally:
        folder.clear_staging()  # after Ctrl-C, photos that were under way have left their outputs there


def check(inputs: Sequence[Place], out: Place) -> Mapping[str, str]:
    """The SHA-256 of the model files, by name, where a run can begin at all.

    Raises UsageError for places that can't be, and ModelError.
    """
    _check_places(inputs, out)
    return weights.check()


def _check_places(inputs: Sequence[Place], out: Place) -> None:
    if not inputs:
        raise UsageError("INPUT_MISSING", "Name at least one photo or folder to clean.")
    place = PurePath(real(out))
    for given in inputs:
        folder = isinstance(given, Stored) or kind_of(given) == "folder"
        if folder and place.is_relative_to(real(given)):
            raise UsageError(
                "OUT_INSIDE_INPUT",
                "The output folder lies in an input folder. Choose one outside, so that outputs are not taken for"
                " originals.",
            )
        if place == PurePath(real(given)):
            raise UsageError("OUT_INSIDE_INPUT", "The output folder is an input file. Choose another one.")

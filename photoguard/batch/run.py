"""A whole run: look through the inputs, decide on pairs, clean every photo, settle each in its place."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

from .. import weights
from ..errors import UsageError
from ..home import Home
from ..policy import Policy
from .book import Book, Progress, Run
from .cluster import Cluster
from .decisions import Decisions
from .files import sha256_of
from .folder import OutFolder, fingerprint
from .limits import Limits
from .plan import plans, read_manifest
from .pool import Pool
from .walk import walk

__all__ = ["Progress", "Run", "run"]


def run(
    inputs: Sequence[Path],
    out: Path,
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
    what goes wrong with a single photo is that photo's outcome. A KeyboardInterrupt, or a WorkersError where the
    executor gives no more results, leaves all finished photos finished; the same call goes on from there.
    """
    _check_places(inputs, out)
    models = weights.check()
    found = walk(inputs)
    lines, lost = read_manifest(manifest_file, found)
    practice = home or Home.at()
    planned = plans(found, lines, policy, home, Decisions(practice))
    folder = OutFolder(out, fingerprint(inputs, policy.digest()))
    book = Book(folder, home, policy, models, found, progress)
    book.open()
    for outcome in (*found.failed, *lost):
        book.settle_unopened(outcome)
    todo = book.reuse(planned)
    try:
        if isinstance(executor, Cluster) and todo:
            first = {plan.root: plan.job.path.absolute() for plan in reversed(todo)}
            executor.prepare(folder.staging, {path: sha256_of(path) for path in first.values()})
        with Pool(jobs, executor, Limits.up_to(policy.max_megapixels)) as pool:
            for name, result in pool.work({plan.job.name: book.placed(plan.job) for plan in todo}):
                book.take(name, result)
    finally:
        folder.clear_staging()  # after Ctrl-C, photos that were under way have left their outputs there
    return book.close()


def _check_places(inputs: Sequence[Path], out: Path) -> None:
    if not inputs:
        raise UsageError("INPUT_MISSING", "Name at least one photo or folder to clean.")
    place = Path(os.path.realpath(out))
    for given in inputs:
        if given.is_dir() and place.is_relative_to(os.path.realpath(given)):
            raise UsageError(
                "OUT_INSIDE_INPUT",
                "The output folder lies in an input folder. Choose one outside, so that outputs are not taken for"
                " originals.",
            )
        if place == Path(os.path.realpath(given)):
            raise UsageError("OUT_INSIDE_INPUT", "The output folder is an input file. Choose another one.")

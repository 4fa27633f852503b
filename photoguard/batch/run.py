"""A whole run: look through the inputs, decide on pairs, clean every photo, settle each in its place."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from base64 import b32encode
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from ..audit import AuditLog
from ..consent.gate import Depicted
from ..detect import weights
from ..errors import UsageError
from ..home import Home
from ..outcome import ConsentDecision, Outcome, RunReport, Status, Totals
from ..policy import Policy
from . import consent, manifest, pairs
from .folder import OutFolder, fingerprint
from .pool import Pool
from .walk import Inputs, Source, walk
from .worker import Job, Result, failed

Progress = Callable[[int, int, Outcome], None]
"""Called with the number of finished photos, of all photos, and the outcome that is new."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done with one photo, known before it is opened for cleaning."""

    job: Job
    pair: str | None = None
    role: Literal["before", "after"] | None = None
    hold: str | None = None
    """A reason code that holds the photo back whatever the pipeline says."""

    def asked(self, sha256: str) -> str:
        """A digest of all that the outcome depends on, beside the policy."""
        told = [
            version("photoguard"),
            sha256,
            self.job.keep,
            self.job.consent.model_dump(),
            self.pair,
            self.role,
            self.hold,
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run."""

    report: RunReport
    thumbnails: Mapping[str, bytes]
    """Small JPEGs of the cleaned pictures, by source."""


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
    what goes wrong with a single photo is that photo's outcome. A KeyboardInterrupt leaves all finished
    photos finished; the same call goes on from there.
    """
    _check_places(inputs, out)
    weights.check()
    found = walk(inputs)
    lines, lost = _manifest(manifest_file, found)
    plans = _plans(found, lines, policy, home)
    practice = home or Home.at()
    folder = OutFolder(out, fingerprint(inputs, policy.digest()))
    book = _Book(folder, practice, policy, found, progress)
    book.open()
    for outcome in (*found.failed, *lost):
        book.settle_unopened(outcome)
    todo = book.reuse(plans)
    try:
        with Pool(jobs, executor) as pool:
            for name, result in pool.work({plan.job.name: book.placed(plan.job) for plan in todo}):
                book.take(name, result)
    finally:
        folder.clear_staging()  # after Ctrl-C, photos that were under way have left their outputs there
    return book.close()


class _Book:
    """Keeps the run's books: what is finished, which half of a pair waits for the other, what is audited."""

    def __init__(
        self,
        folder: OutFolder,
        practice: Home,
        policy: Policy,
        found: Inputs,
        progress: Progress | None,
    ) -> None:
        self._folder = folder
        self._practice = practice
        self._key = practice.key()
        self._audit = AuditLog(practice)
        self._policy = policy
        self._found = found
        self._progress = progress
        self._plans: dict[str, Plan] = {}
        self._waiting: dict[str, Result] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._total = 0

    def open(self) -> None:
        self._audit.append(
            "run_started", {"channel": self._policy.channel.value, "policy": self._policy.digest()}
        )

    def reuse(self, plans: Sequence[Plan]) -> list[Plan]:
        """Take over what an earlier run finished; the plans that are still to be carried out."""
        self._plans = {plan.job.name: plan for plan in plans}
        self._total = len(plans) + len(self._outcomes)
        finished = self._folder.finished()
        kept = {}
        for plan in plans:
            entry = finished.get(plan.job.name)
            if (
                entry is None
                or entry.outcome.status is Status.FAILED
                or not self._folder.still_there(entry.outcome)
            ):
                continue
            sha256 = _sha256(plan.job.path)
            if sha256 is not None and plan.asked(sha256) == entry.asked:
                kept[plan.job.name] = entry.outcome
        # Half a pair that was settled just before a kill must not stand without the other's verdict.
        for plan in plans:
            if plan.job.name in kept and any(mate not in kept for mate in self._mates(plan)):
                del kept[plan.job.name]
        for plan in plans:
            if plan.job.name in kept:
                self._finish(kept[plan.job.name])
            elif plan.job.name in finished:
                self._folder.discard(finished[plan.job.name].outcome)
        return [plan for plan in plans if plan.job.name not in kept]

    def placed(self, job: Job) -> Job:
        """The job with the folder to stage its output in."""
        return replace(job, staging=self._folder.staging)

    def take(self, name: str, result: Result) -> None:
        """A result has come in: settle it, with its pair where it has one."""
        plan = self._plans[name]
        self._waiting[name] = _held(result, plan.hold)
        group = [name, *self._mates(plan)]
        if all(member in self._waiting for member in group):
            whole = all(self._waiting[member].outcome.status is Status.RELEASED for member in group)
            if whole and plan.pair is not None:
                self._write_down(plan.pair, group)
            for member in group:
                waiting = self._waiting.pop(member)
                self._settle(self._plans[member], waiting if whole else _held(waiting, "PAIR_HALF_HELD"))

    def _write_down(self, pair: str, group: Sequence[str]) -> None:
        """The manifests and the use of a pair, before anything of it stands in `released/`."""
        named = {}
        for member in group:
            result = self._waiting[member]
            name = _pseudonym(self._key, result.outcome.source_sha256 or "", result.outcome.source)
            named[name + (result.staged.suffix if result.staged else "")] = result.outcome
        consent.released(pair, named, self._policy, self._practice)

    def settle_unopened(self, outcome: Outcome) -> None:
        """A file that can't even be opened for cleaning."""
        self._audit_photo(outcome)
        self._finish(outcome)

    def close(self) -> Run:
        """End the run: outputs that nothing stands behind are removed."""
        order = {source.name: index for index, source in enumerate(self._found.photos)}
        outcomes = sorted(self._outcomes.values(), key=lambda outcome: order.get(outcome.source, len(order)))
        self._folder.discard_unknown(outcomes)
        count = Counter(outcome.status.value for outcome in outcomes)
        report = RunReport(
            channel=self._policy.channel.value,
            policy=self._policy.model_dump(mode="json"),
            photos=tuple(outcomes),
            left_out=self._found.left_out,
            totals=Totals(**count),
        )
        self._audit.append("run_finished", {**report.totals.model_dump()})
        return Run(report, self._folder.thumbnails(outcomes))

    def _mates(self, plan: Plan) -> list[str]:
        if plan.pair is None:
            return []
        return [
            other.job.name for other in self._plans.values() if other.pair == plan.pair and other is not plan
        ]

    def _settle(self, plan: Plan, result: Result) -> None:
        outcome = result.outcome.model_copy(
            update={
                "source_sha256": result.outcome.source_sha256 or plan.job.expected,
                "pair": plan.pair,
                "role": plan.role,
            }
        )
        pseudonym = _pseudonym(self._key, outcome.source_sha256 or "", outcome.source)
        try:
            self._audit_photo(outcome, pseudonym)
            outcome = self._folder.settle(
                outcome, plan.asked(outcome.source_sha256 or ""), result.staged, pseudonym
            )
        except OSError:
            outcome = failed(outcome, "OUTPUT_FULL")
            self._audit_photo(outcome)
        self._finish(outcome)

    def _audit_photo(self, outcome: Outcome, pseudonym: str | None = None) -> None:
        self._audit.append(
            "photo",
            {
                "source_sha256": outcome.source_sha256,
                "output_sha256": outcome.output_sha256,
                "output": pseudonym if outcome.output_sha256 else None,
                "status": outcome.status.value,
                "reasons": list(outcome.reasons),
                "channel": self._policy.channel.value,
                "policy": self._policy.digest(),
                "record": outcome.consent.record,
            },
        )

    def _finish(self, outcome: Outcome) -> None:
        self._outcomes[outcome.source] = outcome
        if self._progress is not None:
            self._progress(len(self._outcomes), max(self._total, len(self._outcomes)), outcome)


def _held(result: Result, code: str | None) -> Result:
    """A released photo that is held for `code` after all; what is held already keeps its own reasons."""
    outcome = result.outcome
    if code is None or outcome.status is not Status.RELEASED:
        return result
    return Result(outcome.model_copy(update={"status": Status.REVIEW, "reasons": (code,)}), result.staged)


def _plans(
    found: Inputs, lines: Mapping[str, manifest.Line], policy: Policy, home: Home | None
) -> list[Plan]:
    names = [source.name for source in found.photos]
    sources = {source.name: source for source in found.photos}
    groups = pairs.by_pair(pairs.find(names, lines))
    plans: dict[str, Plan] = {}
    for name, source in sources.items():
        line = lines.get(name)
        plans[name] = Plan(Job(source.path, name, policy, Path(), line.keep if line else ()))
        if line is not None and line.problem is not None:
            plans[name] = _blocked(plans[name], line.problem, line.pair)
    for pair, members in groups.items():
        for member, plan in _paired(pair, members, sources, plans, policy, home):
            plans[member] = plan
    return list(plans.values())


def _paired(
    pair: str,
    members: Sequence[pairs.Member],
    sources: Mapping[str, Source],
    plans: Mapping[str, Plan],
    policy: Policy,
    home: Home | None,
) -> Iterable[tuple[str, Plan]]:
    here = [member for member in members if member.name in sources]
    if len(here) == 1 and not here[0].declared:
        # Only the file's name says so, and there is nothing to ask consent for as a pair.
        alone = "PAIR_HALF_ALONE" if policy.pairs_need_consent else None
        yield here[0].name, Plan(plans[here[0].name].job, hold=alone)
        return
    roles = Counter(member.role for member in here)
    if any(count > 1 for count in roles.values()):
        for member in here:
            yield member.name, _blocked(plans[member.name], "PAIR_TOO_MANY", pair, member.role)
        return
    photos = [Depicted(_sha256(sources[member.name].path), member.role, member.patient) for member in here]
    roots = {sources[member.name].root for member in here}
    decision = consent.decide(pair, photos, policy, home, roots)
    for member, photo in zip(here, photos, strict=True):
        decided = replace(plans[member.name].job, consent=decision, expected=photo.sha256)
        yield member.name, Plan(decided, pair, member.role)


def _blocked(
    plan: Plan, code: str, pair: str | None = None, role: Literal["before", "after"] | None = None
) -> Plan:
    block = ConsentDecision(decision="block", codes=(code,))
    return Plan(replace(plan.job, consent=block, expected=_sha256(plan.job.path)), pair, role)


def _manifest(file: Path | None, found: Inputs) -> tuple[dict[str, manifest.Line], list[Outcome]]:
    """The manifest's lines by photo, and an outcome for each line whose file is not among the inputs."""
    if file is None:
        return {}, []
    lines: dict[str, manifest.Line] = {}
    lost = []
    for line in manifest.read(file):
        names = [source.name for source in found.photos if manifest.matches(line, source.name)]
        for name in names:
            lines[name] = line
        if not names:
            code = line.problem or "MANIFEST_FILE_MISSING"
            lost.append(Outcome(source=line.file, status=Status.FAILED, reasons=(code,), pair=line.pair))
    return lines, lost


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


def _pseudonym(key: bytes, sha256: str, name: str) -> str:
    """A file name that tells nothing without the practice's key, and is the same when a run is repeated."""
    digest = hmac.new(key, f"output\0{sha256}\0{name}".encode(), hashlib.sha256).digest()
    return "pg-" + b32encode(digest[:10]).decode().lower()


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None

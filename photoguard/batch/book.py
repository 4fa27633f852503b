"""A run's books: what is finished, which half of a pair waits for the other, what is audited."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b32encode
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias

from ..audit import AuditLog
from ..features import Features
from ..home import Home
from ..mirror.earlier import Earlier
from ..outcome import Outcome, RunReport, Status, Totals
from ..policy import Policy
from . import afterwards, build, consent, halves
from .decisions import person
from .files import Stamp, sha256_of, stamp
from .folder import OutFolder
from .plan import Plan
from .points import Points
from .together import Seen, seen
from .walk import Inputs
from .worker import Job, Result, failed

Progress: TypeAlias = Callable[[int, int, Outcome], None]
"""Called with the number of finished photos, of all photos, and the outcome that is new."""


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run."""

    report: RunReport
    thumbnails: Mapping[str, bytes]
    """Small JPEGs of the cleaned pictures, by source."""


_OF_THE_BYTES = frozenset(
    {
        "FILE_EMPTY",
        "NOT_A_PHOTO",
        "FORMAT_UNSUPPORTED",
        "RAW_PHOTO",
        "DICOM_NOT_A_PHOTO",
        "DICOM_INCOMPLETE",
        "FILE_DAMAGED",
        "NO_PIXELS",
    }
)
"""What a file fails for that fails again until the file is another one."""


class Book:
    """Keeps the run's books: what is finished, which half of a pair waits for the other, what is audited.

    `models` are the SHA-256 of the model files in use, by name.
    """

    def __init__(
        self,
        folder: OutFolder,
        home: Home | None,
        policy: Policy,
        models: Mapping[str, str],
        found: Inputs,
        progress: Progress | None,
    ) -> None:
        self._folder = folder
        self._home = home
        self._practice = home or Home.at()
        self._key = self._practice.key()
        self._audit = AuditLog(self._practice)
        self._policy = policy
        self._models = dict(models)
        self._model_set = hashlib.sha256(json.dumps(self._models, sort_keys=True).encode()).hexdigest()
        self._found = found
        self._progress = progress
        self._plans: dict[str, Plan] = {}
        self._waiting: dict[str, Result] = {}
        self._seen: dict[str, Seen] = {}
        self._halves: dict[str, Features] = {}
        self._stamps: dict[str, Stamp | None] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._beside: dict[str, list[str]] = {}
        self._total = 0

    def open(self) -> None:
        """Write down that a run begins, and what it works with."""
        self._audit.append(
            "run_started",
            {
                "version": version("photoguard"),
                "channel": self._policy.channel.value,
                "policy": self._policy.digest(),
                "preset": self._policy == Policy.for_channel(self._policy.channel),
                "models": self._models,
                "model_set": self._model_set,
            },
        )

    def reuse(self, plans: Sequence[Plan]) -> list[Plan]:
        """Take over what an earlier run finished; the plans that are still to be carried out."""
        self._plans = {plan.job.name: plan for plan in plans}
        self._total = len(plans) + len(self._outcomes)
        finished, beside = self._folder.finished(), self._folder.beside()
        kept = {}
        for plan in plans:
            before = self._stamps[plan.job.name] = stamp(plan.job.path)
            entry = finished.get(plan.job.name)
            if entry is None or not _stands(entry.outcome, beside) or not self._folder.still_there(entry):
                continue
            unchanged = before is not None and before == entry.source
            sha256 = (entry.outcome.source_sha256 or "") if unchanged else sha256_of(plan.job.path)
            if sha256 is not None and plan.asked(sha256) == entry.asked:
                kept[plan.job.name] = entry.outcome
        # Half a pair that was settled just before a kill must not stand without the other's verdict, and what is
        # held because of other photos not without those.
        needs = {
            plan.job.name: (*self._mates(plan), *beside.get(plan.job.name, ()))
            for plan in plans
            if plan.job.name in kept
        }
        while fallen := [name for name in kept if any(other not in kept for other in needs[name])]:
            for name in fallen:
                del kept[name]
        self._beside = {name: others for name, others in beside.items() if name in kept}
        for plan in plans:
            if plan.job.name in kept:
                self._finish(kept[plan.job.name])
            elif plan.job.name in finished:
                self._folder.discard(finished[plan.job.name].outcome)
        return [plan for plan in plans if plan.job.name not in kept]

    def placed(self, job: Job) -> Job:
        """The job with the folder to stage its output in, and whole paths: a worker may stand elsewhere."""
        return replace(
            job,
            path=job.path.absolute(),
            staging=self._folder.staging.absolute(),
            build=build.here().digest,
        )

    def take(self, name: str, result: Result) -> None:
        """A result has come in: settle it, with its pair where it has one."""
        plan = self._plans[name]
        result = self._remembered(name, result)
        outcome = consent.as_pair(result.outcome, plan.patient, self._policy, self._home, plan.root)
        self._waiting[name] = _held(replace(result, outcome=outcome), plan.hold)
        group = [name, *self._mates(plan)]
        if all(member in self._waiting for member in group):
            self._settle_together(group)

    def _remembered(self, name: str, result: Result) -> Result:
        """The result, once what its photo is compared with others by is taken in; without that it has failed."""
        if result.staged is None:
            return result
        try:
            points = Points.read(result.staged.points)
        except OSError:
            result.staged.discard()
            return Result(failed(result.outcome, "INTERNAL_ERROR"), None)
        self._seen[name] = points.seen
        if points.half is not None:
            self._halves[name] = points.half
        return result

    def _settle_together(self, group: Sequence[str]) -> None:
        plans = [self._plans[member] for member in group]
        results = [self._waiting.pop(member) for member in group]
        if len(group) == 2:
            points = [self._halves.pop(member, None) for member in group]
            results = list(halves.compared(plans, results, points, self._policy))
        whole = all(result.outcome.status is Status.RELEASED for result in results)
        if whole:
            self._write_down(results, plans[0].pair)
        for plan, result in zip(plans, results, strict=True):
            self._settle(plan, result if whole else _held(result, "PAIR_HALF_HELD"))

    def _write_down(self, results: Sequence[Result], pair: str | None) -> None:
        """The signed manifests, and the use of a consent, before anything stands in `released/`."""
        named = {}
        for result in results:
            name = _pseudonym(self._key, result.outcome.source_sha256 or "", result.outcome.source)
            named[name + (result.staged.suffix if result.staged else "")] = result.outcome
        consent.released(named, self._policy, self._practice, pair)

    def settle_unopened(self, outcome: Outcome) -> None:
        """A file that can't even be opened for cleaning."""
        self._audit_photo(outcome)
        self._finish(outcome)

    def close(self) -> Run:
        """End the run: what shows only now holds photos back, and outputs that nothing stands behind are removed."""
        self._look_back()
        order = {source.name: index for index, source in enumerate(self._found.photos)}
        outcomes = sorted(self._outcomes.values(), key=lambda outcome: order.get(outcome.source, len(order)))
        self._folder.discard_unknown(outcomes)
        count = Counter(outcome.status.value for outcome in outcomes)
        report = RunReport(
            channel=self._policy.channel.value,
            policy=self._policy.model_dump(mode="json"),
            photos=tuple(outcomes),
            left_out=self._found.left_out,
            cameras=tuple(sorted({one.camera for one in outcomes if one.camera is not None})),
            totals=Totals(**count),
        )
        self._audit.append("run_finished", report.totals.model_dump(), checkpoint=True)
        return Run(report, self._folder.thumbnails(outcomes))

    def _look_back(self) -> None:
        """Compare all photos with each other and with those of earlier runs."""
        cleaned = {name: one for name, one in self._outcomes.items() if one.output is not None}
        thumbnails = self._folder.thumbnails(list(cleaned.values()))
        pictures = {
            name: self._seen[name] if name in self._seen else _seen_before(thumbnails[name])
            for name in cleaned
        }
        earlier = Earlier(self._practice)
        held = []
        for one in afterwards.held(
            cleaned, self._plans, thumbnails, pictures, earlier, self._policy, self._beside
        ):
            outcome = one.outcome
            self._beside[outcome.source] = list(one.beside)
            asked = self._plans[outcome.source].asked(outcome.source_sha256 or "")
            self._audit_photo(outcome, Path(cleaned[outcome.source].output or "").stem)
            held.append(self._folder.hold(outcome, asked, self._stamps[outcome.source]))
            self._outcomes[outcome.source] = held[-1]
        self._folder.note_beside(self._beside)
        released = [name for name, one in self._outcomes.items() if one.status is Status.RELEASED]
        earlier.add([pictures[name].trace for name in released])
        for outcome in held:  # told when all of them are held, for whoever is told may stop the run
            self._finish(outcome)

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
            asked = plan.asked(outcome.source_sha256 or "")
            outcome = self._folder.settle(
                outcome, asked, self._stamps[plan.job.name], result.staged, pseudonym
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
                "by": person(self._key, outcome.decided_by) if outcome.decided_by is not None else None,
                "version": version("photoguard"),
                "model_set": self._model_set,
            },
        )

    def _finish(self, outcome: Outcome) -> None:
        self._outcomes[outcome.source] = outcome
        if self._progress is not None:
            self._progress(len(self._outcomes), max(self._total, len(self._outcomes)), outcome)


_seen_before = lru_cache(maxsize=2000)(seen)
"""Some 130 kB each. A folder that is watched is compared anew in every round."""


def _stands(outcome: Outcome, beside: Mapping[str, Sequence[str]]) -> bool:
    """Whether an outcome holds until the photo, the photos that it is held for, or what was said of it are others.

    What failed is tried again, but for what its very bytes are to blame for. A comparison in one picture is asked
    anew: a consent may have come or ended.
    """
    failed = outcome.status is Status.FAILED and not _OF_THE_BYTES.issuperset(outcome.reasons)
    compared = "UNDECLARED_PAIR" in outcome.reasons or any(
        cue.name in ("batch", "earlier") for cue in outcome.mirror.cues
    )
    collage = outcome.pair is None and outcome.consent.decision != "not_needed"
    return not failed and not collage and (not compared or outcome.source in beside)


def _held(result: Result, code: str | None) -> Result:
    """A released photo that is held for `code` after all; what is held already keeps its own reasons."""
    outcome = result.outcome
    if code is None or outcome.status is not Status.RELEASED:
        return result
    held = outcome.model_copy(update={"status": Status.REVIEW, "reasons": (code,)})
    return replace(result, outcome=held)


def _pseudonym(key: bytes, sha256: str, name: str) -> str:
    """A file name that tells nothing without the practice's key, and is the same when a run is repeated."""
    digest = hmac.new(key, f"output\0{sha256}\0{name}".encode(), hashlib.sha256).digest()
    return "pg-" + b32encode(digest[:10]).decode().lower()

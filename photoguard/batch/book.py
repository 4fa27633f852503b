"""A run's books: what is finished, which half of a pair waits for the other, what is audited."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
from base64 import b32encode
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from ..audit import AuditLog
from ..errors import StorageError
from ..features import Features
from ..home import Home
from ..mirror.earlier import Earlier
from ..outcome import Outcome, RunReport, Status, Totals
from ..policy import Policy
from ..reasons import REASONS
from . import afterwards, build, consent, halves
from .files import Stamp, sha256_of, stamp
from .folder import OutFolder, Staged
from .journal import Entry, Part, Settlement
from .plan import Plan
from .points import Shelf
from .settling import Settling
from .together import seen
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
        self._settling = Settling(folder, self._practice, policy, self._model_set)
        self._found = found
        self._progress = progress
        self._plans: dict[str, Plan] = {}
        self._pairs: dict[str, list[str]] = {}
        self._waiting: dict[str, Result] = {}
        self._shelf = Shelf(folder.desk)
        self._halves: dict[str, Features] = {}
        self._stamps: dict[str, Stamp | None] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._kept: frozenset[str] = frozenset()
        self._beside: dict[str, list[str]] = {}
        self._total = 0

    def open(self) -> None:
        """Write down that a run begins, and what it works with."""
        self._audit.append(
            "run_started",
            {
                "version": build.installed(),
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
        pairs = defaultdict(list)
        for plan in plans:
            if plan.pair is not None:
                pairs[plan.pair].append(plan.job.name)
        self._pairs = dict(pairs)
        self._total = len(plans) + len(self._outcomes)
        self._stamps = {plan.job.name: stamp(plan.job.path) for plan in plans}
        self._settling.go_on(self._fits)
        self._folder.make_staging()
        finished, beside = self._folder.journal.finished(), self._folder.beside()
        kept = {}
        for plan in plans:
            before = self._stamps[plan.job.name]
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
        self._kept = frozenset(kept)
        self._folder.forget_points(kept.values())
        self._beside = {name: others for name, others in beside.items() if name in kept}
        for plan in plans:
            if plan.job.name in kept:
                self._finish(kept[plan.job.name])
            elif plan.job.name in finished:
                self._folder.discard(finished[plan.job.name].outcome)
        return [plan for plan in plans if plan.job.name not in kept]

    def _fits(self, settlement: Settlement) -> bool:
        """Whether the same is still asked of photos that were being settled, and no half of a pair is missing."""
        entries = {part.entry.outcome.source: part.entry for part in settlement.parts}
        return entries.keys() <= self._plans.keys() and all(
            (sha256 := sha256_of(plan.job.path)) is not None
            and plan.asked(sha256) == entries[plan.job.name].asked
            and entries.keys() >= {*self._mates(plan)}
            for plan in map(self._plans.__getitem__, entries)
        )

    def placed(self, job: Job) -> Job:
        """The job with the folder to stage its output in, and whole paths: a worker may stand elsewhere."""
        return replace(
            job,
            path=job.path.absolute(),
            staging=self._folder.staging.absolute(),
            build=build.here().digest,
        )

    def take(self, results: Sequence[tuple[str, Result]]) -> None:
        """Results have come in: settle them, each with its pair where it has one."""
        whole: list[list[str]] = []
        for name, result in results:
            plan = self._plans[name]
            result = self._remembered(name, result)
            outcome = consent.as_pair(result.outcome, plan.patient, self._policy, self._home, plan.root)
            self._waiting[name] = _held(replace(result, outcome=outcome), plan.hold)
            group = [name, *self._mates(plan)]
            if all(member in self._waiting for member in group):
                whole.append(group)
        if whole:
            self._settle_together(whole)

    def _remembered(self, name: str, result: Result) -> Result:
        """The result, once what its photo is compared with others by is taken in; without that it has failed."""
        if result.staged is None or result.staged.points is None:
            return result
        try:
            half = self._shelf.take(name, result.staged.points)
        except OSError:
            result.staged.discard()
            return Result(failed(result.outcome, "INTERNAL_ERROR"), None)
        if half is not None:
            self._halves[name] = half
        return result

    def _settle_together(self, groups: Sequence[Sequence[str]]) -> None:
        """Photos that stand alone and pairs that are whole: one note, one transaction and one fsync for all of them."""
        outcomes, staged = [], []
        for group in groups:
            plans = [self._plans[member] for member in group]
            for plan, result in zip(plans, self._agreed(plans), strict=True):
                outcomes.append(self._placed(plan, result))
                staged.append(result.staged)
        try:
            self._settling.settle([self._part(*one) for one in zip(outcomes, staged, strict=True)])
        except OSError:
            outcomes = [failed(outcome, "OUTPUT_FULL") for outcome in outcomes]
            for outcome in outcomes:
                self._settling.tell(outcome)
        for outcome in outcomes:
            self._finish(outcome)

    def _agreed(self, plans: Sequence[Plan]) -> Sequence[Result]:
        """The results of one photo, or of both halves of a pair once each knows of the other."""
        group = [plan.job.name for plan in plans]
        results: Sequence[Result] = [self._waiting.pop(member) for member in group]
        if len(group) == 2:
            points = [self._halves.pop(member, None) for member in group]
            results = halves.compared(plans, results, points, self._policy)
        if not all(result.outcome.status is Status.RELEASED for result in results):
            results = [_held(result, "PAIR_HALF_HELD") for result in results]
        return results

    def settle_unopened(self, outcome: Outcome) -> None:
        """A file that can't even be opened for cleaning."""
        self._settling.tell(outcome)
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
        """Compare all photos with each other and with those of earlier runs, where anything is looked for at all; what
        the run before has compared, only with what is new.
        """
        if not self._policy.searches:
            return
        cleaned = {name: one for name, one in self._outcomes.items() if one.output is not None}
        thumbnails = self._folder.thumbnails(list(cleaned.values()))
        earlier = Earlier(self._practice)
        try:
            compared = {
                name
                for name, one in cleaned.items()
                if name in self._kept and self._shelf.kept(name, self._folder.points(one))
            }
            for name in cleaned:
                if name not in self._shelf or name not in thumbnails:
                    self._shelf.put(name, seen(_there(thumbnails.get(name))))
            pictures = self._shelf.among(cleaned)
            changed = list(
                afterwards.held(
                    cleaned,
                    self._plans,
                    thumbnails,
                    pictures,
                    earlier,
                    self._policy,
                    self._folder.desk,
                    self._beside.keys(),
                    compared,
                )
            )
        except OSError:
            raise StorageError("OUTPUT_FULL", REASONS["OUTPUT_FULL"].seen) from None
        held = [_in_review(one.outcome) for one in changed]
        try:
            if held:
                self._settling.settle([self._moving(outcome) for outcome in held])
        except OSError:
            raise StorageError("OUTPUT_FULL", REASONS["OUTPUT_FULL"].seen) from None
        self._beside |= {one.outcome.source: list(one.beside) for one in changed}
        self._folder.note_beside(self._beside)
        self._outcomes.update({outcome.source: outcome for outcome in held})
        released = [name for name, one in self._outcomes.items() if one.status is Status.RELEASED]
        earlier.add(pictures[name].trace for name in released if name not in compared)
        self._keep_points(pictures)
        for outcome in held:  # told when all of them are held, for whoever is told may stop the run
            self._finish(outcome)

    def _keep_points(self, pictures: Shelf) -> None:
        """Leave to the next run what all these photos were compared by. What can't be left is compared anew."""
        with contextlib.suppress(OSError):
            for name in pictures:
                pictures.keep(name, self._folder.points(self._outcomes[name]))

    def _mates(self, plan: Plan) -> list[str]:
        if plan.pair is None:
            return []
        return [name for name in self._pairs[plan.pair] if name != plan.job.name]

    def _placed(self, plan: Plan, result: Result) -> Outcome:
        """The outcome of a photo, with the place that its output will have."""
        sha256 = result.outcome.source_sha256 or plan.job.expected
        known = {"source_sha256": sha256, "pair": plan.pair, "role": plan.role}
        status, output = result.outcome.status, None
        if result.staged is not None and status in (Status.RELEASED, Status.REVIEW):
            name = _pseudonym(self._key, sha256 or "", result.outcome.source)
            output = f"{status.value}/{name}{result.staged.suffix}"
        digest = result.outcome.output_sha256 if output else None
        return result.outcome.model_copy(update={**known, "output": output, "output_sha256": digest})

    def _part(self, outcome: Outcome, staged: Staged | None) -> Part:
        """What there is to settle of a photo. Raises OSError."""
        asked = self._plans[outcome.source].asked(outcome.source_sha256 or "")
        entry = Entry(asked=asked, outcome=outcome, source=self._stamps[outcome.source])
        return Part(entry=entry, lies=self._folder.waits(outcome, staged) if staged is not None else None)

    def _moving(self, held: Outcome) -> Part:
        """What there is to settle of a photo that is cleaned already and held after all."""
        part = self._part(held, None)
        return part.model_copy(update={"lies": self._outcomes[held.source].output})

    def _finish(self, outcome: Outcome) -> None:
        self._outcomes[outcome.source] = outcome
        if self._progress is not None:
            self._progress(len(self._outcomes), max(self._total, len(self._outcomes)), outcome)


def _there(thumbnail: bytes | None) -> bytes:
    """Raises StorageError (OUTPUT_CHANGED): a photo that can't be compared any more must not be left as it is."""
    if thumbnail is None:
        raise StorageError(
            "OUTPUT_CHANGED",
            "Files were taken out of the output folder while the run went on. Give the same command again: what is"
            " missing is made anew.",
        )
    return thumbnail


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


def _in_review(outcome: Outcome) -> Outcome:
    """A photo that is held after all, with the place that its output will have."""
    name = Path(outcome.output or "").name
    return outcome.model_copy(update={"output": f"{outcome.status.value}/{name}"})


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

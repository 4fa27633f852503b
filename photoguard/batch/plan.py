"""What is to be done with each photo of a run, by its name, the manifest, the gate and people's decisions."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from ..consent.gate import Depicted
from ..decision import Decision, Told
from ..home import Home
from ..outcome import ConsentDecision, Outcome, Status
from ..photo import Kind
from ..policy import Policy
from ..store import Place
from . import consent, manifest, pairs
from .decisions import Decisions
from .files import sha256_of
from .walk import Inputs, Source
from .worker import Job


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done with one photo, known before it is opened for cleaning."""

    job: Job
    root: Place
    """The INPUT that it came with."""
    pair: str | None = None
    role: Literal["before", "after"] | None = None
    hold: str | None = None
    """A reason code that holds the photo back whatever the pipeline says."""
    patient: str | None = None
    taken: date | None = None
    """The day that the manifest gives."""

    @property
    def shown(self) -> tuple[Kind, ...]:
        """Kinds of finding that a person wants to stay visible."""
        decision = self.job.told.decision
        return decision.kinds_shown if decision else ()

    def accepts(self, code: str) -> bool:
        """Whether a person has taken the responsibility for a reason to hold the photo back."""
        decision = self.job.told.decision
        return decision is not None and code in decision.accepts

    def asked(self, sha256: str) -> str:
        """A digest of all that the outcome depends on, beside the policy."""
        told = self.job.told
        asked = [
            version("photoguard"),
            sha256,
            told.keep,
            told.side,
            told.consent.model_dump(),
            told.decision.digest() if told.decision else None,
            self.pair,
            self.role,
            self.hold,
            self.patient,
        ]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def plans(
    found: Inputs, lines: Mapping[str, manifest.Line], policy: Policy, home: Home | None, decisions: Decisions
) -> list[Plan]:
    """The plans for all photos of a run. `lines` are the manifest's, by photo."""
    sources = {source.name: source for source in found.photos}
    groups = pairs.by_pair(pairs.find(list(sources), lines))
    decided = decisions.among([source.path for source in found.photos])
    plans = {
        name: _plan(source, policy, lines.get(name), decided.get(source.path))
        for name, source in sources.items()
    }
    for pair, members in groups.items():
        for member, plan in _paired(pair, members, sources, plans, policy, home):
            plans[member] = plan
    return list(plans.values())


def _plan(source: Source, policy: Policy, line: manifest.Line | None, decision: Decision | None) -> Plan:
    plan = Plan(Job(source.path, source.name, policy, Path(), Told(decision=decision)), source.root)
    if line is None:
        return plan
    told = Told(line.keep, line.side, decision=decision)
    taken = line.taken_at.date() if line.taken_at else None
    plan = replace(plan, job=replace(plan.job, told=told), patient=line.patient, taken=taken)
    return plan if line.problem is None else _blocked(plan, line.problem, line.pair)


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
        plan = plans[here[0].name]
        yield here[0].name, plan if alone and plan.accepts(alone) else replace(plan, hold=alone)
        return
    roles = Counter(member.role for member in here)
    if any(count > 1 for count in roles.values()):
        for member in here:
            yield member.name, _blocked(plans[member.name], "PAIR_TOO_MANY", pair, member.role)
        return
    photos = [
        Depicted(
            sha256_of(sources[member.name].path),
            member.role,
            member.patient,
            masking=consent.masking(policy, plans[member.name].shown),
        )
        for member in here
    ]
    roots = {sources[member.name].root for member in here}
    decision = consent.decide(pair, photos, policy, home, roots)
    for member, photo in zip(here, photos, strict=True):
        plan = plans[member.name]
        told = replace(plan.job.told, consent=decision, paired=True)
        job = replace(plan.job, told=told, expected=photo.sha256)
        yield member.name, replace(plan, job=job, pair=pair, role=member.role)


def _blocked(
    plan: Plan, code: str, pair: str | None = None, role: Literal["before", "after"] | None = None
) -> Plan:
    block = ConsentDecision(decision="block", codes=(code,))
    job = replace(plan.job, told=replace(plan.job.told, consent=block), expected=sha256_of(plan.job.path))
    return replace(plan, job=job, pair=pair, role=role)


def read_manifest(file: Path | None, found: Inputs) -> tuple[dict[str, manifest.Line], list[Outcome]]:
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

"""Asks the gate about a pair, with the records that count for it, and writes down what leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from .. import ingest
from ..consent.case import Depicted, Outgoing, UseRequest
from ..consent.check import check
from ..consent.demo import demo_registry
from ..consent.derivation import Derivation, level, methods
from ..consent.held import Used
from ..consent.record import MaskLevel
from ..consent.registry import Records, Registry
from ..consent.settings import Settings
from ..consent.signing import PracticeKey
from ..consent.token import Token
from ..errors import UnreadablePhoto, UsageError
from ..home import Home
from ..outcome import ConsentDecision, Outcome, Status
from ..photo import Kind, Method
from ..policy import Policy, Size
from ..store import Place
from . import build

_ROLES: tuple[Literal["before", "after"], ...] = ("before", "after")


def decide(
    pair: str,
    photos: Sequence[Depicted],
    policy: Policy,
    home: Home | None,
    roots: Collection[Place],
    *,
    collage: bool = False,
) -> ConsentDecision:
    """Whether a pair may be made ready to leave.

    Each photo says how much `masking` it will have. `roots` are the inputs that the photos came from; `collage` says
    that one picture holds both halves.

    The records are the practice's; for the sample photos that ship with photoguard, where no home was named,
    they are those of the demo registry beside them.
    """
    if not policy.pairs_need_consent:
        return ConsentDecision()
    records: Records | None = None
    if home is None and len(roots) == 1 and isinstance(root := next(iter(roots)), Path):
        records = demo_registry(root)
    practice = home or Home.at()
    request = UseRequest(
        tuple(photos),
        policy.channel,
        policy.purpose,
        pair,
        collage=collage,
        outlet=policy.outlet,
        territory=policy.country,
    )
    return check(records or Registry(practice), request, settings=Settings.of(practice))


def masking(policy: Policy, shown: Collection[Kind] = ()) -> MaskLevel:
    """How much will be masked, in a consent's words.

    `shown` are kinds of finding that a person wants to stay visible. A face among them counts as a face that is shown:
    whether it was none is not the gate's to judge.
    """
    return level(_methods(policy, shown))


def as_pair(outcome: Outcome, patient: str | None, policy: Policy, home: Home | None, root: Place) -> Outcome:
    """The outcome of a photo; one that is a before/after comparison by itself leaves only with a pair's consent."""
    if "COLLAGE" not in outcome.reasons:
        return outcome
    masked = masking(policy, outcome.shown)
    halves = [Depicted(outcome.source_sha256, role, patient, masking=masked) for role in _ROLES]
    decision = decide(outcome.source, halves, policy, home, {root}, collage=True)
    if decision.decision == "block":
        held = {"status": Status.BLOCKED, "reasons": ("COLLAGE", *decision.codes)}
        return outcome.model_copy(update={**held, "consent": decision})
    reasons = tuple(code for code in outcome.reasons if code != "COLLAGE")
    status = Status.REVIEW if reasons else Status.RELEASED
    return outcome.model_copy(update={"status": status, "reasons": reasons, "consent": decision})


def released(leaving: Sequence[Sequence[Outcome]], policy: Policy, home: Home, now: datetime) -> None:
    """Sign a manifest for each file that is about to be released, and write the use of a consent down.

    With the same `now`, a second call changes nothing.

    `leaving` are photos, each alone or with the other half of its pair, and with the output that they will have.
    Raises StorageError: then nothing may be released. The use of a record that is not in the practice's registry is
    not kept: it is the samples' own.
    """
    registry = Registry(home)
    key = PracticeKey.at(home)
    made = [_manifest(outcome, policy, now) for outcomes in leaving for outcome in outcomes]
    registry.derive([(one, one.signed(key)) for one in made])
    for outcomes in leaving:
        records = {one.consent.record for one in outcomes}
        record = records.pop() if len(records) == 1 else None
        if record is not None and _knows(registry, record):
            digests = tuple(one.output_sha256 or "" for one in outcomes)
            names = tuple(Path(one.output or "").name for one in outcomes)
            registry.use(record, _use(policy, now, digests, names), outcomes[0].pair)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said about two files that are about to leave."""

    decision: ConsentDecision
    token: Token | None = None
    """Where they may: for how long, and for what."""


def leaving(
    before: Path,
    after: Path,
    policy: Policy,
    home: Home,
    *,
    patient: str | None = None,
    encrypted: bool = False,
    now: datetime | None = None,
) -> Answer:
    """Whether these very files may leave. An allow is written down as a use, since they may be gone in a moment.

    Raises UsageError (PHOTO_NOT_FOUND), StorageError.
    """
    if not policy.pairs_need_consent:
        return Answer(ConsentDecision())
    registry = Registry(home)
    settings = Settings.of(home)
    try:
        sent = [(before.read_bytes(), "before"), (after.read_bytes(), "after")]
    except OSError:
        raise UsageError(
            "PHOTO_NOT_FOUND", "One of the two photos can't be opened. Check the names."
        ) from None
    photos = tuple(
        replace(outgoing(data, registry, policy), role=role, patient=patient)  # type: ignore[arg-type]
        for data, role in sent
    )
    request = UseRequest(
        photos,
        policy.channel,
        policy.purpose,
        outlet=policy.outlet,
        territory=policy.country,
        sending=True,
        encrypted=encrypted,
    )
    decision = check(registry, request, now, settings=settings)
    if decision.record is None:
        return Answer(decision)
    outputs = tuple(hashlib.sha256(data).hexdigest() for data, _ in sent)
    issued = (now or datetime.now(UTC)).astimezone(UTC)
    token = Token.issue(
        PracticeKey.at(home),
        settings.token_minutes,
        before=outputs[0],
        after=outputs[1],
        channel=policy.channel,
        purpose=policy.purpose,
        outlet=policy.outlet,
        record=decision.record,
        revision=registry.get(decision.record).revision,
        issued_at=issued,
    )
    registry.use(decision.record, _use(policy, issued, outputs))
    return Answer(decision, token)


def outgoing(data: bytes, registry: Registry, policy: Policy) -> Depicted:
    """A finished file as the gate is asked about it: the original that it was made of, and what the file tells."""
    sha256 = hashlib.sha256(data).hexdigest()
    made = registry.derivations(sha256)
    try:
        told = ingest.read(data, policy.max_megapixels).facts.disclosures
        gps, other = any(one.where == "GPS" for one in told), any(one.where != "GPS" for one in told)
    except UnreadablePhoto:
        gps = other = True
    if not made:
        return Depicted(sha256, "before", outgoing=Outgoing(sha256, None, gps, other))
    last = made[-1]
    file = Outgoing(sha256, last, gps, other)
    return Depicted(last.sources[0], "before", masking=last.level, outgoing=file)


def _use(policy: Policy, at: datetime, outputs: tuple[str, ...], names: tuple[str, ...] = ()) -> Used:
    return Used(at, policy.channel.value, policy.purpose.value, policy.outlet, outputs, names, policy.country)


def _manifest(outcome: Outcome, policy: Policy, now: datetime) -> Derivation:
    return Derivation.model_validate(
        {
            "sources": (outcome.source_sha256,),
            "output": outcome.output_sha256,
            "masking": _methods(policy, outcome.shown),
            "faces": sum(found.kind is Kind.FACE for found in outcome.findings),
            "mirror": outcome.mirror.verdict,
            "channel": policy.channel,
            "policy": policy.digest(),
            "size": None if policy.size is Size.ORIGINAL else policy.size,
            "made_by": build.installed(),
            "made_at": now,
        }
    )


def _methods(policy: Policy, shown: Collection[Kind]) -> dict[Kind, Method]:
    left = {Kind.FACE: Method.KEEP} if Kind.FACE in shown else {}
    return methods(policy.masking) | left


def _knows(registry: Registry, record: str) -> bool:
    try:
        registry.get(record)
    except UsageError:
        return False
    return True

"""The gate: whether a before/after pair may leave, as a table that a lawyer can read.

The table stands in `rules`. A pair is allowed only where no row fires. All rows are evaluated, and every code
that fires is reported, in the order of the table.

Rows about a record are asked of each record by itself: for everybody who is shown, one single record must
satisfy all of them for all photos that show them. What two records say is never put together. Where none
satisfies them all, the codes of the nearest record (the fewest codes) are reported.

Use inside the practice (the channel `internal`) never comes here: `Policy.pairs_need_consent` decides that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import TypeVar

from ..outcome import ConsentDecision
from .case import Candidate, Case, Depicted, Evidence, Outgoing, UseRequest
from .held import Held
from .record import ConsentRecord, PersonKey
from .rules import TABLE, Row, row_of
from .settings import Settings

__all__ = ["TABLE", "Depicted", "Evidence", "Outgoing", "Row", "UseRequest", "decide", "row_of"]


def decide(
    request: UseRequest,
    evidence: Evidence | None,
    now: datetime,
    zone: tzinfo | None = None,
    settings: Settings | None = None,
    fault: str | None = None,
) -> ConsentDecision:
    """Whether a pair may leave; `allow` names the patient's record that says so, `block` every code that fires.

    `evidence`: what the registry holds about the pair, see Registry.about; what is about others is passed over.
    None where the registry can't be relied on; `fault` is then its own code for why. `now` is aware. Days begin
    and end at midnight in `zone`, where the practice is; None is this computer's zone. Never raises: what can't be
    evaluated blocks.
    """
    case = Case(request, evidence, now, zone, settings or Settings(), fault)
    if evidence is not None:
        try:
            about = tuple(held for held in evidence.held if _holds(_is_about(case), held))
            case = replace(case, evidence=replace(evidence, held=about))
        except Exception:
            case = replace(case, evidence=None)
    if case.evidence is None:
        # Of a registry that can't be relied on nobody can say that a consent is not in it.
        return _blocked({row.code for row in TABLE if row.pair and _holds(row.pair, case)} | {"STORE_STALE"})
    fired = {row.code for row in TABLE if row.pair and _holds(row.pair, case)}
    records = []
    for key, photos in _shown(case).items():
        judged = [(one.held.id, _codes(one)) for one in _candidates(case, key, photos)]
        nearest, codes = min(judged, key=lambda one: len(one[1]), default=(None, {"NO_CONSENT"}))
        records.append(nearest)
        fired |= codes
    if records and None not in records and not fired:
        return ConsentDecision(decision="allow", record=records[0])
    return _blocked(fired or {"NO_CONSENT"})


def _blocked(codes: set[str]) -> ConsentDecision:
    return ConsentDecision(decision="block", codes=tuple(row.code for row in TABLE if row.code in codes))


def _shown(case: Case) -> dict[PersonKey, tuple[Depicted, ...]]:
    """Everybody who is shown; where nobody is known, whoever the records are of."""
    try:
        return case.shown or {one.record.patient: case.request.photos for one in case.held if one.record}
    except Exception:  # the rows that ask the same fire by themselves
        return {}


def _candidates(case: Case, key: PersonKey, photos: tuple[Depicted, ...]) -> list[Candidate]:
    """A person's own permissions; where there are none, those that name the photos and are of nobody shown.

    Among records that are equally near, one that was not replaced comes first, then the one signed last: the
    same question has one answer.
    """
    of: dict[bool, list[tuple[Held, ConsentRecord]]] = {True: [], False: []}
    for held in case.held:
        if held.record and held.record.decision == "permit":
            whose = case.one_key(held.record.patient)
            if whose == key or whose not in case.shown:
                of[whose == key].append((held, held.record))
    chosen = sorted(
        of[True] or of[False],
        key=lambda one: (one[0].superseded_by is None, str(one[1].signed_at or ""), one[0].id),
        reverse=True,
    )
    return [Candidate(case, held, record, key, photos) for held, record in chosen]


def _codes(candidate: Candidate) -> set[str]:
    return {row.code for row in TABLE if row.record and _holds(row.record, candidate)}


def _is_about(case: Case) -> Callable[[Held], bool]:
    """Whether a record is of somebody shown or names a photo. One that can't be read might."""

    def is_about(held: Held) -> bool:
        said = held.record
        return (
            said is None
            or any(said.covers(photo.sha256) for photo in case.request.photos)
            or case.one_key(said.patient) in case.shown
        )

    return is_about


_Asked = TypeVar("_Asked", Held, Case, Candidate)


def _holds(rule: Callable[[_Asked], bool], asked: _Asked) -> bool:
    """Whether a rule holds. One that can't be evaluated does: nothing is allowed on what was not shown."""
    try:
        return bool(rule(asked))
    except Exception:
        return True

"""Photos take their places: a pair as a whole, what is held once all photos have been seen, and else as they come.

Photos that are finished at the same time are settled together: what each step has to bring to the disk is then brought
there once for all of them.

It takes several steps in several files: the consent's use, the audit log, the output folder, the run's journal. What
is about to happen is written down first. A run that is killed between two steps is carried on from there by the next
one, so that nothing is left out and nothing is told twice.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from ..audit import JSON, AuditLog
from ..home import Home
from ..outcome import Outcome, Status
from ..policy import Policy
from . import build, consent
from .decisions import person
from .folder import OutFolder
from .journal import Part, Settlement

EVENT = "photo"
"""The audit log's name for it."""


class Settling:
    """Settles photos under one policy; `model_set` is a digest of the models that look at them.

    Raises StorageError where the practice's folder can't be used.
    """

    def __init__(self, folder: OutFolder, practice: Home, policy: Policy, model_set: str) -> None:
        self._folder = folder
        self._practice = practice
        self._policy = policy
        self._model_set = model_set
        self._audit = AuditLog(practice)

    def settle(self, parts: Sequence[Part]) -> None:
        """Settle photos alone and whole pairs, all at once.

        Raises OSError where the output folder is full or can't be written: then nothing is left of any of them.
        """
        settlement = Settlement(at=datetime.now(UTC), parts=tuple(parts))
        try:
            self._folder.journal.promise(settlement)
        except OSError:
            self._give_up(settlement)
            raise
        self._carry_out(settlement, again=False)

    def go_on(self, fits: Callable[[Settlement], bool]) -> None:
        """Settle what a run that was killed had begun to; or take it back where it does not fit any more."""
        promised = self._folder.journal.promised()
        if promised is None:
            return
        if not fits(promised) or not all(self._folder.can_place(part) for part in promised.parts):
            self._give_up(promised)
            return
        with contextlib.suppress(OSError):  # taken back: the photos are done anew
            self._carry_out(promised, again=True)

    def tell(self, outcome: Outcome, at: datetime | None = None) -> None:
        """Write an outcome to the audit log."""
        self._audit.append(EVENT, self._details(outcome, at))

    def _carry_out(self, settlement: Settlement, *, again: bool) -> None:
        outcomes = [part.entry.outcome for part in settlement.parts]
        leaving = [one for one in _together(outcomes) if all(half.status is Status.RELEASED for half in one)]
        if leaving:
            consent.released(leaving, self._policy, self._practice, settlement.at)
        told = [(EVENT, self._details(outcome, settlement.at)) for outcome in outcomes]
        if not (again and self._audit.holds(*told[0])):
            self._audit.append_many(told)
        try:
            self._folder.place(settlement.parts)
        except OSError:
            self._give_up(settlement)
            raise
        self._folder.journal.forget()

    def _give_up(self, settlement: Settlement) -> None:
        for part in settlement.parts:
            self._folder.take_back(part)
        self._folder.journal.forget()

    def _details(self, outcome: Outcome, at: datetime | None) -> dict[str, JSON]:
        return {
            "source_sha256": outcome.source_sha256,
            "output_sha256": outcome.output_sha256,
            "output": Path(outcome.output).stem if outcome.output else None,
            "status": outcome.status.value,
            "reasons": list(outcome.reasons),
            "channel": self._policy.channel.value,
            "policy": self._policy.digest(),
            "size": self._policy.size.value,
            "record": outcome.consent.record,
            "by": person(self._practice.key(), outcome.decided_by)
            if outcome.decided_by is not None
            else None,
            "version": build.installed(),
            "model_set": self._model_set,
            "settled": at.isoformat(timespec="microseconds") if at else None,
        }


def _together(outcomes: Sequence[Outcome]) -> list[list[Outcome]]:
    """Both halves of each pair, and each other photo alone."""
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for one in outcomes:
        groups.setdefault(("photo", one.source) if one.pair is None else ("pair", one.pair), []).append(one)
    return list(groups.values())

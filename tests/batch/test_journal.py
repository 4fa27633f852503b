"""The run's own notes, wherever a kill has cut them off."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from photoguard.batch.journal import Entry, Journal, Part, Settlement
from photoguard.outcome import Outcome, Status


def entry(name: str) -> Entry:
    return Entry(asked="0" * 64, outcome=Outcome(source=name, status=Status.BLOCKED))


FIRST, LAST = entry("Zürich \u2028 1.jpg"), entry("after.jpg")
"""U+2028 ends a line for some, and the other letter takes two bytes."""


def test_a_line_that_was_cut_off_anywhere_takes_no_other_with_it(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    Journal(tmp_path).note([FIRST])
    Journal(tmp_path).note([entry("Genève.jpg")])
    whole = file.read_bytes()
    end_of_first = whole.index(b"\n") + 1
    in_a_letter = whole.index("è".encode(), end_of_first) + 1
    for length in (in_a_letter, *range(end_of_first, len(whole), 29)):
        file.write_bytes(whole[:length])
        journal = Journal(tmp_path)
        journal.note([LAST])
        finished = journal.finished()
        assert (finished[FIRST.outcome.source], finished["after.jpg"]) == (FIRST, LAST)


def test_a_promise_is_kept_until_it_is_forgotten(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert journal.promised() is None
    settlement = Settlement(at=datetime.now(UTC), parts=(Part(entry=FIRST, lies="released/pg-a.jpg"),))
    journal.promise(settlement)
    assert Journal(tmp_path).promised() == settlement
    journal.forget()
    journal.forget()
    assert journal.promised() is None

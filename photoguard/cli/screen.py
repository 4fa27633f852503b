"""What a run looks like in a terminal: a bar, totals, and one line for each photo that is held."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from ..outcome import Outcome, RunReport, Status
from ..store import Place
from .language import in_short, say

_LOOK = {
    Status.RELEASED: ("✓", "green"),
    Status.REVIEW: ("!", "yellow"),
    Status.BLOCKED: ("✕", "red"),
    Status.FAILED: ("–", "bright_black"),
}


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(say("terminal.rate", f"{speed:.1f}") if speed else "")


class Screen:
    """Shows progress while a run goes on, on stderr, and the summary after it."""

    def __init__(self, *, silent: bool, verbose: bool) -> None:
        self._console = Console(stderr=True, quiet=silent, highlight=False)
        self._out = Console(highlight=False)
        self._verbose = verbose
        self._bar = Progress(
            TextColumn(say("terminal.cleaning")),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TextColumn(say("terminal.left")),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=silent or not self._console.is_terminal,
        )
        self._task = self._bar.add_task("photos", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.rest()

    def rest(self) -> None:
        """Nothing is going on for the time being."""
        self._bar.stop()

    def photo(self, done: int, total: int, outcome: Outcome) -> None:
        """A photo is finished."""
        self._bar.start()
        self._bar.update(self._task, completed=done, total=total)
        if self._verbose:
            self._console.print(line(outcome), soft_wrap=True)

    def round(self, report: RunReport, news: Sequence[Outcome]) -> None:
        """A line for each photo that there is news of, and totals. Names are for a terminal, not for a system's log."""
        for outcome in news:
            self._out.print(line(outcome, named=self._out.is_terminal), soft_wrap=True)
        self._out.print(totals(report), soft_wrap=True)

    def summary(self, report: RunReport, out: Place) -> None:
        """Totals, then each held photo with its reasons and what to do."""
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
        for status, (_, colour) in _LOOK.items():
            count = getattr(report.totals, status.value)
            table.add_row(Text(_word(status), style=colour if count else "bright_black"), str(count))
        self._out.print(table)
        if not report.photos:
            self._out.print(escape(say("page.empty")), soft_wrap=True)
        if report.left_out:
            count = len(report.left_out)
            self._out.print(escape(say(f"page.left_out.{'one' if count == 1 else 'other'}", count)))
        held = [photo for photo in report.photos if photo.status is not Status.RELEASED]
        for photo in held:
            self._out.print(line(photo), soft_wrap=True)
        if report.cameras:
            names = ", ".join(visible(camera) or say("page.camera_unnamed") for camera in report.cameras)
            self._out.print(escape(f"{say('page.cameras')} {names}"), soft_wrap=True)
        if report.totals.released:
            self._out.print(escape(say("terminal.share", out / "released")), soft_wrap=True)
        self._out.print(escape(say("terminal.report", out / "report.html")), soft_wrap=True)


def totals(report: RunReport) -> Text:
    """How many photos ended where, on one line."""
    told = Text()
    for status, (_, colour) in _LOOK.items():
        count = getattr(report.totals, status.value)
        told.append(f"{_word(status)} {count}   ", style=colour if count else "bright_black")
    return told


def _word(status: Status) -> str:
    return f"{_LOOK[status][0]} {say(f'status.{status}')}"


def line(outcome: Outcome, *, named: bool = True) -> Text:
    """What became of a photo; `named` where it is a terminal that it is shown on."""
    told = Text.assemble((_word(outcome.status), _LOOK[outcome.status][1]))
    if named:
        told.append(f"  {visible(outcome.source)}")
    for code in outcome.reasons:
        told.append(f"  {in_short(code)}")
    return told


def visible(name: str) -> str:
    """A file name on one line: control and direction characters can't break or turn the terminal's text."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in name)

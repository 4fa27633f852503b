"""Beside a pair: which record covers it, or that none does, and the place where a signed form is dropped."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QDate, QLocale, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QPushButton, QVBoxLayout

from ..consent.gate import TABLE
from ..consent.record import last_day
from ..errors import PhotoguardError
from ..home import Home
from ..outcome import Outcome
from .drops import paths
from .labels import label
from .words import Words

_RULES = frozenset(row.code for row in TABLE)


class ConsentPanel(QFrame):
    """What the gate said about a pair. Where it said no, a signed form can be added."""

    form_given = Signal(Path)
    """A signed form for this pair."""

    def __init__(self, outcome: Outcome, home: Home, words: Words) -> None:
        super().__init__()
        self._words = words
        self.missing = bool(_RULES.intersection(outcome.consent.codes))
        """A rule of the gate blocks; a signed form could change that."""
        column = QVBoxLayout(self)
        column.setSpacing(6)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(label(words(f"consent.{outcome.consent.decision}")))
        if outcome.consent.record is not None:
            for line in _about(outcome.consent.record, home, words):
                column.addWidget(label(line, "quiet"))
        if self.missing:
            self.setObjectName("drop")
            self.setAcceptDrops(True)
            column.setContentsMargins(12, 10, 12, 12)
            column.addWidget(label(words("form.drop"), "quiet"))
            choose = QPushButton(words("form.choose"))
            choose.clicked.connect(self._choose)
            column.addWidget(choose)

    def _choose(self) -> None:
        file, _ = QFileDialog.getOpenFileName(self, self._words("form.choose"))
        if file:
            self.form_given.emit(Path(file))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's own name
        """One file is welcome."""
        if len(paths(event.mimeData())) == 1:
            event.acceptProposedAction()
            self._mark(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802
        """It went elsewhere."""
        self._mark(False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """The form is here."""
        event.acceptProposedAction()
        self._mark(False)
        self.form_given.emit(paths(event.mimeData())[0])

    def _mark(self, over: bool) -> None:
        self.setProperty("over", over)
        self.style().unpolish(self)
        self.style().polish(self)


def _about(record: str, home: Home, words: Words) -> list[str]:
    """What a record says, as far as it is the practice's own; of a demo's nothing but its number."""
    from ..consent.registry import Registry  # late: it brings the database along

    lines = [f"{words('photo.record')} {record}"]
    try:
        said = Registry(home, read_only=True).get(record).record
    except PhotoguardError:
        return lines
    if said is None:
        return lines
    lines.append(words("form.of", patient=said.patient))
    if said.valid_until is not None:
        until = last_day(said.valid_until)
        day = QLocale(words.language).toString(
            QDate(until.year, until.month, until.day), QLocale.FormatType.LongFormat
        )
        lines.append(words("form.until_day", day=day))
    channels = dict.fromkeys(words(f"channel.{use.channel.value}") for use in said.uses)
    lines.append(words("form.covers", channels=", ".join(channels)))
    return lines

"""A day as people write it."""

from __future__ import annotations

import re
from datetime import date

from PySide6.QtCore import QDate, QLocale
from PySide6.QtWidgets import QLineEdit

from .words import Words

_NUMBERS = re.compile(r"\s*(\d{1,4})\s*[./\- ]\s*(\d{1,2})\s*[./\- ]\s*(\d{2,4})\s*")


class DayField(QLineEdit):
    """Takes 1.11.2026, 01/11/2026 and 2026-11-01; says it back with the month in letters, so that none is swapped."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._locale = QLocale(words.language)
        self.day: date | None = None
        self.setPlaceholderText(words("form.day"))
        self.textEdited.connect(self._read)
        self.editingFinished.connect(self._say)

    def put(self, day: date) -> None:
        """Show a day."""
        self.day = day
        self._say()

    def _read(self, text: str) -> None:
        found = _NUMBERS.fullmatch(text)
        self.day = None
        if found is None:
            return
        first, month, last = found.groups()
        year, day = (first, last) if len(first) == 4 else (last, first)
        if len(year) == 4:
            try:
                self.day = date(int(year), int(month), int(day))
            except ValueError:
                self.day = None

    def _say(self) -> None:
        if self.day is not None:
            self.setText(
                self._locale.toString(QDate(self.day.year, self.day.month, self.day.day), "d MMMM yyyy")
            )

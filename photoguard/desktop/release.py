"""The sheet that asks who decides, and why, before a photo is released or changed by hand."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFrame,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from .labels import label
from .sheets import Rows, cancel, fit, footer, headed, primary
from .theme import BAR
from .words import Words

_LEAST = 140
"""Pixels of height that reasons take at least."""


class Sheet(QDialog):
    """Name and note of a decision; with `reasons`, each of them has to be ticked."""

    def __init__(
        self,
        what: str,
        words: Words,
        parent: QWidget,
        *,
        by: str,
        reasons: Sequence[str] = (),
        note: str = "",
    ) -> None:
        super().__init__(parent)
        self._words = words
        self.setMinimumWidth(560)
        column = headed(self, words(f"sheet.{what}.title"), words(f"sheet.{what}.intro"))
        self.ticks = [QCheckBox(words("sheet.looked")) for _ in reasons]
        cards = self._reasons(reasons)
        if reasons:
            column.addWidget(cards, 1)
        form = Rows()
        self.name, self.note = QLineEdit(by), QLineEdit(note)
        for key, field in (("sheet.name", self.name), ("sheet.note", self.note)):
            field.setMaxLength(500)
            field.textChanged.connect(self._check)
            form.ask(words(key), field)
        column.addLayout(form)
        column.addWidget(label(words("sheet.kept"), "quiet"))
        self._missing = label("", "quiet")
        self.confirm = primary(words(f"sheet.{what}.do"), self.accept)
        column.addLayout(footer(cancel(self, words), self.confirm, beside=self._missing))
        for tick in self.ticks:
            tick.toggled.connect(self._check)
        self._check()
        fit(self)
        cards.setMinimumHeight(min(cards.minimumHeight(), _LEAST))  # on a small screen they are scrolled
        first = self.ticks[0] if self.ticks else self.note if by else self.name
        first.setFocus(Qt.FocusReason.TabFocusReason)

    def said(self) -> tuple[str, str]:
        """Name and note."""
        return self.name.text().strip(), self.note.text().strip()

    def _reasons(self, codes: Sequence[str]) -> QScrollArea:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(10)
        for code, tick in zip(codes, self.ticks, strict=True):
            seen, matters, _ = self._words.why(code)
            card = QFrame()
            card.setObjectName("card")
            inner = QVBoxLayout(card)
            inner.setContentsMargins(12, 10, 12, 10)
            inner.addWidget(label(seen, "heading"))
            inner.addWidget(label(matters, "quiet"))
            tick.setAccessibleName(f"{tick.text()} {seen}")
            inner.addWidget(tick)
            column.addWidget(card)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        area.setMinimumWidth(max(520, page.minimumSizeHint().width() + BAR))
        area.setMinimumHeight(min(360, column.totalHeightForWidth(area.minimumWidth() - BAR)))
        return area

    def _check(self) -> None:
        """Only what is complete can be confirmed; what is missing is said."""
        ticked = all(tick.isChecked() for tick in self.ticks)
        ready = ticked and all(self.said())
        self.confirm.setEnabled(ready)
        key = "sheet.tick" if not ticked else "sheet.say"
        self._missing.setText("" if ready else self._words(key))

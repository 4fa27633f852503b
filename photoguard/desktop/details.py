"""Beside the picture: what became of this photo, why, what to do, and what was found."""

from __future__ import annotations

from collections import Counter
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from ..outcome import Status
from ..photo import Kind
from .photos import Item
from .theme import HALO, KIND_COLOUR, KIND_DASHES, Theme, status_pixmap
from .words import Words


class Details(QScrollArea):
    """All that is known of the photo that is looked at, in sentences."""

    def __init__(self, words: Words, theme: Theme) -> None:
        super().__init__()
        self._words = words
        self._theme = theme
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(280)
        self.setAccessibleName(words("details.name"))

    def show_item(self, item: Item | None) -> None:
        """Say everything about a photo; nothing where there is none."""
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(4, 0, 8, 8)
        column.setSpacing(10)
        if item is not None:
            self._tell(item, column)
        column.addStretch(1)
        self.setWidget(page)

    def _tell(self, item: Item, column: QVBoxLayout) -> None:
        words, outcome = self._words, item.outcome
        column.addWidget(_label(item.name, "heading", size=1.1))
        if outcome is None:
            column.addWidget(_label(words("lane.working"), "quiet"))
            return
        column.addWidget(self._status(outcome.status))
        if not outcome.reasons:
            column.addWidget(_label(words(f"summary.{outcome.status}"), "quiet"))
        for code in outcome.reasons:
            column.addWidget(self._reason(code))
        if outcome.status in (Status.RELEASED, Status.REVIEW):
            column.addWidget(_label(words("photo.found"), "heading"))
            column.addWidget(self._found(Counter(found.kind for found in outcome.findings)))
            column.addWidget(_label(words("photo.mirror"), "heading"))
            column.addWidget(_label(words(f"verdict.{outcome.mirror.verdict}")))
            for cue in outcome.mirror.cues:
                said = words(f"cue.{cue.name}.{cue.says}"), words(f"strength.{cue.strength}")
                column.addWidget(_label(" ".join(said), "quiet"))
        if outcome.pair is not None:
            column.addWidget(_label(words("photo.pair"), "heading"))
            role = f" · {words(f'role.{outcome.role}')}" if outcome.role else ""
            column.addWidget(_label(f"{outcome.pair}{role}"))
            column.addWidget(_label(words("photo.consent"), "heading"))
            column.addWidget(_label(words(f"consent.{outcome.consent.decision}")))
            if outcome.consent.record:
                column.addWidget(_label(f"{words('photo.record')} {outcome.consent.record}", "quiet"))

    def _status(self, status: Status) -> QWidget:
        """Icon and word on the status's own ground."""
        chip = QFrame()
        chip.setStyleSheet(
            f"QFrame {{ background: {self._theme.tint[status]}; border-radius: 13px; }}"
            f"QLabel {{ color: {self._theme.status[status]}; font-weight: 600; }}"
        )
        row = QGridLayout(chip)
        row.setContentsMargins(10, 4, 14, 4)
        icon = QLabel()
        picture = QPixmap(status_pixmap(status, self._theme.status[status], 48))
        picture.setDevicePixelRatio(48 / 18)
        icon.setPixmap(picture)
        row.addWidget(icon, 0, 0)
        row.addWidget(QLabel(self._words(f"status.{status}")), 0, 1)
        row.setColumnStretch(2, 1)
        return chip

    def _reason(self, code: str) -> QWidget:
        """One reason: seen, why it matters, what to do, and the code for whoever asks."""
        seen, matters, do = self._words.why(code)
        card = QFrame()
        card.setObjectName("card")
        column = QVBoxLayout(card)
        column.setContentsMargins(12, 10, 12, 10)
        column.addWidget(_label(seen, "heading"))
        column.addWidget(_label(matters, "quiet"))
        text = f"<b>{escape(self._words('photo.do'))}</b> {escape(do)}"
        column.addWidget(_label(text, rich=True))
        column.addWidget(_label(code, "quiet", size=0.85))
        return card

    def _found(self, kinds: Counter[Kind]) -> QWidget:
        """How much of each kind, with the line that outlines it."""
        box = QWidget()
        grid = QGridLayout(box)
        grid.setContentsMargins(0, 0, 0, 0)
        if not kinds:
            grid.addWidget(_label(self._words("photo.found_nothing"), "quiet"), 0, 0)
        for row, (kind, n) in enumerate(sorted(kinds.items())):
            swatch = QLabel()
            swatch.setPixmap(_swatch(kind))
            grid.addWidget(swatch, row, 0)
            grid.addWidget(_label(self._words.count(f"kind.{kind}", n)), row, 1)
        grid.setColumnStretch(1, 1)
        return box


def _label(text: str, role: str = "", size: float = 1.0, rich: bool = False) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.RichText if rich else Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setObjectName(role)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if size != 1.0:
        font = label.font()
        font.setPointSizeF(font.pointSizeF() * size)
        label.setFont(font)
    return label


def _swatch(kind: Kind) -> QPixmap:
    picture = QPixmap(34, 18)
    picture.fill(QColor(HALO))
    painter = QPainter(picture)
    pen = QPen(QColor(KIND_COLOUR[kind]), 2.2)
    if KIND_DASHES[kind]:
        pen.setDashPattern(KIND_DASHES[kind])
    painter.setPen(pen)
    painter.drawLine(3, 9, 31, 9)
    painter.end()
    return picture

"""What all sheets have in common: a heading with what it is about, and at the bottom the buttons."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from .labels import label
from .words import Words


def headed(sheet: QDialog, title: str, intro: str) -> QVBoxLayout:
    """The column in which the parts of a sheet stand, with its first two."""
    sheet.setWindowTitle(title)
    column = QVBoxLayout(sheet)
    column.setContentsMargins(20, 20, 20, 16)
    column.setSpacing(14)
    column.addWidget(label(title, "heading", size=1.2))
    column.addWidget(label(intro))
    return column


class Rows(QGridLayout):
    """Names on the left, what is asked beside them. A QFormLayout would leave gaps around sentences that wrap."""

    def __init__(self) -> None:
        super().__init__()
        self.setSpacing(10)
        self.setColumnStretch(1, 1)

    def ask(self, name: str, field: QWidget, *beside: QWidget) -> None:
        """A field with its name, to see and for screen readers. A long name wraps."""
        said = label(name)
        said.setBuddy(field)
        letters = said.fontMetrics()
        said.setMinimumWidth(min(letters.horizontalAdvance(f"{name} "), letters.averageCharWidth() * 22))
        field.setAccessibleName(name)
        row = QHBoxLayout()
        row.addWidget(field, 1)
        for other in beside:
            row.addWidget(other)
        number = self.rowCount()
        self.addWidget(said, number, 0)
        self.addLayout(row, number, 1)

    def say(self, widget: QWidget, column: int = 0) -> None:
        """Something that fills a row, from `column` on."""
        self.addWidget(widget, self.rowCount(), column, 1, 2 - column)


def primary(text: str, does: Callable[[], object]) -> QPushButton:
    """The button that a sheet is there for, also by Return."""
    button = QPushButton(text)
    button.setObjectName("primary")
    button.setDefault(True)
    button.clicked.connect(does)
    return button


def cancel(sheet: QDialog, words: Words) -> QPushButton:
    """The button that leaves everything as it was."""
    button = QPushButton(words("settings.cancel"))
    button.clicked.connect(sheet.reject)
    return button


def fit(sheet: QDialog) -> None:
    """Make a sheet as large as its sentences need at this size of text, and no larger than the screen.

    By itself Qt takes two thirds of the screen at most, and would lay one part over the other.
    """
    layout = sheet.layout()
    assert layout is not None
    width = max(sheet.minimumWidth(), layout.totalSizeHint().width())
    room = sheet.screen().availableSize()
    sheet.resize(QSize(width, layout.totalHeightForWidth(width)).boundedTo(room))


def footer(*buttons: QPushButton, beside: QWidget | None = None) -> QHBoxLayout:
    """The last row: buttons on the right, and `beside` in the room that is left."""
    row = QHBoxLayout()
    if beside is None:
        row.addStretch(1)
    else:
        row.addWidget(beside, 1)
    for button in buttons:
        row.addWidget(button)
    return row

"""What all sheets have in common: a heading with what it is about, and at the bottom the buttons."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

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

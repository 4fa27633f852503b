"""The sheet on which a person says that two photos are the halves of a pair."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QDialog, QFormLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from .declared import Pair
from .labels import label
from .photos import Item
from .words import Words


class PairSheet(QDialog):
    """This photo, the other one, and which of them was taken before."""

    def __init__(self, item: Item, others: Sequence[Item], words: Words, parent: QWidget) -> None:
        super().__init__(parent)
        self._item = item
        self.setWindowTitle(words("pair.title"))
        self.setMinimumWidth(520)
        self.other, self.role = QComboBox(), QComboBox()
        for other in others:
            self.other.addItem(other.name, other.name)
        for role in ("before", "after"):
            self.role.addItem(words(f"role.{role}"), role)
        form = QFormLayout()
        form.setSpacing(10)
        form.addRow(words("pair.this"), label(item.name))
        form.addRow(words("pair.taken"), self.role)
        form.addRow(words("pair.other"), self.other)
        cancel, self.confirm = QPushButton(words("settings.cancel")), QPushButton(words("pair.do"))
        self.confirm.setObjectName("primary")
        self.confirm.setDefault(True)
        cancel.clicked.connect(self.reject)
        self.confirm.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(self.confirm)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(14)
        column.addWidget(label(words("pair.title"), "heading", size=1.2))
        column.addWidget(label(words("pair.intro")))
        column.addLayout(form)
        column.addLayout(row)

    def pair(self) -> Pair:
        """The names, the earlier photo first."""
        names = self._item.name, str(self.other.currentData())
        return names if self.role.currentData() == "before" else names[::-1]

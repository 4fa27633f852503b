"""The sheet on which a person says that two photos are the halves of a pair."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QDialog, QWidget

from .declared import Pair
from .labels import label
from .photos import Item
from .sheets import Rows, cancel, fit, footer, headed, primary
from .words import Words


class PairSheet(QDialog):
    """This photo, the other one, and which of them was taken before."""

    def __init__(self, item: Item, others: Sequence[Item], words: Words, parent: QWidget) -> None:
        super().__init__(parent)
        self._item = item
        self.setMinimumWidth(520)
        self.other, self.role = QComboBox(), QComboBox()
        for other in others:
            self.other.addItem(other.name, other.name)
        for role in ("before", "after"):
            self.role.addItem(words(f"role.{role}"), role)
        form = Rows()
        form.ask(words("pair.this"), label(item.name))
        form.ask(words("pair.taken"), self.role)
        form.ask(words("pair.other"), self.other)
        self.confirm = primary(words("pair.do"), self.accept)
        column = headed(self, words("pair.title"), words("pair.intro"))
        column.addLayout(form)
        column.addLayout(footer(cancel(self, words), self.confirm))
        fit(self)

    def pair(self) -> Pair:
        """The names, the earlier photo first."""
        names = self._item.name, str(self.other.currentData())
        return names if self.role.currentData() == "before" else names[::-1]

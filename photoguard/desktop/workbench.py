"""The workbench: one photo under a person's hand, from the first change to saving or dropping them."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from .areas import Draft
from .confirm import confirm
from .correcting import Correcting
from .deciding import Deciding
from .photos import Item
from .side import Side
from .stage import Stage
from .theme import Theme
from .words import Words


class Workbench(QObject):
    """While a photo lies on it, no other one is turned to."""

    taken = Signal(bool)
    """A photo lies on the bench now, or none does any more."""

    def __init__(
        self, parent: QWidget, stage: Stage, side: Side, deciding: Deciding, words: Words, theme: Theme
    ) -> None:
        super().__init__(parent)
        self._window, self._stage, self._side, self._deciding = parent, stage, side, deciding
        self._words, self._theme = words, theme
        self.tools: Correcting | None = None
        """What stands beside the photo; None while none is corrected."""

    def begin(self, item: Item | None) -> None:
        """Take a photo, if it can be corrected and its original is there."""
        if item is None or not self._stage.ready or not self._deciding.can_correct(item):
            return
        hand = self._stage.correct(item)
        self.tools = Correcting(hand, item.drop.policy.masking, self._words, self._theme)
        self.tools.saved.connect(lambda: self._save(item, hand.editing.draft))
        self.tools.left.connect(self.leave)
        self._side.put(self.tools)
        self.taken.emit(True)

    def leave(self) -> None:
        """Drop the changes, if the person agrees."""
        if self.may_leave():
            self.end()

    def end(self) -> None:
        """Nothing is corrected any more; what was not saved is gone."""
        self.tools = None
        self._side.put(None)
        self._stage.stop_correcting()
        self.taken.emit(False)

    def may_leave(self) -> bool:
        """Whether nothing would be lost, or a person agrees that it is."""
        words = self._words
        return (
            self.tools is None
            or not self.tools.unsaved
            or confirm(
                self._window,
                words("correct.ask"),
                words("correct.lost"),
                words("correct.leave"),
                words("correct.stay"),
            )
        )

    def _save(self, item: Item, draft: Draft) -> None:
        if self._deciding.correct(item, draft):
            self.end()

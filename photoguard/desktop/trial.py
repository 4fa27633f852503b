"""Masks tried on the photo that is corrected: painted anew soon after each change, once for many in a row."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from ..policy import Masking
from .hand import Hand
from .pictures import Picture
from .preview import preview


class Trial(QObject):
    """The original as the draft turns it, and the masks over it."""

    changed = Signal()

    def __init__(self, hand: Hand, original: Picture, masking: Masking, parent: QObject) -> None:
        super().__init__(parent)
        self.hand = hand
        self.original = original
        self.masks: QImage | None = None
        self._masking = masking
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.paint)
        hand.moved.connect(self._soon.start)
        hand.editing.changed.connect(self._soon.start)

    def paint(self) -> None:
        """Paint the masks as the draft has them now."""
        draft = self.hand.draft
        self.original = self.original.shown(draft.flipped, draft.turn)
        self.masks = preview(self.original, draft, self._masking)
        self.changed.emit()

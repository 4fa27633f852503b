"""The top of the window: what to clean, what for, and how large it may leave."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from ..policy import Channel, Policy, Size
from .flow import Flow
from .words import Words

_STEPS = (
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
)


class _Choice(QComboBox):
    """A list from which is chosen only while it is open.

    Each step through a closed one, and each turn of the wheel over it, would clean all photos anew.
    """

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """What would go on to another line opens the list."""
        letter = event.text().strip()
        if event.key() in _STEPS or (letter and letter.isprintable()):
            self.showPopup()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Left to whatever lies below."""
        event.ignore()


class Bar(QWidget):
    """Buttons to add photos, channel and size in plain words, settings."""

    photos_wanted = Signal()
    folder_wanted = Signal()
    settings_wanted = Signal()
    policy_chosen = Signal()

    def __init__(self, words: Words, policy: Policy) -> None:
        super().__init__()
        photos, folder, settings = (
            QPushButton(words(key)) for key in ("top.add_photos", "top.add_folder", "settings.title")
        )
        photos.setObjectName("primary")
        photos.clicked.connect(self.photos_wanted)
        folder.clicked.connect(self.folder_wanted)
        settings.clicked.connect(self.settings_wanted)
        self.use, self.largest = _Choice(), _Choice()
        for channel in Channel:
            self.use.addItem(words(f"use.{channel.value}"), channel.value)
        self.use.setCurrentIndex(self.use.findData(policy.channel.value))
        for size in Size:
            self.largest.addItem(words.size(size), size.value)
        self.largest.setCurrentIndex(self.largest.findData(policy.size.value))
        self.largest.setToolTip(words("size.note"))
        self._row = Flow(
            photos,
            folder,
            self._named(words("top.use"), self.use),
            self._named(words("top.size"), self.largest),
            last=settings,
        )
        self.setLayout(self._row)

    @property
    def policy(self) -> Policy:
        """What the photos are for, and how large they may leave."""
        return Policy.for_channel(self.use.currentData()).sized(self.largest.currentData())

    def _named(self, text: str, box: QComboBox) -> QWidget:
        """A list with its name. As wide as its longest text where there is room, and narrow where there is none."""
        widest = box.sizeHint().width()
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(12)
        box.setMaximumWidth(widest)
        box.view().setMinimumWidth(widest)
        box.activated.connect(self.policy_chosen)
        name = QLabel(text)
        name.setBuddy(box)
        name.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        pair = QWidget()
        row = QHBoxLayout(pair)
        row.setContentsMargins(6, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(name)
        row.addWidget(box, 1)
        pair.setMaximumWidth(pair.sizeHint().width() + widest - box.sizeHint().width())
        pair.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        return pair

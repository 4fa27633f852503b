"""The top of the window: what to clean, and what for."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QWidget

from ..policy import Channel
from .words import Words


class Bar(QWidget):
    """Buttons to add photos, the channel in plain words, settings."""

    photos_wanted = Signal()
    folder_wanted = Signal()
    settings_wanted = Signal()
    channel_chosen = Signal()

    def __init__(self, words: Words, channel: Channel) -> None:
        super().__init__()
        photos, folder, settings = (
            QPushButton(words(key)) for key in ("top.add_photos", "top.add_folder", "settings.title")
        )
        photos.setObjectName("primary")
        photos.clicked.connect(self.photos_wanted)
        folder.clicked.connect(self.folder_wanted)
        settings.clicked.connect(self.settings_wanted)
        self.use = QComboBox()
        for each in Channel:
            self.use.addItem(words(f"use.{each.value}"), each.value)
        self.use.setCurrentIndex(self.use.findData(channel.value))
        # As wide as its longest text where there is room, and no reason for a wider window where there is none.
        widest = self.use.sizeHint().width()
        self.use.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.use.setMinimumContentsLength(14)
        self.use.setMaximumWidth(widest)
        self.use.view().setMinimumWidth(widest)
        self.use.activated.connect(self.channel_chosen)
        name = QLabel(words("top.use"))
        name.setBuddy(self.use)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(photos)
        row.addWidget(folder)
        row.addSpacing(16)
        row.addWidget(name)
        row.addWidget(self.use, 100)
        row.addStretch(1)
        row.addWidget(settings)

    @property
    def channel(self) -> Channel:
        """What the photos are for."""
        return Channel(self.use.currentData())

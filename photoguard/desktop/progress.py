"""The bottom of the window: how far the work is, what else there is to say, and a button to stop."""

from __future__ import annotations

import time

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from .photos import PhotoList
from .words import Words
from .work import Work


class Progress(QWidget):
    """One line of text, with a bar while photos are being cleaned."""

    stopped = Signal()
    """A person wants the work to stop."""

    def __init__(self, photos: PhotoList, work: Work, words: Words) -> None:
        super().__init__()
        self._photos, self._work, self._words = photos, work, words
        self._notes: list[str] = []
        self._started = time.monotonic()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(320)
        self._bar.setAccessibleName(words("progress.name"))
        self.told = QLabel()
        self.told.setObjectName("quiet")
        self.told.setWordWrap(True)
        self.stop = QPushButton(words("progress.cancel"))
        self.stop.clicked.connect(self.stopped)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self._bar)
        row.addWidget(self.told, 1)
        row.addWidget(self.stop)
        photos.counted.connect(self.count)
        self.count()

    def begin(self) -> None:
        """Work starts: what was said about the one before is over."""
        self._started = time.monotonic()
        self._notes.clear()
        self.say(self._words("progress.starting"))

    def note(self, sentence: str) -> None:
        """Something that stays said until other work starts."""
        if sentence not in self._notes:
            self._notes.append(sentence)
        self.count()

    def say(self, sentence: str) -> None:
        """Something for now."""
        self.told.setText(sentence)

    def count(self) -> None:
        """Say how far the work is."""
        total, left = len(self._photos.items), self._photos.counts[None]
        self._bar.setVisible(left > 0)
        self.stop.setVisible(left > 0)
        self._bar.setMaximum(max(1, total))
        self._bar.setValue(total - left)
        if left:
            self.say(self._progress(total - left, left))
        else:
            state = "progress.together" if self._work.open else "progress.done"
            self.say(" ".join((*self._notes, *([self._words(state)] if total else ()))))

    def _progress(self, done: int, left: int) -> str:
        said = self._words("progress.of", done=done, total=done + left)
        if done:
            seconds = (time.monotonic() - self._started) / done * left
            minutes = max(1, round(seconds / 60))
            said += " · " + (
                self._words("progress.soon")
                if seconds < 50
                else self._words.count("progress.minutes", minutes)
            )
        return said

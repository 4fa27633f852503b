"""How photos come into the window: by dialog, clipboard or drop; and again when they are for something else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from ..batch import cloud
from ..policy import Channel
from .bar import Bar
from .declared import Pair
from .drops import paths
from .progress import Progress
from .words import Words
from .work import Drop, Work


class Adding(QObject):
    """Gives each drop a folder of its own, says what is to be said about it, and hands it to the work."""

    def __init__(
        self, parent: QWidget, root: Path, words: Words, bar: Bar, progress: Progress, work: Work
    ) -> None:
        super().__init__(parent)
        self._window, self._root, self._words = parent, root, words
        self._bar, self._progress, self._work = bar, progress, work
        self._given: set[Path] = set()

    def add(self, given: Sequence[Path], pairs: Sequence[Pair] = ()) -> None:
        """Clean these files and folders now. `pairs` are those that a person has declared among them."""
        if not given:
            return
        policy = self._bar.policy
        out = self._new_folder(policy.channel)
        self._progress.begin()
        for name in dict.fromkeys(
            name for path in (*given, out) if (name := cloud.service(path)) is not None
        ):
            self._progress.note(self._words("note.cloud", name=name))
        self._work.take(Drop(tuple(given), out, policy, list(pairs)))

    def photos(self) -> None:
        """Let a person choose photos."""
        files, _ = QFileDialog.getOpenFileNames(self._window, self._words("top.add_photos"))
        self.add([Path(file) for file in files])

    def folder(self) -> None:
        """Let a person choose a folder."""
        folder = QFileDialog.getExistingDirectory(self._window, self._words("top.add_folder"))
        if folder:
            self.add([Path(folder)])

    def paste(self) -> None:
        """Take what was copied in a file manager."""
        self.add(paths(QGuiApplication.clipboard().mimeData()))

    def _new_folder(self, channel: Channel) -> Path:
        stamp = datetime.now().astimezone().strftime("%Y-%m-%d %H.%M.%S")
        out, number = self._root / f"{stamp} {channel.value}", 1
        while out.exists() or out in self._given:
            number += 1
            out = self._root / f"{stamp} {channel.value} {number}"
        self._given.add(out)
        return out

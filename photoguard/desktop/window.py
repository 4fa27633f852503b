"""The main window: lanes on the left, the picture in the middle, its reasons on the right."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QMimeData, QModelIndex, Qt, QUrl
from PySide6.QtGui import (
    QCloseEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListView,
    QMainWindow,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from ..batch import cloud
from ..home import Home
from ..outcome import Outcome, Status
from ..policy import Channel, Policy
from .canvas import Canvas
from .details import Details
from .lane import Row
from .photos import Item, Lane, PhotoList
from .pictures import Picture, Pictures
from .settings import Settings, SettingsDialog
from .theme import Theme, status_icon
from .words import Words
from .work import Drop, Work

LANES = (None, Status.REVIEW, Status.BLOCKED, Status.FAILED, Status.RELEASED)


class Window(QMainWindow):
    """Takes drops, shows what became of each photo, and lets a person look."""

    def __init__(
        self, home: Home, settings: Settings, words: Words, theme: Theme, work: Work, photos: PhotoList
    ) -> None:
        super().__init__()
        self._home, self._settings, self._words, self._theme = home, settings, words, theme
        self._work, self._photos = work, photos
        self._pictures = Pictures()
        self._lane = Lane(photos)
        self._current: Item | None = None
        self._notes: list[str] = []
        self._started = time.monotonic()
        self.rebuild_wanted = False
        self.setWindowTitle("photoguard")
        self.setAcceptDrops(True)
        self.resize(1320, 840)
        self.setMinimumSize(900, 560)

        self._canvas = Canvas(theme)
        self._canvas.setAccessibleName(words("canvas.name"))
        self._canvas.say(words("canvas.empty"))
        self._details = Details(words, theme)
        middle = QSplitter(Qt.Orientation.Horizontal)
        middle.setHandleWidth(12)
        middle.setChildrenCollapsible(False)
        for part in (self._left(), self._centre(), self._right()):
            middle.addWidget(part)
        middle.setStretchFactor(1, 1)
        middle.setSizes([320, 700, 320])
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 14, 16, 12)
        column.setSpacing(12)
        column.addLayout(self._top())
        column.addWidget(middle, 1)
        column.addLayout(self._bottom())
        self.setCentralWidget(page)

        work.found.connect(self._found)
        work.settled.connect(self._settled)
        work.finished.connect(self._finished)
        work.refused.connect(self._refused)
        photos.counted.connect(self._count)
        self._pictures.ready.connect(self._show_pictures)
        for keys, slot in (
            (QKeySequence.StandardKey.Open, self._add_photos),
            (QKeySequence.StandardKey.Paste, self._paste),
            (QKeySequence("N"), self.next_that_needs_you),
            (QKeySequence("O"), self._outlines.toggle),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(slot)
        self._count()
        self._details.show_item(None)

    # What people do

    def add(self, paths: Sequence[Path]) -> None:
        """Clean these files and folders now."""
        if not paths:
            return
        channel = Channel(self._channel.currentData())
        stamp = datetime.now().astimezone().strftime("%Y-%m-%d %H.%M.%S")
        out = self._settings.out / f"{stamp} {channel.value}"
        number = 1
        while out.exists() or any(item.drop.out == out for item in self._photos.items):
            number += 1
            out = self._settings.out / f"{stamp} {channel.value} {number}"
        self._started = time.monotonic()
        self._notes.clear()
        for name in dict.fromkeys(
            name for path in (*paths, out) if (name := cloud.service(path)) is not None
        ):
            self._notes.append(self._words("note.cloud", name=name))
        self._work.take(Drop(tuple(paths), out, Policy.for_channel(channel)))
        self._say(self._words("progress.starting"))

    def next_that_needs_you(self) -> None:
        """Go to the next photo in the lane that waits for a person."""
        rows = self._lane.rowCount()
        start = self._list.currentIndex().row() + 1
        for step in range(rows):
            index = self._lane.index((start + step) % rows, 0)
            if index.data(PhotoList.ITEM).status is Status.REVIEW:
                self._list.setCurrentIndex(index)
                return

    def _add_photos(self) -> None:
        files, _ = QFileDialog.getOpenFileNames(self, self._words("top.add_photos"))
        self.add([Path(file) for file in files])

    def _add_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self._words("top.add_folder"))
        if folder:
            self.add([Path(folder)])

    def _paste(self) -> None:
        self.add(_paths(QGuiApplication.clipboard().mimeData()))

    def _recheck(self) -> None:
        """Another channel has other rules: every photo in the window is looked at again."""
        drops = list(dict.fromkeys(item.drop for item in self._photos.items))
        if not drops:
            return
        self._work.cancel()
        self._photos.clear()
        self._show(None)
        for drop in drops:
            self.add(drop.inputs)

    def _copy(self) -> None:
        """The cleaned files of the selected photos, as files, for another program to paste."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in self._released()])
        QGuiApplication.clipboard().setMimeData(data)
        self._say(self._words.count("actions.copied", len(data.urls())))

    def _open_folder(self) -> None:
        if self._current is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._current.drop.out / "released")))

    def _open_report(self) -> None:
        if self._current is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._current.drop.out / "report.html")))

    def _change_settings(self) -> None:
        dialog = SettingsDialog(self._settings, self._home, self._words, self)
        if dialog.exec():
            self._settings = dialog.chosen()
            self._settings.save(self._home)
            self.rebuild_wanted = True
            self.close()

    # What the work tells

    def _found(self, drop: Drop, sources: Sequence[object]) -> None:
        self._photos.add(drop, sources)  # type: ignore[arg-type]

    def _settled(self, drop: Drop, outcome: Outcome) -> None:
        self._photos.settle(drop, outcome)
        if self._current is not None and self._current.name == outcome.source:
            self._show(self._current)
        if not self._list.currentIndex().isValid() and self._lane.rowCount():
            self._list.setCurrentIndex(self._lane.index(0, 0))

    def _finished(self, drop: Drop) -> None:
        self._photos.forget(drop)
        self._count()

    def _refused(self, drop: Drop, code: str, message: str) -> None:
        self._notes.append(f"{message} [{code}]")
        self._count()

    # What is seen

    def _top(self) -> QHBoxLayout:
        words = self._words
        row = QHBoxLayout()
        row.setSpacing(10)
        photos = QPushButton(words("top.add_photos"))
        photos.setObjectName("primary")
        photos.clicked.connect(self._add_photos)
        folder = QPushButton(words("top.add_folder"))
        folder.clicked.connect(self._add_folder)
        self._channel = QComboBox()
        for channel in Channel:
            self._channel.addItem(words(f"use.{channel.value}"), channel.value)
        self._channel.setCurrentIndex(self._channel.findData(Channel.SOCIAL_MEDIA.value))
        self._channel.activated.connect(self._recheck)
        label = QLabel(words("top.use"))
        label.setBuddy(self._channel)
        settings = QPushButton(words("settings.title"))
        settings.clicked.connect(self._change_settings)
        row.addWidget(photos)
        row.addWidget(folder)
        row.addSpacing(16)
        row.addWidget(label)
        row.addWidget(self._channel)
        row.addStretch(1)
        row.addWidget(settings)
        return row

    def _left(self) -> QWidget:
        box = QWidget()
        box.setMinimumWidth(270)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        grid = QGridLayout()
        grid.setSpacing(6)
        self._lanes = QButtonGroup(self)
        for number, status in enumerate(LANES):
            button = QPushButton()
            button.setCheckable(True)
            button.setChecked(status is None)
            button.setStyleSheet(self._lane_style(status))
            if status is not None:
                button.setIcon(status_icon(status, self._theme))
            self._lanes.addButton(button, number)
            if status is None:
                grid.addWidget(button, 0, 0, 1, 2)
            else:
                grid.addWidget(button, (number + 1) // 2, (number + 1) % 2)
        self._lanes.idClicked.connect(lambda number: self._lane.show_only(LANES[number]))
        column.addLayout(grid)
        self._list = QListView()
        self._list.setModel(self._lane)
        self._row = Row(self._words, self._theme)
        self._list.setItemDelegate(self._row)
        self._list.setUniformItemSizes(True)
        self._list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self._list.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self._list.setAccessibleName(self._words("lane.name"))
        selection = self._list.selectionModel()
        assert isinstance(selection, QItemSelectionModel)
        selection.currentChanged.connect(self._go_to)
        selection.selectionChanged.connect(self._offer)
        column.addWidget(self._list, 1)
        return box

    def _centre(self) -> QWidget:
        words = self._words
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._canvas, 1)
        row = QHBoxLayout()
        fit, full = QPushButton(words("canvas.fit")), QPushButton("1:1")
        fit.clicked.connect(self._canvas.fit)
        full.clicked.connect(lambda: self._canvas.zoom(1.0))
        full.setToolTip(words("canvas.full"))
        full.setAccessibleName(words("canvas.full"))
        self._zoom = QLabel()
        self._zoom.setObjectName("quiet")
        self._canvas.zoomed.connect(lambda scale: self._zoom.setText(f"{scale:.0%}".replace("%", " %")))
        self._outlines = QPushButton(words("legend.outlines"))
        self._outlines.setCheckable(True)
        self._outlines.setChecked(True)
        self._outlines.setStyleSheet(self._toggle_style())
        self._outlines.toggled.connect(self._canvas.show_outlines)
        following = QPushButton(words("canvas.next"))
        following.setToolTip("N")
        following.clicked.connect(self.next_that_needs_you)
        for part in (fit, full, self._zoom):
            row.addWidget(part)
        row.addStretch(1)
        row.addWidget(self._outlines)
        row.addWidget(following)
        column.addLayout(row)
        return box

    def _right(self) -> QWidget:
        words = self._words
        box = QFrame()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._details, 1)
        self._copy_button = QPushButton(words("actions.copy"))
        self._copy_button.clicked.connect(self._copy)
        self._folder_button = QPushButton(words("actions.folder"))
        self._folder_button.clicked.connect(self._open_folder)
        self._report_button = QPushButton(words("actions.report"))
        self._report_button.clicked.connect(self._open_report)
        for button in (self._copy_button, self._folder_button, self._report_button):
            button.setEnabled(False)
            column.addWidget(button)
        return box

    def _bottom(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(12)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(320)
        self._told = QLabel()
        self._told.setObjectName("quiet")
        self._told.setWordWrap(True)
        self._stop = QPushButton(self._words("progress.cancel"))
        self._stop.clicked.connect(self._work.cancel)
        row.addWidget(self._bar)
        row.addWidget(self._told, 1)
        row.addWidget(self._stop)
        return row

    def _go_to(self, current: QModelIndex) -> None:
        self._show(current.data(PhotoList.ITEM) if current.isValid() else None)

    def _show(self, item: Item | None) -> None:
        self._current = item
        self._details.show_item(item)
        self._offer()
        if item is None:
            self._canvas.say(self._words("canvas.empty"))
            return
        if item.path is None or not item.path.exists():
            self._canvas.say(self._words("canvas.gone"))
            return
        self._canvas.say(self._words("canvas.reading"))
        self._pictures.ask(item, item.path, item.cleaned)

    def _show_pictures(self, item: Item, original: Picture | None, cleaned: Picture | None) -> None:
        if item is not self._current:
            return
        if original is None and cleaned is None:
            self._canvas.say(self._words("canvas.unreadable"))
            return
        found = item.outcome.findings if item.outcome else ()
        labels = self._words("canvas.original"), self._words("canvas.cleaned")
        self._canvas.show_pictures(original, cleaned, found, labels)

    def _offer(self) -> None:
        """Only what can be done now can be pressed."""
        there = self._current is not None and (self._current.drop.out / "released").is_dir()
        self._folder_button.setEnabled(there)
        self._report_button.setEnabled(
            self._current is not None and (self._current.drop.out / "report.html").exists()
        )
        self._copy_button.setEnabled(bool(self._released()))

    def _released(self) -> list[Path]:
        items = [index.data(PhotoList.ITEM) for index in self._list.selectedIndexes()]
        return [item.cleaned for item in items if item.status is Status.RELEASED and item.cleaned]

    def _count(self) -> None:
        counts, total = self._photos.counts, len(self._photos.items)
        for number, status in enumerate(LANES):
            button = self._lanes.button(number)
            word = self._words("page.all") if status is None else self._words(f"status.{status}")
            n = total if status is None else counts[status]
            button.setText(f"{word}  {n}")
            button.setAccessibleName(f"{word}: {n}")
        left = counts[None]
        self._bar.setVisible(left > 0)
        self._stop.setVisible(left > 0)
        self._bar.setMaximum(max(1, total))
        self._bar.setValue(total - left)
        if left:
            self._say(self._progress(total - left, left))
        elif self._notes or total:
            self._say(" ".join((*self._notes, *([self._words("progress.done")] if total else ()))))
        else:
            self._say("")

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

    def _say(self, sentence: str) -> None:
        self._told.setText(sentence)

    def _lane_style(self, status: Status | None) -> str:
        colour = self._theme.accent if status is None else self._theme.status[status]
        tint = self._theme.well if status is None else self._theme.tint[status]
        return (
            "QPushButton { text-align: left; padding: 7px 10px; }"
            f"QPushButton:checked {{ background: {tint}; border: 2px solid {colour}; padding: 6px 9px;"
            " font-weight: 600; }"
        )

    def _toggle_style(self) -> str:
        return (
            f"QPushButton:checked {{ background: {self._theme.well}; border-color: {self._theme.accent}; }}"
        )

    # Drag and drop, and the end

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's own name
        """Files and folders may be dropped anywhere."""
        if _paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Work starts at once."""
        event.acceptProposedAction()
        self.add(_paths(event.mimeData()))

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Ask before work is left undone."""
        if self._photos.counts[None] and not self.rebuild_wanted:
            words = self._words
            box = QMessageBox(self)
            box.setWindowTitle("photoguard")
            box.setText(words.count("close.ask", self._photos.counts[None]))
            box.setInformativeText(words("close.safe"))
            stop = box.addButton(words("close.stop"), QMessageBox.ButtonRole.AcceptRole)
            box.addButton(words("close.stay"), QMessageBox.ButtonRole.RejectRole)
            box.exec()
            if box.clickedButton() is not stop:
                event.ignore()
                return
        self._pictures.close()
        event.accept()


def _paths(data: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]

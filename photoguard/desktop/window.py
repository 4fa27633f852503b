"""The main window: lanes on the left, the picture in the middle, its reasons on the right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import (
    QCloseEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import QMainWindow, QMessageBox, QSplitter, QVBoxLayout, QWidget

from ..errors import PhotoguardError, UsageError
from ..home import Home
from ..outcome import Outcome, Status
from .adding import Adding
from .bar import Bar
from .confirm import confirm
from .deciding import Deciding
from .drops import paths
from .lanes import Lanes
from .photos import Item, PhotoList
from .progress import Progress
from .settings import Settings, SettingsDialog, first_time
from .side import Side
from .stage import Stage
from .theme import Theme
from .words import Words
from .work import Drop, Work
from .workbench import Workbench

if TYPE_CHECKING:
    from .sending import SendSheet

_ROOMY = 1200
"""Pixels of width from which on there is room for the list beside a picture that is corrected."""


class Window(QMainWindow):
    """Takes drops, shows what became of each photo, and lets a person look, correct and release."""

    def __init__(
        self, home: Home, settings: Settings, words: Words, theme: Theme, work: Work, photos: PhotoList
    ) -> None:
        super().__init__()
        self._home, self._words, self._theme = home, words, theme
        self._work, self._photos = work, photos
        self._current: Item | None = None
        self._sheet: SendSheet | None = None
        self._closes_next = False
        self.rebuild_wanted = False
        self.setWindowTitle("photoguard")
        self.setAcceptDrops(True)
        self.resize(1320, 840)

        self.bar = Bar(words, photos.policy or settings.policy)
        self.lanes = Lanes(photos, words, theme)
        self.stage = Stage(home, words, theme)
        self.side = Side(home, words, theme)
        self.progress = Progress(photos, work, words)
        self.deciding = Deciding(self, home, settings, words, work, photos)
        self.workbench = Workbench(self, self.stage, self.side, self.deciding, words, theme)
        self._adding = Adding(self, settings.out, words, self.bar, self.progress, work)
        self._lay_out()
        self._connect()
        self._show(None)

    def _lay_out(self) -> None:
        middle = QSplitter(Qt.Orientation.Horizontal)
        middle.setHandleWidth(12)
        middle.setChildrenCollapsible(False)
        for part in (self.lanes, self.stage, self.side):
            middle.addWidget(part)
        for number, share in enumerate((1, 3, 1)):
            middle.setStretchFactor(number, share)
        middle.setSizes([320, 680, 330])
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 14, 16, 12)
        column.setSpacing(12)
        column.addWidget(self.bar)
        column.addWidget(middle, 1)
        column.addWidget(self.progress)
        self.setCentralWidget(page)

    def _connect(self) -> None:
        self._work.found.connect(self._found)
        self._work.settled.connect(self._settled)
        self._work.finished.connect(self._finished)
        self._work.refused.connect(self._refused)
        self.bar.photos_wanted.connect(self._adding.photos)
        self.bar.folder_wanted.connect(self._adding.folder)
        self.bar.settings_wanted.connect(self._change_settings)
        self.bar.policy_chosen.connect(self._recheck)
        self.lanes.turned_to.connect(self._show)
        self.lanes.selected.connect(self._offer)
        self.stage.turned_to.connect(self.lanes.turn_to)
        self.stage.opened.connect(self._offer)
        self.progress.stopped.connect(self._work.cancel)
        self.deciding.failed.connect(self.progress.say)
        self.side.details.mirror_decided.connect(self._mirror)
        self.side.details.pair_wanted.connect(self._declare_pair)
        self.side.details.form_given.connect(self._add_form)
        self.side.release.clicked.connect(self._release)
        self.side.correct.clicked.connect(lambda: self.workbench.begin(self._current))
        self.workbench.taken.connect(self._lock)
        self.side.copy.clicked.connect(self._copy)
        self.side.send.clicked.connect(self._send)
        self.side.folder.clicked.connect(lambda: self._open("released"))
        self.side.report.clicked.connect(lambda: self._open("report.html"))
        self._shortcuts = [
            self._shortcut(keys, slot)
            for keys, slot in (
                (QKeySequence.StandardKey.Open, self._adding.photos),
                (QKeySequence.StandardKey.Paste, self._adding.paste),
                ("N", self.lanes.next_that_needs_you),
                ("E", self.side.correct.click),
                ("Ctrl+Return", self.side.release.click),
            )
        ]
        self._shortcut("O", self.stage.outlines.toggle)

    def _shortcut(self, keys: QKeySequence.StandardKey | str, slot: object) -> QShortcut:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.activated.connect(slot)
        return shortcut

    # What people do

    def add(self, given: Sequence[Path]) -> None:
        """Clean these files and folders now."""
        self._adding.add(given)

    def _recheck(self) -> None:
        """Another channel has other rules, another size other files: all photos are cleaned again."""
        drops = list(dict.fromkeys((*(item.drop for item in self._photos.items), *self._work.open)))
        if not drops:
            return
        self._work.cancel()
        self._photos.clear(drops)
        self._show(None)
        for drop in drops:
            self._adding.add(drop.inputs, drop.pairs)

    def _copy(self) -> None:
        """The cleaned files of the selected photos, as files, for another program to paste."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in self._released()])
        QGuiApplication.clipboard().setMimeData(data)
        self.progress.say(self._words.count("actions.copied", len(data.urls())))

    def _send(self) -> None:
        try:
            from .sending import SendSheet  # late: needs an extra
        except PhotoguardError as error:
            self.progress.say(self._words.fault(error))
            return
        if self._sheet is not None and self._sheet.asks:
            self._sheet.close()  # it was about other photos
        if self._sheet is None:
            self._sheet = SendSheet(self._released(), self._home, self._words, self)
            self._sheet.finished.connect(self._sent)
        self._sheet.show()
        self._sheet.raise_()
        self._sheet.activateWindow()

    def _sent(self) -> None:
        """The sheet was closed; now the window can be, where that had to wait."""
        if self._sheet is not None:
            self._sheet.deleteLater()
            self._sheet = None
        if self._closes_next:
            self._closes_next = False
            self.close()

    def _open(self, name: str) -> None:
        if self._current is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._current.drop.out / name)))

    def _change_settings(self) -> None:
        dialog = SettingsDialog(self.deciding.settings, self._home, self._words, self)
        if dialog.exec():
            self.deciding.settings = dialog.chosen()
            self.deciding.settings.save(self._home)
            self._move_to(dialog.other_home())
            self.rebuild_wanted = True
            self.close()
        dialog.deleteLater()

    def _move_to(self, folder: Path | None) -> None:
        """Another practice's folder counts from the next start on: what is at work stays with this one."""
        if folder is None:
            return
        try:
            home = Home.at(folder)
            self.deciding.settings.save(home)
            home.remember()
        except PhotoguardError as error:
            QMessageBox.warning(self, self._words("settings.title"), self._words.fault(error))

    # What people decide

    def _release(self) -> None:
        item = self._current
        if item is not None and self.deciding.can_release(item):
            self.deciding.release(item, self.stage.decided)

    def _mirror(self, said: str) -> None:
        item = self._current
        if item is not None and self.stage.ready and self.deciding.can_correct(item):
            self.deciding.mirror(item, self.stage.draft(item), said, self.stage.decided)

    def _declare_pair(self) -> None:
        item = self._current
        if item is not None and (others := self._photos.like(item)):
            self.deciding.pair(item, others)

    def _add_form(self, form: Path) -> None:
        if self._current is not None:
            self.deciding.add_form((self._current, *self._photos.mates(self._current)), form)

    def _lock(self, locked: bool) -> None:
        """While one photo is corrected, no other one is turned to."""
        self.lanes.setEnabled(not locked)
        self.lanes.setVisible(not locked or self.width() >= _ROOMY)
        self.bar.setEnabled(not locked)
        for shortcut in self._shortcuts:
            shortcut.setEnabled(not locked)
        if not locked:
            self._show(self._current)

    # What the work tells

    def _found(self, drop: Drop, sources: Sequence[object]) -> None:
        self._photos.add(drop, sources)  # type: ignore[arg-type]

    def _settled(self, drop: Drop, outcome: Outcome) -> None:
        self._photos.settle(drop, outcome)
        if outcome.camera is not None and first_time(self._home, outcome.camera):
            model = outcome.camera or self._words("note.camera")
            self.progress.note(self._words("note.gps", model=model))
        shown = self._current
        if shown is not None and shown.drop is drop and outcome.source in self._seen_with(shown):
            self._show(shown)
        self.lanes.start()

    def _seen_with(self, item: Item) -> set[str]:
        """The names of a photo and of the other half of its pair."""
        return {item.name, *(mate.name for mate in self._photos.mates(item))}

    def _finished(self, drop: Drop) -> None:
        self._photos.forget(drop)
        self._offer()

    def _refused(self, drop: Drop, code: str, message: str) -> None:
        self.progress.note(self._words.fault(UsageError(code, message)))

    # What is seen

    def _show(self, item: Item | None) -> None:
        if self.workbench.tools is not None:
            return
        self._current = item
        self.side.details.show_item(item)
        if item is None:
            self.stage.show_items((), None)
        else:
            others = self._photos.mates(item) or self._photos.like(item)
            self.stage.show_items(sorted((item, *others[:1]), key=_half), item)
        self._offer()

    def _offer(self) -> None:
        """Only what can be done now can be pressed."""
        item = self._current
        there = (
            item is not None and item.drop not in self._work.open and (item.drop.out / "released").is_dir()
        )
        self.side.folder.setEnabled(there)
        self.side.report.setEnabled(item is not None and (item.drop.out / "report.html").exists())
        for button in (self.side.copy, self.side.send):
            button.setEnabled(bool(self._released()))
        held = item is not None and item.status is Status.REVIEW
        self.side.release.setVisible(held or self.deciding.can_release(item))
        self.side.release.setEnabled(self.deciding.can_release(item) and self.stage.ready)
        self.side.correct.setVisible(self.deciding.can_correct(item))
        self.side.correct.setEnabled(self.stage.ready)

    def _released(self) -> list[Path]:
        """The cleaned files of what is selected. While a drop is under way, a photo of it may still be held back."""
        under_way = self._work.open
        return [
            item.cleaned
            for item in self.lanes.selection()
            if item.status is Status.RELEASED and item.cleaned and item.drop not in under_way
        ]

    # Drag and drop, and the end

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's own name
        """Files and folders may be dropped anywhere."""
        if paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Work starts at once. A single PDF is no photo: on a pair without consent it is the signed form."""
        event.acceptProposedAction()
        given = paths(event.mimeData())
        consent = self.side.details.consent
        if consent is not None and consent.missing and [path.suffix.lower() for path in given] == [".pdf"]:
            self._add_form(given[0])
        else:
            self.add(given)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Ask before work is left undone. What is being packed comes first: its password would be lost."""
        if self._sheet is not None and self._sheet.busy:
            self._closes_next = True
            self._sheet.hurry()
            event.ignore()
            return
        if not (self.workbench.may_leave() and self._may_stop_work()):
            event.ignore()
            return
        if self._sheet is not None:
            self._sheet.close()
        self.stage.close_pictures()
        event.accept()

    def _may_stop_work(self) -> bool:
        words, left = self._words, self._photos.counts[None]
        return (
            left == 0
            or self.rebuild_wanted
            or confirm(
                self,
                words.count("close.ask", left),
                words("close.safe"),
                words("close.stop"),
                words("close.stay"),
            )
        )


def _half(item: Item) -> str:
    """What sorts the halves of a pair: `before` comes first."""
    role = item.outcome.role if item.outcome else None
    return "" if role == "before" else role or item.name

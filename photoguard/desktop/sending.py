"""The sheet on which released photos become one encrypted file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QDesktopServices, QFont, QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from .. import api
from ..errors import MayNotLeave, PhotoguardError
from ..home import Home
from ..sending.parcel import Packed
from .labels import label
from .packing import Packing
from .recipient import RecipientSheet
from .sheets import Rows, cancel, fit, footer, primary
from .words import Words

_NAME = "photos"
"""What the file is called, with a number: it tells nothing."""


class SendSheet(QDialog):
    """For whom; then where the file is, and the password if it has one. That is shown once and kept nowhere.

    The window can be used meanwhile. The sheet stays until the file is whole: nobody else would tell its password.
    """

    def __init__(self, photos: Sequence[Path], home: Home, words: Words, parent: QWidget) -> None:
        super().__init__(parent)
        self._photos, self._home, self._words = photos, home, words
        self._packed: Path | None = None
        self._secret: str | None = None
        self._packing = Packing(home, self)
        self._packing.packed.connect(self._tell_where)
        self._packing.failed.connect(self._tell_why)
        self._fingerprints: dict[str, str] = {}
        self.setWindowTitle(words("send.title"))
        self.setMinimumWidth(min(960, self.fontMetrics().averageCharWidth() * 92))
        self.recipient = QComboBox()
        self.recipient.currentIndexChanged.connect(self._tell)
        self.told, self.fault = label("", "quiet"), label("", "fault")
        self.where = label("")
        self.pages = QStackedWidget()
        self.pages.addWidget(self._question())
        self.pages.addWidget(self._answer())
        self._busy = self._wait()
        self.pages.addWidget(self._busy)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.addWidget(self.pages)
        self._fill()
        fit(self)

    @property
    def asks(self) -> bool:
        """Nothing would be lost if the sheet were closed."""
        return self.pages.currentIndex() == 0

    @property
    def busy(self) -> bool:
        """A file is being made."""
        return self.pages.currentWidget() is self._busy

    def hurry(self) -> None:
        """Come to the front, and say that the window closes afterwards."""
        self._after.show()
        self.raise_()
        self.activateWindow()

    def reject(self) -> None:
        """Close, unless a file is being made."""
        if not self.busy:
            super().reject()

    def _question(self) -> QWidget:
        words = self._words
        form = Rows()
        add = QPushButton(words("send.add"))
        add.clicked.connect(self._add)
        form.ask(words("send.for"), self.recipient, add)
        self.confirm = primary(words("send.do"), self._pack)
        return _page(
            (
                label(words("send.title"), "heading", size=1.2),
                label(words.count("send.intro", len(self._photos))),
                form,
                self.told,
                self.fault,
            ),
            (cancel(self, words), self.confirm),
        )

    def _answer(self) -> QWidget:
        words = self._words
        self.password = label("")
        self.password.setFont(_large(self.password.font()))
        copy, folder = QPushButton(words("send.copy")), QPushButton(words("send.folder"))
        copy.clicked.connect(self._copy)
        folder.clicked.connect(self._open_folder)
        self._way = label("")
        parts = (label(words("send.done"), "heading", size=1.2), self.where, self.password, self._way)
        return _page(parts, (copy, folder, primary(words("send.close"), self.accept)))

    def _fill(self, chosen: str = "") -> None:
        """Everybody in the address book, and whoever has no key."""
        self.recipient.clear()
        try:
            known = api.recipients(home=self._home.path)
        except PhotoguardError as error:
            known = ()
            self.fault.setText(self._words.fault(error))
        self._fingerprints = {one.name: one.fingerprint for one in known}
        for name in self._fingerprints:
            self.recipient.addItem(name, name)
        self.recipient.addItem(self._words("send.no_key"), "")
        self.recipient.setCurrentIndex(self.recipient.findData(chosen) if chosen else 0)

    def _tell(self) -> None:
        """What will open the file."""
        key = self._fingerprints.get(self.recipient.currentData())
        self.told.setText(self._words("sending.for_key", n=key) if key else self._words("send.password"))

    def _add(self) -> None:
        sheet = RecipientSheet(self._home, self._words, self)
        if sheet.exec():
            self._fill(" ".join(sheet.name.text().split()))
        sheet.deleteLater()

    def _wait(self) -> QWidget:
        words = self._words
        bar = QProgressBar()
        bar.setRange(0, 0)  # so it moves to and fro: how far the packing is can't be told
        bar.setTextVisible(False)
        bar.setFixedHeight(10)
        bar.setAccessibleName(words("send.busy"))
        self._after = label(words("send.then_close"), "quiet")
        self._after.hide()
        parts = (
            label(words("send.busy"), "heading", size=1.2),
            bar,
            label(words("send.meanwhile")),
            self._after,
        )
        return _page(parts, ())

    def _pack(self) -> None:
        to = self.recipient.currentData() or None
        self.fault.clear()
        try:
            self._secret = None if to else api.new_password()
        except PhotoguardError as error:
            self._tell_why(error)
            return
        self.pages.setCurrentWidget(self._busy)
        out = _free(_beside(self._photos[0]), ".age" if to else ".zip")
        self._packing.start(self._photos, out, to, self._secret)

    def _tell_where(self, packed: Packed) -> None:
        words, secret = self._words, self._secret
        self._packed = packed.path
        self.where.setText(
            f"{words.count('sending.packed', packed.photos)}\n{words('sending.file', n=packed.path)}"
        )
        self.password.setText(words("sending.password", n=secret) if secret else "")
        self.password.setVisible(secret is not None)
        self._way.setText(
            words("sending.for_key", n=packed.recipient) if packed.recipient else words("sending.other_way")
        )
        self.pages.setCurrentIndex(1)

    def _tell_why(self, error: PhotoguardError) -> None:
        words = self._words
        if isinstance(error, MayNotLeave):
            self.fault.setText("\n".join((words("sending.may_not"), *self._held(error))))
        else:
            self.fault.setText(words.fault(error))
        self.pages.setCurrentIndex(0)

    def _held(self, refusal: MayNotLeave) -> list[str]:
        return list(
            dict.fromkeys(self._words.why(code)[0] for codes in refusal.held.values() for code in codes)
        )

    def _copy(self) -> None:
        """The file itself, for a mail program to paste."""
        if self._packed is not None:
            data = QMimeData()
            data.setUrls([QUrl.fromLocalFile(str(self._packed))])
            QGuiApplication.clipboard().setMimeData(data)

    def _open_folder(self) -> None:
        if self._packed is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._packed.parent)))


def _page(parts: Sequence[QWidget | Rows], buttons: Sequence[QPushButton]) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(14)
    for part in parts:
        if isinstance(part, QWidget):
            column.addWidget(part)
        else:
            column.addLayout(part)
    column.addStretch(1)
    column.addLayout(footer(*buttons))
    return page


def _large(font: QFont) -> QFont:
    """For what is read out letter by letter."""
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setFamily("monospace")
    font.setPointSizeF(font.pointSizeF() * 1.5)
    return font


def _beside(photo: Path) -> Path:
    """Where the photo's output folder lies. Not in that itself: a run goes on only beside what a run has written."""
    return photo.parents[2]


def _free(folder: Path, suffix: str) -> Path:
    number = 1
    while (folder / f"{_NAME}-{number}{suffix}").exists():
        number += 1
    return folder / f"{_NAME}-{number}{suffix}"

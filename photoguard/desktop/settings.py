"""What a person chose about the window itself. What decides about photos is the policy's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLocale, QSettings, QSize, QStandardPaths
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ..home import Home
from ..policy import Channel, Policy, Size
from ..report.texts import LANGUAGES
from .labels import label
from .sheets import Rows
from .words import Words

APPEARANCES = ("system", "light", "dark")
TEXT_SIZES = (100, 125, 150)
_WIDTH = 600
"""Of the dialog's page, in pixels."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The window's own choices."""

    language: str
    appearance: str
    text_size: int
    """Per cent."""
    out: Path
    """Where each drop gets a folder of its own."""
    channel: Channel = Channel.SOCIAL_MEDIA
    """What photos are for, as long as nobody says otherwise; the strictest at first."""
    size: Size = Size.ORIGINAL
    """How large photos may leave, as long as nobody says otherwise."""
    by: str = ""
    """Who decided last: the name that is suggested for the next decision."""

    @property
    def policy(self) -> Policy:
        """What photos are cleaned under, as long as nobody says otherwise."""
        return Policy.for_channel(self.channel).sized(self.size)

    @classmethod
    def load(cls, home: Home) -> Settings:
        """What was chosen before; the system's language and look where nothing was."""
        kept = _kept(home)
        pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        language = str(kept.value("language", QLocale.system().name()[:2]))
        appearance = str(kept.value("appearance", APPEARANCES[0]))
        text = str(kept.value("text_size", TEXT_SIZES[0]))
        channel, size = str(kept.value("channel", "")), str(kept.value("size", ""))
        return cls(
            language=language if language in LANGUAGES else "en",
            appearance=appearance if appearance in APPEARANCES else APPEARANCES[0],
            text_size=int(text) if text.isdigit() and int(text) in TEXT_SIZES else TEXT_SIZES[0],
            out=Path(str(kept.value("out", Path(pictures) / "photoguard"))),
            channel=Channel(channel) if channel in list(Channel) else Channel.SOCIAL_MEDIA,
            size=Size(size) if size in list(Size) else Size.ORIGINAL,
            by=str(kept.value("by", "")),
        )

    def save(self, home: Home) -> None:
        """Remember the choices."""
        kept = _kept(home)
        for name in ("language", "appearance", "text_size", "by"):
            kept.setValue(name, getattr(self, name))
        kept.setValue("out", str(self.out))
        kept.setValue("channel", self.channel.value)
        kept.setValue("size", self.size.value)
        kept.sync()


def first_time(home: Home, device: str) -> bool:
    """Whether nothing has been said about a device so far; from now on, something has."""
    kept = _kept(home)
    known = str(kept.value("devices", "")).split("\n")
    if device in known:
        return False
    kept.setValue("devices", "\n".join((*filter(None, known), device)))
    kept.sync()
    return True


def _kept(home: Home) -> QSettings:
    return QSettings(str(home.path / "window.ini"), QSettings.Format.IniFormat)


class SettingsDialog(QDialog):
    """Language, look, text size, what photos are for, how large they leave, output folder, the practice's folder."""

    def __init__(self, settings: Settings, home: Home, words: Words, parent: QWidget) -> None:
        super().__init__(parent)
        self._settings, self._home = settings, home
        self.setWindowTitle(words("settings.title"))
        form = Rows()
        self._language = _choice(LANGUAGES, settings.language)
        self._appearance = _choice({a: words(f"settings.{a}") for a in APPEARANCES}, settings.appearance)
        self._text_size = _choice({size: f"{size} %" for size in TEXT_SIZES}, settings.text_size)
        form.ask(words("settings.language"), self._language)
        form.ask(words("settings.appearance"), self._appearance)
        form.ask(words("settings.text_size"), self._text_size)
        uses = {channel: words(f"use.{channel.value}") for channel in Channel}
        self._channel = _choice(uses, settings.channel)
        form.ask(words("settings.channel"), self._channel)
        self._size = _choice({size: words.size(size) for size in Size}, settings.size)
        form.ask(words("settings.size"), self._size)
        form.say(label(words("size.note"), "quiet"), 1)
        self._out, self._practice = _place(settings.out), _place(home.path)
        for key, place in (("settings.out", self._out), ("settings.home", self._practice)):
            form.ask(words(key), place, self._change(place, words))
        form.say(label(words("settings.home_note"), "quiet"), 1)
        buttons = QDialogButtonBox()
        for text, role, slot in (
            (words("settings.save"), QDialogButtonBox.ButtonRole.AcceptRole, self.accept),
            (words("settings.cancel"), QDialogButtonBox.ButtonRole.RejectRole, self.reject),
        ):
            _add(buttons, text, role, slot)
        buttons.buttons()[0].setObjectName("primary")
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(18)
        page, area = QWidget(), QScrollArea()
        inner = QVBoxLayout(page)
        inner.setContentsMargins(0, 0, 8, 0)
        inner.addLayout(form)
        inner.addStretch(1)
        area.setWidgetResizable(True)
        area.setWidget(page)
        column.addWidget(area, 1)
        column.addWidget(buttons)
        height = (
            inner.totalHeightForWidth(_WIDTH)
            + column.totalMinimumSize().height()
            - area.minimumSizeHint().height()
        )
        self.resize(QSize(_WIDTH + 60, height).boundedTo(parent.screen().availableSize()))

    def chosen(self) -> Settings:
        """What the dialog shows now."""
        return replace(
            self._settings,
            language=self._language.currentData(),
            appearance=self._appearance.currentData(),
            text_size=self._text_size.currentData(),
            out=Path(self._out.text()),
            channel=Channel(self._channel.currentData()),
            size=Size(self._size.currentData()),
        )

    def other_home(self) -> Path | None:
        """The practice's folder that was chosen in place of the one in use."""
        chosen = Path(self._practice.text())
        return None if chosen == self._home.path else chosen

    def _change(self, place: QLineEdit, words: Words) -> QPushButton:
        """The button by which another folder is chosen."""

        def choose() -> None:
            folder = QFileDialog.getExistingDirectory(self, "", place.text())
            if folder:
                place.setText(folder)

        change = QPushButton(words("settings.change"))
        change.clicked.connect(choose)
        return change


def _place(path: Path) -> QLineEdit:
    """A folder, to be read and copied; its end is what tells it apart."""
    made = QLineEdit(str(path))
    made.setReadOnly(True)
    made.setCursorPosition(len(made.text()))
    return made


def _choice(options: dict[Any, str], chosen: object) -> QComboBox:
    box = QComboBox()
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(12)
    for value, text in options.items():
        box.addItem(text, value)
    box.setCurrentIndex(list(options).index(chosen))
    return box


def _add(
    buttons: QDialogButtonBox, text: str, role: QDialogButtonBox.ButtonRole, slot: Callable[[], None]
) -> None:
    button = buttons.addButton(text, role)
    button.clicked.connect(slot)

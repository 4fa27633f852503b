"""Starts the window, and again when a person changes its language or look."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QMessageBox

from ..errors import PhotoguardError, UsageError
from ..home import Home
from .collector import Collector
from .photos import PhotoList
from .settings import Settings
from .theme import DARK, LIGHT, Theme, icon_file, palette, stylesheet
from .window import Window
from .words import Words
from .work import Work


def start(paths: Sequence[Path] = (), home: Home | None = None) -> int:
    """Open the window, clean `paths`, and return when it is closed.

    Raises UsageError (NO_DISPLAY) on a machine without a screen.
    """
    _check_display()
    application = QApplication.instance() or QApplication([sys.argv[0]])
    assert isinstance(application, QApplication)
    application.setApplicationName("photoguard")
    application.setDesktopFileName("photoguard")
    application.setWindowIcon(QIcon(icon_file("photoguard")))
    application.setStyle("Fusion")
    practice = home or Home.at()
    size = application.font().pointSizeF()
    collector = Collector(application)
    work, photos = Work(home.path if home else None), PhotoList()
    try:
        wanted = True
        while wanted:
            settings = Settings.load(practice)
            window = open_window(application, practice, settings, work, photos, size)
            window.resize(window.size().boundedTo(window.screen().availableSize()))
            window.add(paths)
            paths = ()
            application.exec()
            wanted = window.rebuild_wanted
            window.deleteLater()
    finally:
        work.close()
        collector.stop()
    return 0


def run() -> None:
    """The icon's entry point: files that were dropped onto it are arguments."""
    try:
        sys.exit(start([Path(argument) for argument in sys.argv[1:]]))
    except PhotoguardError as error:
        _tell(error)
        sys.exit(error.exit_code)


def _tell(error: PhotoguardError) -> None:
    """Why there is no window: who has clicked on the icon sees no terminal, and on Windows has none."""
    if sys.stderr is not None:
        sys.stderr.write(f"photoguard: {error}\n")
    if QApplication.instance() is not None:
        QMessageBox.critical(None, "photoguard", Words(QLocale.system().name()[:2]).fault(error))


def open_window(
    application: QApplication,
    home: Home,
    settings: Settings,
    work: Work,
    photos: PhotoList,
    point_size: float,
) -> Window:
    """A window with these settings, shown."""
    theme = _theme(application, settings)
    application.setPalette(palette(theme))
    application.setStyleSheet(stylesheet(theme))
    font = application.font()
    font.setPointSizeF(point_size * settings.text_size / 100)
    application.setFont(font)
    window = Window(home, settings, Words(settings.language), theme, work, photos)
    window.show()
    return window


def _theme(application: QApplication, settings: Settings) -> Theme:
    if settings.appearance == "system":
        return DARK if application.styleHints().colorScheme() is Qt.ColorScheme.Dark else LIGHT
    return DARK if settings.appearance == "dark" else LIGHT


def _check_display() -> None:
    # Qt would end the whole process when it finds no screen.
    if sys.platform.startswith("linux") and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        raise UsageError(
            "NO_DISPLAY",
            "The window needs a screen, and this machine has none. Use `photoguard clean` instead.",
        )

"""Pictures of the window in every state, light and dark, in four languages: `python docs/make_screenshots.py FOLDER`.

The real window, offscreen, with the sample photos. Without FOLDER, only those in docs/images are made again.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QPoint, QSize, QTimer
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from photoguard.desktop.app import open_window
from photoguard.desktop.form import FormDialog
from photoguard.desktop.hand import Tool
from photoguard.desktop.photos import PhotoList
from photoguard.desktop.release import Sheet
from photoguard.desktop.sending import SendSheet
from photoguard.desktop.settings import Settings, SettingsDialog
from photoguard.desktop.window import Window
from photoguard.desktop.words import Words
from photoguard.desktop.work import Work
from photoguard.home import Home
from photoguard.outcome import Status
from photoguard.policy import Channel

DOCS = Path(__file__).resolve().parent
SAMPLES = DOCS.parent / "sample_images"
KEPT = {"en-light-needs-you": "window.jpg", "en-light-correct": "window_correct.jpg",
        "en-light-pair": "window_pair.jpg", "de-dark-blocked": "window_dark.jpg"}  # fmt: skip
"""Those that stand in docs/images, by the name they have otherwise."""


def wait(until: Callable[[], bool]) -> None:
    """Let the window work until something holds, for five minutes at most."""
    deadline = time.monotonic() + 300
    loop, timer = QEventLoop(), QTimer()
    timer.timeout.connect(lambda: loop.quit() if until() or time.monotonic() > deadline else None)
    timer.start(30)
    loop.exec()
    QApplication.processEvents()


def pause(milliseconds: int) -> None:
    """Let the window work for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


class Camera:
    """Takes the pictures of one window."""

    def __init__(self, window: Window, prefix: str, folder: Path | None) -> None:
        self.window, self.prefix, self.folder = window, prefix, folder

    def take(self, name: str, dialog: QWidget | None = None) -> None:
        """Keep a picture, with a dialog in front where there is one."""
        full = f"{self.prefix}-{name}"
        picture = self.window.grab()
        if dialog is not None:
            dialog.show()
            pause(50)
            dialog.resize(dialog.size().boundedTo(self.window.size()))  # as on a screen of that size
            pause(50)
            self._put(picture, dialog.grab())
            dialog.close()
        if self.folder is not None:
            picture.save(str(self.folder / f"{full}.png"))
        if full in KEPT:
            picture.save(str(DOCS / "images" / KEPT[full]), quality=82)

    def _put(self, picture: QPixmap, front: QPixmap) -> None:
        painter = QPainter(picture)
        painter.fillRect(picture.rect(), "#66000000")
        spare = (picture.size() - front.size()) / 2
        painter.drawPixmap(QPoint(spare.width(), spare.height()), front)
        painter.end()

    def look_at(self, name: str) -> None:
        """Turn to a photo and wait for its picture."""
        window = self.window
        item = next(item for item in window._photos.items if item.name == name)
        window.lanes.turn_to(item)
        wait(lambda: window.stage.ready)


def states(window: Window, camera: Camera, home: Home, words: Words) -> None:
    """All that can be seen once the photos are cleaned."""
    camera.look_at("faces/portrait.jpg")
    camera.take("needs-you")
    item = window._current
    assert item is not None and item.outcome is not None and item.path is not None
    camera.take("release", Sheet("release", words, window, by="M. Keller", reasons=item.outcome.reasons))
    camera.look_at("tattoos/wound_in_ink.jpg")
    window.side.correct.click()
    hand = window.stage.canvas.hand
    assert hand is not None
    hand.take(Tool.FREEHAND)
    hand.editing.select(0)
    hand.take(Tool.SELECT)
    pause(100)
    camera.take("correct")
    window.workbench.end()
    camera.look_at("mirrored/label.jpg")
    camera.take("mirrored")
    camera.look_at("pairs/forearm_after.jpg")
    wait(lambda: all(canvas.sides.original is not None for canvas in window.stage.canvases))
    camera.take("pair")
    send = SendSheet(window._released(), home, words, window)
    camera.take("send", send)
    send.pages.setCurrentWidget(send._busy)
    camera.take("packing", send)
    send.deleteLater()
    camera.look_at("pairs/genou_avant.jpg")
    wait(lambda: all(canvas.sides.original is not None for canvas in window.stage.canvases))
    camera.take("blocked")
    form = FormDialog(
        Path("formular.pdf"),
        [item.path, item.path],
        Channel.SOCIAL_MEDIA,
        home,
        words,
        window,
        by="M. Keller",
    )
    camera.take("form", form)
    window.lanes.turn_to(next(item for item in window._photos.items if item.name == "broken/cut_off.jpg"))
    pause(600)
    camera.take("failed")
    camera.take("settings", SettingsDialog(window.deciding.settings, home, words, window))


def main(folder: Path | None) -> None:
    """Clean the samples once, and look at them through every window."""
    application = QApplication(sys.argv[:1])
    application.setStyle("Fusion")
    with tempfile.TemporaryDirectory() as place:
        os.environ["PHOTOGUARD_HOME"] = f"{place}/home"
        home = Home.at()
        work, photos = Work(), PhotoList()
        usual, small = QSize(1320, 840), QSize(1024, 700)
        looks = [
            ("en", "light", 100, usual),
            ("de", "dark", 100, usual),
            ("fr", "light", 100, usual),
            ("it", "dark", 125, usual),
            ("de", "light", 150, small),
        ]
        for language, appearance, size, room in looks:
            settings = Settings(language, appearance, size, Path(place) / "photoguard", by="M. Keller")
            window = open_window(application, home, settings, work, photos, 10)
            window.resize(room)
            camera = Camera(window, f"{language}-{appearance}", folder)
            if not photos.items:
                pause(200)
                camera.take("empty")
                window.add([SAMPLES])
                wait(lambda: photos.counts[Status.RELEASED] > 1)
                window.lanes.turn_to(next(item for item in photos.items if item.status is Status.RELEASED))
                wait(lambda window=window: window.stage.ready)  # type: ignore[misc]
                camera.take("working")
                wait(lambda: not work.open)
            pause(300)
            states(window, camera, home, Words(language))
            window.close()
            window.deleteLater()
        work.close()


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    if chosen is not None:
        chosen.mkdir(parents=True, exist_ok=True)
    main(chosen)

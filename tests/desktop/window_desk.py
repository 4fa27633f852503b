"""What a person does at the window, for tests."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("PySide6.QtWidgets", reason="the window is an extra: pip install '.[desktop]'")

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from photoguard.desktop.canvas import Canvas
from photoguard.desktop.photos import Item
from photoguard.desktop.window import Window
from photoguard.outcome import Status

PATIENCE = 120_000  # milliseconds; models load meanwhile


def drop(widget: QWidget, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPointF(20, 20), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier(0)
    )
    widget.dropEvent(event)  # type: ignore[attr-defined]


def statuses(window: Window) -> dict[str, Status | None]:
    return {item.name: item.status for item in window._photos.items}


def finish(window: Window, qtbot: QtBot) -> None:
    """Wait until the work is done."""
    # Not for a signal: what fails at once may be over before one could listen.
    qtbot.waitUntil(lambda: not window._work.open, timeout=PATIENCE)
    qtbot.wait(100)  # for what it told last to arrive
    qtbot.waitUntil(lambda: window._photos.counts[None] == 0, timeout=5_000)


def look_at(window: Window, qtbot: QtBot, name: str) -> Item:
    """Turn to a photo, and wait until its picture is there."""
    item = next(item for item in window._photos.items if item.name == name)
    window.lanes.turn_to(item)
    qtbot.waitUntil(lambda: window._current is item and window.stage.ready, timeout=20_000)
    return item


def answer(fill: Callable[[QDialog], None]) -> None:
    """Fill in the next dialog, once it is open."""

    def when_open() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QDialog):
            fill(dialog)
        else:
            QTimer.singleShot(10, when_open)

    QTimer.singleShot(0, when_open)


def drag(canvas: Canvas, qtbot: QtBot, *points: tuple[float, float]) -> None:
    """Press at the first point of the picture, pull to the others, let go at the last one."""
    spots = [canvas.view.on_screen(QPointF(x, y)).toPoint() for x, y in points]
    button = Qt.MouseButton.LeftButton
    qtbot.mousePress(canvas, button, pos=spots[0])
    for start, stop in pairwise(spots):
        for step in range(1, 5):
            at = QPoint(
                start.x() + (stop.x() - start.x()) * step // 4, start.y() + (stop.y() - start.y()) * step // 4
            )
            qtbot.mouseMove(canvas, at)
    qtbot.mouseRelease(canvas, button, pos=spots[-1])


def save(path: Path, pixels: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, quality=92)
    return path


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(int)

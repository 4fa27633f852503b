"""Frames of the large view on a photo of 24 megapixels, offscreen: `python benchmarks/canvas.py`.

The real canvas shows an original, its cleaned picture and outlines. The wheel zooms from the whole picture to its own
pixels and back, the slider and the picture are pulled by the mouse, as Qt's own events; each is followed by one frame.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from photoguard.desktop.canvas import Canvas
from photoguard.desktop.pictures import Picture, Sides
from photoguard.desktop.theme import LIGHT
from photoguard.outcome import Found
from photoguard.photo import Box, CaptureFacts, Container, Finding, Kind, Photo

SIZE = 6000, 4000
FRAME = 1000 / 30
"""Milliseconds that a frame may take at 30 frames a second."""
NO_KEYS = Qt.KeyboardModifier.NoModifier
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


def made() -> tuple[Sides, list[Found]]:
    """A photo of noise, as no two pixels of a camera's are alike, the same with masks, and what was found."""
    width, height = SIZE
    pixels = np.random.default_rng(0).integers(60, 200, (height, width, 3), np.uint8)
    masked = pixels.copy()
    boxes: list[Box] = [
        (x, y, x + 500, y + 300) for x in range(200, 5500, 1100) for y in range(200, 3500, 900)
    ]
    for x0, y0, x1, y1 in boxes:
        masked[y0:y1, x0:x1] = 128
    turn = np.linspace(0, 2 * np.pi, 5000)
    wave = 1 + 0.06 * np.sin(23 * turn)
    around = np.stack([3000 + 2400 * wave * np.cos(turn), 2000 + 1700 * wave * np.sin(turn)], axis=1)
    body = tuple((int(x), int(y)) for x, y in around)
    findings = [Finding(Kind.TEXT, box, 1.0, "benchmark") for box in boxes]
    findings.append(Finding(Kind.BACKGROUND, (0, 0, width, height), 1.0, "benchmark", outline=(body,)))
    photo = Photo(pixels=pixels, container=Container.ARRAY, facts=CaptureFacts(stored_size=SIZE))
    return Sides(Picture.of(photo), Picture.of(replace(photo, pixels=masked))), [
        Found.of(finding) for finding in findings
    ]


def wheel(canvas: Canvas) -> Iterator[QInputEvent]:
    """Closer and away again, about a point beside the middle."""
    spot = QPointF(canvas.width() * 0.4, canvas.height() * 0.6)
    for turned in [30] * 40 + [-30] * 40:
        yield QWheelEvent(
            spot,
            QPointF(canvas.mapToGlobal(spot)),
            QPoint(),
            QPoint(0, turned),
            NONE,
            NO_KEYS,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )


def pull(canvas: Canvas, start: QPointF, stop: QPointF) -> Iterator[QInputEvent]:
    """Press, move in small steps, let go."""
    yield _mouse(canvas, QEvent.Type.MouseButtonPress, start)
    for step in range(1, 61):
        yield _mouse(canvas, QEvent.Type.MouseMove, start + (stop - start) * step / 60)
    yield _mouse(canvas, QEvent.Type.MouseButtonRelease, stop)


def slide(canvas: Canvas) -> Iterator[QInputEvent]:
    """The slider from one side to the other."""
    area = canvas.view.seen()
    canvas.set_slider(0.05)
    start = QPointF(canvas.slider.place(area), area.center().y())
    yield from pull(canvas, start, start + QPointF(area.width() * 0.9, 0))


def move(canvas: Canvas) -> Iterator[QInputEvent]:
    """The picture, away from the slider."""
    canvas.set_slider(0.2)
    start = QPointF(canvas.width() * 0.9, canvas.height() * 0.8)
    yield from pull(canvas, start, QPointF(canvas.width() * 0.4, canvas.height() * 0.3))


def frames(canvas: Canvas, events: Iterator[QInputEvent]) -> list[tuple[float, float]]:
    """Milliseconds by the clock, and of processor time on all threads, from each event to the end of its frame."""
    took = []
    for event in events:
        clock, busy = time.perf_counter(), time.process_time()
        QApplication.sendEvent(canvas, event)
        QApplication.processEvents()
        took.append(((time.perf_counter() - clock) * 1000, (time.process_time() - busy) * 1000))
    return took


def _mouse(canvas: Canvas, kind: QEvent.Type, spot: QPointF) -> QMouseEvent:
    held = NONE if kind is QEvent.Type.MouseButtonRelease else LEFT
    button = NONE if kind is QEvent.Type.MouseMove else LEFT
    return QMouseEvent(kind, spot, QPointF(canvas.mapToGlobal(spot)), button, held, NO_KEYS)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--width", type=int, default=1600)
    parser.add_argument("--height", type=int, default=1000)
    asked = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication([])
    canvas = Canvas(LIGHT)
    canvas.resize(asked.width, asked.height)
    canvas.show()
    application.processEvents()
    sides, found = made()
    canvas.show_pictures(sides, SIZE, found, (), ("Original", "Cleaned"))
    ways: dict[str, tuple[Callable[[Canvas], Iterator[QInputEvent]], float | None]] = {
        "wheel, whole picture to its own pixels": (wheel, None),
        "slider, whole picture": (slide, None),
        "slider, at 60 %": (slide, 0.6),
        "slider, at 100 %": (slide, 1.0),
        "picture pulled, at 60 %": (move, 0.6),
        "picture pulled, at 200 %": (move, 2.0),
    }
    print(f"{asked.width} x {asked.height} pixels of the screen; milliseconds a frame, in brackets at work")
    print(f"{'':40} {'median':>14} {'95 of 100':>14} {'worst':>14}")
    for name, (drive, scale) in ways.items():
        took: list[tuple[float, float]] = []
        for _ in range(asked.rounds):
            canvas.fit()
            if scale is not None:
                canvas.zoom(scale)
            application.processEvents()
            took += frames(canvas, drive(canvas))
        clock, busy = np.array(took).T
        told = "".join(
            f"{np.percentile(clock, share):7.1f} ({np.percentile(busy, share):.1f})".rjust(15)
            for share in (50, 95, 100)
        )
        late = "" if np.percentile(busy, 95) <= FRAME else "  too slow for 30 frames a second"
        print(f"{name:40}{told}{late}")


if __name__ == "__main__":
    main()

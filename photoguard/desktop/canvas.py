"""The large view: original and cleaned picture either side of a slider, zoom, and outlines of what was found."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from ..outcome import Found
from .pictures import Picture
from .theme import HALO, KIND_COLOUR, KIND_DASHES, Theme

_MOST = 8.0
"""Screen pixels per pixel of the picture at the closest."""
_STEP = 1.25
_GRIP = 14


class Canvas(QWidget):
    """Left of the slider the original, right of it what would be sent. Neither is ever written from here."""

    zoomed = Signal(float)
    """Screen pixels per pixel of the picture."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._original: Picture | None = None
        self._cleaned: Picture | None = None
        self._found: tuple[Found, ...] = ()
        self._message = ""
        self._labels = ("", "")
        self._outlines = True
        self._scale = 1.0
        self._fits = True
        self._middle = QPointF()
        self._slider = 0.5
        self._dragged: QPointF | None = None
        self._sliding = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's own name
        """Room for a picture worth looking at."""
        return QSize(320, 240)

    def say(self, message: str) -> None:
        """Show a sentence and no picture."""
        self._original = self._cleaned = None
        self._found = ()
        self._message = message
        self.update()

    def show_pictures(
        self,
        original: Picture | None,
        cleaned: Picture | None,
        found: Sequence[Found],
        labels: tuple[str, str],
    ) -> None:
        """Show a photo from the beginning: whole, with the slider in the middle. `labels` name the two sides."""
        self._original, self._cleaned, self._found, self._labels = original, cleaned, tuple(found), labels
        self._message = ""
        self._slider = 0.5
        self.fit()

    def show_outlines(self, shown: bool) -> None:
        """Whether findings are outlined."""
        self._outlines = shown
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.update()

    @property
    def slider(self) -> float:
        """Where the slider is, 0 (only the cleaned picture) to 1 (only the original)."""
        return self._slider

    def set_slider(self, share: float) -> None:
        """Move the slider."""
        self._slider = min(1.0, max(0.0, share))
        self.update()

    def fit(self) -> None:
        """Show the whole picture."""
        self._fits = True
        width, height = self._size()
        self._middle = QPointF(width / 2, height / 2)
        if width and height:
            self._scale = min(self.width() / width, self.height() / height, 1.0)
            self.zoomed.emit(self._scale)
        self.update()

    def zoom(self, scale: float, about: QPointF | None = None) -> None:
        """Zoom to `scale` screen pixels per picture pixel, keeping what lies under `about` where it is."""
        width, height = self._size()
        if not width or not height:
            return
        smallest = min(self.width() / width, self.height() / height, 1.0)
        scale = min(_MOST, max(smallest, scale))
        point = about or QPointF(self.width() / 2, self.height() / 2)
        kept = self._in_picture(point)
        self._scale = scale
        self._fits = scale <= smallest
        moved = self._in_picture(point)
        self._middle += kept - moved
        self._settle()
        self.zoomed.emit(scale)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's own name
        """Draw what is in view, from the smallest copy that is sharp at this zoom."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.well))
        first = self._original or self._cleaned
        if first is None:
            painter.setPen(QColor(self._theme.quiet))
            painter.drawText(
                self.rect().adjusted(40, 40, -40, -40),
                Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap,
                self._message,
            )
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._scale < 2)
        split = self._split()
        whole = QRectF(self.rect())
        if self._original is not None and self._cleaned is not None:
            self._draw(painter, self._original, QRectF(0, 0, split, whole.height()))
            self._draw(painter, self._cleaned, QRectF(split, 0, whole.width() - split, whole.height()))
        else:
            self._draw(painter, first, whole)
        if self._outlines:
            self._draw_outlines(painter)
        if self._original is not None and self._cleaned is not None:
            self._draw_slider(painter, split)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(whole.adjusted(1, 1, -1, -1))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Keep a fitted picture fitted."""
        if self._fits:
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Zoom about the pointer."""
        self.zoom(self._scale * _STEP ** (event.angleDelta().y() / 120), event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Between the whole picture and its own pixels."""
        if self._fits:
            self.zoom(1.0, event.position())
        else:
            self.fit()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Take hold of the slider, or of the picture."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._sliding = self._on_slider(event.position())
            self._dragged = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Move what was taken hold of."""
        if self._dragged is None:
            over = self._on_slider(event.position())
            self.setCursor(Qt.CursorShape.SplitHCursor if over else Qt.CursorShape.ArrowCursor)
        elif self._sliding:
            area = self._area()
            self.set_slider((event.position().x() - area.left()) / max(1.0, area.width()))
        else:
            self._middle -= (event.position() - self._dragged) / self._scale
            self._dragged = event.position()
            self._settle()
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Let go."""
        self._dragged = None

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Zoom, move and slide without a mouse."""
        key = event.key()
        move = 60 / self._scale
        moves = {
            Qt.Key.Key_Left: QPointF(-move, 0),
            Qt.Key.Key_Right: QPointF(move, 0),
            Qt.Key.Key_Up: QPointF(0, -move),
            Qt.Key.Key_Down: QPointF(0, move),
        }
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(self._scale * _STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom(self._scale / _STEP)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key == Qt.Key.Key_1:
            self.zoom(1.0)
        elif key == Qt.Key.Key_Comma:
            self.set_slider(self._slider - 0.1)
        elif key == Qt.Key.Key_Period:
            self.set_slider(self._slider + 0.1)
        elif key in moves and not self._fits:
            self._middle += moves[Qt.Key(key)]
            self._settle()
            self.update()
        else:
            super().keyPressEvent(event)

    def _size(self) -> tuple[int, int]:
        first = self._original or self._cleaned
        return first.size if first else (0, 0)

    def _in_picture(self, point: QPointF) -> QPointF:
        return self._middle + (point - QPointF(self.width() / 2, self.height() / 2)) / self._scale

    def _on_screen(self, point: QPointF) -> QPointF:
        return (point - self._middle) * self._scale + QPointF(self.width() / 2, self.height() / 2)

    def _settle(self) -> None:
        """The picture stays in view: what is smaller than the view is centred, what is larger fills it."""
        width, height = self._size()
        reach_x, reach_y = self.width() / self._scale / 2, self.height() / self._scale / 2
        x = width / 2 if reach_x * 2 >= width else min(max(self._middle.x(), reach_x), width - reach_x)
        y = height / 2 if reach_y * 2 >= height else min(max(self._middle.y(), reach_y), height - reach_y)
        self._middle = QPointF(x, y)

    def _area(self) -> QRectF:
        """Where the picture is seen, in the widget's pixels."""
        width, height = self._size()
        seen = QRectF(self._on_screen(QPointF(0, 0)), self._on_screen(QPointF(width, height)))
        return seen.intersected(QRectF(self.rect()))

    def _split(self) -> float:
        area = self._area()
        return area.left() + self._slider * area.width()

    def _on_slider(self, point: QPointF) -> bool:
        both = self._original is not None and self._cleaned is not None
        return both and abs(point.x() - self._split()) <= _GRIP

    def _draw(self, painter: QPainter, picture: Picture, view: QRectF) -> None:
        width, height = picture.size
        visible = QRectF(self._in_picture(view.topLeft()), self._in_picture(view.bottomRight()))
        visible = visible.intersected(QRectF(0, 0, width, height))
        if visible.isEmpty():
            return
        image, share = picture.level(self._scale * self.devicePixelRatioF())
        target = QRectF(self._on_screen(visible.topLeft()), self._on_screen(visible.bottomRight()))
        source = QRectF(visible.topLeft() * share, visible.bottomRight() * share)
        painter.drawImage(target, image, source)

    def _draw_outlines(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for found in self._found:
            x0, y0, x1, y1 = found.box
            rings = found.outline or (((x0, y0), (x1, y0), (x1, y1), (x0, y1)),)
            outline = QPainterPath()
            for ring in rings:
                outline.addPolygon(QPolygonF([self._on_screen(QPointF(x, y)) for x, y in ring]))
                outline.closeSubpath()
            painter.setPen(QPen(QColor(20, 24, 28, 190), 4.5))
            painter.drawPath(outline)
            line = QPen(QColor(KIND_COLOUR[found.kind]), 2.2)
            if KIND_DASHES[found.kind]:
                line.setDashPattern(KIND_DASHES[found.kind])
            painter.setPen(line)
            painter.drawPath(outline)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _draw_slider(self, painter: QPainter, split: float) -> None:
        area = self._area()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(20, 24, 28, 150), 4))
        painter.drawLine(QPointF(split, area.top()), QPointF(split, area.bottom()))
        painter.setPen(QPen(QColor("#ffffff"), 2))
        painter.drawLine(QPointF(split, area.top()), QPointF(split, area.bottom()))
        grip = QPointF(split, area.center().y())
        painter.setBrush(QColor("#ffffff"))
        painter.setPen(QPen(QColor(20, 24, 28, 150), 1.5))
        painter.drawEllipse(grip, _GRIP, _GRIP)
        painter.setPen(QPen(QColor(HALO), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        for side in (-1, 1):
            tip = grip + QPointF(side * 8, 0)
            painter.drawLine(tip, tip + QPointF(-side * 4, -4))
            painter.drawLine(tip, tip + QPointF(-side * 4, 4))
        for text, left in zip(self._labels, (True, False), strict=True):
            self._draw_label(painter, text, split, area, left)

    def _draw_label(self, painter: QPainter, text: str, split: float, area: QRectF, left: bool) -> None:
        """A side's name, where there is room for it."""
        width = painter.fontMetrics().horizontalAdvance(text) + 20
        room = split - area.left() if left else area.right() - split
        if room < width + 24:
            return
        x = split - width - 12 if left else split + 12
        box = QRectF(x, area.top() + 12, width, painter.fontMetrics().height() + 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(20, 24, 28, 200))
        painter.drawRoundedRect(box, 5, 5)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

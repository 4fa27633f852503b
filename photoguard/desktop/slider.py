"""The line between original and cleaned picture."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from .theme import HALO

_GRIP = 14
_SHADE = QColor(20, 24, 28, 150)


class Slider:
    """Left of it the original is seen, right of it what would be sent. `share` is 0 (all cleaned) to 1."""

    def __init__(self) -> None:
        self.share = 0.5
        self.labels = ("", "")
        """What the two sides are called."""
        self.held = False
        self.peeked = False
        """The original is seen everywhere for a moment."""

    def place(self, area: QRectF) -> float:
        """Where the line is, for a picture that is seen in `area` (the widget's pixels)."""
        return area.left() + (1.0 if self.peeked else self.share) * area.width()

    def under(self, point: QPointF, area: QRectF, whole: bool) -> bool:
        """Whether a point is on the line; on its grip alone where not the `whole` line is to be held."""
        grip = self._grip(area)
        held = max(abs(point.x() - grip.x()), abs(point.y() - grip.y())) <= _GRIP
        return held or (whole and abs(point.x() - self.place(area)) <= _GRIP)

    def _grip(self, area: QRectF) -> QPointF:
        """Where the grip is: on the line, and whole."""
        inside = area.adjusted(_GRIP + 1, 0, -_GRIP - 1, 0)
        return QPointF(max(inside.left(), min(self.place(area), inside.right())), area.center().y())

    def draw(self, painter: QPainter, area: QRectF) -> None:
        """Draw line, grip and names."""
        split = self.place(area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for pen in (QPen(_SHADE, 4), QPen(QColor("#ffffff"), 2)):
            painter.setPen(pen)
            painter.drawLine(QPointF(split, area.top()), QPointF(split, area.bottom()))
        grip = self._grip(area)
        painter.setBrush(QColor("#ffffff"))
        painter.setPen(QPen(_SHADE, 1.5))
        painter.drawEllipse(grip, _GRIP, _GRIP)
        painter.setPen(QPen(QColor(HALO), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        for side in (-1, 1):
            tip = grip + QPointF(side * 8, 0)
            painter.drawLine(tip, tip + QPointF(-side * 4, -4))
            painter.drawLine(tip, tip + QPointF(-side * 4, 4))
        for text, left in zip(self.labels, (True, False), strict=True):
            _draw_label(painter, text, split, area, left)


def _draw_label(painter: QPainter, text: str, split: float, area: QRectF, left: bool) -> None:
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

"""Lines around what was found and what is drawn: each kind by colour and by dashes, on a dark ground line."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from ..photo import Box, Kind, Ring
from .theme import HALO, KIND_COLOUR, KIND_DASHES
from .view import View

_GROUND = QColor(20, 24, 28, 190)
_WIDTH = 2.2


def path(box: Box, outline: Sequence[Ring], view: View) -> QPainterPath:
    """An area's shape in the widget's pixels; holes are left out by the odd-even rule."""
    x0, y0, x1, y1 = box
    shape = QPainterPath()
    for ring in outline or (((x0, y0), (x1, y0), (x1, y1), (x0, y1)),):
        shape.addPolygon(QPolygonF([QPointF(x, y) for x, y in ring]))
        shape.closeSubpath()
    return view.transform().map(shape)


def draw(painter: QPainter, shape: QPainterPath, kind: Kind, keep: bool = False) -> None:
    """Draw a shape's line. What is kept has a white line with a dark one within."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(_GROUND, 7 if keep else 4.5))
    painter.drawPath(shape)
    painter.setPen(_keep_pen() if keep else _pen(kind))
    painter.drawPath(shape)
    if keep:
        painter.setPen(QPen(QColor(HALO), 1.4))
        painter.drawPath(shape)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def draw_place(painter: QPainter, box: QRectF) -> None:
    """Where a mirror cue is seen (the widget's pixels): corners around it, and the sign of a mirror."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    around = box.adjusted(-7, -7, 7, 7)
    arm = min(18.0, around.width() / 3, around.height() / 3)
    corners = QPainterPath()
    for corner, x, y in (
        (around.topLeft(), arm, arm),
        (around.topRight(), -arm, arm),
        (around.bottomRight(), -arm, -arm),
        (around.bottomLeft(), arm, -arm),
    ):
        corners.moveTo(corner + QPointF(x, 0))
        corners.lineTo(corner)
        corners.lineTo(corner + QPointF(0, y))
    for pen in (QPen(_GROUND, 5.5), QPen(QColor("#ffffff"), 2.6)):
        painter.setPen(pen)
        painter.drawPath(corners)
    sign = place_sign()
    spot = around.topLeft() - QPointF(0, sign.height() + 5)
    painter.drawPixmap(QPointF(max(0.0, spot.x()), max(0.0, spot.y())), sign)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def place_sign() -> QPixmap:
    """The sign of a mirror, as it stands beside the place and beside the sentence."""
    picture = QPixmap(30, 22)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(HALO))
    painter.drawRoundedRect(QRectF(picture.rect()), 5, 5)
    painter.setPen(QPen(QColor("#ffffff"), 1.6, Qt.PenStyle.DotLine))
    painter.drawLine(QPointF(15, 4), QPointF(15, 18))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("#ffffff"))
    for side in (-1, 1):
        painter.drawPolygon(QPolygonF([QPointF(15 + side * x, y) for x, y in ((3, 6), (3, 16), (10, 16))]))
    painter.end()
    return picture


def swatch(kind: Kind, keep: bool = False) -> QPixmap:
    """A piece of the line, for a legend."""
    picture = QPixmap(34, 18)
    picture.fill(QColor(HALO))
    painter = QPainter(picture)
    for pen in (_keep_pen(), QPen(QColor(HALO), 1.4)) if keep else (_pen(kind),):
        painter.setPen(pen)
        painter.drawLine(3, 9, 31, 9)
    painter.end()
    return picture


def draw_handles(painter: QPainter, box: QRectF, colour: str) -> None:
    """Eight grips around a box (the widget's pixels), to stretch it by."""
    painter.setPen(QPen(QColor(HALO), 1.5))
    painter.setBrush(QColor("#ffffff"))
    for spot in grips(box):
        painter.drawRect(QRectF(spot.x() - 4.5, spot.y() - 4.5, 9, 9))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colour), 1.5, Qt.PenStyle.DotLine))
    painter.drawRect(box)


def grips(box: QRectF) -> tuple[QPointF, ...]:
    """Where the grips are: corners and middles, clockwise from the upper left."""
    left, top, right, bottom = box.left(), box.top(), box.right(), box.bottom()
    middle_x, middle_y = box.center().x(), box.center().y()
    return (
        QPointF(left, top), QPointF(middle_x, top), QPointF(right, top), QPointF(right, middle_y),
        QPointF(right, bottom), QPointF(middle_x, bottom), QPointF(left, bottom), QPointF(left, middle_y),
    )  # fmt: skip


def _pen(kind: Kind) -> QPen:
    pen = QPen(QColor(KIND_COLOUR[kind]), _WIDTH)
    if KIND_DASHES[kind]:
        pen.setDashPattern(KIND_DASHES[kind])
    return pen


def _keep_pen() -> QPen:
    return QPen(QColor("#ffffff"), 5)

"""How a photo looks in the list: its small cleaned picture, its name, its status as icon and word."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPixmapCache
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from .photos import Item, PhotoList
from .theme import Theme, status_pixmap
from .words import Words

_HEIGHT = 76
_PICTURE = QSize(80, 60)


class Row(QStyledItemDelegate):
    """Draws one photo. Small pictures are read when they first come into view, and few are kept."""

    def __init__(self, words: Words, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self.words = words
        self.theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802
        """All rows are alike, so that 5,000 scroll as easily as five."""
        return QSize(200, _HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the row."""
        item: Item = index.data(PhotoList.ITEM)
        area: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(QColor(self.theme.accent), 2))
            painter.setBrush(QColor(self.theme.well))
            painter.drawRoundedRect(area.adjusted(3, 3, -3, -3), 6, 6)
        place = QRect(area.left() + 10, area.top() + (_HEIGHT - _PICTURE.height()) // 2, *_PICTURE.toTuple())
        self._draw_picture(painter, item, place)
        text = QRect(place.right() + 12, area.top() + 12, area.right() - place.right() - 20, 24)
        painter.setPen(QColor(self.theme.text))
        name = painter.fontMetrics().elidedText(item.name, Qt.TextElideMode.ElideMiddle, text.width())
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, name)
        below = text.translated(0, 27)
        status = item.status
        colour = self.theme.quiet if status is None else self.theme.status[status]
        painter.setPen(QColor(colour))
        if status is None:
            painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, self.words("lane.working"))
        else:
            painter.drawPixmap(
                QRect(below.left(), below.top() + 3, 18, 18), status_pixmap(status, colour, 48)
            )
            painter.drawText(
                below.adjusted(25, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.words(f"status.{status}")
            )
        painter.restore()

    def _draw_picture(self, painter: QPainter, item: Item, place: QRect) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.theme.well))
        painter.drawRoundedRect(place, 4, 4)
        file = item.thumbnail
        if file is None:
            return
        key = str(file)
        small = QPixmap()
        if not QPixmapCache.find(key, small):
            full = QPixmap(key)
            if full.isNull():
                return
            device = painter.device()
            ratio = device.devicePixelRatioF() if device else 1.0
            small = full.scaled(
                _PICTURE * ratio,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            small.setDevicePixelRatio(ratio)
            QPixmapCache.insert(key, small)
        size = small.deviceIndependentSize().toSize()
        spot = QRect(0, 0, size.width(), size.height())
        spot.moveCenter(place.center())
        painter.drawPixmap(spot, small)

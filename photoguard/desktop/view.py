"""Where a picture lies in a view: how close, and which of its points is in the middle."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QTransform

_MOST = 8.0
"""Screen pixels per pixel of the picture at the closest."""


class View:
    """Zoom and place of a picture (`size`, in its own pixels) in a room (in the screen's)."""

    def __init__(self) -> None:
        self.size = (0, 0)
        self.room = QSizeF(1, 1)
        self.scale = 1.0
        """Screen pixels per pixel of the picture."""
        self.fits = True
        """The whole picture is in view."""
        self._middle = QPointF()

    @property
    def smallest(self) -> float:
        """The scale at which the whole picture is in view; never larger than its own pixels."""
        width, height = self.size
        if not width or not height:
            return 1.0
        return min(self.room.width() / width, self.room.height() / height, 1.0)

    def fit(self) -> None:
        """Show the whole picture."""
        self.fits = True
        self.scale = self.smallest
        self._middle = QPointF(self.size[0] / 2, self.size[1] / 2)

    def zoom(self, scale: float, about: QPointF) -> None:
        """Zoom to `scale`, keeping what lies under `about` where it is."""
        kept = self.in_picture(about)
        self.scale = min(_MOST, max(self.smallest, scale))
        self.fits = self.scale <= self.smallest
        self._middle += kept - self.in_picture(about)
        self._settle()

    def move(self, by: QPointF) -> None:
        """Move the view over the picture, in the screen's pixels."""
        self._middle += by / self.scale
        self._settle()

    def follow(self, other: View) -> None:
        """Show the same part as another view does, of a picture that may have another size."""
        self.fits = other.fits
        self.scale = min(_MOST, self.smallest * other.scale / other.smallest)
        share_x = other._middle.x() / max(1, other.size[0])
        share_y = other._middle.y() / max(1, other.size[1])
        self._middle = QPointF(share_x * self.size[0], share_y * self.size[1])
        self._settle()

    def in_picture(self, point: QPointF) -> QPointF:
        """A point of the room, in the picture's pixels."""
        return self._middle + (point - self._centre()) / self.scale

    def on_screen(self, point: QPointF) -> QPointF:
        """A point of the picture, in the room's pixels."""
        return (point - self._middle) * self.scale + self._centre()

    def seen(self) -> QRectF:
        """Where the picture is seen, in the room's pixels."""
        width, height = self.size
        whole = QRectF(self.on_screen(QPointF(0, 0)), self.on_screen(QPointF(width, height)))
        return whole.intersected(QRectF(QPointF(0, 0), self.room))

    def transform(self) -> QTransform:
        """From the picture's pixels to the room's."""
        start = self.on_screen(QPointF(0, 0))
        return QTransform(self.scale, 0, 0, self.scale, start.x(), start.y())

    def _centre(self) -> QPointF:
        return QPointF(self.room.width() / 2, self.room.height() / 2)

    def _settle(self) -> None:
        """The picture stays in view: what is smaller than the view is centred, what is larger fills it."""
        width, height = self.size
        reach_x, reach_y = self.room.width() / self.scale / 2, self.room.height() / self.scale / 2
        x = width / 2 if reach_x * 2 >= width else min(max(self._middle.x(), reach_x), width - reach_x)
        y = height / 2 if reach_y * 2 >= height else min(max(self._middle.y(), reach_y), height - reach_y)
        self._middle = QPointF(x, y)

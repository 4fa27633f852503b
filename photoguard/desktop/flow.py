"""A row of widgets that goes on in the next line where it has no room: large text on a small screen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class Flow(QLayout):
    """Widgets from left to right, and `last`, which stands at the right end of its line.

    What is left of a line goes to those that can grow, up to their maximum.
    """

    def __init__(self, *widgets: QWidget, last: QWidget, spacing: int = 10) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._gap = spacing
        self.setContentsMargins(0, 0, 0, 0)
        for widget in (*widgets, last):
            self.addWidget(widget)

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802 - Qt's own names, here and below
        """Take one more."""
        self._items.append(item)

    def count(self) -> int:
        """How many there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # noqa: N802
        """One of them; None where there is none."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # noqa: N802
        """Give one away."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802
        """As wide as there is room."""
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        """The narrower, the more lines."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        """Of all lines, with what lies between them."""
        lines = self._lines(width)
        return sum(map(_height, lines)) + self._gap * (len(lines) - 1)

    def sizeHint(self) -> QSize:  # noqa: N802
        """All in one line."""
        return QSize(self._width(self._items), _height(self._items))

    def minimumSize(self) -> QSize:  # noqa: N802
        """One below the other."""
        return QSize(max(item.sizeHint().width() for item in self._items), _height(self._items))

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802
        """Put them where they belong."""
        super().setGeometry(rect)
        top = rect.top()
        for line in self._lines(rect.width()):
            self._put(line, QRect(rect.left(), top, rect.width(), _height(line)))
            top += _height(line) + self._gap

    def _lines(self, width: int) -> list[list[QLayoutItem]]:
        lines: list[list[QLayoutItem]] = [[]]
        for item in self._items:
            if lines[-1] and self._width([*lines[-1], item]) > width:
                lines.append([])
            lines[-1].append(item)
        return lines

    def _width(self, items: Sequence[QLayoutItem]) -> int:
        return sum(item.sizeHint().width() for item in items) + self._gap * (len(items) - 1)

    def _put(self, line: Sequence[QLayoutItem], place: QRect) -> None:
        spare = max(0, place.width() - self._width(line))
        left = place.left()
        for item in line:
            width = min(item.sizeHint().width(), place.width())
            if item.expandingDirections() & Qt.Orientation.Horizontal:
                more = min(spare, item.maximumSize().width() - width)
                width, spare = width + more, spare - more
            if item is self._items[-1]:
                left += spare
            height = item.sizeHint().height()
            item.setGeometry(QRect(left, place.top() + (place.height() - height) // 2, width, height))
            left += width + self._gap


def _height(items: Sequence[QLayoutItem]) -> int:
    return max(item.sizeHint().height() for item in items)

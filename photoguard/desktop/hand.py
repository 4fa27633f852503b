"""The hand on the picture while correcting: draws, takes hold, moves, stretches; by mouse and by keys."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPen

from ..photo import Box, Kind
from . import outlines
from .areas import Area, Draft, freehand
from .editing import Editing
from .view import View

_REACH = 9
"""Screen pixels around a grip that take hold of it."""
_CLICK = 4
"""A press that moves less far than this only selects."""
_SIDES = ("lt", "t", "rt", "r", "rb", "b", "lb", "l")
"""Which edges each grip moves, in the order of outlines.grips."""
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class Tool(StrEnum):
    """What the hand does where it is put."""

    SELECT = "select"
    BOX = "box"
    FREEHAND = "freehand"
    KEEP = "keep"


class Hand(QObject):
    """Turns what mouse and keys do over the picture into changes of the draft."""

    moved = Signal()
    """What is being drawn or dragged has changed, and is not a change of the draft yet."""
    tool_changed = Signal()

    def __init__(self, editing: Editing, view: View, accent: str) -> None:
        super().__init__(editing)
        self.editing = editing
        self.tool = Tool.SELECT
        self._view = view
        self._accent = accent
        self._trial: Draft | None = None
        self._start: QPointF | None = None
        self._held: str | None = None
        self._line: list[QPointF] = []

    @property
    def draft(self) -> Draft:
        """The draft as it is seen now, with what is being dragged."""
        return self._trial or self.editing.draft

    def take(self, tool: Tool) -> None:
        """Take another tool."""
        self.tool = tool
        self._line = []
        self.tool_changed.emit()

    # The mouse

    def press(self, point: QPointF) -> bool:
        """Begin; False where the picture itself is to be moved."""
        self._start = point
        if self.tool is not Tool.SELECT:
            self._line = [point]
            return True
        self._held = self._grip(point)
        if self._held is None and self.editing.area is not None and self._over(self.editing.area, point):
            self._held = "all"
        return self._held is not None

    def drag(self, point: QPointF) -> bool:
        """Go on; False where the picture itself is to be moved."""
        if self._start is None:
            return False
        if self._line:
            self._line.append(point)
        elif self._held is not None and self.editing.selected is not None:
            self._trial = self._dragged(self.editing.selected, point)
        else:
            return False
        self.moved.emit()
        return True

    def release(self, point: QPointF) -> None:
        """Let go: what was drawn or dragged becomes a change."""
        start, trial, line = self._start, self._trial, self._line
        self._start = self._trial = self._held = None
        self._line = []
        still = start is not None and (point - start).manhattanLength() < _CLICK
        if line:
            area = None if still else self._drawn([*line, point])
            if area is not None:
                self.editing.add(area)
                self.take(Tool.SELECT)
        elif trial is not None and not still:
            self.editing.do(trial, self.editing.selected)
        elif still:
            self.editing.select(self._under(point))
        self.moved.emit()

    def cursor(self, point: QPointF) -> Qt.CursorShape:
        """What the pointer looks like over a point."""
        if self.tool is not Tool.SELECT:
            return Qt.CursorShape.CrossCursor
        grip = self._grip(point)
        if grip is not None:
            return {
                "lt": Qt.CursorShape.SizeFDiagCursor,
                "rb": Qt.CursorShape.SizeFDiagCursor,
                "rt": Qt.CursorShape.SizeBDiagCursor,
                "lb": Qt.CursorShape.SizeBDiagCursor,
                "t": Qt.CursorShape.SizeVerCursor,
                "b": Qt.CursorShape.SizeVerCursor,
            }.get(grip, Qt.CursorShape.SizeHorCursor)
        area = self.editing.area
        if area is not None and self._over(area, point):
            return Qt.CursorShape.SizeAllCursor
        return Qt.CursorShape.ArrowCursor if self._under(point) is None else Qt.CursorShape.PointingHandCursor

    # Keys

    def key(self, event: QKeyEvent) -> bool:
        """Whether a key was meant for the hand."""
        key, held = event.key(), event.modifiers()
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.editing.delete()
        elif key == Qt.Key.Key_Escape:
            if self.tool is Tool.SELECT:
                self.editing.select(None)
            self.take(Tool.SELECT)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.tool in (Tool.BOX, Tool.KEEP):
            self._put_box()
        elif key in _ARROWS and self.editing.selected is not None:
            step = max(1, round(1 / self._view.scale))
            step *= 10 if held & Qt.KeyboardModifier.ControlModifier else 2
            dx, dy = _ARROWS[Qt.Key(key)]
            self._nudge(dx * step, dy * step, bool(held & Qt.KeyboardModifier.ShiftModifier))
        else:
            return False
        return True

    # What is seen

    def paint(self, painter: QPainter) -> None:
        """Draw all areas, the grips of the one that is held, and the line that is being drawn."""
        for area in self.draft.areas:
            outlines.draw(painter, outlines.path(area.box, area.outline, self._view), area.kind, area.keep)
        if self.editing.selected is not None and self.editing.selected < len(self.draft.areas):
            outlines.draw_handles(painter, self._box(self.draft.areas[self.editing.selected]), self._accent)
        if len(self._line) > 1:
            shape = QPainterPath(self._line[0])
            if self.tool is Tool.FREEHAND:
                for point in self._line[1:]:
                    shape.lineTo(point)
            else:
                shape.addRect(QRectF(self._line[0], self._line[-1]).normalized())
            painter.setPen(QPen(QColor("#14181c"), 4))
            painter.drawPath(shape)
            painter.setPen(QPen(QColor("#ffffff"), 2, Qt.PenStyle.DashLine))
            painter.drawPath(shape)

    def _dragged(self, number: int, point: QPointF) -> Draft:
        assert self._start is not None
        moved = (point - self._start) / self._view.scale
        dx, dy = round(moved.x()), round(moved.y())
        if self._held == "all":
            return self.editing.draft.moved(number, dx, dy)
        x0, y0, x1, y1 = self.editing.draft.areas[number].box
        held = self._held or ""
        x0, x1 = x0 + dx * ("l" in held), x1 + dx * ("r" in held)
        y0, y1 = y0 + dy * ("t" in held), y1 + dy * ("b" in held)
        return self.editing.draft.resized(number, self._ordered(x0, y0, x1, y1))

    def _nudge(self, dx: int, dy: int, stretch: bool) -> None:
        number = self.editing.selected
        if number is None:
            return
        draft = self.editing.draft
        x0, y0, x1, y1 = draft.areas[number].box
        if stretch:
            draft = draft.resized(number, (x0, y0, max(x0 + 1, x1 + dx), max(y0 + 1, y1 + dy)))
        else:
            draft = draft.moved(number, dx, dy)
        self.editing.do(draft, number)

    def _put_box(self) -> None:
        """A box in the middle of what is in view: drawing without a mouse."""
        seen = self._view.seen()
        size = seen.size() / 4
        corner = seen.center() - QPointF(size.width() / 2, size.height() / 2)
        area = self._drawn([corner, corner + QPointF(size.width(), size.height())])
        if area is not None:
            self.editing.add(area)
            self.take(Tool.SELECT)

    def _drawn(self, line: list[QPointF]) -> Area | None:
        points = [self._view.in_picture(point) for point in line]
        if self.tool is Tool.FREEHAND:
            return freehand([(round(point.x()), round(point.y())) for point in points])
        first, last = points[0], points[-1]
        box = self._ordered(round(first.x()), round(first.y()), round(last.x()), round(last.y()))
        width, height = self.editing.draft.size
        if box[2] <= 0 or box[3] <= 0 or box[0] >= width or box[1] >= height:
            return None
        return replace(Area(box, Kind.DRAWN), keep=self.tool is Tool.KEEP)

    @staticmethod
    def _ordered(x0: int, y0: int, x1: int, y1: int) -> Box:
        x0, x1, y0, y1 = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
        return x0, y0, max(x1, x0 + 1), max(y1, y0 + 1)

    def _box(self, area: Area) -> QRectF:
        x0, y0, x1, y1 = area.box
        return QRectF(self._view.on_screen(QPointF(x0, y0)), self._view.on_screen(QPointF(x1, y1)))

    def _grip(self, point: QPointF) -> str | None:
        area = self.editing.area
        if area is None:
            return None
        near = [(spot - point).manhattanLength() for spot in outlines.grips(self._box(area))]
        nearest = min(range(len(near)), key=near.__getitem__)
        return _SIDES[nearest] if near[nearest] <= _REACH else None

    def _over(self, area: Area, point: QPointF) -> bool:
        return outlines.path(area.box, area.outline, self._view).contains(point)

    def _under(self, point: QPointF) -> int | None:
        """The smallest area under a point."""
        areas = self.editing.draft.areas
        under = [number for number, area in enumerate(areas) if self._over(area, point)]
        return min(under, key=lambda number: _extent(areas[number].box), default=None)


def _extent(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])

"""The middle of the window: one photo large, or the two halves of a pair side by side with one zoom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QSplitter, QVBoxLayout, QWidget

from ..decision import Decision
from ..home import Home
from ..outcome import Outcome, Verdict
from ..photo import Box
from .areas import Draft
from .canvas import Canvas
from .editing import Editing
from .flow import Flow
from .hand import Hand
from .labels import OneLine
from .photos import Item
from .pictures import Asked, Pictures, Sides
from .theme import Theme
from .words import Words


class Stage(QWidget):
    """Shows photos; what is done to them is the window's."""

    turned_to = Signal(object)
    """The Item of the other half, which a person has turned to."""
    opened = Signal()
    """The pictures that were asked for are there."""

    def __init__(self, home: Home, words: Words, theme: Theme) -> None:
        super().__init__()
        self._words = words
        self._items: tuple[Item, ...] = ()
        self._outcomes: tuple[Outcome | None, ...] = ()
        self._current: Item | None = None
        self._editing: Editing | None = None
        self._pictures = Pictures(home, self)
        self._pictures.ready.connect(self._show_pictures)
        self.canvases = Canvas(theme), Canvas(theme)
        self._titles = OneLine(), OneLine()
        self._frames = tuple(self._frame(number) for number in (0, 1))
        halves = QSplitter(Qt.Orientation.Horizontal)
        halves.setHandleWidth(10)
        halves.setChildrenCollapsible(False)
        for frame in self._frames:
            halves.addWidget(frame)
        halves.setSizes([500, 500])
        one, other = self.canvases
        one.moved.connect(lambda: other.follow(one))
        other.moved.connect(lambda: one.follow(other))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(halves, 1)
        column.addLayout(self._controls())
        self.show_items((), None)

    @property
    def canvas(self) -> Canvas:
        """The view of the photo that is looked at."""
        return self.canvases[self._place()]

    @property
    def decided(self) -> Decision | None:
        """What a person has decided about the photo that is looked at."""
        return self.canvas.sides.decided

    @property
    def ready(self) -> bool:
        """The original is there to be worked on."""
        return self.canvas.sides.original is not None

    def show_items(self, items: Sequence[Item], current: Item | None) -> None:
        """Show a photo, or the two halves of a pair; `current` is the one that is looked at."""
        outcomes = tuple(item.outcome for item in items)
        again = (
            tuple(items) == self._items and outcomes == self._outcomes and all(item.status for item in items)
        )
        self._items, self._outcomes, self._current = tuple(items), outcomes, current
        self._frames[1].setVisible(len(items) > 1)
        for number, title in enumerate(self._titles):
            title.setVisible(len(items) > 1)
            if len(items) > 1:
                self._title(title, items[number])
        if again and items:
            return
        for canvas in self.canvases:
            canvas.say(self._words("canvas.reading" if items else "canvas.empty"))
        if items:
            self._pictures.ask(self._items, *(_asked(item) for item in items))

    def draft(self, item: Item) -> Draft:
        """The photo that is looked at, as a person begins to correct it; its original has to be `ready`."""
        original, decided = self.canvas.sides.original, self.canvas.sides.decided
        assert original is not None and item.outcome is not None
        return Draft.of(item.outcome, decided, original.size, original.flipped)

    def correct(self, item: Item) -> Hand:
        """Let a person correct the photo that is looked at."""
        canvas = self.canvas
        self._editing = Editing(self.draft(item), self)
        hand = Hand(self._editing, canvas.view, canvas.accent)
        self._frames[1 - self._place()].hide()
        for title in self._titles:
            title.hide()
        canvas.correct(hand, item.drop.policy.masking)
        return hand

    def stop_correcting(self) -> None:
        """Show the photo as it is again."""
        for canvas in self.canvases:
            canvas.stop_correcting()
        if self._editing is not None:
            self._editing.deleteLater()
            self._editing = None
        self._frames[0].show()
        items, self._items = self._items, ()
        self.show_items(items, self._current)

    def close_pictures(self) -> None:
        """Wait until nothing is being read."""
        self._pictures.close()

    def _place(self) -> int:
        return self._items.index(self._current) if self._current in self._items else 0

    def _show_pictures(self, items: tuple[Item, ...], read: tuple[Sides, ...]) -> None:
        labels = self._words("canvas.original"), self._words("canvas.cleaned")
        for item, sides, canvas in zip(items, read, self.canvases, strict=False):
            if sides.original is None and sides.cleaned is None:
                gone = item.path is None or not item.path.exists()
                canvas.say(self._words("canvas.gone" if gone else "canvas.unreadable"))
                continue
            found = item.outcome.findings if item.outcome else ()
            canvas.show_pictures(sides, _size(item, sides), found, _doubted(item.outcome), labels)
        self.opened.emit()

    def _title(self, title: QLabel, item: Item) -> None:
        role = item.outcome.role if item.outcome else None
        name = f"{self._words(f'role.{role}')} · {item.name}" if role else item.name
        title.setText(name)
        title.setObjectName("heading" if item is self._current else "quiet")
        title.style().unpolish(title)
        title.style().polish(title)

    def _frame(self, number: int) -> QWidget:
        canvas, title = self.canvases[number], self._titles[number]
        canvas.setAccessibleName(self._words("canvas.name"))
        canvas.entered.connect(lambda: self._entered(number))
        title.setMinimumWidth(40)
        frame = QWidget()
        column = QVBoxLayout(frame)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(title)
        column.addWidget(canvas, 1)
        return frame

    def _entered(self, number: int) -> None:
        if len(self._items) > 1 and self._items[number] is not self._current:
            self.turned_to.emit(self._items[number])

    def _controls(self) -> Flow:
        words = self._words
        fit, full = QPushButton(words("canvas.fit")), QPushButton("1:1")
        fit.clicked.connect(lambda: self.canvas.fit())
        full.clicked.connect(lambda: self.canvas.zoom(1.0))
        full.setToolTip(words("canvas.full"))
        full.setAccessibleName(words("canvas.full"))
        zoom = QLabel()
        zoom.setObjectName("quiet")
        zoom.setMinimumWidth(zoom.fontMetrics().horizontalAdvance("1000 %"))
        for canvas in self.canvases:
            canvas.zoomed.connect(lambda scale: zoom.setText(f"{scale:.0%}".replace("%", " %")))
        self.outlines = QPushButton(words("legend.outlines"))
        self.outlines.setCheckable(True)
        self.outlines.setChecked(True)
        self.outlines.setToolTip("O")
        for canvas in self.canvases:
            self.outlines.toggled.connect(canvas.show_outlines)
        return Flow(fit, full, zoom, last=self.outlines, spacing=8)


def _size(item: Item, sides: Sides) -> tuple[int, int]:
    """The photo's own width and height, also where only a smaller cleaned picture is there."""
    known = item.outcome.size if item.outcome else None
    first = sides.original or sides.cleaned
    assert first is not None
    return first.size if sides.original or known is None else known


def _doubted(outcome: Outcome | None) -> list[Box]:
    """Where it is seen that a photo is, or may be, mirrored."""
    if outcome is None or outcome.mirror.verdict not in (Verdict.MIRRORED, Verdict.SUSPECTED):
        return []
    return _together(place for cue in outcome.mirror.cues for place in cue.places)


def _together(places: Iterable[Box]) -> list[Box]:
    """Places that nearly touch, such as the lines of one label, as one."""
    apart: list[Box] = []
    for place in places:
        x0, y0, x1, y1 = place
        near = min(x1 - x0, y1 - y0)
        beside = [
            other
            for other in apart
            if x0 - near < other[2] and other[0] < x1 + near and y0 - near < other[3] and other[1] < y1 + near
        ]
        sides = zip(place, *beside, strict=True)
        left, top, right, bottom = (
            pick(side) for pick, side in zip((min, min, max, max), sides, strict=True)
        )
        apart = [*(other for other in apart if other not in beside), (left, top, right, bottom)]
    return apart


def _asked(item: Item) -> Asked:
    return Asked(item.path, item.cleaned, bool(item.outcome and item.outcome.flipped))

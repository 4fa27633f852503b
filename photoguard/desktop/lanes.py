"""The left of the window: a button per lane with its count, and the photos of the chosen lane."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QListView, QPushButton, QVBoxLayout, QWidget

from ..outcome import Status
from .lane import Row
from .photos import Item, Lane, PhotoList
from .theme import Theme, status_icon
from .words import Words

LANES = (None, Status.REVIEW, Status.BLOCKED, Status.FAILED, Status.RELEASED)


class Lanes(QWidget):
    """Where photos are chosen."""

    turned_to = Signal(object)
    """The Item that is looked at now; None where there is none."""
    selected = Signal()
    """Other photos are selected."""

    def __init__(self, photos: PhotoList, words: Words, theme: Theme) -> None:
        super().__init__()
        self._photos, self._words, self._theme = photos, words, theme
        self.lane = Lane(photos, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._buttons())
        self.list = QListView()
        self.list.setModel(self.lane)
        self._row = Row(words, theme, self.list)
        self.list.setItemDelegate(self._row)
        self.list.setUniformItemSizes(True)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.list.setAccessibleName(words("lane.name"))
        selection = self.list.selectionModel()
        assert isinstance(selection, QItemSelectionModel)
        selection.currentChanged.connect(self._go_to)
        selection.selectionChanged.connect(self.selected)
        self.list.setMinimumWidth(270)
        column.addWidget(self.list, 1)
        following = QPushButton(words("canvas.next"))
        following.setToolTip("N")
        following.clicked.connect(self.next_that_needs_you)
        column.addWidget(following)
        photos.counted.connect(self.count)
        self.count()

    def button(self, number: int) -> QPushButton:
        """The button of a lane, in the order of LANES."""
        button = self._group.button(number)
        assert isinstance(button, QPushButton)
        return button

    def selection(self) -> list[Item]:
        """The photos that are selected."""
        return [index.data(PhotoList.ITEM) for index in self.list.selectedIndexes()]

    def turn_to(self, item: Item) -> None:
        """Go to a photo; where its lane is not shown, to all photos first."""
        index = self.lane.mapFromSource(self._photos.place(item))
        if not index.isValid():
            self.button(0).click()
            index = self.lane.mapFromSource(self._photos.place(item))
        self.list.setCurrentIndex(index)

    def start(self) -> None:
        """Go to the first photo where none is looked at."""
        if not self.list.currentIndex().isValid() and self.lane.rowCount():
            self.list.setCurrentIndex(self.lane.index(0, 0))

    def next_that_needs_you(self) -> None:
        """Go to the next photo in the lane that waits for a person."""
        rows = self.lane.rowCount()
        start = self.list.currentIndex().row() + 1
        for step in range(rows):
            index = self.lane.index((start + step) % rows, 0)
            if index.data(PhotoList.ITEM).status is Status.REVIEW:
                self.list.setCurrentIndex(index)
                return

    def count(self) -> None:
        """Say how many photos lie where."""
        for number, status in enumerate(LANES):
            word = self._words("page.all") if status is None else self._words(f"status.{status}")
            n = len(self._photos.items) if status is None else self._photos.counts[status]
            self.button(number).setText(f"{word}  {n}")
            self.button(number).setAccessibleName(f"{word}: {n}")

    def _go_to(self, current: QModelIndex) -> None:
        self.turned_to.emit(current.data(PhotoList.ITEM) if current.isValid() else None)

    def _buttons(self) -> QGridLayout:
        self._group = QButtonGroup(self)
        grid = QGridLayout()
        grid.setSpacing(6)
        for number, status in enumerate(LANES):
            button = QPushButton()
            button.setCheckable(True)
            button.setChecked(status is None)
            button.setStyleSheet(self._style(status))
            if status is not None:
                button.setIcon(status_icon(status, self._theme))
                button.setIconSize(QSize(*[button.fontMetrics().height()] * 2))
            self._group.addButton(button, number)
            if status is None:
                grid.addWidget(button, 0, 0, 1, 2)
            else:
                grid.addWidget(button, (number + 1) // 2, (number + 1) % 2)
        self._group.idClicked.connect(lambda number: self.lane.show_only(LANES[number]))
        return grid

    def _style(self, status: Status | None) -> str:
        colour = self._theme.accent if status is None else self._theme.status[status]
        tint = self._theme.well if status is None else self._theme.tint[status]
        return (
            "QPushButton { text-align: left; padding: 7px 10px; }"
            f"QPushButton:checked {{ background: {tint}; border: 2px solid {colour}; padding: 6px 9px;"
            " font-weight: 600; }"
            f"QPushButton:focus {{ border: 2px solid {self._theme.accent}; padding: 6px 9px; }}"
        )

"""The photos in the window: a flat list with what became of each, and a lane per status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QPixmapCache

from ..batch.folder import thumbnail
from ..outcome import Outcome, Status
from ..policy import Policy
from .work import Drop

if TYPE_CHECKING:
    from ..batch.walk import Source

UNDECLARED = "UNDECLARED_PAIR"
"""The reason that holds photos that look like a pair."""
Index = QModelIndex | QPersistentModelIndex


@dataclass(slots=True, eq=False)
class Item:
    """A photo in the window. `outcome` is None while it is being cleaned."""

    drop: Drop
    name: str
    path: Path | None
    """The original; None where the file could not even be found."""
    outcome: Outcome | None = None
    again: bool = False
    """It is being cleaned again, because a person has decided about it."""

    @property
    def status(self) -> Status | None:
        """What became of it; None while it is being cleaned."""
        return self.outcome.status if self.outcome and not self.again else None

    @property
    def cleaned(self) -> Path | None:
        """The cleaned picture, where one was kept."""
        return self.drop.out / self.outcome.output if self.outcome and self.outcome.output else None

    @property
    def thumbnail(self) -> Path | None:
        """A small picture of the cleaned photo, where one was kept."""
        return thumbnail(self.drop.out, self.outcome) if self.outcome else None


class PhotoList(QAbstractListModel):
    """All photos of all drops, in the order in which they came."""

    ITEM = Qt.ItemDataRole.UserRole
    counted = Signal()
    """How many photos stand where has changed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.items: list[Item] = []
        self._rows: dict[tuple[Drop, str], int] = {}
        self.counts: Counter[Status | None] = Counter()
        self._gone: set[Drop] = set()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's own signature
        """How many photos there are."""
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A photo's name for people and screen readers, and the Item itself."""
        item = self.items[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return item.name
        return item if role == self.ITEM else None

    @property
    def policy(self) -> Policy | None:
        """What the photos that came last were cleaned under."""
        return self.items[-1].drop.policy if self.items else None

    def add(self, drop: Drop, sources: Sequence[Source]) -> None:
        """Photos that will be cleaned; those that are there already stay as they are."""
        sources = [source for source in sources if (drop, source.name) not in self._rows]
        if not sources or drop in self._gone:
            return
        first = len(self.items)
        self.beginInsertRows(QModelIndex(), first, first + len(sources) - 1)
        for source in sources:
            self._rows[drop, source.name] = len(self.items)
            self.items.append(
                Item(drop, source.name, path if isinstance(path := source.path, Path) else None)
            )
        self.counts[None] += len(sources)
        self.endInsertRows()
        self.counted.emit()

    def settle(self, drop: Drop, outcome: Outcome) -> None:
        """What became of a photo; one that was not expected (a file that can't be read) is added."""
        if drop in self._gone:
            return
        row = self._rows.get((drop, outcome.source))
        if row is None:
            row = len(self.items)
            self.beginInsertRows(QModelIndex(), row, row)
            self._rows[drop, outcome.source] = row
            self.items.append(Item(drop, outcome.source, None))
            self.counts[None] += 1
            self.endInsertRows()
        if outcome != self.items[row].outcome or self.items[row].again:
            self._put(row, outcome, again=False)

    def renew(self, item: Item) -> None:
        """A photo that is cleaned again, with the other half of its pair: they go out together or not at all."""
        for one in (item, *self.mates(item)):
            self._put(self._rows[one.drop, one.name], one.outcome, again=True)

    def mates(self, item: Item) -> list[Item]:
        """The other photos of a photo's pair."""
        if item.outcome is None or item.outcome.pair is None:
            return []
        pair = item.outcome.pair
        return [
            other
            for other in self.items
            if other.drop is item.drop and other.outcome and other.outcome.pair == pair and other is not item
        ]

    def like(self, item: Item) -> list[Item]:
        """Other photos of the drop that may show the same site as this one, where nobody declared them a pair."""
        if UNDECLARED not in _reasons(item):
            return []
        return [
            other
            for other in self.items
            if other.drop is item.drop and other is not item and UNDECLARED in _reasons(other)
        ]

    def place(self, item: Item) -> QModelIndex:
        """Where a photo stands."""
        return self.index(self._rows[item.drop, item.name])

    def forget(self, drop: Drop) -> None:
        """Take the photos of a drop out that were not cleaned, and those whose cleaned file is not there any more."""
        gone = []
        for row, item in enumerate(self.items):
            if item.drop is not drop or item.status is not None:
                continue
            if item.outcome is not None and (item.cleaned is None or item.cleaned.exists()):
                self._put(row, item.outcome, again=False)
            else:
                gone.append(row)
        for first, last in reversed(_runs(gone)):
            self.beginRemoveRows(QModelIndex(), first, last)
            del self.items[first : last + 1]
            self.counts[None] -= last + 1 - first
            self.endRemoveRows()
        self._rows = {(item.drop, item.name): row for row, item in enumerate(self.items)}
        self.counted.emit()

    def _put(self, row: int, outcome: Outcome | None, again: bool) -> None:
        item = self.items[row]
        self.counts[item.status] -= 1
        if item.thumbnail is not None:
            QPixmapCache.remove(str(item.thumbnail))
        item.outcome, item.again = outcome, again
        self.counts[item.status] += 1
        where = self.index(row)
        self.dataChanged.emit(where, where)
        self.counted.emit()

    def clear(self, drops: Sequence[Drop]) -> None:
        """Take all photos out of the window; of these drops nothing is heard any more. Files stay as they are."""
        self.beginResetModel()
        self._gone.update(drops)
        self.items.clear()
        self._rows.clear()
        self.counts.clear()
        self.endResetModel()
        self.counted.emit()


class Lane(QSortFilterProxyModel):
    """The photos of one status (all where None is shown), those that are not done yet at the end."""

    def __init__(self, photos: PhotoList, parent: QObject) -> None:
        # Not the photos' child: each would keep the other, and Python's collector crashes over such a pair.
        super().__init__(parent)
        self._shown: Status | None = None
        self.setSourceModel(photos)

    def show_only(self, status: Status | None) -> None:
        """Show one lane, or all photos."""
        self.beginFilterChange()
        self._shown = status
        self.endFilterChange(QSortFilterProxyModel.Direction.Rows)

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:  # noqa: N802 - Qt's own name
        """Whether the photo in this row is in the lane."""
        photos = self.sourceModel()
        assert isinstance(photos, PhotoList)
        return self._shown is None or photos.items[row].status is self._shown


def _runs(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Rows in order as runs without gaps: first and last of each."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and runs[-1][1] == row - 1:
            runs[-1] = runs[-1][0], row
        else:
            runs.append((row, row))
    return runs


def _reasons(item: Item) -> tuple[str, ...]:
    return item.outcome.reasons if item.outcome else ()

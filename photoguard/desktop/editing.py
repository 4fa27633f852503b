"""Correcting one photo: the Draft with all that was done to it, to be undone and done again without limit."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from .areas import Area, Draft


class Editing(QObject):
    """The corrections under way, and which area is taken hold of."""

    changed = Signal()
    """The draft or the selection is another one."""

    def __init__(self, draft: Draft, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.draft = draft
        self.selected: int | None = None
        self.history = QUndoStack(self)

    @property
    def area(self) -> Area | None:
        """The selected area."""
        return None if self.selected is None else self.draft.areas[self.selected]

    def select(self, number: int | None) -> None:
        """Take hold of an area, or of none."""
        self.selected = number
        self.changed.emit()

    def do(self, draft: Draft, selected: int | None) -> None:
        """A change, which can be undone. `selected` is the area that is held afterwards."""
        if draft != self.draft:
            self.history.push(_Change(self, (self.draft, self.selected), (draft, selected)))

    def add(self, area: Area) -> None:
        """A new area, taken hold of."""
        self.do(self.draft.with_area(area), len(self.draft.areas))

    def change(self, area: Area) -> None:
        """Another area in place of the selected one; what the detector doubted is a person's from then on."""
        before = self.area
        if self.selected is not None and before is not None and (area != before or not before.sure):
            self.do(self.draft.changed(self.selected, area), self.selected)

    def delete(self) -> None:
        """Take the selected area away."""
        if self.selected is not None:
            self.do(self.draft.without(self.selected), None)

    def mask_all_but(self) -> None:
        """Mask everything but the selected area."""
        if self.selected is not None:
            self.do(self.draft.only(self.selected), None)

    def put(self, state: tuple[Draft, int | None]) -> None:
        """Go to a state of the history."""
        self.draft, self.selected = state
        self.changed.emit()


class _Change(QUndoCommand):
    def __init__(
        self, editing: Editing, before: tuple[Draft, int | None], after: tuple[Draft, int | None]
    ) -> None:
        super().__init__()
        self._editing, self._before, self._after = editing, before, after

    def undo(self) -> None:
        """Back to what was before."""
        self._editing.put(self._before)

    def redo(self) -> None:
        """Do it, or do it again."""
        self._editing.put(self._after)

"""Beside the picture while correcting: tools, the areas one by one, and what can be done to the one that is held."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QGridLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ..photo import Kind, Method
from ..policy import Masking
from . import outlines
from .areas import DRAWN_METHODS, Area
from .hand import Hand, Tool
from .labels import label
from .theme import BAR, Theme, action_icon
from .words import Words

_LEAST = 84
"""Pixels of height of the list of areas."""
_TOOL_KEYS = {Tool.SELECT: "S", Tool.BOX: "B", Tool.FREEHAND: "F", Tool.KEEP: "K"}
_KEEP = "keep"
"""In the list of kinds: the clinical finding."""
_USUAL = "usual"
"""In the list of methods: what the policy says."""
_DOUBTED = "doubted"
"""In the list of methods: the detector was not sure, and nobody has said so far that it is to be masked."""


class _Areas(QListWidget):
    """Asks for few lines and takes what room there is. Qt's own hint would have all else scrolled for it."""

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's own name
        """The least that is of use."""
        return QSize(super().sizeHint().width(), _LEAST)


class Correcting(QWidget):
    """Everything that can be done to the masks, by mouse or by keys."""

    saved = Signal()
    """The corrections are to be carried out."""
    left = Signal()
    """The corrections are to be dropped."""

    def __init__(self, hand: Hand, masking: Masking, words: Words, theme: Theme) -> None:
        super().__init__()
        self._hand, self._editing, self._masking = hand, hand.editing, masking
        self._words, self._theme = words, theme
        self.setAccessibleName(words("correct.title"))
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(4, 0, 8, 0)
        column.setSpacing(8)
        column.addWidget(label(words("correct.title"), "heading", size=1.1))
        column.addWidget(label(words("correct.hint"), "quiet"))
        column.addLayout(self._tools())
        column.addWidget(label(words("correct.areas"), "heading"))
        self._list = _Areas()
        self._list.setAccessibleName(words("correct.areas"))
        self._list.setIconSize(QSize(34, 18))
        self._list.setMinimumHeight(_LEAST)
        self._list.setWordWrap(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.currentRowChanged.connect(self._selected)
        column.addWidget(self._list, 1)
        column.addLayout(self._choices())
        column.addLayout(self._actions())
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumWidth(max(300, page.minimumSizeHint().width() + BAR))
        area.setWidget(page)
        self.save = QPushButton(words("correct.save"))
        self.save.setObjectName("primary")
        self.save.setEnabled(False)
        self.save.clicked.connect(self.saved)
        self._editing.history.canUndoChanged.connect(self.save.setEnabled)
        leave = QPushButton(words("correct.leave"))
        leave.clicked.connect(self.left)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(8)
        whole.addWidget(area, 1)
        whole.addWidget(self.save)
        whole.addWidget(leave)
        hand.tool_changed.connect(self._show_tool)
        self._editing.changed.connect(self._show)
        self._show()

    @property
    def unsaved(self) -> bool:
        """There are corrections that would be lost."""
        return self._editing.history.canUndo()

    def _tools(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(6)
        self._tool_buttons = QButtonGroup(self)
        for number, tool in enumerate(Tool):
            button = self._button(f"correct.tool.{tool}", None, tool.value, _TOOL_KEYS[tool])
            button.setCheckable(True)
            button.setChecked(tool is self._hand.tool)
            button.clicked.connect(lambda _=False, tool=tool: self._hand.take(tool))
            self._tool_buttons.addButton(button, number)
            grid.addWidget(button, number // 2, number % 2)
        return grid

    def _choices(self) -> QVBoxLayout:
        words = self._words
        self._kind, self._method = QComboBox(), QComboBox()
        for kind in Kind:
            self._kind.addItem(words(f"legend.{kind}"), kind.value)
        self._kind.addItem(words("correct.keep"), _KEEP)
        self._kind.activated.connect(self._choose_kind)
        self._method.activated.connect(self._choose_method)
        column = QVBoxLayout()
        column.setSpacing(4)
        for key, box in (("correct.kind", self._kind), ("correct.method", self._method)):
            box.setAccessibleName(words(key))
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(10)
            name = QLabel(words(key))
            name.setBuddy(box)
            column.addWidget(name)
            column.addWidget(box)
        return column

    def _actions(self) -> QGridLayout:
        editing = self._editing
        self._delete = self._button("correct.delete", editing.delete, "delete")
        self._only = self._button("correct.only", editing.mask_all_but)
        self._undo = self._button("correct.undo", editing.history.undo, "undo", "Ctrl+Z")
        self._redo = self._button("correct.redo", editing.history.redo, "redo", "Ctrl+Shift+Z")
        QShortcut(QKeySequence("Ctrl+Y"), self).activated.connect(editing.history.redo)
        editing.history.canUndoChanged.connect(self._undo.setEnabled)
        editing.history.canRedoChanged.connect(self._redo.setEnabled)
        self._undo.setEnabled(False)
        self._redo.setEnabled(False)
        turns = (
            self._button(
                "correct.left", lambda: editing.do(editing.draft.rotate_back(), editing.selected), "left", "L"
            ),
            self._button(
                "correct.right", lambda: editing.do(editing.draft.rotate(), editing.selected), "right", "R"
            ),
        )
        flip = self._button(
            "correct.flip", lambda: editing.do(editing.draft.flip(), editing.selected), "flip", "M"
        )
        grid = QGridLayout()
        grid.setSpacing(6)
        grid.addWidget(self._only, 0, 0, 1, 2)
        for number, button in enumerate((self._delete, flip, *turns, self._undo, self._redo)):
            grid.addWidget(button, 1 + number // 2, number % 2)
        return grid

    def _button(
        self, key: str, slot: Callable[[], object] | None, icon: str | None = None, keys: str | None = None
    ) -> QPushButton:
        """A button with its word; `keys` press it from anywhere in the window."""
        button = QPushButton(self._words(key))
        if icon is not None:
            button.setIcon(action_icon(icon, self._theme))
        if keys is not None:
            button.setShortcut(QKeySequence(keys))
            button.setToolTip(QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText))
        if slot is not None:
            button.clicked.connect(lambda _=False: slot())
        button.setStyleSheet("QPushButton { text-align: left; padding: 5px 9px; }")
        return button

    # What is chosen

    def _selected(self, row: int) -> None:
        self._editing.select(row if row >= 0 else None)

    def _choose_kind(self) -> None:
        area, chosen = self._editing.area, self._kind.currentData()
        if area is None:
            return
        keep = chosen == _KEEP
        # An area that is kept is a box: that is what the library compares masks with.
        kind, outline = (area.kind, ()) if keep else (Kind(chosen), area.outline)
        self._editing.change(replace(area, kind=kind, outline=outline, keep=keep))

    def _choose_method(self) -> None:
        area, chosen = self._editing.area, self._method.currentData()
        if area is not None and chosen != _DOUBTED:
            self._editing.change(replace(area, method=None if chosen == _USUAL else Method(chosen)))

    # What is seen

    def _show_tool(self) -> None:
        self._tool_buttons.button(list(Tool).index(self._hand.tool)).setChecked(True)

    def _show(self) -> None:
        editing = self._editing
        with QSignalBlocker(self._list):
            self._list.clear()
            for number, area in enumerate(editing.draft.areas, start=1):
                piece = outlines.swatch(area.kind, area.keep)
                swatch = QIcon(piece)
                swatch.addPixmap(
                    piece, QIcon.Mode.Selected
                )  # else Qt tints it, and its colour says what it is
                self._list.addItem(QListWidgetItem(swatch, f"{number}  {self._name(area)}"))
            self._list.setCurrentRow(-1 if editing.selected is None else editing.selected)
        held = editing.area
        for part in (self._kind, self._delete, self._only):
            part.setEnabled(held is not None)
        self._method.setEnabled(held is not None and not held.keep)
        self._only.setEnabled(held is not None and not held.keep)
        self._show_choices(held)

    def _show_choices(self, area: Area | None) -> None:
        self._method.clear()
        if area is None:
            self._kind.setCurrentIndex(-1)
            return
        self._kind.setCurrentIndex(self._kind.findData(_KEEP if area.keep else area.kind.value))
        if area.keep:
            return
        if not area.masked:
            self._method.addItem(self._words("method.doubted"), _DOUBTED)
        usual = self._words(f"method.{self._masking.method(area.kind)}")
        self._method.addItem(self._words("correct.usual", method=usual), _USUAL)
        for method in DRAWN_METHODS:
            self._method.addItem(self._words(f"method.{method}"), method.value)
        self._method.setCurrentIndex(
            self._method.findData(_DOUBTED if not area.masked else area.method or _USUAL)
        )

    def _name(self, area: Area) -> str:
        if area.keep:
            return self._words("correct.keep")
        how = (area.method or self._masking.method(area.kind)) if area.masked else "doubted"
        return f"{self._words(f'legend.{area.kind}')} · {self._words(f'method.{how}')}"

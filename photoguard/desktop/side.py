"""The right of the window: what is known of the photo and what can be done about it."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QStackedWidget, QVBoxLayout, QWidget

from ..home import Home
from .details import Details
from .theme import Theme
from .words import Words


class Side(QStackedWidget):
    """Details with the buttons below them; while correcting, the tools in their place."""

    def __init__(self, home: Home, words: Words, theme: Theme) -> None:
        super().__init__()
        self.details = Details(home, words, theme)
        self.release = QPushButton(words("actions.release"))
        self.release.setObjectName("primary")
        self.release.setToolTip("Ctrl+Return")
        self.correct = QPushButton(words("actions.correct"))
        self.correct.setToolTip("E")
        self.copy = QPushButton(words("actions.copy"))
        self.send = QPushButton(words("actions.send"))
        self.folder = QPushButton(words("actions.folder"))
        self.report = QPushButton(words("actions.report"))
        self._tools: QWidget | None = None
        self._page = page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.details, 1)
        for button in (self.release, self.correct, self.copy, self.send, self.folder, self.report):
            column.addWidget(button)
        self.addWidget(page)

    def put(self, tools: QWidget | None) -> None:
        """Show tools in place of the details, or the details again."""
        # Not removed first: what has no parent is Python's to take apart, which it may do in the wrong order.
        if self._tools is not None:
            self._tools.deleteLater()
        self._tools = tools
        if tools is not None:
            self.addWidget(tools)
        self.setCurrentWidget(self._page if tools is None else tools)

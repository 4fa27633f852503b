"""Text as the window sets it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel


def label(text: str, role: str = "", size: float = 1.0, rich: bool = False) -> QLabel:
    """Words that wrap and can be copied; `role` is a name in the theme, `size` a share of the usual one."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.RichText if rich else Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    made.setObjectName(role)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if size != 1.0:
        font = made.font()
        font.setPointSizeF(font.pointSizeF() * size)
        made.setFont(font)
    return made

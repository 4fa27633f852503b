"""A question before something is lost."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget


def confirm(parent: QWidget, ask: str, more: str, yes: str, no: str) -> bool:
    """Whether a person agrees; `yes` and `no` are what the buttons say."""
    box = QMessageBox(parent)
    box.setWindowTitle("photoguard")
    box.setText(ask)
    box.setInformativeText(more)
    agreed = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    box.addButton(no, QMessageBox.ButtonRole.RejectRole)
    box.exec()
    return box.clickedButton() is agreed

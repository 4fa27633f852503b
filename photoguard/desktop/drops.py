"""What is dragged onto the window or pasted into it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData


def paths(data: QMimeData) -> list[Path]:
    """The files and folders of this computer in what was dropped."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]

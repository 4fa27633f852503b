"""Python's garbage collector, kept in the window's thread.

By itself it runs in whatever thread makes garbage. In the thread that cleans, it would take widgets apart that only
the window's thread may touch, and the program would crash.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY = 500
"""Milliseconds."""


class Collector(QObject):
    """Collects when it is due, by Python's own thresholds, but only between two events of the window."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._collect)
        self._timer.start(_EVERY)

    def stop(self) -> None:
        """Leave it to Python again."""
        self._timer.stop()
        gc.enable()

    def _collect(self) -> None:
        due = [count > limit for count, limit in zip(gc.get_count(), gc.get_threshold(), strict=True)]
        if any(due):
            gc.collect(max(generation for generation in range(3) if due[generation]))

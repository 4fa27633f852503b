"""Packing behind the window: hundreds of megabytes are read, encrypted and written meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from .. import api
from ..errors import PhotoguardError, UsageError
from ..home import Home
from ..reasons import REASONS


class Packing(QObject):
    """Packs photos in a thread of its own. Signals arrive in the thread of the window."""

    packed = Signal(object)
    """What was packed, as the library's Packed."""
    failed = Signal(object)
    """The PhotoguardError that says why nothing was written."""

    def __init__(self, home: Home, parent: QObject) -> None:
        super().__init__(parent)
        self._home = home

    def start(self, photos: Sequence[Path], out: Path, to: str | None, password: str | None) -> None:
        """Pack as `api.pack` does. The program ends only once the file is whole."""
        threading.Thread(
            target=self._pack, args=(photos, out, to, password), name="photoguard-packing"
        ).start()

    def _pack(self, photos: Sequence[Path], out: Path, to: str | None, password: str | None) -> None:
        try:
            packed = api.pack(photos, out, to=to, password=password, home=self._home.path)
        except PhotoguardError as error:
            self.failed.emit(error)
        except Exception:  # whatever it was, the sheet goes on and says that there is no file
            self.failed.emit(UsageError("INTERNAL_ERROR", REASONS["INTERNAL_ERROR"].seen))
        else:
            self.packed.emit(packed)

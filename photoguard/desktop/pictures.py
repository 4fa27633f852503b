"""Pictures as the screen needs them: read behind the window, each with smaller copies to draw from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal
from PySide6.QtGui import QImage

from .. import ingest
from ..errors import PhotoguardError
from ..photo import Photo, Pixels
from ..policy import Policy

_SMALLEST = 512


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture and its halvings: level k has 1/2**k of the side, the last about `_SMALLEST` pixels."""

    levels: tuple[QImage, ...]

    @classmethod
    def of(cls, photo: Photo) -> Picture:
        """The picture of a Photo; what is transparent shows as it is stored."""
        times = 0
        while max(photo.size) >> (times + 1) >= _SMALLEST:
            times += 1
        return cls(tuple(_image(photo.halved(level)) for level in range(times + 1)))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the full picture."""
        return self.levels[0].width(), self.levels[0].height()

    def level(self, scale: float) -> tuple[QImage, float]:
        """The smallest level that still has a pixel for each of the screen's at `scale`, and its own scale."""
        chosen = 0
        while chosen + 1 < len(self.levels) and scale <= 1 / 2 ** (chosen + 1):
            chosen += 1
        return self.levels[chosen], self.levels[chosen].width() / self.levels[0].width()


class Pictures(QObject):
    """Reads pictures in the background. Only the one that was asked for last is told."""

    ready = Signal(object, object, object)
    """What was asked with, the original as Picture or None, the cleaned one as Picture or None."""

    def __init__(self) -> None:
        super().__init__()
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._wanted: object = None

    def ask(self, token: object, original: Path | None, cleaned: Path | None) -> None:
        """Read an original and its cleaned picture; `ready` tells them with `token`."""
        self._wanted = token
        self._pool.clear()
        self._pool.start(_Reading(self, token, original, cleaned))

    def close(self) -> None:
        """Wait until nothing is being read."""
        self._pool.clear()
        self._pool.waitForDone(10_000)

    def deliver(self, token: object, original: Picture | None, cleaned: Picture | None) -> None:
        """A reading is done."""
        if token is self._wanted:
            self.ready.emit(token, original, cleaned)


class _Reading(QRunnable):
    def __init__(
        self, pictures: Pictures, token: object, original: Path | None, cleaned: Path | None
    ) -> None:
        super().__init__()
        self._pictures = pictures
        self._token = token
        self._paths = original, cleaned

    def run(self) -> None:
        """Read both; what can't be read is not shown."""
        original, cleaned = (_read(path) for path in self._paths)
        self._pictures.deliver(self._token, original, cleaned)


def _read(path: Path | None) -> Picture | None:
    if path is None:
        return None
    try:
        return Picture.of(ingest.read(path.read_bytes(), Policy().max_megapixels))
    except (OSError, PhotoguardError):
        return None


def _image(pixels: Pixels) -> QImage:
    packed = np.ascontiguousarray(pixels)
    height, width = packed.shape[:2]
    # A copy: Qt must own what it draws from after the array is gone.
    return QImage(packed.data, width, height, 3 * width, QImage.Format.Format_RGB888).convertToFormat(
        QImage.Format.Format_RGB32
    )

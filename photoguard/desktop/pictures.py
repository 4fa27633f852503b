"""Pictures as the screen needs them: read behind the window, each with smaller copies to draw from."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QRectF, QRunnable, QThreadPool, Signal
from PySide6.QtGui import QImage, QPainter, QTransform

from ..decision import Decision
from ..errors import PhotoguardError
from ..home import Home
from ..photo import Photo, Pixels
from ..policy import Policy

_SMALLEST = 512
_SMALL = 2_000_000
"""Pixels that masks can be tried on at each movement of the hand."""
_HALVINGS = 3
"""At most so many, so that the blocks of a JPEG (8 or 16 pixels) still have whole sides."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture and its halvings: level k has 1/2**k of the side, the last about `_SMALLEST` pixels."""

    levels: tuple[QImage, ...]
    small: Pixels
    """The picture halved `times` times, H x W x 3, RGB: what masks are tried on."""
    times: int
    block: tuple[int, int]
    """Width and height of the blocks that masks are aligned to, as in the Photo."""
    beyond: int
    """Blocks by which they grow beyond that. Those of a photo that is then turned may grow by one more."""
    flipped: bool = False
    """It is shown the other way round than it is stored."""
    turn: int = 0
    """Degrees clockwise by which it is shown turned, after flipping."""

    @classmethod
    def of(cls, photo: Photo) -> Picture:
        """The picture of a Photo; what is transparent shows as it is stored."""
        from ..doubts import beyond  # late: nothing is masked before a photo is corrected

        width, height = photo.size
        levels = 0
        while max(photo.size) >> (levels + 1) >= _SMALLEST:
            levels += 1
        times = 0
        while times < _HALVINGS and (width >> times) * (height >> times) > _SMALL:
            times += 1
        return cls(
            tuple(_image(photo.halved(level)) for level in range(levels + 1)),
            photo.halved(times),
            times,
            photo.block,
            beyond(photo),
        )

    def shown(self, flipped: bool, turn: int) -> Picture:
        """The same picture, shown flipped or turned. Costs nothing: it is drawn that way."""
        return replace(self, flipped=flipped, turn=turn)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as it is shown, in full pixels."""
        width, height = self.levels[0].width(), self.levels[0].height()
        return (height, width) if self.turn in (90, 270) else (width, height)

    def draw(self, painter: QPainter, view: QTransform, clip: QRectF, pixel_ratio: float) -> None:
        """Draw what lies in `clip` (the widget's pixels), from the smallest copy that is sharp at this zoom.

        `view` maps the pixels of the picture as it is shown to the widget's.
        """
        stored = self._orientation() * view
        back, possible = stored.inverted()
        if not possible:
            return
        width, height = self.levels[0].width(), self.levels[0].height()
        visible = back.mapRect(clip).intersected(QRectF(0, 0, width, height))
        if visible.isEmpty():
            return
        image, share = self._level(abs(view.m11()) * pixel_ratio)
        source = QRectF(visible.topLeft() * share, visible.bottomRight() * share)
        painter.save()
        painter.setClipRect(clip)
        painter.setTransform(stored, True)
        painter.drawImage(visible, image, source)
        painter.restore()

    def _level(self, scale: float) -> tuple[QImage, float]:
        """The smallest level that still has a pixel for each of the screen's at `scale`, and its own scale."""
        chosen = 0
        while chosen + 1 < len(self.levels) and scale <= 1 / 2 ** (chosen + 1):
            chosen += 1
        return self.levels[chosen], self.levels[chosen].width() / self.levels[0].width()

    def _orientation(self) -> QTransform:
        """From stored pixels to those that are shown."""
        width, height = self.levels[0].width(), self.levels[0].height()
        flip = QTransform(-1, 0, 0, 1, width, 0) if self.flipped else QTransform()
        turns = {
            0: QTransform(),
            90: QTransform(0, 1, -1, 0, height, 0),
            180: QTransform(-1, 0, 0, -1, width, height),
            270: QTransform(0, -1, 1, 0, 0, width),
        }
        return flip * turns[self.turn]


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """A photo's two pictures, as far as they are there."""

    original: Picture | None = None
    """Shown the way the cleaned one lies."""
    cleaned: Picture | None = None
    decided: Decision | None = None
    """What a person has decided about the photo."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A photo whose pictures are wanted."""

    original: Path | None
    cleaned: Path | None
    flipped: bool = False
    """The software flipped it back by itself."""


class Pictures(QObject):
    """Reads pictures in the background. Only those that were asked for last are told."""

    ready = Signal(object, object)
    """What was asked with, and a Sides for each photo that was asked for."""

    def __init__(self, home: Home, parent: QObject) -> None:
        super().__init__(parent)
        self.home = home
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._wanted: object = None

    def ask(self, token: object, *photos: Asked) -> None:
        """Read each photo's original, cleaned picture and decision; `ready` tells them with `token`."""
        self._wanted = token
        self._pool.clear()
        self._pool.start(_Reading(self, token, photos))

    def close(self) -> None:
        """Wait until nothing is being read."""
        self._wanted = None
        self._pool.clear()
        self._pool.waitForDone(10_000)

    def deliver(self, token: object, read: tuple[Sides, ...]) -> None:
        """A reading is done."""
        if token is self._wanted:
            self.ready.emit(token, read)


class _Reading(QRunnable):
    def __init__(self, pictures: Pictures, token: object, photos: tuple[Asked, ...]) -> None:
        super().__init__()
        self._pictures = pictures
        self._token = token
        self._photos = photos

    def run(self) -> None:
        """Read them all; what can't be read is not shown."""
        self._pictures.deliver(self._token, tuple(self._sides(asked) for asked in self._photos))

    def _sides(self, asked: Asked) -> Sides:
        from .. import api  # late: the window is there before what cleans is loaded

        original = _read(asked.original)
        decided = None
        if asked.original is not None:
            with contextlib.suppress(PhotoguardError, OSError):
                decided = api.decided(asked.original, home=self._pictures.home.path)
        if original is not None:
            said = decided.mirror if decided else None
            flipped = asked.flipped if said is None else said == "flip"
            original = original.shown(flipped, decided.turn if decided else 0)
        return Sides(original, _read(asked.cleaned), decided)


def _read(path: Path | None) -> Picture | None:
    if path is None:
        return None
    from .. import ingest

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

"""The large view: original and cleaned picture either side of a slider, zoom, and outlines of what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from ..outcome import Found
from ..photo import Box
from ..policy import Masking
from . import outlines
from .hand import Hand
from .pictures import Picture, Sides
from .slider import Slider
from .theme import Theme
from .trial import Trial
from .view import View

_STEP = 1.25
_MOVES = {
    Qt.Key.Key_Left: QPointF(-60, 0),
    Qt.Key.Key_Right: QPointF(60, 0),
    Qt.Key.Key_Up: QPointF(0, -60),
    Qt.Key.Key_Down: QPointF(0, 60),
}


class Canvas(QWidget):
    """Left of the slider the original, right of it what would be sent. Neither is ever written from here."""

    zoomed = Signal(float)
    """Screen pixels per pixel of the picture."""
    moved = Signal()
    """Another part of the picture is in view."""
    entered = Signal()
    """A person has turned to this view."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._sides = Sides()
        self._found: tuple[Found, ...] = ()
        self._places: tuple[Box, ...] = ()
        self._message = ""
        self._outlines = True
        self._layer: tuple[QTransform, QSize, float, QImage] | None = None
        """The outlines as they were drawn last, for which view, size and pixel ratio: the slider leaves them alone."""
        self._dragged: QPointF | None = None
        self._trial: Trial | None = None
        self.view = View()
        self.slider = Slider()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's own name
        """Room for the halves of a pair on a small screen."""
        return QSize(120, 160)

    @property
    def accent(self) -> str:
        """The colour of what is held."""
        return self._theme.accent

    @property
    def sides(self) -> Sides:
        """The pictures that are shown."""
        return self._sides

    @property
    def places(self) -> tuple[Box, ...]:
        """Where it is seen that the photo is, or may be, mirrored."""
        return self._places

    @property
    def found(self) -> tuple[Found, ...]:
        """What is outlined."""
        return self._found

    def say(self, message: str) -> None:
        """Show a sentence and no picture."""
        self._sides, self._found, self._places, self._message = Sides(), (), (), message
        self._layer = None
        self.view.size = (0, 0)
        self.update()

    def show_pictures(
        self,
        sides: Sides,
        size: tuple[int, int],
        found: Sequence[Found],
        places: Sequence[Box],
        labels: tuple[str, str],
    ) -> None:
        """Show a photo from the beginning: whole, with the slider in the middle.

        `size` is the upright photo's width and height, in which `found` and `places`, where a mirror cue is seen, are
        outlined; `labels` name the two sides.
        """
        self._sides, self._found, self._places, self._message = sides, tuple(found), tuple(places), ""
        self._layer = None
        self.slider.labels, self.slider.share = labels, 0.5
        self.view.size = size
        self.fit()

    @property
    def hand(self) -> Hand | None:
        """The hand that corrects the photo, while it is corrected."""
        return self._trial.hand if self._trial else None

    def correct(self, hand: Hand, masking: Masking) -> None:
        """Let a person correct: masks of `hand`'s draft are tried on the original, live."""
        assert self._sides.original is not None
        self.slider.share = 0.0
        self._trial = Trial(hand, self._sides.original, masking, self)
        self._trial.changed.connect(self._tried)
        self._trial.paint()
        self.fit()
        self.setFocus()

    def stop_correcting(self) -> None:
        """Leave the picture as it is."""
        if self._trial is not None:
            self._trial.deleteLater()
            self._trial = None

    def show_outlines(self, shown: bool) -> None:
        """Whether findings are outlined."""
        self._outlines = shown
        self.update()

    def set_slider(self, share: float) -> None:
        """Move the slider: 0 shows only the cleaned picture, 1 only the original."""
        self.slider.share = min(1.0, max(0.0, share))
        self.update()

    def fit(self) -> None:
        """Show the whole picture."""
        self.view.fit()
        self._was_moved()

    def zoom(self, scale: float, about: QPointF | None = None) -> None:
        """Zoom to `scale` screen pixels per picture pixel, keeping what lies under `about` where it is."""
        if self.view.size[0]:
            self.view.zoom(scale, about or QPointF(self.width() / 2, self.height() / 2))
            self._was_moved()

    def follow(self, other: Canvas) -> None:
        """Show the same part as another canvas does."""
        if self.view.size[0] and other.view.size[0]:
            self.view.follow(other.view)
            self.slider.share = other.slider.share
            self.zoomed.emit(self.view.scale)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's own name
        """Draw what is in view."""
        painter = QPainter(self)
        whole = QRectF(self.rect())
        painter.fillRect(whole, QColor(self._theme.well))
        original, cleaned = self._sides.original, self._sides.cleaned
        if original is None and cleaned is None:
            painter.setPen(QColor(self._theme.quiet))
            painter.drawText(
                self.rect().adjusted(40, 40, -40, -40),
                Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap,
                self._message,
            )
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.view.scale < 2)
            self._draw_sides(painter, original, cleaned, whole)
            self._draw_lines(painter)
            if self._both():
                self.slider.draw(painter, self.view.seen())
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(whole.adjusted(1, 1, -1, -1))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Keep a fitted picture fitted."""
        self.view.room = QSizeF(self.size())
        if self.view.fits:
            self.fit()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Show where keys go."""
        super().focusInEvent(event)
        self.entered.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Zoom about the pointer."""
        self.zoom(self.view.scale * _STEP ** (event.angleDelta().y() / 120), event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Between the whole picture and its own pixels."""
        if self.hand is not None:
            self.mousePressEvent(event)
        elif self.view.fits:
            self.zoom(1.0, event.position())
        else:
            self.fit()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Take hold of the slider, of an area, or of the picture."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        point = event.position()
        self._dragged = point
        self.slider.held = self._on_slider(point)
        if self.hand is not None and not self.slider.held:
            self.hand.press(point)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Move what was taken hold of."""
        point = event.position()
        if self._dragged is None:
            hand = Qt.CursorShape.ArrowCursor if self.hand is None else self.hand.cursor(point)
            self.setCursor(Qt.CursorShape.SplitHCursor if self._on_slider(point) else hand)
        elif self.slider.held:
            area = self.view.seen()
            self.set_slider((point.x() - area.left()) / max(1.0, area.width()))
            self.moved.emit()
        elif self.hand is None or not self.hand.drag(point):
            self.view.move(self._dragged - point)
            self._dragged = point
            self._was_moved()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Let go."""
        if self._dragged is not None and self.hand is not None and not self.slider.held:
            self.hand.release(event.position())
        self._dragged = None
        self.slider.held = False

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Zoom, move, slide and correct without a mouse."""
        key = event.key()
        if self.hand is not None and self.hand.key(event):
            return
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(self.view.scale * _STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom(self.view.scale / _STEP)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key == Qt.Key.Key_1:
            self.zoom(1.0)
        elif key in (Qt.Key.Key_Comma, Qt.Key.Key_Period):
            self.set_slider(self.slider.share + (0.1 if key == Qt.Key.Key_Period else -0.1))
            self.moved.emit()
        elif key == Qt.Key.Key_Space and self._both():
            self.slider.peeked = True
            self.update()
        elif key in _MOVES and not self.view.fits:
            self.view.move(_MOVES[Qt.Key(key)])
            self._was_moved()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """The original is seen for as long as the space bar is held."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.slider.peeked = False
            self.update()
        super().keyReleaseEvent(event)

    def _was_moved(self) -> None:
        self.zoomed.emit(self.view.scale)
        self.moved.emit()
        self.update()

    def _both(self) -> bool:
        cleaned = self._sides.cleaned is not None or self.hand is not None
        return self._sides.original is not None and cleaned

    def _on_slider(self, point: QPointF) -> bool:
        return self._both() and self.slider.under(point, self.view.seen(), whole=self.hand is None)

    def _tried(self) -> None:
        """Other masks were painted; the picture may have been turned."""
        if self._trial is None:
            return
        self._sides = replace(self._sides, original=self._trial.original, cleaned=None)
        if self._trial.original.size != self.view.size:
            self.view.size = self._trial.original.size
            self.fit()
        self.update()

    def _draw_sides(
        self, painter: QPainter, original: Picture | None, cleaned: Picture | None, whole: QRectF
    ) -> None:
        if original is None or not self._both():
            first = original or cleaned
            assert first is not None
            self._draw(painter, first, whole)
            return
        split = self.slider.place(self.view.seen())
        left, right = (
            QRectF(0, 0, split, whole.height()),
            QRectF(split, 0, whole.width() - split, whole.height()),
        )
        self._draw(painter, original, left)
        self._draw(painter, cleaned or original, right)
        masks = self._trial.masks if self._trial else None
        if masks is not None:
            painter.save()
            painter.setClipRect(right)
            painter.setTransform(self.view.transform(), True)
            painter.drawImage(QRectF(0, 0, *self.view.size), masks)
            painter.restore()

    def _draw(self, painter: QPainter, picture: Picture, clip: QRectF) -> None:
        """Draw a picture all over the photo's place: the cleaned one may have been made smaller."""
        (width, height), (own_width, own_height) = self.view.size, picture.size
        stretched = QTransform.fromScale(width / own_width, height / own_height) * self.view.transform()
        picture.draw(painter, stretched, clip, self.devicePixelRatioF())

    def _draw_lines(self, painter: QPainter) -> None:
        if not self._outlines:
            return
        if self.hand is not None:
            self.hand.paint(painter)
            return
        view, ratio = self.view.transform(), self.devicePixelRatioF()
        if self._layer is None or self._layer[:3] != (view, self.size(), ratio):
            self._layer = (view, self.size(), ratio, self._lines(ratio))
        painter.drawImage(0, 0, self._layer[3])

    def _lines(self, ratio: float) -> QImage:
        """Outlines where they are now. A body's has hundreds of corners, and takes longer to draw than the picture."""
        layer = QImage(self.size() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
        layer.setDevicePixelRatio(ratio)
        layer.fill(Qt.GlobalColor.transparent)
        painter = QPainter(layer)
        for found in self._found:
            outlines.draw(painter, outlines.path(found.box, found.outline, self.view), found.kind)
        for x0, y0, x1, y1 in self._places:
            corners = self.view.on_screen(QPointF(x0, y0)), self.view.on_screen(QPointF(x1, y1))
            outlines.draw_place(painter, QRectF(*corners))
        painter.end()
        return layer

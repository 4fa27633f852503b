"""Beside the picture: what became of this photo, why, what to do, and what was found."""

from __future__ import annotations

from collections import Counter
from html import escape
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ..home import Home
from ..outcome import MirrorCue, Outcome, Status
from ..photo import Kind
from . import outlines
from .consent import ConsentPanel
from .labels import label
from .photos import UNDECLARED, Item
from .theme import BAR, Theme, status_pixmap
from .words import Words

_NARROW, _WIDE = 280, 380
"""Pixels of width that the sentences have at least, and that they may ask for."""
_MIRROR = ("MIRRORED", "MIRROR_SUSPECTED")


class Details(QScrollArea):
    """All that is known of the photo that is looked at, in sentences."""

    mirror_decided = Signal(str)
    """`as_it_is` or `flip`: a person has looked."""
    pair_wanted = Signal()
    """The photo is half of a pair that nobody has declared."""
    form_given = Signal(Path)
    """A signed form for the pair that is looked at."""

    def __init__(self, home: Home, words: Words, theme: Theme) -> None:
        super().__init__()
        self._home, self._words, self._theme = home, words, theme
        self.consent: ConsentPanel | None = None
        """What is said about the pair, where the photo is half of one, or a comparison by itself."""
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(_NARROW)
        self.setAccessibleName(words("details.name"))

    def show_item(self, item: Item | None) -> None:
        """Say everything about a photo; nothing where there is none."""
        self.consent = None
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(4, 0, 8, 8)
        column.setSpacing(10)
        if item is not None:
            column.addWidget(label(item.name, "heading", size=1.1))
            if item.outcome is None or item.status is None:
                column.addWidget(label(self._words("lane.working"), "quiet"))
            else:
                self._tell(item.outcome, item.drop.policy.searches, column)
        column.addStretch(1)
        self.setWidget(page)
        # Large text has long words, which would be cut; a long file name is, rather than take the picture's room.
        self.setMinimumWidth(max(_NARROW, min(_WIDE, page.minimumSizeHint().width() + BAR)))

    def _tell(self, outcome: Outcome, searched: bool, column: QVBoxLayout) -> None:
        words = self._words
        column.addWidget(self._status(outcome.status))
        if not outcome.reasons:
            column.addWidget(label(words(f"summary.{outcome.status}"), "quiet"))
        if (smaller := _smaller(outcome)) is not None:
            column.addWidget(label(words("details.smaller", size=smaller), "quiet"))
        if outcome.pair is not None or outcome.consent.decision != "not_needed":
            column.addWidget(label(words("photo.consent"), "heading"))
            self.consent = ConsentPanel(outcome, self._home, words)
            self.consent.form_given.connect(self.form_given)
            column.addWidget(self.consent)
        for code in outcome.reasons:
            column.addWidget(self._reason(code, outcome))
        if outcome.pair is not None:
            column.addWidget(label(words("photo.pair"), "heading"))
            role = f" · {words(f'role.{outcome.role}')}" if outcome.role else ""
            column.addWidget(label(f"{outcome.pair}{role}"))
        if outcome.status in (Status.RELEASED, Status.REVIEW):
            column.addWidget(label(words("photo.found"), "heading"))
            column.addWidget(self._found(Counter(found.kind for found in outcome.findings), searched))
        if outcome.status in (Status.RELEASED, Status.REVIEW) and (searched or outcome.mirror.cues):
            column.addWidget(label(words("photo.mirror"), "heading"))
            column.addWidget(label(words(f"verdict.{outcome.mirror.verdict}")))
            if not set(_MIRROR).intersection(outcome.reasons):  # else they stand beside the reason
                for cue in outcome.mirror.cues:
                    column.addWidget(label(self._sentence(cue), "quiet"))

    def _status(self, status: Status) -> QWidget:
        """Icon and word on the status's own ground."""
        chip = QFrame()
        chip.setStyleSheet(
            f"QFrame {{ background: {self._theme.tint[status]}; border-radius: 13px; }}"
            f"QLabel {{ color: {self._theme.status[status]}; font-weight: 600; }}"
        )
        row = QGridLayout(chip)
        row.setContentsMargins(10, 4, 14, 4)
        icon = QLabel()
        picture = QPixmap(status_pixmap(status, self._theme.status[status], 48))
        picture.setDevicePixelRatio(48 / 18)
        icon.setPixmap(picture)
        row.addWidget(icon, 0, 0)
        row.addWidget(QLabel(self._words(f"status.{status}")), 0, 1)
        row.setColumnStretch(2, 1)
        return chip

    def _reason(self, code: str, outcome: Outcome) -> QWidget:
        """One reason: seen, why it matters, what to do, and the code for whoever asks."""
        seen, matters, do = self._words.why(code)
        card = QFrame()
        card.setObjectName("card")
        column = QVBoxLayout(card)
        column.setContentsMargins(12, 10, 12, 10)
        column.addWidget(label(seen, "heading"))
        if code in _MIRROR:
            for cue in outcome.mirror.cues:
                column.addLayout(self._cue(cue))
        column.addWidget(label(matters, "quiet"))
        text = f"<b>{escape(self._words('photo.do'))}</b> {escape(do)}"
        column.addWidget(label(text, rich=True))
        if code in _MIRROR:
            for button in self._sides():
                column.addWidget(button)
        if code == UNDECLARED:
            declare = QPushButton(self._words("pair.declare"))
            declare.clicked.connect(self.pair_wanted)
            column.addWidget(declare)
        column.addWidget(label(code, "quiet", size=0.85))
        return card

    def _sides(self) -> list[QPushButton]:
        """A person says which way round is right."""
        buttons = []
        for key, said in (("mirror.right", "as_it_is"), ("mirror.flip", "flip")):
            button = QPushButton(self._words(key))
            button.clicked.connect(lambda _=False, said=said: self.mirror_decided.emit(said))
            buttons.append(button)
        return buttons

    def _cue(self, cue: MirrorCue) -> QHBoxLayout:
        """A cue's sentence; beside it the sign that stands at its place in the picture, if it has one."""
        row = QHBoxLayout()
        if cue.places:
            sign = QLabel()
            sign.setPixmap(outlines.place_sign())
            row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(label(self._sentence(cue)), 1)
        return row

    def _sentence(self, cue: MirrorCue) -> str:
        return f"{self._words(f'cue.{cue.name}.{cue.says}')} {self._words(f'strength.{cue.strength}')}"

    def _found(self, kinds: Counter[Kind], searched: bool) -> QWidget:
        """How much of each kind, with the line that outlines it; or that nothing was, or was even looked for."""
        box = QWidget()
        grid = QGridLayout(box)
        grid.setContentsMargins(0, 0, 0, 0)
        if not kinds:
            said = "photo.found_nothing" if searched else "photo.not_looked"
            grid.addWidget(label(self._words(said), "quiet"), 0, 0)
        for row, (kind, n) in enumerate(sorted(kinds.items())):
            swatch = QLabel()
            swatch.setPixmap(outlines.swatch(kind))
            grid.addWidget(swatch, row, 0)
            grid.addWidget(label(self._words.count(f"kind.{kind}", n)), row, 1)
        grid.setColumnStretch(1, 1)
        return box


def _smaller(outcome: Outcome) -> str | None:
    """Width and height of what was written, where it has fewer pixels than the photo."""
    if outcome.size is None or outcome.output_size is None or max(outcome.output_size) >= max(outcome.size):
        return None
    width, height = outcome.output_size
    return f"{width}\u202f×\u202f{height}"

"""What a person decides: asked for with name and note, remembered by the library, carried out by cleaning again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from ..decision import Decision
from ..errors import PhotoguardError
from ..home import Home
from ..outcome import Status
from .areas import Draft
from .pairing import PairSheet
from .photos import Item, PhotoList
from .release import Sheet
from .settings import Settings
from .words import Words
from .work import Work

_NOT_ALONE = "PAIR_HALF_HELD"
"""What holds this photo is its other half, and that has to be settled itself."""

_COMPARISON = "COLLAGE"
"""A picture that is blocked for want of consent, as long as nobody says that it is no comparison."""


class Deciding(QObject):
    """Nothing is released here: the library does it, when nothing is left that speaks against it."""

    failed = Signal(str)
    """A sentence: the decision could not be kept."""

    def __init__(
        self, parent: QWidget, home: Home, settings: Settings, words: Words, work: Work, photos: PhotoList
    ) -> None:
        super().__init__(parent)
        self._window, self._home, self._words = parent, home, words
        self._work, self._photos = work, photos
        self.settings = settings

    @staticmethod
    def can_release(item: Item | None) -> bool:
        """Whether a person may release this photo in spite of what the software doubts."""
        if item is None:
            return False
        if item.status is Status.BLOCKED:
            return _COMPARISON in _reasons(item)
        return item.status is Status.REVIEW and _NOT_ALONE not in _reasons(item)

    @staticmethod
    def can_correct(item: Item | None) -> bool:
        """Whether there is a cleaned picture whose masks can be changed, or one that more masks could save."""
        if item is None or item.path is None:
            return False
        return item.status in (Status.RELEASED, Status.REVIEW) or "VERIFY_RESIDUE" in _reasons(item)

    def release(self, item: Item, decided: Decision | None) -> None:
        """Release what the software doubted: every doubt is ticked, name and note are given."""
        reasons = (_COMPARISON,) if item.status is Status.BLOCKED else _reasons(item)
        said = self._ask("release", reasons=reasons)
        if said is None:
            return
        by, note = said
        before = decided or Decision(by=by, note=note)
        accepts = tuple(dict.fromkeys((*before.accepts, *reasons)))
        self._decide(item, before.model_copy(update={"by": by, "note": note, "accepts": accepts}))

    def mirror(self, item: Item, draft: Draft, said: str, decided: Decision | None) -> None:
        """Left is left after all (`as_it_is`), or the picture has to be flipped (`flip`)."""
        given = self._ask(said, note=self._words(f"sheet.{said}.note"))
        if given is None:
            return
        if said == "flip":
            self._decide(item, draft.flip().decision(*given))
        else:
            accepts = decided.accepts if decided else ()
            self._decide(item, draft.right_as_it_is().decision(*given, accepts))

    def correct(self, item: Item, draft: Draft) -> bool:
        """Carry corrections out; False where the person went back to them. What was accepted is asked anew."""
        given = self._ask("correct", note=self._words("sheet.correct.note"))
        return given is not None and self._decide(item, draft.decision(*given))

    def pair(self, item: Item, others: Sequence[Item]) -> None:
        """Two photos are the halves of a pair: consent is asked for both."""
        sheet = PairSheet(item, others, self._words, self._window)
        agreed = sheet.exec()
        pair = sheet.pair()
        sheet.deleteLater()
        if not agreed:
            return
        item.drop.pairs.append(pair)
        for half in (item, *others):
            if half.name in pair:
                self._photos.renew(half)
        self._work.again(item.drop)

    def add_form(self, items: Sequence[Item], form: Path) -> None:
        """Enter a signed form for a pair, and ask the gate again."""
        from .form import FormDialog

        photos = [item.path for item in items if item.path is not None]
        channel = items[0].drop.policy.channel
        dialog = FormDialog(form, photos, channel, self._home, self._words, self._window, by=self.settings.by)
        if dialog.exec():
            self._remember(dialog.attested.text().strip())
            self._again(items[0])
        dialog.deleteLater()

    def _ask(self, what: str, *, reasons: Sequence[str] = (), note: str = "") -> tuple[str, str] | None:
        sheet = Sheet(what, self._words, self._window, by=self.settings.by, reasons=reasons, note=note)
        agreed = sheet.exec()
        by, why = sheet.said()
        sheet.deleteLater()
        if not agreed:
            return None
        self._remember(by)
        return by, why

    def _remember(self, by: str) -> None:
        self.settings = replace(self.settings, by=by)
        self.settings.save(self._home)

    def _decide(self, item: Item, decision: Decision) -> bool:
        from .. import api  # late: the window is there before what cleans is loaded

        assert item.path is not None
        try:
            api.decide(item.path, decision, home=self._home.path)
        except PhotoguardError as error:
            self.failed.emit(self._words.fault(error))
            return False
        self._again(item)
        return True

    def _again(self, item: Item) -> None:
        self._photos.renew(item)
        self._work.again(item.drop)


def _reasons(item: Item) -> tuple[str, ...]:
    return item.outcome.reasons if item.outcome else ()

"""From a signed form that was dropped on a pair to a record in the practice's registry."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QLocale, QSize
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QWidget,
)

from ..audit import AuditLog
from ..consent import intake
from ..consent.form.template import Template
from ..consent.record import GrantorRole, MaskLevel, Statement
from ..consent.registry import Registry
from ..errors import PhotoguardError
from ..home import Home
from ..policy import Channel
from .days import DayField
from .labels import label
from .sheets import Rows, cancel, footer, headed, primary
from .words import Words

# fmt: off
_LANGUAGES = ("de", "fr", "it", "en", "rm", "es", "pt", "nl", "pl", "cs", "hr", "sr", "sq", "tr", "uk", "ru",
              "ar", "fa", "ta", "ti")
# fmt: on
"""What a form may be written in."""
_Field = TypeVar("_Field", bound=QWidget)
_CAPACITY = ("unknown", "yes", "no")
_ASSENT = ("not-asked", "given", "refused")


class FormDialog(QDialog):
    """What a signed form says, as `photoguard consent add` asks for it; the words are the printed form's own."""

    def __init__(
        self,
        form: Path,
        photos: Sequence[Path],
        channel: Channel,
        home: Home,
        words: Words,
        parent: QWidget,
        *,
        by: str,
    ) -> None:
        super().__init__(parent)
        self._form, self._photos, self._home, self._words = form, tuple(photos), home, words
        self._says = Template.of(words.language).texts
        self.record: str | None = None
        """The id of the record that was added."""
        self.resize(QSize(640, 720).boundedTo(parent.screen().availableSize()))
        page = QWidget()
        self._rows = Rows()
        page.setLayout(self._rows)
        self._rows.setContentsMargins(0, 0, 10, 0)
        self._ask(channel, by)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(page)
        column = headed(self, words("form.title"), words("form.intro", form=form.name, n=len(self._photos)))
        column.addWidget(area, 1)
        self.fault = label("", "fault")
        self.fault.hide()
        column.addWidget(self.fault)
        self.keep = primary(words("form.keep"), self._keep)
        column.addLayout(footer(cancel(self, words), self.keep))

    def _ask(self, channel: Channel, by: str) -> None:
        says, words = self._says, self._words
        signer, kept = says["signer"], says["validity"]
        self.patient = self._line(words("form.patient"))
        self.patient.setPlaceholderText(words("form.patient_example"))
        self.born = self._day(words("form.born"))
        self.signed = self._day(words("form.signed"))
        self.until = self._day(kept["end"])
        self.channels = self._ticks(
            says["uses"]["heading"],
            {one.value: says["uses"][one.value] for one in Channel if one is not Channel.INTERNAL},
        )
        if channel.value in self.channels:
            self.channels[channel.value].setFocus()
        self.outlet = self._line(says["uses"]["where"])
        self.statements = self._ticks(
            says["statements"]["heading"], {one.value: says["statements"][one.value] for one in Statement}
        )
        self.masking = self._choice(
            says["masking"]["heading"],
            {MaskLevel.FACE.value: says["masking"]["face"], MaskLevel.FULL.value: says["masking"]["full"]},
        )
        self.identifiable = self._ticks("", {"identifiable": says["masking"]["identifiable"]})["identifiable"]
        self.grantor = self._choice(signer["heading"], {one.value: signer[one.value] for one in GrantorRole})
        self.capacity = self._choice(
            signer["capacity"],
            dict(
                zip(
                    _CAPACITY,
                    (words("form.not_said"), signer["capacity_yes"], signer["capacity_no"]),
                    strict=True,
                )
            ),
        )
        self.name = self._line(signer["name"])
        self.relation = self._line(signer["relation"])
        self.authority = self._line(signer["authority"])
        self.authority_until = self._day(signer["authority_until"])
        self.assent = self._choice(signer["assent"], {one: signer[f"assent_{one}"] for one in _ASSENT})
        self.language = self._choice(
            words("form.language"),
            {code: QLocale(code).nativeLanguageName() or code for code in _LANGUAGES},
        )
        self.language.setCurrentIndex(_LANGUAGES.index(words.language))
        self.interpreter = self._line(says["language"]["interpreter"])
        self.attested = self._line(says["practice"]["attested"])
        self.attested.setText(by)

    def says(self) -> dict[str, Any]:
        """What `intake.add` is called with; days that were not given are None."""
        return {
            "patient": self.patient.text(),
            "photos": self._photos,
            "channels": [name for name, tick in self.channels.items() if tick.isChecked()],
            "signed_on": self.signed.day,
            "valid_until": self.until.day,
            "grantor": self.grantor.currentData(),
            "attested_by": self.attested.text(),
            "language": self.language.currentData(),
            "statements": [name for name, tick in self.statements.items() if tick.isChecked()],
            "capacity": self.capacity.currentData(),
            "born": self.born.day,
            "outlet": self.outlet.text(),
            "interpreter": self.interpreter.text(),
            "grantor_name": self.name.text(),
            "relation": self.relation.text(),
            "authority": self.authority.text(),
            "authority_until": self.authority_until.day,
            "assent": self.assent.currentData(),
            "min_masking": self.masking.currentData(),
            "identifiable": self.identifiable.isChecked(),
        }

    def _keep(self) -> None:
        says = self.says()
        for day, field in (("signed_on", self.signed), ("valid_until", self.until)):
            if says[day] is None:
                self._say(self._words("form.day_missing"), field)
                return
        try:
            record = intake.add(Registry(self._home), self._form, **says)
            told = {"record": record.id, "form_sha256": record.form.sha256 if record.form else None}
            AuditLog(self._home).append("consent_granted", told)
        except PhotoguardError as error:
            self._say(self._words.fault(error), self.patient)
            return
        self.record = record.id
        self.accept()

    def _say(self, sentence: str, field: QWidget) -> None:
        self.fault.setText(sentence)
        self.fault.show()
        field.setFocus()

    # Rows

    def _line(self, name: str) -> QLineEdit:
        return self._row(name, QLineEdit())

    def _day(self, name: str) -> DayField:
        return self._row(name, DayField(self._words))

    def _choice(self, name: str, options: dict[str, str]) -> QComboBox:
        box = QComboBox()
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(12)
        for value, text in options.items():
            box.addItem(text, value)
        return self._row(name, box)

    def _ticks(self, name: str, options: dict[str, str]) -> dict[str, QCheckBox]:
        if name:
            self._rows.say(label(name, "heading"))
        ticks = {}
        for value, text in options.items():
            ticks[value] = Tick(text)
            self._rows.say(ticks[value])
        return {value: tick.box for value, tick in ticks.items()}

    def _row(self, name: str, field: _Field) -> _Field:
        self._rows.ask(name, field)
        return field


class Tick(QWidget):
    """A box to tick beside a sentence that wraps, which a QCheckBox's own does not."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.box = QCheckBox()
        self.box.setAccessibleName(text)
        said = label(text)
        said.setBuddy(self.box)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.box)
        row.addWidget(said, 1)

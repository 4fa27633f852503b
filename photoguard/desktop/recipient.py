"""The sheet on which somebody comes into the address book, once their key was compared."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QDialog, QLineEdit, QWidget

from ..errors import PhotoguardError, UsageError
from ..home import Home
from ..sending.age import PublicKey
from ..sending.recipients import AddressBook
from .labels import label
from .sheets import Rows, cancel, fit, footer, headed, primary
from .words import Words


class RecipientSheet(QDialog):
    """Name and public key; the fingerprint to be read to each other, and a tick that this was done."""

    def __init__(self, home: Home, words: Words, parent: QWidget) -> None:
        super().__init__(parent)
        self._home, self._words = home, words
        self._key: PublicKey | None = None
        self.setMinimumWidth(560)
        self.name, self.key = QLineEdit(), QLineEdit()
        self.key.setPlaceholderText("age1…")
        self.compared = QCheckBox(words("recipient.compared"))
        self.fingerprint, self.fault = label(""), label("", "fault")
        form = Rows()
        for key, field in (("recipient.name", self.name), ("recipient.key", self.key)):
            field.textChanged.connect(self._check)
            form.ask(words(key), field)
        self.confirm = primary(words("recipient.do"), self._enter)
        self.key.textChanged.connect(lambda: self.compared.setChecked(False))  # it was another key
        self.compared.toggled.connect(self._check)
        column = headed(self, words("recipient.title"), words("recipient.intro"))
        column.addLayout(form)
        for part in (self.fingerprint, self.compared, self.fault):
            column.addWidget(part)
        column.addLayout(footer(cancel(self, words), self.confirm))
        self._check()
        fit(self)

    def _check(self) -> None:
        """Only a key that is one can be compared, and only what was compared can be entered."""
        name, text = self.name.text().strip(), self.key.text().strip()
        self._key, fault = None, ""
        if text:
            try:
                self._key = PublicKey.of(text)
            except UsageError as error:
                fault = self._words.fault(error)
        self.fault.setText(fault)
        said = self._words("sending.fingerprint", n=self._key.fingerprint) if self._key else ""
        asked = self._words("sending.compare", n=name or "…") if self._key else ""
        self.fingerprint.setText("\n".join(filter(None, (said, asked))))
        self.compared.setEnabled(self._key is not None)
        self.confirm.setEnabled(bool(name) and self._key is not None and self.compared.isChecked())

    def _enter(self) -> None:
        assert self._key is not None
        try:
            AddressBook(self._home).add(self.name.text(), self._key.text)
        except PhotoguardError as error:
            self.fault.setText(self._words.fault(error))
            return
        self.accept()

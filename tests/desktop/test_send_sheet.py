"""Released photos become an encrypted file, from the window."""

from __future__ import annotations

from pathlib import Path

import pytest
import skimage.data

pytest.importorskip("PySide6.QtWidgets", reason="the window is an extra: pip install '.[desktop]'")

from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot
from window_desk import answer, drop, finish, look_at, save, statuses

import photoguard
from photoguard.desktop.recipient import RecipientSheet
from photoguard.desktop.sending import SendSheet
from photoguard.desktop.window import Window
from photoguard.desktop.words import Words
from photoguard.home import Home
from photoguard.outcome import Status
from photoguard.sending.age import Identity


def released(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    window.bar.use.setCurrentIndex(window.bar.use.findData("messenger"))
    drop(window, save(tmp_path / "in" / "cup.jpg", skimage.data.coffee()))
    finish(window, qtbot)
    look_at(window, qtbot, "cup.jpg")
    assert window.side.send.isEnabled()


def test_photos_are_packed_under_a_password_that_is_shown_once(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    assert not window.side.send.isEnabled()
    released(window, qtbot, tmp_path)
    seen: list[str] = []

    def pack(dialog: QDialog) -> None:
        assert isinstance(dialog, SendSheet)
        dialog.confirm.click()
        assert dialog.pages.currentIndex() == 1
        seen.append(dialog.password.text().split()[-1])
        dialog._copy()
        dialog.accept()

    answer(pack)
    window.side.send.click()
    (url,) = QApplication.clipboard().mimeData().urls()
    packed = Path(url.toLocalFile())
    opened = photoguard.unpack(packed, tmp_path / "there", password=seen[0], home=tmp_path / "their-home")
    (file,) = opened.photos
    item = window._current
    assert item is not None and item.cleaned is not None
    assert Path(file).read_bytes() == item.cleaned.read_bytes()
    assert all(
        seen[0] not in path.read_text("latin-1") for path in packed.parent.rglob("*") if path.is_file()
    )


def test_after_a_photo_was_packed_a_person_can_still_decide_about_those_beside_it(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    released(window, qtbot, tmp_path)

    def pack(dialog: QDialog) -> None:
        assert isinstance(dialog, SendSheet)
        dialog.confirm.click()
        assert dialog.pages.currentIndex() == 1
        dialog.accept()

    answer(pack)
    window.side.send.click()
    refused: list[str] = []
    window._work.refused.connect(lambda _, code, __: refused.append(code))
    item = window._current
    assert item is not None
    window._work.again(item.drop)
    finish(window, qtbot)
    assert refused == []
    assert statuses(window) == {"cup.jpg": Status.RELEASED}


def test_a_recipient_is_entered_once_the_digits_were_compared_and_can_open_the_file(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    released(window, qtbot, tmp_path)
    theirs = Identity.at(Home.at(tmp_path / "their-home")).public

    def enter(dialog: QDialog) -> None:
        assert isinstance(dialog, RecipientSheet)
        dialog.name.setText("Dr. Favre")
        dialog.key.setText("age1nonsense")
        assert not dialog.compared.isEnabled() and dialog.fault.text()
        dialog.key.setText(theirs.text)
        assert theirs.fingerprint in dialog.fingerprint.text()
        assert not dialog.confirm.isEnabled()
        dialog.compared.setChecked(True)
        dialog.confirm.click()

    def pack(dialog: QDialog) -> None:
        assert isinstance(dialog, SendSheet)
        answer(enter)
        dialog._add()
        assert dialog.recipient.currentText() == "Dr. Favre"
        assert theirs.fingerprint in dialog.told.text()
        dialog.confirm.click()
        assert not dialog.password.text()
        dialog.accept()

    answer(pack)
    window.side.send.click()
    item = window._current
    assert item is not None
    (packed,) = item.drop.out.parent.glob("*.age")
    opened = photoguard.unpack(packed, tmp_path / "there", home=tmp_path / "their-home")
    assert len(opened.photos) == 1


def test_a_key_that_is_none_is_refused_in_the_persons_language(practice: Home, qtbot: QtBot) -> None:
    sheet = RecipientSheet(practice, Words("de"), None)  # type: ignore[arg-type]
    qtbot.addWidget(sheet)
    sheet.key.setText("age1nonsense")
    assert sheet.fault.text().startswith("Das ist kein öffentlicher Schlüssel.")


def test_what_may_not_be_sent_is_said_and_no_file_is_made(
    practice: Home, qtbot: QtBot, tmp_path: Path
) -> None:
    photo = save(tmp_path / "out" / "today" / "released" / "pg-2vkn4gmtr7uryp7y.jpg", skimage.data.chelsea())
    sheet = SendSheet([photo], practice, Words("de"), None)  # type: ignore[arg-type]
    qtbot.addWidget(sheet)
    sheet.confirm.click()
    assert sheet.pages.currentIndex() == 0
    assert sheet.fault.text()
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == [photo]

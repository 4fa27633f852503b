"""Released photos become an encrypted file, from the window."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import skimage.data

pytest.importorskip("PySide6.QtWidgets", reason="the window is an extra: pip install '.[desktop]'")

from PySide6.QtCore import Qt
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


def sheet_of(window: Window, qtbot: QtBot) -> SendSheet:
    """The sheet that the button opens."""
    window.side.send.click()
    sheet = window._sheet
    assert sheet is not None and sheet.isVisible()
    return sheet


def pack(sheet: SendSheet, qtbot: QtBot) -> None:
    """Press the button, and wait until the file is there."""
    sheet.confirm.click()
    qtbot.waitUntil(lambda: sheet.pages.currentIndex() == 1, timeout=20_000)


@contextmanager
def another_program_uses_the_log(practice: Home) -> Iterator[None]:
    """Packing waits for it."""
    with closing(sqlite3.connect(practice.audit, isolation_level=None)) as log:
        log.execute("BEGIN IMMEDIATE")
        yield
        log.execute("ROLLBACK")


def test_photos_are_packed_under_a_password_that_is_shown_once(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    assert not window.side.send.isEnabled()
    released(window, qtbot, tmp_path)
    sheet = sheet_of(window, qtbot)
    pack(sheet, qtbot)
    password = sheet.password.text().split()[-1]
    sheet._copy()
    sheet.accept()
    (url,) = QApplication.clipboard().mimeData().urls()
    packed = Path(url.toLocalFile())
    opened = photoguard.unpack(packed, tmp_path / "there", password=password, home=tmp_path / "their-home")
    (file,) = opened.photos
    item = window._current
    assert item is not None and item.cleaned is not None
    assert Path(file).read_bytes() == item.cleaned.read_bytes()
    assert all(
        password not in path.read_text("latin-1") for path in packed.parent.rglob("*") if path.is_file()
    )


def test_after_a_photo_was_packed_a_person_can_still_decide_about_those_beside_it(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    released(window, qtbot, tmp_path)
    sheet = sheet_of(window, qtbot)
    pack(sheet, qtbot)
    sheet.accept()
    refused: list[str] = []
    window._work.refused.connect(lambda _, code, __: refused.append(code))
    item = window._current
    assert item is not None
    window._work.again(item.drop)
    finish(window, qtbot)
    assert refused == []
    assert statuses(window) == {"cup.jpg": Status.RELEASED}


def test_while_photos_are_packed_the_window_works_and_closes_once_the_password_was_seen(
    window: Window, practice: Home, qtbot: QtBot, tmp_path: Path
) -> None:
    released(window, qtbot, tmp_path)
    sheet = sheet_of(window, qtbot)
    with another_program_uses_the_log(practice):
        sheet.confirm.click()
        assert sheet.busy
        before = window.stage.canvas.slider.share
        qtbot.keyClick(window.stage.canvas, Qt.Key.Key_Period)
        assert window.stage.canvas.slider.share > before
        sheet.close()
        assert not window.close()
        qtbot.wait(300)
        assert sheet.busy and sheet.isVisible() and window.isVisible()
    qtbot.waitUntil(lambda: not sheet.busy, timeout=20_000)
    assert sheet.password.text() and window.isVisible()
    sheet.accept()
    assert not window.isVisible()


def test_a_sheet_that_only_asks_gives_way_to_one_for_the_photos_that_are_selected_now(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    released(window, qtbot, tmp_path)
    first = sheet_of(window, qtbot)
    second = sheet_of(window, qtbot)
    assert second is not first and not first.isVisible()
    pack(second, qtbot)
    assert sheet_of(window, qtbot) is second  # its password may not have been written down yet
    second.accept()


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

    sheet = sheet_of(window, qtbot)
    answer(enter)
    sheet._add()
    assert sheet.recipient.currentText() == "Dr. Favre"
    assert theirs.fingerprint in sheet.told.text()
    pack(sheet, qtbot)
    assert not sheet.password.text()
    sheet.accept()
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
    qtbot.waitUntil(lambda: not sheet.busy, timeout=20_000)
    assert sheet.asks
    assert sheet.fault.text()
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == [photo]

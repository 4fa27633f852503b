"""What a person chooses about the window itself."""

from __future__ import annotations

import sys
from itertools import combinations
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="the window is an extra: pip install '.[desktop]'")

from PySide6.QtCore import QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QMessageBox, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from photoguard.desktop import app
from photoguard.desktop.app import open_window
from photoguard.desktop.photos import PhotoList
from photoguard.desktop.release import Sheet
from photoguard.desktop.settings import Settings, SettingsDialog
from photoguard.desktop.window import Window
from photoguard.desktop.words import Words
from photoguard.desktop.work import Work
from photoguard.home import Home
from photoguard.policy import Channel, Policy, Size
from photoguard.report.texts import LANGUAGES


def choose(dialog: SettingsDialog, channel: Channel, practice: Path | None, size: Size) -> None:
    dialog._channel.setCurrentIndex(dialog._channel.findData(channel))
    dialog._size.setCurrentIndex(dialog._size.findData(size))
    if practice is not None:
        dialog._practice.setText(str(practice))
    dialog.accept()


def change(
    window: Window, channel: Channel, practice: Path | None = None, size: Size = Size.ORIGINAL
) -> None:
    def when_open() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, SettingsDialog):
            choose(dialog, channel, practice, size)
        else:
            QTimer.singleShot(10, when_open)

    QTimer.singleShot(0, when_open)
    window.bar.settings_wanted.emit()


def test_what_photos_are_usually_for_and_how_large_is_where_the_next_window_begins(
    window: Window, practice: Home, work: Work, qtbot: QtBot, qapp: QApplication
) -> None:
    assert window.bar.policy.channel is Channel.SOCIAL_MEDIA
    assert window.bar.policy.size is Size.ORIGINAL
    change(window, Channel.JOURNAL, size=Size.MEDIUM)
    assert window.rebuild_wanted and not window.isVisible()
    kept = Settings.load(practice)
    assert (kept.channel, kept.size) == (Channel.JOURNAL, Size.MEDIUM)
    again = open_window(qapp, practice, kept, work, PhotoList(), 10)
    qtbot.addWidget(again)
    assert again.bar.policy == Policy.for_channel("journal").sized("medium")


def test_what_photos_are_for_is_chosen_from_the_open_list_only(window: Window, qtbot: QtBot) -> None:
    chosen = []
    window.bar.policy_chosen.connect(lambda: chosen.append(window.bar.policy.channel))
    use = window.bar.use
    start = QPoint(use.width() // 2, use.height() // 2)
    turned = QWheelEvent(start, use.mapToGlobal(start), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
                         Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    QApplication.sendEvent(use, turned)
    qtbot.keyClick(use, Qt.Key.Key_Down)
    assert window.bar.policy.channel is Channel.SOCIAL_MEDIA and not chosen
    qtbot.waitUntil(use.view().isVisible)
    qtbot.keyClick(use.view(), Qt.Key.Key_Down)
    assert not chosen
    qtbot.keyClick(use.view(), Qt.Key.Key_Return)
    assert chosen == [window.bar.policy.channel] != [Channel.SOCIAL_MEDIA]


def test_what_stands_there_that_no_one_could_have_chosen_is_the_strictest(practice: Home) -> None:
    (practice.path / "window.ini").write_text(
        "[General]\nchannel=anything\nsize=huge\ntext_size=9\nlanguage=xx\n"
    )
    kept = Settings.load(practice)
    assert (kept.channel, kept.size) == (Channel.SOCIAL_MEDIA, Size.ORIGINAL)
    assert (kept.text_size, kept.language) == (100, "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_with_the_largest_text_everything_still_fits_a_small_screen(
    window: Window,
    practice: Home,
    work: Work,
    qtbot: QtBot,
    qapp: QApplication,
    tmp_path: Path,
    language: str,
) -> None:
    settings = Settings(language, "dark", 150, tmp_path)
    large = open_window(qapp, practice, settings, work, PhotoList(), 10)
    qtbot.addWidget(large)
    large.resize(1024, 700)
    qapp.processEvents()
    assert (large.width(), large.height()) == (1024, 700)
    parts = [part for part in large.bar.findChildren(QWidget) if part.isVisible() and not part.children()]
    places = [QRect(part.mapTo(large.bar, QPoint(0, 0)), part.size()) for part in parts]
    assert len(places) >= 5
    assert all(large.bar.rect().contains(place) for place in places)
    assert not any(one.intersects(other) for one, other in combinations(places, 2))
    sheet = Sheet(
        "release", Words(language), large, by="M. Keller", reasons=("BACKGROUND_UNSURE", "MIRRORED")
    )
    qtbot.addWidget(sheet)
    sheet.show()
    qapp.processEvents()
    (cards,) = sheet.findChildren(QScrollArea)
    assert cards.widget().width() <= cards.viewport().width()
    assert cards.geometry().bottom() < sheet.name.geometry().top()


def test_another_practice_folder_counts_from_the_next_start_on_and_takes_the_choices_along(
    window: Window, practice: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: tmp_path / "config")
    monkeypatch.delenv("PHOTOGUARD_HOME")
    shared = tmp_path / "shared"
    change(window, Channel.SLIDES, shared)
    assert window._home == practice
    assert Home.at().path == shared
    assert Settings.load(Home.at()).channel is Channel.SLIDES


def test_who_clicks_on_the_icon_sees_why_there_is_no_window(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("PHOTOGUARD_HOME", str(tmp_path / "file" / "home"))
    monkeypatch.setattr(sys, "argv", ["photoguard-app"])
    monkeypatch.setattr(sys, "stderr", None)  # as under Windows
    said = []

    def close() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            said.append(box.text())
            box.accept()
        else:
            QTimer.singleShot(10, close)

    QTimer.singleShot(0, close)
    with pytest.raises(SystemExit) as ended:
        app.run()
    assert ended.value.code == 5
    assert len(said) == 1 and said[0].endswith("[HOME_UNUSABLE]")

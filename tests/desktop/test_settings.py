"""What a person chooses about the window itself."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="the window is an extra: pip install '.[desktop]'")

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from photoguard.desktop import app
from photoguard.desktop.app import open_window
from photoguard.desktop.photos import PhotoList
from photoguard.desktop.settings import Settings, SettingsDialog
from photoguard.desktop.window import Window
from photoguard.desktop.work import Work
from photoguard.home import Home
from photoguard.policy import Channel


def choose(dialog: SettingsDialog, channel: Channel, practice: Path | None = None) -> None:
    dialog._channel.setCurrentIndex(dialog._channel.findData(channel))
    if practice is not None:
        dialog._practice.setText(str(practice))
    dialog.accept()


def change(window: Window, channel: Channel, practice: Path | None = None) -> None:
    def when_open() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, SettingsDialog):
            choose(dialog, channel, practice)
        else:
            QTimer.singleShot(10, when_open)

    QTimer.singleShot(0, when_open)
    window.bar.settings_wanted.emit()


def test_what_photos_are_usually_for_is_where_the_next_window_begins(
    window: Window, practice: Home, work: Work, qtbot: QtBot, qapp: QApplication
) -> None:
    assert window.bar.channel is Channel.SOCIAL_MEDIA
    change(window, Channel.JOURNAL)
    assert window.rebuild_wanted and not window.isVisible()
    kept = Settings.load(practice)
    assert kept.channel is Channel.JOURNAL
    again = open_window(qapp, practice, kept, work, PhotoList(), 10)
    qtbot.addWidget(again)
    assert again.bar.channel is Channel.JOURNAL


def test_what_stands_there_that_no_one_could_have_chosen_is_the_strictest(practice: Home) -> None:
    (practice.path / "window.ini").write_text("[General]\nchannel=anything\ntext_size=9\nlanguage=xx\n")
    kept = Settings.load(practice)
    assert (kept.channel, kept.text_size, kept.language) == (Channel.SOCIAL_MEDIA, 100, "en")


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

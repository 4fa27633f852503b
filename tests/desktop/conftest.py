from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from photoguard.desktop.window import Window
    from photoguard.desktop.work import Work
    from photoguard.home import Home

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(scope="session")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Home:
    from photoguard.home import Home

    return Home.at(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def work(practice: Home, qapp: object) -> Iterator[Work]:
    """One warm process for all tests."""
    from photoguard.desktop.work import Work

    gc.disable()  # as the program does: it must not run in the thread that cleans
    made = Work(practice.path, jobs=1)
    yield made
    made.close()
    gc.enable()


@pytest.fixture
def window(practice: Home, work: Work, qapp: object, qtbot: QtBot, tmp_path: Path) -> Iterator[Window]:
    from PySide6.QtWidgets import QApplication

    from photoguard.desktop.app import open_window
    from photoguard.desktop.photos import PhotoList
    from photoguard.desktop.settings import Settings

    assert isinstance(qapp, QApplication)
    qapp.setStyle("Fusion")
    settings = Settings("en", "light", 100, tmp_path / "out", by="M. Keller")
    made = open_window(qapp, practice, settings, work, PhotoList(), 10)
    qtbot.addWidget(made)
    yield made
    gc.collect()
    QApplication.clipboard().clear()  # Qt's screenless clipboard outlives Python and crashes over what Python made

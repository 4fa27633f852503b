"""Correcting on the real window: what is drawn is seen at once, can be undone, and is what the file then holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import skimage.data

pytest.importorskip("PySide6.QtWidgets", reason="the window is an extra: pip install '.[desktop]'")

from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QLabel, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot
from window_desk import answer, drag, drop, finish, look_at, pixels, save, statuses

from photoguard import api
from photoguard.desktop.canvas import Canvas
from photoguard.desktop.correcting import Correcting
from photoguard.desktop.hand import Hand, Tool
from photoguard.desktop.release import Sheet
from photoguard.desktop.window import Window
from photoguard.home import Home
from photoguard.outcome import Status
from photoguard.photo import Box, Kind


def begin(window: Window, qtbot: QtBot, photo: Path) -> tuple[Correcting, Canvas, Hand]:
    """Clean a photo and begin to correct it."""
    window.bar.use.setCurrentIndex(window.bar.use.findData("messenger"))
    drop(window, photo)
    finish(window, qtbot)
    look_at(window, qtbot, photo.name)
    window.side.correct.click()
    assert window.workbench.tools is not None
    hand = window.stage.canvas.hand
    assert hand is not None
    return window.workbench.tools, window.stage.canvas, hand


def confirm(dialog: QDialog) -> None:
    assert isinstance(dialog, Sheet)
    assert dialog.confirm.isEnabled()
    dialog.confirm.click()


def seen(canvas: Canvas, x: int, y: int) -> tuple[int, int, int]:
    """The colour on the screen over a pixel of the picture."""
    canvas.show_outlines(False)
    colour = canvas.grab().toImage().pixelColor(canvas.view.on_screen(QPointF(x + 0.5, y + 0.5)).toPoint())
    canvas.show_outlines(True)
    return colour.red(), colour.green(), colour.blue()


def test_what_is_drawn_is_masked_on_the_screen_at_once_and_undo_takes_it_back(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    tools, canvas, hand = begin(window, qtbot, save(tmp_path / "in" / "cup.jpg", skimage.data.coffee()))
    before = seen(canvas, 300, 200)
    areas = len(hand.draft.areas)
    hand.take(Tool.BOX)
    drag(canvas, qtbot, (250, 150), (350, 250))
    assert len(hand.draft.areas) == areas + 1
    x0, y0, x1, y1 = hand.draft.areas[-1].box
    assert abs(x0 - 250) + abs(y0 - 150) + abs(x1 - 350) + abs(y1 - 250) < 12
    qtbot.waitUntil(lambda: seen(canvas, 300, 200) == (128, 128, 128), timeout=2_000)
    drag(canvas, qtbot, (300, 200), (400, 300))
    qtbot.waitUntil(lambda: seen(canvas, 300, 200) == before, timeout=2_000)
    assert seen(canvas, 390, 290) == (128, 128, 128)
    drag(canvas, qtbot, tuple(hand.draft.areas[-1].box[2:]), (500, 380))  # the lower right grip
    assert abs(hand.draft.areas[-1].box[2] - 500) < 5
    qtbot.keyClick(canvas, Qt.Key.Key_Delete)
    assert len(hand.draft.areas) == areas
    for _ in range(4):
        tools._undo.click()
    assert not hand.editing.history.canUndo()
    assert len(hand.draft.areas) == areas
    qtbot.waitUntil(lambda: seen(canvas, 300, 200) == before, timeout=2_000)
    window.workbench.end()


def test_masks_are_drawn_moved_and_stretched_without_a_mouse(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    tools, canvas, hand = begin(window, qtbot, save(tmp_path / "in" / "cup.jpg", skimage.data.coffee()))
    areas = len(hand.draft.areas)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=5_000)
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_B)
    qtbot.waitUntil(lambda: hand.tool is Tool.BOX, timeout=2_000)
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert len(hand.draft.areas) == areas + 1
    x0, y0, x1, y1 = hand.draft.areas[-1].box
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    moved = hand.draft.areas[-1].box
    assert moved[0] > x0
    assert (moved[2] - moved[0], moved[3] - moved[1]) == (x1 - x0, y1 - y0)
    qtbot.keyClick(canvas, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert hand.draft.areas[-1].box[3] > moved[3]
    assert tools._list.currentRow() == areas
    assert "Drawn by hand" in tools._list.currentItem().text()
    tools._kind.setCurrentIndex(tools._kind.findData("keep"))
    tools._kind.activated.emit(0)
    assert hand.draft.areas[-1].keep
    assert "stays visible" in tools._list.currentItem().text()
    window.workbench.end()


def test_leaving_unsaved_corrections_asks(
    window: Window, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, canvas, hand = begin(window, qtbot, save(tmp_path / "in" / "cup.jpg", skimage.data.coffee()))
    hand.take(Tool.FREEHAND)
    drag(canvas, qtbot, (100, 100), (200, 100), (200, 200), (100, 190))
    area = hand.draft.areas[-1]
    assert area.outline
    assert not window.lanes.isEnabled()
    monkeypatch.setattr(QMessageBox, "exec", lambda box: box.buttons()[1].click())
    window.workbench.leave()
    assert not window.close()
    assert window.workbench.tools is not None
    monkeypatch.setattr(QMessageBox, "exec", lambda box: box.buttons()[0].click())
    window.workbench.leave()
    assert window.workbench.tools is None
    assert window.lanes.isEnabled()


def test_a_corrected_photo_is_masked_as_drawn_in_its_file_and_stays_so(
    window: Window, qtbot: QtBot, practice: Home, tmp_path: Path
) -> None:
    photo = save(tmp_path / "in" / "portrait.jpg", skimage.data.astronaut())
    tools, canvas, hand = begin(window, qtbot, photo)
    face = next(n for n, area in enumerate(hand.draft.areas) if area.kind is Kind.FACE)
    hand.editing.select(None)
    hand.take(Tool.BOX)
    drag(canvas, qtbot, (330, 330), (430, 430))
    drawn = hand.draft.areas[-1].box
    answer(confirm)
    tools.save.click()
    finish(window, qtbot)
    item = look_at(window, qtbot, "portrait.jpg")
    assert item.cleaned is not None
    original, cleaned = pixels(photo), pixels(item.cleaned)
    x0, y0, x1, y1 = drawn
    assert np.ptp(cleaned[y0 + 8 : y1 - 8, x0 + 8 : x1 - 8]) <= 2  # one grey
    assert np.abs(cleaned[450:500, 20:60] - original[450:500, 20:60]).max() < 40  # elsewhere as it was
    found = [one for one in item.outcome.findings if one.detector == "person"] if item.outcome else []
    assert [one.box for one in found] == [drawn]
    decided = api.decided(photo, home=practice.path)
    assert decided is not None
    assert decided.by == "M. Keller"
    # Opened again, the correction is where it was left, and can be taken away.
    window.side.correct.click()
    hand = window.stage.canvas.hand
    assert hand is not None
    assert [area.box for area in hand.draft.areas if area.drawn] == [drawn]
    assert face < len(hand.draft.areas)
    window.workbench.end()


def test_a_photo_that_was_doubted_is_released_only_when_every_doubt_is_ticked_with_name_and_note(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    close_up = skimage.data.astronaut()[10:170, 150:300]
    photo = save(tmp_path / "in" / "close.jpg", np.kron(close_up, np.ones((3, 3, 1), np.uint8)))
    drop(window, photo)
    finish(window, qtbot)
    item = look_at(window, qtbot, "close.jpg")
    assert item.status is Status.REVIEW
    window._copy()
    assert not list((item.drop.out / "released").iterdir())
    stages = []

    def fill(sheet: QDialog) -> None:
        assert isinstance(sheet, Sheet)
        stages.append(sheet.confirm.isEnabled())
        sheet.note.setText("Looked at it with the patient")
        for tick in sheet.ticks:
            stages.append(sheet.confirm.isEnabled())
            tick.click()
        sheet.name.setText("  ")
        stages.append(sheet.confirm.isEnabled())
        sheet.name.setText("M. Keller")
        assert sheet.confirm.isEnabled()
        sheet.confirm.click()

    answer(fill)
    window.side.release.click()
    assert not any(stages)
    finish(window, qtbot)
    assert statuses(window) == {"close.jpg": Status.RELEASED}
    assert [file.parent.name for file in (item.drop.out / "released").iterdir()] == ["released"]
    assert window.progress.told.text()


def lies_in(inner: Box, outer: Box) -> bool:
    return all(outer[k] <= inner[k] for k in (0, 1)) and all(inner[k] <= outer[k] for k in (2, 3))


def test_a_mirrored_photo_is_flipped_back_when_a_person_says_so(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    sample = Path(__file__).parents[2] / "sample_images" / "mirrored" / "label.jpg"
    drop(window, sample)
    finish(window, qtbot)
    item = look_at(window, qtbot, "label.jpg")
    assert item.outcome is not None
    assert "MIRRORED" in item.outcome.reasons
    draft = pixels(item.cleaned) if item.cleaned else None
    (place,) = window.stage.canvas.places  # of the label, which is seen to be mirrored
    assert all(
        lies_in(line, place)
        for cue in item.outcome.mirror.cues
        for line in cue.places
        if cue.says == "mirrored"
    )
    answer(confirm)
    window.side.details.mirror_decided.emit("flip")
    finish(window, qtbot)
    item = look_at(window, qtbot, "label.jpg")
    assert item.outcome is not None
    assert "MIRRORED" not in item.outcome.reasons
    assert item.cleaned is not None
    assert draft is not None
    middle = slice(draft.shape[0] // 2 - 60, draft.shape[0] // 2)
    assert np.abs(pixels(item.cleaned)[middle][:, ::-1] - draft[middle]).mean() < 12
    assert window.stage.canvas.sides.original is not None
    assert window.stage.canvas.sides.original.flipped
    assert window.stage.canvas.places == ()


def test_on_a_small_screen_tools_and_sentences_are_scrolled_and_not_squeezed(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    tools, _, _ = begin(
        window, qtbot, save(tmp_path / "in" / "plain.jpg", np.full((120, 160, 3), 90, np.uint8))
    )
    window.resize(1024, 560)
    QApplication.processEvents()
    parts = [*tools.findChildren(QPushButton), *tools.findChildren(QComboBox), *tools.findChildren(QLabel)]
    assert len(parts) > 10
    for part in parts:
        wraps = isinstance(part, QLabel) and part.wordWrap()
        assert part.height() >= (part.heightForWidth(part.width()) if wraps else part.sizeHint().height())

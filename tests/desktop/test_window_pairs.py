"""Pairs on the real window: side by side, what blocks them, and a signed form that is dropped on them."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

pytest.importorskip("PySide6.QtWidgets", reason="the window is an extra: pip install '.[desktop]'")

from PySide6.QtWidgets import QDialog, QLabel
from pytestqt.qtbot import QtBot
from window_desk import answer, drop, finish, look_at, save, statuses

from photoguard.audit import AuditLog
from photoguard.desktop.form import FormDialog
from photoguard.desktop.pairing import PairSheet
from photoguard.desktop.release import Sheet
from photoguard.desktop.window import Window
from photoguard.desktop.work import Drop
from photoguard.home import Home
from photoguard.outcome import Status
from photoguard.policy import Policy

PAIRS = Path(__file__).parents[2] / "sample_images" / "pairs"


@pytest.fixture
def pair(window: Window, qtbot: QtBot, tmp_path: Path) -> tuple[str, str]:
    """A pair without consent, in the window."""
    names = "genou_avant.jpg", "genou_apres.jpg"
    for name in names:
        (tmp_path / "in").mkdir(exist_ok=True)
        shutil.copy(PAIRS / name, tmp_path / "in" / name)
    drop(window, tmp_path / "in")
    finish(window, qtbot)
    assert set(statuses(window).values()) == {Status.BLOCKED}
    return names


def said(window: Window) -> str:
    return "\n".join(label.text() for label in window.side.details.findChildren(QLabel))


def test_the_halves_of_a_pair_stand_side_by_side_and_are_zoomed_together(
    window: Window, qtbot: QtBot, pair: tuple[str, str]
) -> None:
    look_at(window, qtbot, pair[1])
    before, after = window.stage.canvases
    qtbot.waitUntil(lambda: after.sides.original is not None, timeout=20_000)
    assert before.isVisible()
    assert after.isVisible()
    assert window.stage.canvas is after
    assert [title.text().split(" · ") for title in window.stage._titles] == [
        ["Before", pair[0]],
        ["After", pair[1]],
    ]
    before.zoom(2.0)
    assert after.view.scale == pytest.approx(2.0)
    after.zoom(1.0)
    assert before.view.scale == pytest.approx(1.0)
    before.setFocus()
    qtbot.waitUntil(lambda: window._current is not None and window._current.name == pair[0], timeout=2_000)
    assert window.stage.canvas is before


def test_a_signed_form_that_is_dropped_on_a_blocked_pair_is_kept_and_the_pair_checked_again(
    window: Window, qtbot: QtBot, pair: tuple[str, str], practice: Home, tmp_path: Path
) -> None:
    look_at(window, qtbot, pair[0])
    assert "There is no consent for this pair" in said(window)
    form = tmp_path / "form.pdf"
    form.write_bytes(b"%PDF-1.4 signed " + str(tmp_path).encode())
    faults = []

    def fill(dialog: QDialog) -> None:
        assert isinstance(dialog, FormDialog)
        dialog.keep.click()
        faults.append(dialog.fault.text())
        today = date.today()
        dialog.signed.put(today)
        dialog.until.put(today + timedelta(days=300))
        dialog.patient.setText("P-77")
        for tick in (*dialog.statements.values(), dialog.channels["social-media"]):
            tick.setChecked(True)
        dialog.capacity.setCurrentIndex(dialog.capacity.findData("yes"))
        dialog.keep.click()
        faults.append(dialog.fault.text())
        dialog.born.setFocus()
        qtbot.keyClicks(dialog.born, "3.5.1980")
        dialog.keep.click()

    answer(fill)
    panel = window.side.details.consent
    assert panel is not None
    assert panel.missing
    drop(panel, form)
    assert "day of signing" in faults[0]
    assert "DOB_UNKNOWN" in faults[1]
    finish(window, qtbot)
    assert set(statuses(window).values()) == {Status.RELEASED}
    look_at(window, qtbot, pair[0])
    assert "Signed consent covers this use." in said(window)
    assert "Patient P-77" in said(window)
    assert any(entry.event == "consent_granted" for entry in AuditLog(practice).entries())
    # For another use it is another question.
    window.bar.use.setCurrentIndex(window.bar.use.findData("website"))
    window.bar.use.activated.emit(0)
    finish(window, qtbot)
    assert set(statuses(window).values()) == {Status.BLOCKED}
    look_at(window, qtbot, pair[0])
    assert "CHANNEL_NOT_COVERED" in said(window)


def test_photos_that_look_like_a_pair_are_shown_together_and_become_one_when_a_person_says_so(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    cat = skimage.data.chelsea()
    height, width = cat.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 8, 1.05)
    healed = cv2.warpAffine(cat, turn, (width, height), borderMode=cv2.BORDER_REFLECT) * 0.85 + 12
    spots = np.random.default_rng(5).normal(0, 200, (height, width)).astype(np.float32)
    healed += cv2.GaussianBlur(spots, (0, 0), 4)[..., None]
    save(tmp_path / "in" / "IMG_1.jpg", cat)
    save(tmp_path / "in" / "IMG_2.jpg", np.clip(healed, 0, 255).astype(np.uint8))
    window._work.take(Drop((tmp_path / "in",), tmp_path / "out", Policy(background="keep")))
    finish(window, qtbot)
    item = look_at(window, qtbot, "IMG_2.jpg")
    assert item.outcome is not None
    assert "UNDECLARED_PAIR" in item.outcome.reasons
    assert all(canvas.isVisible() for canvas in window.stage.canvases)

    def fill(sheet: QDialog) -> None:
        assert isinstance(sheet, PairSheet)
        assert sheet.other.currentText() == "IMG_1.jpg"
        sheet.role.setCurrentIndex(sheet.role.findData("after"))
        sheet.confirm.click()

    answer(fill)
    window.side.details.pair_wanted.emit()
    finish(window, qtbot)
    assert set(statuses(window).values()) == {Status.BLOCKED}
    look_at(window, qtbot, "IMG_2.jpg")
    assert item.outcome.role == "after"
    assert "NO_CONSENT" in said(window)


def test_a_picture_that_is_taken_for_a_comparison_is_released_when_a_person_says_it_is_none(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    cat = skimage.data.chelsea()
    save(tmp_path / "in" / "both.jpg", np.hstack([cat, np.clip(cat * 0.8 + 20, 0, 255).astype(np.uint8)]))
    window._work.take(Drop((tmp_path / "in",), tmp_path / "out", Policy(background="keep")))
    finish(window, qtbot)
    item = look_at(window, qtbot, "both.jpg")
    assert item.status is Status.BLOCKED
    assert window.side.details.consent is not None
    assert window.side.details.consent.missing
    qtbot.waitUntil(window.side.release.isEnabled, timeout=20_000)

    def fill(sheet: QDialog) -> None:
        assert isinstance(sheet, Sheet)
        (tick,) = sheet.ticks
        tick.click()
        sheet.note.setText("Two photos of a cat")
        sheet.name.setText("M. Keller")
        sheet.confirm.click()

    answer(fill)
    window.side.release.click()
    finish(window, qtbot)
    assert statuses(window) == {"both.jpg": Status.RELEASED}

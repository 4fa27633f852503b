"""The real window, offscreen, with real files dropped on it and real worker processes behind it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import piexif
import pytest
import skimage.data

pytest.importorskip("PySide6.QtWidgets", reason="the window is an extra: pip install '.[desktop]'")

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox
from pytestqt.qtbot import QtBot
from window_desk import PATIENCE, drop, finish, look_at, pixels, save, statuses

from photoguard.desktop.theme import KIND_COLOUR
from photoguard.desktop.window import Window
from photoguard.desktop.words import Words
from photoguard.desktop.work import Drop
from photoguard.outcome import Status
from photoguard.photo import Kind, Method
from photoguard.policy import Masking, Policy

ONLY_THE_FILE = Policy(
    masking=Masking(**{kind.value: Method.KEEP for kind in Kind if kind is not Kind.DRAWN}),
    background="keep",
    mirrored="release",
    pairs_need_consent=False,
)
"""Nothing is looked for in a picture."""


def test_a_dropped_folder_is_cleaned_and_its_photos_come_to_lie_in_their_lanes(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    save(folder / "portrait.jpg", skimage.data.astronaut())
    (folder / "broken.jpg").write_bytes(b"no photo")
    save(folder / "before.jpg", skimage.data.coffee())
    save(folder / "after.jpg", skimage.data.coffee()[::-1])
    drop(window, folder)
    finish(window, qtbot)
    seen = statuses(window)
    assert seen["broken.jpg"] is Status.FAILED
    assert (seen["before.jpg"], seen["after.jpg"]) == (Status.BLOCKED, Status.BLOCKED)
    assert seen["portrait.jpg"] in (Status.RELEASED, Status.REVIEW)
    shown = [window.lanes.button(n).text() for n in range(5)]
    assert shown[0] == "All photos  4"
    assert "Blocked  2" in shown
    window.lanes.button(2).click()
    assert window.lanes.lane.rowCount() == 2
    assert not list((tmp_path / "out").rglob("*portrait*"))


def test_a_photo_is_shown_with_its_cleaned_picture_outlines_and_reasons(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    photo = save(tmp_path / "in" / "portrait.jpg", skimage.data.astronaut())
    drop(window, photo)
    finish(window, qtbot)
    qtbot.waitUntil(lambda: window.stage.canvas.sides.cleaned is not None, timeout=20_000)
    canvas = window.stage.canvas
    original, cleaned = canvas.sides.original, canvas.sides.cleaned
    assert original is not None
    assert cleaned is not None
    assert original.size == cleaned.size == (512, 512)
    assert any(found.kind == "face" for found in canvas.found)
    face = next(found for found in canvas.found if found.kind == "face")
    x, y = (face.box[0] + face.box[2]) // 2, (face.box[1] + face.box[3]) // 2
    assert original.levels[0].pixel(x, y) != cleaned.levels[0].pixel(x, y)
    edge = QPointF(face.box[0], (face.box[1] + face.box[3]) / 2)
    for scale in (1.0, 2.0):
        canvas.zoom(scale, canvas.view.on_screen(edge))
        line = canvas.grab().toImage().pixelColor(canvas.view.on_screen(edge).toPoint())
        assert line.name() == KIND_COLOUR[Kind.FACE]
    for slider, picture in ((1.0, original), (0.0, cleaned)):
        canvas.set_slider(slider)
        canvas.show_outlines(False)
        canvas.zoom(1.0)
        canvas.fit()
        shot = canvas.grab().toImage()
        spot = canvas.view.on_screen(QPointF(x + 0.5, y + 0.5)).toPoint()
        expected, got = picture.levels[0].pixelColor(x, y), shot.pixelColor(spot)
        assert abs(expected.red() - got.red()) + abs(expected.green() - got.green()) < 60


@pytest.mark.parametrize(("policy", "said"), [(Policy.for_channel("internal"), True), (ONLY_THE_FILE, False)])
def test_that_there_is_nothing_to_mask_is_said_only_of_a_photo_that_was_searched(
    window: Window, qtbot: QtBot, tmp_path: Path, policy: Policy, said: bool
) -> None:
    photo = save(tmp_path / "in" / "skin.jpg", np.full((240, 320, 3), (205, 160, 140), np.uint8))
    window._work.take(Drop((photo,), tmp_path / "out", policy))
    finish(window, qtbot)
    look_at(window, qtbot, "skin.jpg")
    seen = {part.text() for part in window.side.details.findChildren(QLabel)}
    words = Words("en")
    assert (words("photo.found_nothing") in seen) is said
    assert (words("photo.not_looked") in seen) is not said
    assert (words("photo.mirror") in seen) is said  # nor was it looked whether the photo is flipped


def test_photos_leave_in_the_size_that_was_chosen_and_both_sides_still_show_the_same_place(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    quarters = np.array([[(200, 60, 60), (60, 170, 60)], [(60, 60, 190), (190, 190, 60)]], np.uint8)
    photo = save(tmp_path / "in" / "quarters.jpg", np.kron(quarters, np.ones((1000, 1300, 1), np.uint8)))
    window.bar.use.setCurrentIndex(window.bar.use.findData("internal"))
    drop(window, photo)
    finish(window, qtbot)
    assert sizes(window) == [(2600, 2000)]
    list_of_sizes = window.bar.largest
    (named,) = QAccessible.queryAccessibleInterface(list_of_sizes).relations(
        QAccessible.RelationFlag.AllRelations
    )
    assert named[0].text(QAccessible.Text.Name) == "Size"
    list_of_sizes.setFocus()
    qtbot.keyClick(list_of_sizes, Qt.Key.Key_Down)
    qtbot.waitUntil(list_of_sizes.view().isVisible)
    for key in (Qt.Key.Key_End, Qt.Key.Key_Return):
        qtbot.keyClick(list_of_sizes.view(), key)
    assert list_of_sizes.currentData() == "small"
    finish(window, qtbot)
    assert sizes(window) == [(1280, 985)]
    look_at(window, qtbot, "quarters.jpg")
    canvas = window.stage.canvas
    canvas.show_outlines(False)
    qtbot.waitUntil(lambda: canvas.sides.cleaned is not None, timeout=20_000)
    for share in (0.0, 1.0):
        canvas.set_slider(share)
        shot = canvas.grab().toImage()
        for x, y in ((400, 300), (2300, 300), (400, 1700), (2300, 1700)):
            seen = shot.pixelColor(canvas.view.on_screen(QPointF(x, y)).toPoint())
            there = quarters[y // 1000, x // 1300]
            assert np.abs(np.array(seen.getRgb()[:3]) - there.astype(int)).max() < 12
    told = " ".join(part.text() for part in window.side.details.findChildren(QLabel))
    assert "1280\u202f×\u202f985" in told


def sizes(window: Window) -> list[tuple[int, int]]:
    """Of the cleaned files."""
    return [pixels(item.cleaned).shape[1::-1] for item in window._photos.items if item.cleaned]


def test_copying_offers_released_files_only(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    save(tmp_path / "in" / "cup.jpg", skimage.data.coffee())
    (tmp_path / "in" / "broken.jpg").write_bytes(b"no photo")
    window.bar.use.setCurrentIndex(window.bar.use.findData("internal"))
    drop(window, tmp_path / "in")
    finish(window, qtbot)
    window.lanes.list.selectAll()
    window._copy()
    urls = QApplication.clipboard().mimeData().urls()
    released = [item for item in window._photos.items if item.status is Status.RELEASED]
    assert len(urls) == len(released)
    assert all(Path(url.toLocalFile()).parent.name == "released" for url in urls)


def test_an_output_folder_that_cannot_be_made_is_said_and_nothing_hangs(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    photo = save(tmp_path / "in" / "cup.jpg", skimage.data.coffee())
    (tmp_path / "out").write_text("a file where the folder should be")
    drop(window, photo)
    finish(window, qtbot)
    assert "OUT_UNWRITABLE" in window.progress.told.text()
    assert not window._photos.items


def test_a_folder_that_is_copied_to_a_cloud_is_named(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    photo = save(tmp_path / "OneDrive" / "cup.jpg", skimage.data.coffee())
    drop(window, photo)
    finish(window, qtbot)
    assert "OneDrive" in window.progress.told.text()


def test_closing_during_work_asks_and_cancel_keeps_the_window(
    window: Window, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        save(tmp_path / "in" / f"{number}.jpg", np.roll(skimage.data.coffee(), number, axis=1))
    asked = []

    def stay(box: QMessageBox) -> int:
        asked.append(box.text())
        box.buttons()[1].click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", stay)
    drop(window, tmp_path / "in")
    qtbot.waitUntil(lambda: window._photos.counts[None] > 0, timeout=20_000)
    assert not window.close()
    assert window.isVisible()
    assert len(asked) == 1
    with qtbot.waitSignal(window._work.finished, timeout=PATIENCE):
        window.progress.stop.click()
    assert window._photos.counts[None] == 0


def test_files_that_are_dragged_over_are_welcome_and_text_is_not(window: Window) -> None:
    from PySide6.QtGui import QDragEnterEvent

    for urls, welcome in (
        ([QUrl.fromLocalFile("/tmp/a.jpg")], True),
        ([QUrl("https://example.org/a.jpg")], False),
    ):
        data = QMimeData()
        data.setUrls(urls)
        event = QDragEnterEvent(
            QPoint(10, 10), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier(0)
        )
        event.ignore()
        window.dragEnterEvent(event)
        assert event.isAccepted() is welcome


def test_a_camera_that_writes_its_place_into_photos_is_named_once(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    gps = {1: b"N", 2: ((46, 1), (56, 1), (0, 1)), 3: b"E", 4: ((7, 1), (26, 1), (0, 1))}
    told = piexif.dump({"0th": {piexif.ImageIFD.Model: b"Testphone 9"}, "GPS": gps})
    heard = []
    for name in ("first", "second"):
        photo = save(tmp_path / name / "cup.jpg", skimage.data.coffee())
        piexif.insert(told, str(photo))
        drop(window, tmp_path / name)
        finish(window, qtbot)
        heard.append("Testphone 9 writes the place" in window.progress.told.text())
    assert heard == [True, False]

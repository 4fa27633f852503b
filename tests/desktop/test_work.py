"""The work behind the window: what a person decides is carried out at once, whatever else is under way."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", reason="the window is an extra: pip install '.[desktop]'")

from pytestqt.qtbot import QtBot
from window_desk import PATIENCE, save

from photoguard.desktop.work import Drop, Work
from photoguard.outcome import Outcome
from photoguard.policy import Policy


def folder(place: Path, number: int) -> Drop:
    place.mkdir()
    for index in range(number):
        save(place / f"{index}.jpg", np.full((120, 160, 3), 90 + index, np.uint8))
    return Drop((place,), place.with_name(f"{place.name}-out"), Policy())


def test_a_drop_that_is_taken_again_goes_before_one_that_is_under_way_and_both_are_done(
    work: Work, qtbot: QtBot, tmp_path: Path
) -> None:
    first, second = folder(tmp_path / "first", 1), folder(tmp_path / "second", 6)
    told: list[tuple[Drop, str]] = []
    ended: list[Drop] = []
    took = []

    def settled(drop: Drop, outcome: Outcome) -> None:
        told.append((drop, outcome.source))
        if drop is second and not took:
            took.append(len(told))
            work.again(first)

    work.settled.connect(settled)
    work.finished.connect(ended.append)
    try:
        work.take(first)
        work.take(second)
        qtbot.waitUntil(lambda: len(ended) == 3, timeout=PATIENCE)
    finally:
        work.settled.disconnect(settled)
        work.finished.disconnect(ended.append)
    assert ended == [first, first, second]
    assert {name for drop, name in told if drop is second} == {f"{n}.jpg" for n in range(6)}
    order = [drop for drop, _ in told]
    assert order.index(first, took[0]) < len(order) - 1
    assert len(list(second.out.glob("re*/pg-*"))) == 6


def test_a_drop_that_is_stopped_is_over_and_can_be_taken_again(
    work: Work, qtbot: QtBot, tmp_path: Path
) -> None:
    drop = folder(tmp_path / "photos", 4)
    with qtbot.waitSignal(work.finished, timeout=PATIENCE):
        work.take(drop)
        work.cancel()
    with qtbot.waitSignal(work.finished, timeout=PATIENCE):
        work.again(drop)
    assert len(list(drop.out.glob("re*/pg-*"))) == 4


def test_when_the_process_behind_the_window_is_killed_its_drop_is_refused_and_the_next_one_is_done(
    work: Work, qtbot: QtBot, tmp_path: Path
) -> None:
    lost, after = folder(tmp_path / "lost", 4), folder(tmp_path / "after", 1)
    refused: list[tuple[Drop, str]] = []

    def tell(drop: Drop, code: str, sentence: str) -> None:
        refused.append((drop, code))

    work.refused.connect(tell)
    try:
        with qtbot.waitSignal(work.settled, timeout=PATIENCE):
            work.take(lost)
        with qtbot.waitSignal(work.finished, timeout=PATIENCE):
            [behind] = [one for one in multiprocessing.active_children() if one.name == "photoguard-behind"]
            behind.kill()
        with qtbot.waitSignal(work.finished, timeout=PATIENCE):
            work.take(after)
    finally:
        work.refused.disconnect(tell)
    assert refused == [(lost, "INTERNAL_ERROR")]
    assert len(list(after.out.glob("re*/pg-*"))) == 1

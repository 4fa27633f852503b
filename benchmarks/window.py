"""The window, offscreen: start, the first photos, and with very many of them memory and its event loop's longest stall.

`python benchmarks/window.py --photos 5000 --seconds 120`: drops one photo of 12 megapixels after the other; then makes
small photos, drops them all on the window, lets it work for so long, scrolls through the list meanwhile, and stops.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import simplejpeg
from photos import camera_jpegs
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from photoguard.desktop.app import open_window
from photoguard.desktop.photos import PhotoList
from photoguard.desktop.settings import Settings
from photoguard.desktop.window import Window
from photoguard.desktop.work import Work
from photoguard.home import Home

_FIRST = 4
"""Photos as a camera writes them, one after the other, before the many."""


def age() -> float:
    """Seconds since this process began, the interpreter's own start included (Linux)."""
    began = float(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - began / os.sysconf("SC_CLK_TCK")


def make(folder: Path, number: int) -> None:
    """Small photos, each another one."""
    noise = np.random.default_rng(0)
    for index in range(number):
        small = noise.integers(60, 200, (12, 16, 3), np.uint8)
        pixels = np.ascontiguousarray(np.kron(small, np.ones((10, 10, 1), np.uint8)))
        data = simplejpeg.encode_jpeg(pixels, quality=85)
        (folder / f"IMG_{index:05}.jpg").write_bytes(data)


class Pulse:
    """Beats every few milliseconds; remembers the longest time without a beat."""

    def __init__(self) -> None:
        self.longest = self.longest_busy = 0.0
        self._last, self._last_busy = time.perf_counter(), time.thread_time()
        self._timer = QTimer()
        self._timer.timeout.connect(self._beat)
        self._timer.start(5)

    def _beat(self) -> None:
        now, busy = time.perf_counter(), time.thread_time()
        self.longest = max(self.longest, now - self._last)
        self.longest_busy = max(self.longest_busy, busy - self._last_busy)
        self._last, self._last_busy = now, busy


def wait(until: Callable[[], bool], seconds: float) -> None:
    """Let the window work until something holds or so much time has passed."""
    end = time.perf_counter() + seconds
    loop, timer = QEventLoop(), QTimer()
    timer.timeout.connect(lambda: loop.quit() if until() or time.perf_counter() > end else None)
    timer.start(20)
    loop.exec()


def wait_for(window: Window, photos: PhotoList, photo: Path) -> float:
    """Seconds from a photo's drop until what became of it is seen."""
    began = time.perf_counter()
    before = len(photos.items)
    window.add([photo])
    wait(lambda: len(photos.items) > before and not photos.counts[None], 60)
    return time.perf_counter() - began


def scroll(window: Window) -> None:
    """Go up and down the list, a screenful and a bit at each step."""
    bar = window.lanes.list.verticalScrollBar()
    bar.setValue((bar.value() + 977) % max(1, bar.maximum()))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=120)
    asked = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication([])
    application.setStyle("Fusion")
    with tempfile.TemporaryDirectory() as place:
        home = Home.at(Path(place) / "home")
        work, photos = Work(home.path), PhotoList()
        settings = Settings("en", "light", 100, Path(place) / "out")
        window = open_window(application, home, settings, work, photos, 10)
        application.processEvents()
        started, busy = age(), time.process_time()
        camera = Path(place) / "camera"
        # In another process, as it takes more memory than the window.
        maker = multiprocessing.get_context("spawn").Process(target=camera_jpegs, args=(camera, _FIRST))
        maker.start()
        maker.join()
        waits = [wait_for(window, photos, photo) for photo in sorted(camera.iterdir())]
        folder = Path(place) / "in"
        folder.mkdir()
        make(folder, asked.photos)
        pulse = Pulse()
        window.add([folder])
        wait(lambda: len(photos.items) == _FIRST + asked.photos, 120)
        scrolling = QTimer()
        scrolling.timeout.connect(lambda: scroll(window))
        scrolling.start(100)
        wait(lambda: photos.counts[None] == 0, asked.seconds)
        done = asked.photos - photos.counts[None]
        work.cancel()
        wait(lambda: photos.counts[None] == 0, 60)
        scrolling.stop()
        stall, stall_busy = pulse.longest * 1000, pulse.longest_busy * 1000
        window.close()
        window.deleteLater()
        work.close()
        application.processEvents()
    told = {
        "photos in the list": f"{asked.photos}, of which {done} were cleaned meanwhile",
        "usable after": f"{started:.2f} s, {busy:.2f} s of them at work",
        "a photo of 12 megapixels": f"the first {waits[0]:.2f} s after its drop, later ones {median(waits[1:]):.2f} s",
        "memory of the window": f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most",
        "longest stall": f"{stall:.0f} ms, {stall_busy:.0f} ms of them at work",
    }
    for what, value in told.items():
        print(f"{what:26} {value}")


if __name__ == "__main__":
    main()

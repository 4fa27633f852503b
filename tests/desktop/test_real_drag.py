"""A real drag on a real (virtual) screen: from one program's window into photoguard's, through the X server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="the window is an extra: pip install '.[desktop]'")
if sys.platform != "linux" or not all(map(shutil.which, ("Xvfb", "xdotool"))):
    pytest.skip("needs Xvfb and xdotool", allow_module_level=True)

SAMPLE = Path(__file__).parents[2] / "sample_images" / "formats" / "fundus_grey.jpg"


@pytest.fixture
def screen() -> Iterator[dict[str, str]]:
    """The environment of a screen of its own."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1800x1000x24", "-nolisten", "tcp"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    number = os.read(read, 20).decode().strip()
    os.close(read)
    yield {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
    server.terminate()
    server.wait(10)


def wait(what: Callable[[], object], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.2)


def test_a_file_that_is_dragged_from_another_program_is_cleaned(
    screen: dict[str, str], tmp_path: Path
) -> None:
    photo = tmp_path / "in" / "eye.jpg"
    photo.parent.mkdir()
    shutil.copy(SAMPLE, photo)
    home, out = tmp_path / "home", tmp_path / "out"
    home.mkdir(mode=0o700)
    (home / "window.ini").write_text(f"[General]\nlanguage=en\nout={out}\n")

    def xdotool(*command: object) -> str:
        done = subprocess.run(
            ["xdotool", *map(str, command)], env=screen, capture_output=True, text=True, timeout=20
        )
        return done.stdout.strip()

    with (
        subprocess.Popen(
            [sys.executable, "-m", "photoguard", "app", "--home", str(home)],
            env=screen,
            stderr=subprocess.PIPE,
        ) as app,
        subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("drag_source.py")), str(photo)], env=screen
        ) as source,
    ):
        try:
            wait(lambda: app.poll() is not None or xdotool("search", "--name", "^photoguard$"), 60)
            if app.poll() is not None and app.stderr is not None and b"xcb" in app.stderr.read():
                pytest.skip("Qt's X11 libraries are not installed")
            wait(lambda: xdotool("search", "--name", "^drag source$"), 60)
            window = xdotool("search", "--name", "^photoguard$").split()[-1]
            xdotool("windowmove", "--sync", window, 0, 0)
            time.sleep(0.5)
            xdotool("mousemove", 1500, 200, "mousedown", 1)
            for x in range(1490, 600, -40):
                xdotool("mousemove", x, 400)
            time.sleep(0.5)
            xdotool("mouseup", 1)
            wait(lambda: list(out.rglob("pg-*.jpg")), 120)
        finally:
            app.terminate()
            source.terminate()
    assert photo.exists()

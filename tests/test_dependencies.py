from __future__ import annotations

from importlib.metadata import version


def test_the_three_builds_of_opencv_are_one_version() -> None:
    builds = {version(name) for name in ("opencv-python", "opencv-contrib-python", "opencv-python-headless")}
    assert len(builds) == 1
    import cv2

    assert builds.pop().startswith(cv2.__version__)


def test_start_up_loads_no_nets_and_no_pictures() -> None:
    import subprocess
    import sys

    heavy = ("cv2", "numpy", "onnxruntime", "mediapipe", "rapidocr", "sqlalchemy", "PIL", "pydantic")
    code = f"import sys, photoguard.cli.main\nprint([name for name in {heavy!r} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"

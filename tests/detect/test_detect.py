from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from photoguard import detect
from photoguard.errors import ModelError


class _Quiet:
    name = "quiet"

    def find(self, photo: object) -> tuple[()]:
        return ()


class _Refuses:
    def __init__(self) -> None:
        raise ModelError("MODEL_MISSING", "No model.")


class _Fails:
    def __init__(self) -> None:
        raise RuntimeError("/home/someone/secret")


def _install(monkeypatch: pytest.MonkeyPatch, **classes: str) -> None:
    points = [EntryPoint(name, f"{__name__}:{value}", detect.GROUP) for name, value in classes.items()]
    monkeypatch.setattr(detect, "entry_points", lambda group: points if group == detect.GROUP else [])


def _code(*names: str) -> str:
    with pytest.raises(ModelError) as caught:
        detect.load(names or None)
    assert "secret" not in caught.value.message
    return caught.value.code


def test_the_built_in_detectors_are_loaded_by_name() -> None:
    assert [detector.name for detector in detect.load(["codes"])] == ["codes"]


def test_all_installed_detectors_are_loaded_in_the_order_of_their_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _install(monkeypatch, more="_Quiet", **dict.fromkeys(detect.BUILT_IN, "_Quiet"))
    assert len(detect.load()) == len(detect.BUILT_IN) + 1


@pytest.mark.parametrize("value", ["_Fails", "_NotThere"])
def test_a_detector_that_cannot_be_loaded_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    _install(monkeypatch, a="_Quiet", broken=value)
    assert _code() == "DETECTOR_BROKEN"


def test_a_detector_whose_model_is_missing_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, a="_Refuses")
    assert _code() == "MODEL_MISSING"


def test_a_detector_that_is_not_installed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, a="_Quiet")
    assert _code("a", "tattoos") == "DETECTOR_BROKEN"


def test_a_photo_is_never_looked_at_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch)
    assert _code() == "DETECTOR_BROKEN"


def test_another_detector_of_the_same_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [EntryPoint("faces", f"{__name__}:{value}", detect.GROUP) for value in ("_Quiet", "_Fails")]
    monkeypatch.setattr(detect, "entry_points", lambda group: points)
    assert _code() == "DETECTOR_BROKEN"


@pytest.mark.parametrize("missing", detect.BUILT_IN)
def test_an_installation_without_a_built_in_detector_is_refused(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    _install(monkeypatch, **{name: "_Quiet" for name in detect.BUILT_IN if name != missing})
    assert _code() == "DETECTOR_BROKEN"

from __future__ import annotations

import hashlib
import shutil
import tomllib
from pathlib import Path

import numpy as np
import pytest

from photoguard import weights
from photoguard.errors import ModelError
from photoguard.ingest import from_pixels
from photoguard.mirror.side import Side

_PACKAGED = ("text-detection", "text-recognition", "person", "hand", "palm", "hand-graph", "hand-labels")
_NAMES = ("centerface", "body", *_PACKAGED)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models with one small model in it."""
    content = b"not much of a net"
    (tmp_path / "small.onnx").write_bytes(content)
    (tmp_path / "registry.toml").write_text(
        f'[small]\nfile = "small.onnx"\nsha256 = "{hashlib.sha256(content).hexdigest()}"\n'
        'source = "this test"\nlicence = "MIT"\n'
    )
    monkeypatch.setenv("PHOTOGUARD_MODELS", str(tmp_path))
    return tmp_path


def _code(name: str) -> str:
    with pytest.raises(ModelError) as caught:
        weights.path(name)
    assert "\n" not in caught.value.message
    assert "/" not in caught.value.message
    return caught.value.code


@pytest.mark.parametrize("name", _NAMES)
def test_every_model_of_the_registry_is_there_and_is_the_right_one(name: str) -> None:
    assert weights.path(name).is_file()


def test_the_registry_names_a_source_and_a_licence_for_every_model_file_beside_it() -> None:
    beside = weights.path("centerface").parent
    files = {weights.path(name) for name in _NAMES}
    assert set(beside.glob("*.onnx")) <= files


def test_another_folder_of_models_is_used_where_one_is_named(folder: Path) -> None:
    assert weights.path("small") == folder / "small.onnx"
    assert _code("centerface") == "MODEL_MISSING"


def test_a_missing_model_file_is_refused(folder: Path) -> None:
    (folder / "small.onnx").unlink()
    assert _code("small") == "MODEL_MISSING"


def test_a_model_file_with_one_other_byte_is_refused_also_after_it_passed(folder: Path) -> None:
    weights.path("small")
    (folder / "small.onnx").write_bytes(b"not much of a nut")
    assert _code("small") == "MODEL_WRONG"


def test_a_folder_in_the_models_place_is_refused(folder: Path) -> None:
    (folder / "small.onnx").unlink()
    (folder / "small.onnx").mkdir()
    assert _code("small") == "MODEL_MISSING"


def test_a_folder_without_a_registry_is_refused(folder: Path) -> None:
    (folder / "registry.toml").unlink()
    assert _code("small") == "MODEL_MISSING"


@pytest.mark.parametrize("text", ["[small", "[small]\nfile = 1\n", '[small]\nfile = "small.onnx"\n', "\xff"])
def test_a_registry_that_cannot_be_understood_is_refused(folder: Path, text: str) -> None:
    (folder / "registry.toml").write_bytes(text.encode("latin-1"))
    assert _code("small") == "MODEL_WRONG"


def test_a_model_in_a_package_that_is_not_installed_is_refused(folder: Path) -> None:
    registry = folder / "registry.toml"
    registry.write_text(registry.read_text() + 'package = "photoguard_no_such_package"\n')
    assert _code("small") == "MODEL_MISSING"


def _changed(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry that expects one other byte in a model, which is the same as a model with one other byte."""
    registry = weights.path("centerface").with_name("registry.toml").read_text(encoding="utf-8")
    sha256 = tomllib.loads(registry)[name]["sha256"]
    (folder / "registry.toml").write_text(registry.replace(sha256, sha256[::-1]), encoding="utf-8")
    monkeypatch.setenv("PHOTOGUARD_MODELS", str(folder))


@pytest.mark.parametrize("name", _PACKAGED)
def test_a_model_inside_a_package_with_another_content_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    _changed(name, tmp_path, monkeypatch)
    assert _code(name) == "MODEL_WRONG"


@pytest.mark.parametrize("name", ["hand", "palm", "hand-graph", "hand-labels"])
def test_a_model_that_mediapipe_opens_by_itself_is_checked_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    from photoguard.mirror import laterality

    _changed(name, tmp_path, monkeypatch)
    laterality._net.cache_clear()
    photo = from_pixels(np.full((64, 64, 3), 128, np.uint8))
    with pytest.raises(ModelError) as caught:
        laterality.cue(photo, Side.LEFT)
    assert caught.value.code == "MODEL_WRONG"


def test_the_real_centerface_with_its_end_cut_off_stops_the_face_detector(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from photoguard.detect.faces import FaceDetector

    original = weights.path("centerface")
    shutil.copy(original.with_name("registry.toml"), tmp_path)
    (tmp_path / original.name).write_bytes(original.read_bytes()[:-1])
    monkeypatch.setenv("PHOTOGUARD_MODELS", str(tmp_path))
    with pytest.raises(ModelError) as caught:
        FaceDetector()
    assert caught.value.code == "MODEL_WRONG"

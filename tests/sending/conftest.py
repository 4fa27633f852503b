"""Two practices: one that has released photos, and one that receives them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sending_desk import Receiver, Sender, release


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a practice's run leaves behind, made once by the real stages."""
    folder = tmp_path_factory.mktemp("released")
    release(folder)
    return folder


@pytest.fixture
def sender(released: Path, tmp_path: Path) -> Sender:
    return Sender(Path(shutil.copytree(released, tmp_path / "sender")))


@pytest.fixture
def receiver(tmp_path: Path) -> Receiver:
    return Receiver(tmp_path / "receiver")

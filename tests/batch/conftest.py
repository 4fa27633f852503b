from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from PIL import Image
from skimage import data

from photoguard.batch import worker


@pytest.fixture(scope="session")
def workers() -> Iterator[Executor]:
    """One worker process for all tests: the models are loaded once."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=worker.start) as pool:
        yield pool


@pytest.fixture
def face_photo(tmp_path: Path) -> Path:
    path = tmp_path / "photos" / "face.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(data.astronaut()).save(path, quality=90)
    return path

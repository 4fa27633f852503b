from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from skimage import data

from photoguard.photo import CaptureFacts, Container, Photo, Pixels


@pytest.fixture(scope="session")
def as_photo() -> Callable[[Pixels], Photo]:
    """Pixels as a Photo of which nothing else is known."""

    def made(pixels: Pixels) -> Photo:
        return Photo(
            np.ascontiguousarray(pixels), Container.ARRAY, CaptureFacts((pixels.shape[1], pixels.shape[0]))
        )

    return made


@pytest.fixture(scope="session")
def site() -> Pixels:
    """A photo with the fine texture of a body: a part of scikit-image's cat, and no symmetry."""
    return np.ascontiguousarray(data.chelsea())


@pytest.fixture(scope="session")
def other_site() -> Pixels:
    return np.ascontiguousarray(cv2.resize(data.coffee(), (600, 400)))

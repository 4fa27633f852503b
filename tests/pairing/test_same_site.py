"""Which photos of a batch show one site, where some of them have been compared before."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from photoguard.features import Features, of_pixels
from photoguard.pairing import same_site

SITE, COPY, TURNED, OTHER = range(4)


@pytest.fixture(scope="module")
def photos() -> list[Features]:
    """One site three times, and another one."""
    site = np.asarray(data.chelsea())
    turn = cv2.getRotationMatrix2D((225, 150), 8, 1.05)
    turned = np.asarray(cv2.warpAffine(site, turn, (451, 300), borderMode=cv2.BORDER_REFLECT), np.uint8)
    return [of_pixels(picture) for picture in (site, site[10:, :-10], turned, np.asarray(data.rocket()))]


@pytest.mark.parametrize(
    ("new", "found"),
    [
        ({SITE, COPY, TURNED, OTHER}, {(SITE, COPY), (SITE, TURNED), (COPY, TURNED)}),
        (set(), set()),
        ({OTHER}, set()),
        # What a new one shows as well is told once more, so that a copy of a photo that is held is held with it.
        ({COPY}, {(SITE, COPY), (SITE, TURNED), (COPY, TURNED)}),
    ],
    ids=["all", "none", "another site", "a copy"],
)
def test_only_what_a_new_photo_shows_is_looked_at_again(
    photos: list[Features], new: set[int], found: set[tuple[int, int]], tmp_path: Path
) -> None:
    pairs = [(one, other) for one, other, _ in same_site.alike(photos, tmp_path, new)]
    assert set(pairs) == found and len(pairs) == len(found)

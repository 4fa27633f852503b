"""What becomes of transparency: nothing of the original may stay where it can't be seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..photo import Photo, Pixels, Region


def settle(photo: Photo, pixels: Pixels, regions: Sequence[Region]) -> tuple[Pixels, Pixels | None]:
    """The pixels and the alpha to write: masks are opaque, and where nothing is seen the colour is black.

    `pixels` are the upright pixels with the masks painted. Alpha is None where all is opaque.
    """
    if photo.alpha is None:
        return pixels, None
    alpha = photo.alpha.copy()
    for region in regions:
        for x0, y0, x1, y1 in region.boxes():
            alpha[y0:y1, x0:x1] = 255
    settled = np.where(alpha[..., None] == 0, np.uint8(0), pixels)
    return settled, None if alpha.min() == 255 else alpha

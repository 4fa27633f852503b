"""What is being composed: a picture, its labels, and the skin's surface that artwork is wrapped round."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BODY, SKIN, TATTOO, OBJECT = range(4)
IGNORE = 255


@dataclass
class Scene:
    """Changed in place while it is composed.

    picture: side x side x 3 float32 RGB 0..255. labels: 4 x side x side uint8 in {0, 1, 255 = ignore}.
    surface: side x side x 2 float32, for each pixel the point of the unrolled skin it shows, in pixels.
    wound: side x side uint8, 1 where a real wound lies. ita: of the skin before the light, NaN without skin.
    """

    picture: NDArray[np.float32]
    labels: NDArray[np.uint8]
    surface: NDArray[np.float32]
    wound: NDArray[np.uint8]
    ita: float = float("nan")

    @property
    def side(self) -> int:
        """Width and height in pixels."""
        return self.picture.shape[0]

    @property
    def bare(self) -> NDArray[np.bool_]:
        """Where skin is seen that may carry ink: sure skin, no wound, no object over it."""
        return (self.labels[SKIN] == 1) & (self.wound == 0) & (self.labels[OBJECT] != 1)


def noise(rng: np.random.Generator, side: int, cells: int) -> NDArray[np.float32]:
    """side x side smooth noise about -1..1 with `cells` bumps across."""
    import cv2

    coarse = rng.normal(size=(cells + 3, cells + 3)).astype(np.float32)
    return cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC) * 0.6

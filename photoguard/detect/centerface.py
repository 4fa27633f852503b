"""CenterFace: faces of every size in one pass of a small fully convolutional net.

Source: Xu et al., "CenterFace: Joint Face Detection and Alignment Using Face as Point", 2019. The net answers on
a grid of 4 x 4 pixels: is a face's centre here (heatmap), how tall and wide is it (log scale), where in the cell
is its centre (offset), and where are eyes, nose and corners of the mouth (in shares of the box).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..photo import Pixels
from .found import Faces, Floats
from .net import open_net

_CELL = 4
_SIDE = 32
_OVERLAP = 0.3
_OUTPUTS = ("537", "538", "539", "540")


class CenterFace:
    """The net, ready to run on one thread (photos are spread over processes, not threads)."""

    def __init__(self) -> None:
        """Load the net. Raises ModelError where its file is missing or another one."""
        self._session = open_net("centerface")
        self._input = self._session.get_inputs()[0].name

    def __call__(self, pictures: Sequence[Pixels], threshold: float) -> list[Faces]:
        """For each picture (H x W x 3, RGB, all of one size) the faces whose score exceeds the threshold.

        Pictures are padded to multiples of 32 on the right and at the bottom.
        """
        height, width = pictures[0].shape[:2]
        rims = 0, -height % _SIDE, 0, -width % _SIDE
        padded = [cv2.copyMakeBorder(pixels, *rims, cv2.BORDER_CONSTANT) for pixels in pictures]
        answers = self._session.run(_OUTPUTS, {self._input: cv2.dnn.blobFromImages(padded)})
        return [
            _decode(heatmap[0], scale, offset, landmark, threshold)
            for heatmap, scale, offset, landmark in zip(*answers, strict=True)
        ]


def _decode(heatmap: Floats, scale: Floats, offset: Floats, landmark: Floats, threshold: float) -> Faces:
    rows, columns = np.nonzero(heatmap > threshold)
    if not rows.size:
        return Faces.none()
    # Each of the net's pairs is (y, x).
    sizes = np.exp(scale[::-1, rows, columns].T) * _CELL
    centres = (np.stack((columns, rows), axis=1) + offset[::-1, rows, columns].T + 0.5) * _CELL
    corners = centres - sizes / 2
    points = landmark[:, rows, columns].T.reshape(-1, 5, 2)[:, :, ::-1] * sizes[:, None] + corners[:, None]
    return Faces(np.stack((corners, corners + sizes), axis=1), heatmap[rows, columns], points).best(_OVERLAP)

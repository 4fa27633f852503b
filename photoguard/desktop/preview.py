"""Masks tried on while a person draws: the library's own, on a smaller copy of the picture in memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtGui import QImage

from ..photo import Pixels, Region
from ..policy import Masking
from .areas import Draft
from .pictures import Picture


def preview(picture: Picture, draft: Draft, masking: Masking) -> QImage:
    """What the draft's masks will look like, transparent where there are none, at a fraction of the size.

    Masks are planned on the full picture, so that their edges are those of the file; they are painted on the
    small one. `picture` is shown as the draft has it.
    """
    from .. import mask  # late: nothing is masked before a photo is corrected

    width, height = picture.size
    block = picture.block[::-1] if draft.turn in (90, 270) else picture.block
    masked = [area.finding() for area in draft.areas if area.masked]
    regions = mask.plan(masked, masking, (width, height), block, picture.beyond)
    small = _oriented(picture.small, draft)
    shape = small.shape[1], small.shape[0]
    halved = [made for region in regions if (made := _halved(region, picture.times, shape)) is not None]
    # The same noise each time: what was not changed does not flicker.
    painted = mask.apply(small, halved, np.random.default_rng(0)) if halved else small
    return _image(painted, halved)


def _oriented(pixels: Pixels, draft: Draft) -> Pixels:
    """The pixels the way the draft shows them."""
    import cv2

    if draft.flipped:
        pixels = cv2.flip(pixels, 1).astype(np.uint8, copy=False)
    if draft.turn:
        turns = {
            90: cv2.ROTATE_90_CLOCKWISE,
            180: cv2.ROTATE_180,
            270: cv2.ROTATE_90_COUNTERCLOCKWISE,
        }
        pixels = cv2.rotate(pixels, turns[draft.turn]).astype(np.uint8, copy=False)
    return pixels


def _halved(region: Region, times: int, size: tuple[int, int]) -> Region | None:
    """The region on a picture (width, height) that was halved so often, grown to whole pixels."""
    step = 2**times
    x0, y0, x1, y1 = region.box
    box = x0 // step, y0 // step, min(-(-x1 // step), size[0]), min(-(-y1 // step), size[1])
    if box[0] >= box[2] or box[1] >= box[3]:
        return None
    return replace(region, box=box, cell=(max(1, region.cell[0] // step), max(1, region.cell[1] // step)))


def _image(painted: Pixels, regions: list[Region]) -> QImage:
    import cv2

    height, width = painted.shape[:2]
    covered = np.zeros((height, width), np.uint8)
    for region in regions:
        for x0, y0, x1, y1 in region.boxes():
            covered[y0:y1, x0:x1] = 255
    seen = cv2.cvtColor(painted, cv2.COLOR_RGB2BGRA)
    seen = cv2.bitwise_and(seen, seen, mask=covered)
    # Little-endian ARGB lies in memory as BGRA. A copy: Qt must own what it draws from after the array is gone.
    return QImage(seen.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()

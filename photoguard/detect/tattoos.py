"""Tattoos: where the body net sees ink, as outlines, and where what it sees may be a wound."""

from __future__ import annotations

import cv2
import numpy as np

from ..photo import Finding, Kind, Photo
from .body import BodyMaps, body_net
from .found import Floats
from .outline import Marked, enlarged, filled, finding, grown, parts

EXTENT = 0.15
"""A tattoo reaches as far as cells above this hang together. Faded parts of one answer as weakly as a wound does,
which is why its peak decides and not each cell for itself."""
SURE = 0.6
"""Peak from which a part is masked as a tattoo. Wounds and dark skin answer with less, nearly always."""
DOUBTED = 0.4
"""Peak from which a part may be a tattoo: a person looks. Below it answers come from anything with a texture."""
SMALLEST = 0.0004
"""Share of the picture below which nothing is called a tattoo: 70 x 70 pixels of 12 megapixels."""
_MARGIN = 0.006
"""Added all round, as a share of the picture's mean side: ink has spread, and the grid is coarse."""
_GAP = 0.3
"""Share of a tattoo's own area up to which skin within its lines belongs to it. A wound in a ring of ink is larger."""
_RED = 8.0
"""How much redder than the skin (CIELAB a*) raw flesh is. Of 262 photos of wounds, 78 % have at least a quarter of
the wound above it; black and blue ink lies below the skin."""
_MOSTLY = 0.5
"""Share of red from which a part is no tattoo that can be masked unseen."""
_INK = 0.85
"""Mean of the tattoo's map over something red from which it is masked, as red ink is; a person looks all the same.
Of the red ink in composed pictures of the tuning part seven tenths have more, of what else is red beside ink one in
twenty, and in 330 clinical photos nothing that would be masked for it."""
_BESIDE = 0.015
"""How near to ink raw flesh touches it, as a share of the picture's mean side."""
_SKIN = 0.5
_ON_SKIN = 0.6
"""Mean of the skin's map below which a part lies on clothes as likely: a person looks. Composed tattoos of the tuning
part have 0.72 and more, 99 of 100."""
_FINER = 2


class TattooDetector:
    """Finds tattoos as outlines, motifs with their small gaps.

    Not `sure` is what may be a tattoo, or a wound, or clothes, and what is red as raw flesh where a tattoo covers or
    touches it; red ink is both masked and asked about.
    """

    name = "tattoos"

    def __init__(self) -> None:
        """Load the net. Raises ModelError where its file is missing or another one."""
        self._net = body_net()

    def find(self, photo: Photo) -> tuple[Finding, ...]:
        """Every tattoo in the photo."""
        return self._found(self._net.look(photo), photo)

    def glance(self, photo: Photo) -> tuple[Finding, ...]:
        """What both looks together are sure of, where the coarse one alone is sure of something.

        Alone it took two wounds in 126 photos for tattoos, once the room around them was masked.
        """
        suspected = any(found.sure for found in self._found(self._net.glance(photo), photo))
        return tuple(found for found in self.find(photo) if found.sure) if suspected else ()

    def _found(self, maps: BodyMaps, photo: Photo) -> tuple[Finding, ...]:
        ink, skin = enlarged(maps.tattoo, _FINER), enlarged(maps.skin, _FINER)
        side, smallest = ink.size**0.5, SMALLEST * ink.size
        seen = [part for part in parts(ink > EXTENT) if part.sum() >= smallest and ink[part].max() >= DOUBTED]
        if not seen:
            return ()
        raw = _raw(photo, skin, ink)
        masked, red, doubted = np.zeros(ink.shape, bool), [], []
        for part in seen:
            on_skin = skin[part].mean() >= _ON_SKIN
            as_flesh = raw[part].mean() >= _MOSTLY
            if ink[part].max() >= SURE and on_skin and (not as_flesh or ink[part & raw].mean() >= _INK):
                red += [part] if as_flesh else []
                masked |= filled(grown(part, max(1.0, _MARGIN * side)), _GAP * part.sum())
            else:
                doubted.append(part)
        near = grown(masked, max(1.0, _BESIDE * side))
        flesh = [part for part in parts(raw) if part.sum() >= smallest and (part & near).any()]
        for part in flesh:
            if ink[part].mean() < _INK:
                masked &= ~grown(part, 1)  # stays to be seen: a person decides
        doubted += flesh
        # Specks of red may be too small to be asked about one by one.
        doubted += [part for part in red if not any((part & one).any() for one in flesh)]
        return tuple(
            finding(Kind.TATTOO, part, float(ink[part].max()), photo.size, self.name, sure=sure)
            for sure, found in ((True, parts(masked)), (False, doubted))
            for part in found
        )


def _raw(photo: Photo, skin: Floats, ink: Floats) -> Marked:
    """Where skin, or what passes for ink, is red as raw flesh; nowhere if there is no plain skin to compare with."""
    height, width = ink.shape
    near = photo.scaled(min(1.0, max(ink.shape) / max(photo.size)))
    small = cv2.resize(near, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    redness = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)[:, :, 1]
    plain = (skin > _SKIN) & (ink < EXTENT)
    if plain.sum() < SMALLEST * ink.size:
        return np.zeros(ink.shape, bool)
    red = (redness - np.median(redness[plain]) > _RED) & ((skin > _SKIN) | (ink > EXTENT))
    return cv2.morphologyEx(red.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).astype(bool)

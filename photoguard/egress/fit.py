"""Makes a picture small enough to be sent.

It starts from the picture as it was written and read again: there nothing is left of what masks cover, not even in the
colours beside them.
"""

from __future__ import annotations

from dataclasses import replace

from ..errors import UnwritablePhoto
from ..photo import Container, Photo
from ..policy import Largest
from ..reasons import REASONS
from . import Encoded, jpeg

_QUALITIES = range(90, 59, -5)
"""Below the last one, blocks and colours of the coding show in skin: they could be taken for a finding."""


def fits(encoded: Encoded, photo: Photo, most: Largest) -> bool:
    """Whether a written file is small enough as it is, and one that a messenger shows: DICOM is none."""
    return encoded.suffix != ".dcm" and max(photo.size) <= most.side and len(encoded.data) <= most.bytes


def shrunk(written: Photo, most: Largest) -> Photo:
    """What was written, as a picture that is no larger than asked for, and never larger than it was.

    It is opaque: where nothing was seen it is black.
    """
    pixels = written.scaled(min(1.0, most.side / max(written.size)))
    pixels.setflags(write=False)
    return replace(written, pixels=pixels, alpha=None, container=Container.ARRAY, source=b"", block=(1, 1))


def encode(small: Photo, most: Largest) -> Encoded:
    """A JPEG at the best quality at which it is small enough.

    Raises UnwritablePhoto (SIZE_UNREACHED) where that would be a quality at which findings suffer.
    """
    for quality in _QUALITIES:
        data = jpeg.write(small, small.pixels, (), quality)
        if len(data) <= most.bytes:
            return Encoded(data, ".jpg")
    raise UnwritablePhoto("SIZE_UNREACHED", REASONS["SIZE_UNREACHED"].seen)

"""The cue in the file itself: small copies of the picture that a program left as they were when it flipped it."""

from __future__ import annotations

import simplejpeg

from ..outcome import MirrorCue
from ..photo import Photo, Pixels
from .likeness import likeness, small
from .orientation import MIRRORED

_ALIKE = 0.92
_CLEAR = 0.5
"""How alike the better of both ways must be, and how little of what the other way leaves unexplained it may
leave. Measured: benchmarks/mirror.py."""
_LEAST, _MOST = 32, 100_000_000
"""Sides below the first and pixels beyond the second are no copy to compare with."""
_SIDE = 128


def cue(photo: Photo) -> MirrorCue | None:
    """Decisive where a copy in the file fits only when flipped; weak where it lies as the picture does.

    Weak, because a camera may have mirrored both. Nothing is said where the stored orientation mirrors the
    picture: then nobody knows whether it is meant for the copy as well. Copies of other pictures, damaged
    ones, and those that fit both ways prove nothing.
    """
    copies = [copy for copy in (photo.facts.thumbnail, *photo.facts.previews) if copy is not None]
    if not copies or photo.facts.orientation in MIRRORED:
        return None
    picture = small(photo.scaled(min(1.0, _SIDE / max(photo.size))))
    seen = [likeness(picture, small(pixels)) for pixels in map(_decoded, copies) if pixels is not None]
    said = {flipped > straight for straight, flipped in seen if _clear(straight, flipped)}
    if said == {True}:
        return MirrorCue(
            name="preview",
            says="mirrored",
            strength="decisive",
            detail="The small copy of the picture in the file lies the other way round: the picture was flipped.",
        )
    if said == {False}:
        return MirrorCue(
            name="preview",
            says="not_mirrored",
            strength="weak",
            detail="The small copy of the picture in the file lies the same way round.",
        )
    return None


def _clear(straight: float, flipped: float) -> bool:
    better, worse = max(straight, flipped), min(straight, flipped)
    return better > _ALIKE and 1 - better < _CLEAR * (1 - worse)


def _decoded(jpeg: bytes) -> Pixels | None:
    """The copy's grey pixels, no larger than needed; None where it is damaged or no copy to compare with."""
    try:
        height, width, _, _ = simplejpeg.decode_jpeg_header(jpeg)
        if min(height, width) < _LEAST or height * width > _MOST:
            return None
        grey = simplejpeg.decode_jpeg(
            jpeg, colorspace="GRAY", min_height=min(height, _SIDE), min_width=min(width, _SIDE), strict=True
        )
    except (ValueError, MemoryError):
        return None
    pixels: Pixels = grey[:, :, 0]
    return pixels

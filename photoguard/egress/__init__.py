"""From a Photo and its masks to a file's bytes, through an allow-list for each container."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..errors import UnwritablePhoto
from ..photo import Container, Photo, Pixels, Region
from ..reasons import REASONS
from . import dicom, jpeg, png, webp
from .jpeg import keeps_coding
from .opacity import settle

__all__ = ["Encoded", "as_it_is", "keeps_coding", "write"]

_AS_JPEG = (Container.JPEG, Container.HEIF, Container.AVIF)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A file that is ready to be written."""

    data: bytes = field(repr=False)
    suffix: str
    """`.jpg`, `.png`, `.webp` or `.dcm`."""


def as_it_is(photo: Photo) -> Encoded | None:
    """A file with the photo's own picture, bit for bit; None where only `write` can make one."""
    data = jpeg.as_it_is(photo)
    return None if data is None else Encoded(data, ".jpg")


def write(photo: Photo, pixels: Pixels, regions: Sequence[Region], *, text_hidden: bool = False) -> Encoded:
    """The photo as a file that holds what the allow-list names and nothing else.

    `pixels` are the upright pixels with the masks painted (H x W x 3, RGB), `regions` what is masked;
    `text_hidden` says that text was looked for and masked, which a DICOM header can tell.
    JPEG stays JPEG, WebP stays WebP, DICOM stays DICOM. HEIC and AVIF become JPEG, or PNG where there is
    alpha; all others become PNG. Raises UnwritablePhoto (INTERNAL_ERROR).
    """
    if photo.container in _AS_JPEG and photo.alpha is None:
        return Encoded(jpeg.write(photo, pixels, regions), ".jpg")
    settled, alpha = settle(photo, pixels, regions)
    try:
        if photo.container is Container.DICOM:
            return Encoded(dicom.write(photo, pixels, regions, text_hidden=text_hidden), ".dcm")
        if photo.container is Container.WEBP:
            return Encoded(webp.write(settled, alpha, photo.profile, webp.is_lossless(photo.source)), ".webp")
        return Encoded(png.write(settled, alpha, photo.profile), ".png")
    except (OSError, ValueError):
        raise UnwritablePhoto("INTERNAL_ERROR", REASONS["INTERNAL_ERROR"].seen) from None

"""Photos that another program hands over as pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import UnreadablePhoto
from ..photo import CaptureFacts, Container, Photo
from . import raster, tiff
from .facts import from_exif
from .refusal import check_size, refusal


def from_pixels(pixels: NDArray[np.uint8]) -> Photo:
    """A Photo of upright sRGB pixels: H x W (grey), H x W x 3 (RGB) or H x W x 4 (RGBA), uint8.

    Raises UnreadablePhoto: NOT_A_PHOTO for other shapes or types, NO_PIXELS.
    """
    if (
        not isinstance(pixels, np.ndarray)
        or pixels.dtype != np.uint8
        or pixels.ndim not in (2, 3)
        or (pixels.ndim == 3 and pixels.shape[2] not in (3, 4))
    ):
        raise UnreadablePhoto(
            "NOT_A_PHOTO", "Pixels must be uint8 of shape H x W (grey), H x W x 3 (RGB) or H x W x 4 (RGBA)."
        )
    height, width = pixels.shape[:2]
    check_size(width, height, float("inf"))
    facts = CaptureFacts(stored_size=(width, height))
    return raster.to_photo(Image.fromarray(pixels), container=Container.ARRAY, facts=facts, icc=None)


def from_image(image: Image.Image) -> Photo:
    """A Photo of an image that Pillow opened or made: its orientation is applied, its profile respected.

    Raises UnreadablePhoto: FILE_DAMAGED where its pixels can't be decoded, NO_PIXELS, FORMAT_UNSUPPORTED,
    RAW_PHOTO.
    """
    if tiff.is_raw_preview(image):
        raise refusal("RAW_PHOTO")
    check_size(*image.size, float("inf"))
    stored, frames = image.size, getattr(image, "n_frames", 1)
    exif = image.info.get("exif") or _written_exif(image)
    try:
        image.load()
        facts = from_exif(exif, stored_size=stored, xmp=_bytes(image.info.get("xmp")), frames=frames)
        return raster.to_photo(
            image,
            container=Container.ARRAY,
            facts=facts,
            icc=image.info.get("icc_profile"),
            orientation=1 if image.format == "TIFF" else facts.orientation,  # Pillow turns TIFF itself
            bits=16 if image.mode.startswith("I") else 8,
        )
    except UnreadablePhoto:
        raise
    except Exception:  # a lazily opened file's decoder may raise anything
        raise refusal("FILE_DAMAGED") from None


def _written_exif(image: Image.Image) -> bytes | None:
    exif = image.getexif()
    return exif.tobytes() if exif else None


def _bytes(value: object) -> bytes | None:
    return value if isinstance(value, bytes) else None

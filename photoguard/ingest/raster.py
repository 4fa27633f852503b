"""From what Pillow decodes, in any of its modes, to a Photo: 8 bits, RGB, alpha apart, a profile we know."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from .. import profiles
from ..photo import CaptureFacts, Container, Photo, Pixels, Profile
from .refusal import refusal
from .turn import upright

_Image = TypeVar("_Image", bound=Image.Image)

SIXTEEN_BITS = ("I;16", "I;16B", "I;16L", "I;16N")
"""Pillow's modes for grey of 9 to 16 bits."""

_ONE_GIANT_AT_A_TIME = threading.Lock()

# ITU-T H.273: what CICP's numbers for primaries and transfer mean
_P3_PRIMARIES, _SRGB_TRANSFER = 12, 13
_HDR_TRANSFERS = (16, 18)  # PQ and HLG


def decode(plugin: Callable[[io.BytesIO], _Image], data: bytes, size: tuple[int, int]) -> _Image:
    """The picture as one of Pillow's readers decodes it. `size` is what the header announced.

    The reader is named, so that content is never taken for another format than the one recognised. It
    raises what Pillow raises, and UnreadablePhoto (FILE_DAMAGED) where Pillow finds another size in the file than
    the one that was checked, for instance in a second entry of one tag.
    """
    with _pillow_allows(*size):
        image = plugin(io.BytesIO(data))
        if sorted(image.size) != sorted(size):  # Pillow gives a TIFF's as it is turned
            raise refusal("FILE_DAMAGED")
        image.load()
    return image


def profile_of_code(primaries: int, transfer: int) -> bytes | None:
    """The profile that numbers in the file (CICP, H.273) stand for; None for sRGB and the like.

    Raises UnreadablePhoto (FORMAT_UNSUPPORTED) for HDR pictures: shown as if they were not, colours mislead.
    """
    if transfer in _HDR_TRANSFERS:
        raise refusal("FORMAT_UNSUPPORTED")
    if primaries == _P3_PRIMARIES and transfer == _SRGB_TRANSFER:
        return profiles.icc(Profile.DISPLAY_P3)
    return None


def to_photo(
    image: Image.Image,
    *,
    container: Container,
    facts: CaptureFacts,
    icc: bytes | None,
    source: bytes = b"",
    orientation: int = 1,
    bits: int = 8,
) -> Photo:
    """The Photo in a decoded image.

    `orientation` is what is still to be applied; `bits` is the file's depth per channel, which Pillow may
    have reduced already. Raises UnreadablePhoto (FORMAT_UNSUPPORTED) for floating point and the like.
    """
    if image.mode in SIXTEEN_BITS:
        image = eight_bits(image, bits)
    image, alpha = _without_alpha(image, keyed=bits == 8)
    image, profile, converted = _in_known_colours(image, icc)
    pixels = upright(np.asarray(image if image.mode == "RGB" else image.convert("RGB")), orientation)
    if alpha is not None:
        alpha = _read_only(upright(alpha, orientation))
    return Photo(
        pixels=_read_only(pixels),
        container=container,
        facts=facts,
        profile=profile,
        alpha=alpha,
        source=source,
        native=bits <= 8 and not converted,
    )


def eight_bits(image: Image.Image, bits: int) -> Image.Image:
    """A grey image of `bits` per pixel, in one of SIXTEEN_BITS, as mode L: its upper eight bits."""
    deep: NDArray[np.uint16] = np.asarray(image)
    return Image.fromarray((deep >> (bits - 8)).astype(np.uint8))


@contextmanager
def _pillow_allows(width: int, height: int) -> Iterator[None]:
    # Pillow's own limit is one for the whole process and lower than what cameras make today. The size was
    # checked against the policy before; a host program's limit is put back at once.
    if Image.MAX_IMAGE_PIXELS is None or width * height <= Image.MAX_IMAGE_PIXELS:
        yield
        return
    with _ONE_GIANT_AT_A_TIME:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def _without_alpha(image: Image.Image, *, keyed: bool) -> tuple[Image.Image, Pixels | None]:
    """The image with the colours that stand under its alpha, and the alpha where it hides anything.

    `keyed` is False where a transparent colour was given in more bits than the pixels still have: it can't
    be told from its neighbours, so nothing is hidden.
    """
    if image.mode in ("RGBa", "La", "PA") or (keyed and "transparency" in image.info):
        image = image.convert("LA" if image.mode == "La" else "RGBA")
    if image.mode not in ("RGBA", "LA"):
        return image, None
    alpha = np.asarray(image.getchannel("A"))
    return image.convert(image.mode[:-1]), None if alpha.min() == 255 else alpha


def _in_known_colours(image: Image.Image, icc: bytes | None) -> tuple[Image.Image, Profile, bool]:
    """The image, the built-in profile it is in, and whether its colours had to be converted for that."""
    if image.mode == "LAB":
        icc = icc or ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    if image.mode in ("CMYK", "LAB"):
        return profiles.to_srgb(image, icc or b""), Profile.SRGB, True
    if image.mode not in ("1", "L", "P", "RGB", "RGBX", "YCbCr", "HSV"):
        raise refusal("FORMAT_UNSUPPORTED")
    if image.mode not in ("L", "RGB"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    profile = profiles.recognise(icc)
    if profile is None:
        return profiles.to_srgb(image, icc or b""), Profile.SRGB, True
    return image, profile, False


def _read_only(array: Pixels) -> Pixels:
    if array.flags.writeable:
        array.setflags(write=False)
    return array

"""HEIC/HEIF as phones write it, and AVIF."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace

import pillow_heif
from PIL import AvifImagePlugin, Image

from ..orientation import TURNS
from ..photo import Container, Disclosure, Photo
from . import raster
from .facts import from_exif
from .items import Items, read_items
from .refusal import check_size

_MOST_PREVIEWS = 2
_FOREIGN = Disclosure("content", "HEIF", "a film or other blocks of the maker's own")


def read_heif(data: bytes, max_megapixels: float) -> Photo:
    """The main picture of a HEIF file.

    Raises UnreadablePhoto; whatever else a decoder raises means damage.
    """
    items = _items(data, max_megapixels)
    opened = pillow_heif.open_heif(data)
    main = opened[opened.primary_index]
    check_size(*main.size, max_megapixels)
    image = main.to_pillow()
    # libheif turns and mirrors by irot and imir; the EXIF tag must not do it again.
    stored = TURNS[items.orientation].size(*image.size)
    return _photo(
        image,
        items,
        Container.HEIF,
        data,
        stored,
        bits=image.info["bit_depth"],
        previews=[_preview(main, index) for index in range(_MOST_PREVIEWS)],
    )


def read_avif(data: bytes, max_megapixels: float) -> Photo:
    """The main picture of an AVIF file.

    Raises UnreadablePhoto; whatever else a decoder raises means damage.
    """
    items = _items(data, max_megapixels)
    image = raster.decode(AvifImagePlugin.AvifImageFile, data, items.size)
    items.frames = max(items.frames, image.n_frames)
    # Pillow leaves irot and imir to its caller.
    return _photo(
        image,
        items,
        Container.AVIF,
        data,
        image.size,
        bits=items.depth,
        orientation=items.orientation,
    )


def _preview(main: pillow_heif.HeifImage, index: int) -> bytes:
    """A thumbnail of the main picture as JPEG; empty where there is none or it can't be decoded."""
    written = io.BytesIO()
    try:
        main.get_thumbnail(index).to_pillow().convert("RGB").save(written, "JPEG", quality=90)
    except Exception:  # libheif raises whatever it likes; the picture itself is judged by its own decoder
        return b""
    return written.getvalue()


def _items(data: bytes, max_megapixels: float) -> Items:
    items = read_items(data)
    check_size(*items.size, max_megapixels)
    return items


def _photo(
    image: Image.Image,
    items: Items,
    container: Container,
    data: bytes,
    stored: tuple[int, int],
    *,
    bits: int,
    orientation: int = 1,
    previews: Sequence[bytes] = (),
) -> Photo:
    coded = raster.profile_of_code(*items.code) if items.code else None
    facts = from_exif(
        image.info.get("exif"),
        stored_size=stored,
        xmp=image.info.get("xmp"),
        other=[_FOREIGN] if items.foreign_bytes else [],
        extra_images=items.extra_images,
        frames=items.frames,
        trailer_bytes=items.foreign_bytes,
        previews=[preview for preview in previews if preview],
    )
    return raster.to_photo(
        image,
        container=container,
        # What turns the picture in these containers; the EXIF tag repeats it, or is left over from before.
        facts=replace(facts, orientation=items.orientation),
        icc=image.info.get("icc_profile") or coded,
        source=data,
        orientation=orientation,
        bits=max(8, bits),
    )

"""The proof of what was written: the bytes are opened again, by other means than they were written with."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin

from .. import jpegfile, profiles
from ..errors import UnreadablePhoto, UnwritablePhoto
from ..photo import Box, Photo, Pixels, Profile, Region
from ..reasons import REASONS
from . import Encoded, dicom, jpeg, png, scans, webp

_CELL = 16
"""Pixels along each side of the cells over which differences are averaged: a JPEG's largest usual block."""

_BAND = 8 * _CELL
"""Rows that are compared at once: what that needs stays in the processor's cache."""

_LOSS = 16
"""Levels of 255 by which a cell may differ from what should be there, in a container that loses some. Measured
over two photos and noise, qualities 10 to 92, all samplings, turned or not: at most 12 in the worst cell where
all is right, 23 to 150 where a mask is missing."""

_SAMPLINGS = {(1, 1): "4:4:4", (2, 1): "4:2:2", (2, 2): "4:2:0"}


def prove(encoded: Encoded, photo: Photo, pixels: Pixels, regions: Sequence[Region]) -> Pixels:
    """Open what was written and prove that it is what should have been written.

    Proved is that the structure holds only what the allow-list names; that the size is the upright photo's;
    that each masked region holds `pixels`, opaque; that all else is the photo's own picture and alpha; that
    there is no colour where nothing is seen. Exactly so in PNG, lossless WebP and uncompressed DICOM, else
    within the loss of the coding, cell by cell.

    Returns the decoded upright pixels (H x W x 3, RGB, read-only), for the detectors to look at.
    Raises UnwritablePhoto (VERIFY_STRUCTURE, VERIFY_PICTURE).
    """
    if _strange(encoded, photo.profile):
        raise _failed("VERIFY_STRUCTURE")
    if encoded.suffix == ".dcm" and (picture := dicom.coded(encoded.data)) is not None:
        encoded = Encoded(picture, ".jpg")  # and proved as any other
        if _strange(encoded, photo.profile):
            raise _failed("VERIFY_STRUCTURE")
    decoded, alpha = _decoded(encoded)
    if decoded.shape != photo.pixels.shape:
        raise _failed("VERIFY_PICTURE")
    _check_alpha(alpha, photo, regions)
    wanted = photo.pixels
    if regions or alpha is not None:
        wanted = wanted.copy()
        for box in _boxes(regions):
            _part(wanted, box)[:] = _part(pixels, box)
        if alpha is not None:
            wanted[alpha == 0] = 0
    if _is_exact(encoded, photo):
        right = np.array_equal(decoded, wanted)
    else:
        right = _is_close(decoded, wanted) or _is_close(decoded, _as_coded(wanted, encoded))
    if not right:
        raise _failed("VERIFY_PICTURE")
    decoded.setflags(write=False)
    return decoded


def prove_as_it_is(encoded: Encoded, photo: Photo) -> None:
    """Prove of a JPEG that was passed on as it is, without decoding it, that it is the photo's own picture.

    Proved is that the structure holds only what the allow-list names, and that all that a decoder makes pixels of is
    the source's own, byte for byte: frame, tables, scans, and how colours are coded.
    Raises UnwritablePhoto (VERIFY_STRUCTURE, VERIFY_PICTURE).
    """
    if _strange(encoded, photo.profile):
        raise _failed("VERIFY_STRUCTURE")
    source, output = jpegfile.parse(photo.source), jpegfile.parse(encoded.data)
    coded = [[b"".join(segment.parts()) for segment in scans.needed(one)] for one in (source, output)]
    if coded[0] != coded[1] or (source.colour, source.adobe) != (output.colour, output.adobe):
        raise _failed("VERIFY_PICTURE")


def _strange(encoded: Encoded, profile: Profile) -> list[str]:
    """What stands in the file that should not, for each suffix that is written."""
    if encoded.suffix == ".png":
        return png.structure(encoded.data, profile)
    if encoded.suffix == ".webp":
        return webp.structure(encoded.data, profile)
    if encoded.suffix == ".dcm":
        return dicom.structure(encoded.data, profile)
    found = jpeg.structure(encoded.data)
    if not found:
        icc = jpegfile.parse(encoded.data).icc
        if icc != (None if profile is Profile.SRGB else profiles.icc(profile)):
            found.append("a colour profile that is not the photo's")
    return found


def _decoded(encoded: Encoded) -> tuple[Pixels, Pixels | None]:
    """RGB pixels and alpha, as a viewer that knows no orientation shows them."""
    if encoded.suffix == ".jpg":
        return _decoded_jpeg(encoded.data), None
    if encoded.suffix == ".dcm":
        try:
            return dicom.decoded(encoded.data), None
        except ValueError:
            raise _failed("VERIFY_PICTURE") from None
    try:
        picture = cv2.imdecode(np.frombuffer(encoded.data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        picture = None
    if picture is None or picture.dtype != np.uint8:
        raise _failed("VERIFY_PICTURE")
    if picture.ndim == 2:
        return _converted(picture, cv2.COLOR_GRAY2RGB), None
    if picture.shape[2] == 4:
        return _converted(picture, cv2.COLOR_BGRA2RGB), np.array(picture[:, :, 3], np.uint8)
    return _converted(picture, cv2.COLOR_BGR2RGB), None


def _converted(picture: NDArray[Any], code: int) -> Pixels:
    return np.asarray(cv2.cvtColor(picture, code), np.uint8)


def _decoded_jpeg(data: bytes) -> Pixels:
    try:
        return np.asarray(simplejpeg.decode_jpeg(data, "RGB", strict=True), np.uint8)
    except ValueError:
        pass  # CMYK and rare samplings
    try:
        return np.array(JpegImagePlugin.JpegImageFile(io.BytesIO(data)).convert("RGB"))
    except (OSError, SyntaxError, ValueError):
        raise _failed("VERIFY_PICTURE") from None


def _is_exact(encoded: Encoded, photo: Photo) -> bool:
    if encoded.suffix == ".webp":
        return webp.is_lossless(photo.source)
    return encoded.suffix in (".png", ".dcm")


def _check_alpha(alpha: Pixels | None, photo: Photo, regions: Sequence[Region]) -> None:
    if photo.alpha is None:
        if alpha is not None and alpha.min() < 255:
            raise _failed("VERIFY_PICTURE")
        return
    seen = np.full(photo.alpha.shape, 255, np.uint8) if alpha is None else alpha
    wanted = photo.alpha.copy()
    for box in _boxes(regions):
        if (_part(seen, box) != 255).any():
            raise _failed("VERIFY_PICTURE")
        _part(wanted, box)[:] = 255
    if not np.array_equal(seen, wanted):
        raise _failed("VERIFY_PICTURE")


def _is_close(seen: Pixels, wanted: Pixels) -> bool:
    """Whether no cell differs by more than coding loses, on average over its pixels, in any channel."""
    return all(
        int(_differences(seen[top : top + _BAND], wanted[top : top + _BAND]).max()) <= _LOSS
        for top in range(0, len(seen), _BAND)
    )


def _differences(seen: Pixels, wanted: Pixels) -> Pixels:
    """The mean difference in each cell and channel."""
    height, width = seen.shape[:2]
    cells = (-(-width // _CELL), -(-height // _CELL))
    return np.asarray(cv2.resize(cv2.absdiff(seen, wanted), cells, interpolation=cv2.INTER_AREA), np.uint8)


def _as_coded(wanted: Pixels, encoded: Encoded) -> Pixels:
    """What a JPEG's own tables and sampling make of a picture: at low qualities not quite the same."""
    if encoded.suffix != ".jpg":
        return wanted
    try:
        picture = jpegfile.parse(encoded.data)
        tables = [table.ravel().tolist() for table in picture.tables[:3]]
    except UnreadablePhoto:
        raise _failed("VERIFY_STRUCTURE") from None
    first, image, out = picture.frame.components[0], Image.fromarray(wanted), io.BytesIO()
    if len(tables) == 1:
        image = image.convert("L")
    image.save(out, "JPEG", qtables=tables, subsampling=_SAMPLINGS.get((first.h, first.v), "4:4:4"))
    return _decoded_jpeg(out.getvalue())


def _boxes(regions: Sequence[Region]) -> list[Box]:
    return [box for region in regions for box in region.boxes()]


def _part(array: Pixels, box: Box) -> Pixels:
    x0, y0, x1, y1 = box
    return array[y0:y1, x0:x1]


def _failed(code: str) -> UnwritablePhoto:
    return UnwritablePhoto(code, REASONS[code].seen)

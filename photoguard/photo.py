"""The data that every stage shares: the Photo, what its file told, and what was found in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from math import ceil, floor, log2
from threading import Lock
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[np.uint8]

Box: TypeAlias = tuple[int, int, int, int]
"""x0, y0, x1, y1 in upright pixels; x1 and y1 lie outside."""

_HALVING = Lock()
"""Those who look at a photo on several threads wait for one pyramid rather than make two."""

Ring: TypeAlias = tuple[tuple[int, int], ...]
"""A closed line through upright pixels (x, y), as `cv2.findContours` gives it: the pixels on the line belong to it."""


class Container(StrEnum):
    """How a photo was stored, recognised by content."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    TIFF = "tiff"
    HEIF = "heif"
    AVIF = "avif"
    DICOM = "dicom"
    ARRAY = "array"  # handed over as pixels by another program


class Profile(StrEnum):
    """The colour profiles photoguard writes. Pixels in any other one are converted to sRGB."""

    SRGB = "srgb"
    DISPLAY_P3 = "display-p3"
    ADOBE_RGB = "adobe-rgb"


class Kind(StrEnum):
    """What a Finding is."""

    FACE = "face"
    TATTOO = "tattoo"
    TEXT = "text"
    CODE = "code"
    BACKGROUND = "background"
    DRAWN = "drawn"


class Method(StrEnum):
    """How a region is masked. KEEP leaves it as it is."""

    BLUR = "blur"
    PIXELATE = "pixelate"
    SOLID = "solid"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One thing a file gives away: `about` is patient, place, device, time, author, software or content."""

    about: str
    where: str
    """The block it stands in, for instance `EXIF`, `GPS`, `XMP`, `MPF`, `DICOM`, `comment`, `trailer`."""
    value: str
    """For a person to read; never logged, never written to a report."""


@dataclass(frozen=True, slots=True)
class CaptureFacts:
    """What the file told before it was cleaned."""

    stored_size: tuple[int, int]
    """Width and height as stored, before the orientation is applied."""
    orientation: int = 1
    """EXIF orientation, 1 to 8; 1 where the file has none or a value out of range."""
    front_camera: bool = False
    camera: str = ""
    """Make and model, where the file tells."""
    taken: datetime | None = None
    """By the camera's clock, without a time zone."""
    side: Literal["left", "right"] | None = None
    """Of the patient's body, where the file names one (DICOM)."""
    thumbnail: bytes | None = None
    """The embedded EXIF thumbnail (JPEG), if any."""
    previews: tuple[bytes, ...] = ()
    """Further copies of the picture in the file (JPEG): MPF, C2PA and HEIC thumbnails. Not checked for damage."""
    extra_images: int = 0
    """Further pictures in the file: MPF, gain map, depth map, HEIC auxiliary items."""
    frames: int = 1
    """Pages or animation frames."""
    trailer_bytes: int = 0
    damaged_metadata: bool = False
    disclosures: tuple[Disclosure, ...] = ()

    @property
    def located(self) -> bool:
        """The camera wrote its position into the file."""
        return any(told.about == "place" and told.where == "GPS" for told in self.disclosures)


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Photo:
    """A photo as a person would see it."""

    pixels: Pixels
    """H x W x 3, RGB, 0..255, upright, read-only."""
    container: Container
    facts: CaptureFacts
    profile: Profile = Profile.SRGB
    alpha: Pixels | None = None
    """H x W, 0..255, upright, read-only; None where every pixel is opaque."""
    source: bytes = field(default=b"", repr=False)
    """The file's bytes as read; empty for `Container.ARRAY`."""
    native: bool = True
    """The pixels are the file's own values: neither colours nor bit depth were converted."""
    block: tuple[int, int] = (1, 1)
    """Width and height of the JPEG MCU in upright pixels; masks are aligned to it. (1, 1) elsewhere."""
    full: tuple[int, int] | None = None
    """The picture's width and height where `pixels` are a small copy of it: nobody looks at this one."""
    _halvings: list[Pixels] = field(default_factory=list, init=False, repr=False)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in upright pixels."""
        height, width = self.pixels.shape[:2]
        return self.full or (width, height)

    def halved(self, times: int) -> Pixels:
        """The pixels at half the size, so many times over. Kept, so that all who look share one pyramid."""
        import cv2  # late: the command line knows a Photo before it needs one

        with _HALVING:
            while len(self._halvings) < times:
                large = self._halvings[-1] if self._halvings else self.pixels
                height, width = large.shape[:2]
                size = max(1, width // 2), max(1, height // 2)
                self._halvings.append(
                    cv2.resize(large, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
                )
        return self._halvings[times - 1] if times else self.pixels

    def scaled(self, scale: float) -> Pixels:
        """The pixels at `scale` times the size, sides rounded and 1 at least."""
        import cv2

        width, height = self.size
        size = max(1, round(width * scale)), max(1, round(height * scale))
        near = self.halved(max(0, floor(-log2(scale))))
        if near.shape[1::-1] == size:
            return near
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        return cv2.resize(near, size, interpolation=how).astype(np.uint8, copy=False)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the picture that can identify the patient."""

    kind: Kind
    box: Box
    score: float
    """0..1, the detector's own certainty."""
    detector: str
    polygon: tuple[tuple[int, int], ...] | None = None
    """A text line's four corners in upright pixels."""
    outline: tuple[Ring, ...] = ()
    """The exact shape where it is not the box: a pixel is in it that lies on a ring or within an odd number of
    them, so that there can be holes and several parts. `box` encloses it."""
    sure: bool = True
    """False where only a person can tell: such a finding holds the photo for review and is not masked."""
    method: Method | None = None
    """How it is masked, where a person chose otherwise than the policy."""

    def scaled(self, scale: float, size: tuple[int, int]) -> Finding:
        """The same in the same picture at `scale` times the size, which is then `size`: width and height."""
        if scale == 1:
            return self
        width, height = size
        x0, y0, x1, y1 = (side * scale for side in self.box)

        def moved(ring: Ring) -> Ring:
            return tuple(
                (min(round(x * scale), width - 1), min(round(y * scale), height - 1)) for x, y in ring
            )

        return replace(
            self,
            box=(floor(x0), floor(y0), min(ceil(x1), width), min(ceil(y1), height)),
            polygon=None if self.polygon is None else moved(self.polygon),
            outline=tuple(map(moved, self.outline)),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """An area to mask, aligned to the photo's blocks, with the method."""

    box: Box
    method: Method
    kinds: tuple[Kind, ...]
    """What lies there. The first one is what the area was found as, the others lie within it."""
    cells: NDArray[np.bool_] | None = None
    """Which cells of the box are masked, rows x columns counted from its upper left corner; None for all of it."""
    cell: tuple[int, int] = (1, 1)
    """Width and height of a cell in pixels. The cells in the last row and column may reach beyond the box."""

    def boxes(self) -> tuple[Box, ...]:
        """Boxes that do not overlap and together are the region, row by row."""
        if self.cells is None:
            return (self.box,)
        x0, y0, x1, y1 = self.box
        width, height = self.cell
        edges = np.diff(self.cells.astype(np.int8), axis=1, prepend=0, append=0)
        rows, starts = np.nonzero(edges > 0)
        stops = np.nonzero(edges < 0)[1]
        lefts, tops = x0 + starts * width, y0 + rows * height
        rights, bottoms = np.minimum(x0 + stops * width, x1), np.minimum(tops + height, y1)
        corners = np.stack((lefts, tops, rights, bottoms), axis=1).tolist()
        return tuple((left, top, right, bottom) for left, top, right, bottom in corners)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Region) and self._identity() == other._identity()

    def __lt__(self, other: Region) -> bool:
        return self._identity() < other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> tuple[Box, Method, tuple[Any, ...], tuple[Kind, ...]]:
        cells = () if self.cells is None else (self.cell, self.cells.shape, self.cells.tobytes())
        return self.box, self.method, cells, self.kinds

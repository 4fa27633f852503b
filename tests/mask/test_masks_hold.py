"""Files of two originals that differ only where nobody may look are the same, byte for byte.

The noise is held still here; who attacks does not know that either.
"""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from shapes import blob, outline_of, raster
from skimage import data

from photoguard import doubts, egress, ingest
from photoguard.egress import opacity
from photoguard.mask import apply, plan
from photoguard.photo import Box, Finding, Kind, Method, Pixels
from photoguard.policy import Masking, Policy

SIZE = (144, 112)
MCU = (16, 16)
boxes = st.tuples(st.integers(0, 100), st.integers(0, 80), st.integers(8, 90), st.integers(8, 70))
seeds = st.integers(0, 2**32)


@st.composite
def findings(draw: st.DrawFn) -> list[Finding]:
    found = []
    for x, y, width, height in draw(st.lists(boxes, min_size=1, max_size=3)):
        box: Box = (x, y, x + width, y + height)
        kind = draw(st.sampled_from([Kind.FACE, Kind.TEXT, Kind.CODE]))
        method = draw(st.sampled_from([Method.BLUR, Method.PIXELATE, Method.SOLID]))
        found.append(Finding(kind, box, 1.0, "test", method=method))
    shape = blob(draw(seeds), SIZE, 0.3)
    kind = draw(st.sampled_from([Kind.TATTOO, Kind.BACKGROUND]))
    return [*found, Finding(kind, (0, 0, *SIZE), 1.0, "test", outline=outline_of(shape))]


def two_originals(under: np.ndarray, seed: int) -> tuple[Pixels, Pixels]:
    """A piece of a photo, and the same with something else where `under` says so."""
    random = np.random.default_rng(seed)
    photo = cv2.resize(data.astronaut()[:224, 100:388], SIZE, interpolation=cv2.INTER_AREA)
    coarse = random.integers(0, 256, (7, 9, 3), np.uint8)
    return photo, np.where(under[..., None], cv2.resize(coarse, SIZE, interpolation=cv2.INTER_CUBIC), photo)


def written(source: bytes, found: list[Finding]) -> bytes:
    photo = ingest.read(source, 1)
    regions = doubts.plan(photo, found, Policy())
    seen, _ = opacity.settle(photo, photo.pixels, ())
    masked = apply(seen, regions, np.random.default_rng(1))
    return egress.write(photo, masked, regions).data


def encoded(pixels: Pixels, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("sampling", ["4:2:0", "4:4:4"])
@given(found=findings(), seed=seeds)
@settings(max_examples=25, deadline=None)
def test_a_jpeg_tells_nothing_of_what_is_under_its_masks(
    sampling: str, found: list[Finding], seed: int
) -> None:
    cell = MCU if sampling == "4:2:0" else (8, 8)
    under = raster(plan(found, Masking(), SIZE, cell), SIZE)
    sources = [encoded(one, "JPEG", quality=88, subsampling=sampling) for one in two_originals(under, seed)]
    assert sources[0] != sources[1]
    assert written(sources[0], found) == written(sources[1], found)


@pytest.mark.parametrize("orientation", [2, 3, 6, 8])
@given(found=findings(), seed=seeds)
@settings(max_examples=12, deadline=None)
def test_neither_does_one_whose_blocks_lie_otherwise_when_it_is_upright(
    orientation: int, found: list[Finding], seed: int
) -> None:
    # Then all of it is coded anew, from pixels into which each block has mixed what was in it.
    size = SIZE[0] - 5, SIZE[1] - 3
    under = raster(plan(found, Masking(), size, (1, 1)), size)
    exif = Image.Exif()
    exif[0x0112] = orientation
    back = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90,
            8: Image.Transpose.ROTATE_270}[orientation]  # fmt: skip
    sources = []
    for one in two_originals(np.pad(under, ((0, 3), (0, 5))), seed):
        stored, out = Image.fromarray(one[:-3, :-5]).transpose(back), io.BytesIO()
        stored.save(out, "JPEG", quality=60, subsampling="4:2:0", exif=exif)
        sources.append(out.getvalue())
    assert sources[0] != sources[1]
    assert not egress.keeps_coding(ingest.read(sources[0], 1))
    assert written(sources[0], found) == written(sources[1], found)


@given(found=findings(), seed=seeds)
@settings(max_examples=25, deadline=None)
def test_a_png_tells_nothing_of_what_is_under_masks_or_alpha(found: list[Finding], seed: int) -> None:
    under = raster(plan(found, Masking(), SIZE, (1, 1)), SIZE)
    unseen = blob(seed + 1, SIZE, 0.2)
    alphas = [np.full(under.shape, 255, np.uint8) for _ in range(2)]
    alphas[1][under] = np.random.default_rng(seed).integers(0, 256, under.sum(), np.uint8)
    for alpha in alphas:
        alpha[unseen & ~under] = 0
    # One that is wholly opaque would be written without alpha, which tells of the source's format.
    alphas[0][under] = 7
    files = [
        written(encoded(np.dstack((one, alpha)), "PNG"), found)
        for one, alpha in zip(two_originals(under | unseen, seed), alphas, strict=True)
    ]
    assert files[0] == files[1]

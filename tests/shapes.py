"""Shapes for the tests of what masks and writes them, drawn pixel by pixel and without the code under test."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from photoguard.photo import Region, Ring

Raster = NDArray[np.bool_]
"""H x W: which pixels belong to a shape."""


def raster(regions: list[Region] | tuple[Region, ...], size: tuple[int, int]) -> Raster:
    """The pixels of a picture (width, height) that lie under regions."""
    under = np.zeros((size[1], size[0]), dtype=bool)
    for region in regions:
        x0, y0, x1, y1 = region.box
        part = under[y0:y1, x0:x1]
        if region.cells is None:
            part[:] = True
            continue
        width, height = region.cell
        part |= region.cells.repeat(height, axis=0).repeat(width, axis=1)[: y1 - y0, : x1 - x0]
    return under


def blob(seed: int, size: tuple[int, int], share: float = 0.4) -> Raster:
    """Soft islands with holes and lakes in a picture (width, height): no two seeds alike."""
    noise = np.random.default_rng(seed).normal(size=(size[1], size[0]))
    soft = cv2.GaussianBlur(noise, (0, 0), 6)
    return np.asarray(soft > np.quantile(soft, 1 - share))


def outline_of(shape: Raster) -> tuple[Ring, ...]:
    """A shape's outlines with its holes', as a detector finds them."""
    found, _ = cv2.findContours(shape.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    return tuple(tuple((int(x), int(y)) for x, y in ring[:, 0]) for ring in found)


def grown(shape: Raster, cell: tuple[int, int]) -> Raster:
    """The shape outward to whole cells (width, height)."""
    out = np.zeros_like(shape)
    for y in range(0, shape.shape[0], cell[1]):
        for x in range(0, shape.shape[1], cell[0]):
            out[y : y + cell[1], x : x + cell[0]] = shape[y : y + cell[1], x : x + cell[0]].any()
    return out


def inside(outline: tuple[Ring, ...], size: tuple[int, int]) -> Raster:
    """Pixels whose centre lies within an odd number of rings, or is one of their corners."""
    width, height = size
    xs, ys = np.meshgrid(np.arange(width), np.arange(height))
    odd = np.zeros((height, width), dtype=bool)
    for ring in outline:
        for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1], strict=True):
            crossed = (y0 <= ys) != (y1 <= ys)
            # Left of the edge: the sign of the cross product, in whole numbers.
            left = ((xs - x0) * (y1 - y0) < (ys - y0) * (x1 - x0)) == (y1 > y0)
            odd ^= crossed & left
    for x, y in (point for ring in outline for point in ring):
        if 0 <= x < width and 0 <= y < height:
            odd[y, x] = True
    return odd


def near(outline: tuple[Ring, ...], size: tuple[int, int]) -> Raster:
    """Pixels less than one pixel away from a ring's line, or from what lies within."""
    width, height = size
    xs, ys = np.meshgrid(np.arange(width, dtype=float), np.arange(height, dtype=float))
    close = inside(outline, size)
    for ring in outline:
        for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1], strict=True):
            length = (x1 - x0) ** 2 + (y1 - y0) ** 2
            along = np.clip(((xs - x0) * (x1 - x0) + (ys - y0) * (y1 - y0)) / max(length, 1), 0, 1)
            close |= np.hypot(xs - x0 - along * (x1 - x0), ys - y0 - along * (y1 - y0)) < 1
    return close


def rings(size: tuple[int, int], beyond: int = 40) -> st.SearchStrategy[Ring]:
    """Any closed line, also one that crosses itself, has no area or leaves the picture (width, height)."""
    point = st.tuples(st.integers(-beyond, size[0] + beyond), st.integers(-beyond, size[1] + beyond))
    return st.lists(point, min_size=1, max_size=6).map(tuple)

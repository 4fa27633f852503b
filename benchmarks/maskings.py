"""The ways to mask that are attacked: photoguard's, deface's, and those of most apps on a phone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from environments import ask_peer, numbered
from numpy.typing import NDArray

from photoguard.mask import apply, plan
from photoguard.photo import Box, Finding, Kind, Method, Pixels, Region
from photoguard.policy import Masking

DEFACE = ("deface==1.5.0", "onnx", "onnxruntime")
GROWN = 0.3
"""By how much of its side deface grows a face's box, on each side. photoguard's detector takes more, the whole head."""
BLOCK = (16, 16)
PLAIN = 10
"""Parts of the mask's short side that an app's Gaussian blur has as deviation, and its mosaic as cells."""


@dataclass(frozen=True)
class Way:
    """One way to mask a box (as it is to look in the end) of every picture."""

    name: str
    mask: Callable[[Sequence[Pixels], Box, int], list[Pixels]]
    """The last is the seed of the noise, where there is any."""
    noisy: bool
    kernel: Callable[[int], NDArray[np.float64]]
    """What the mask was convolved with, or was most nearly, by its side in pixels."""
    any_picture: bool = True
    """Not only faces, and cheap enough to be tried on thousands of pictures."""


def ways(deface: Path) -> list[Way]:
    """All of them, photoguard's default for faces first."""
    return [
        *(_ours(method) for method in (Method.BLUR, Method.PIXELATE, Method.SOLID)),
        Way("deface blur", _deface("blur", deface), False, lambda side: _box(side // 2), any_picture=False),
        Way("deface mosaic", _deface("mosaic", deface), False, lambda _: _box(20), any_picture=False),
        Way("Gaussian blur", _each(_blurred), False, lambda side: _gaussian(side / PLAIN)),
        Way("pixelation", _each(_pixelated), False, lambda side: _box(max(1, side // PLAIN))),
    ]


def our_regions(method: Method, box: Box, size: tuple[int, int]) -> tuple[Region, ...]:
    """What photoguard masks in a picture (width, height) for a finding in the box."""
    return plan([Finding(Kind.FACE, box, 1.0, "benchmark")], Masking(face=method), size, BLOCK)


def _ours(method: Method) -> Way:
    def mask(pictures: Sequence[Pixels], box: Box, seed: int) -> list[Pixels]:
        noise = np.random.default_rng(seed)
        return [apply(one, our_regions(method, box, (one.shape[1], one.shape[0])), noise) for one in pictures]

    # There is no kernel: who attacks takes it for a strong blur or a mosaic, which is what it looks like.
    kernel = (
        (lambda side: _box(max(1, side // 40))) if method is Method.PIXELATE else lambda side: _box(side // 2)
    )
    return Way(method.value, mask, method is not Method.SOLID, kernel)


def _deface(method: str, python: Path) -> Callable[[Sequence[Pixels], Box, int], list[Pixels]]:
    def mask(pictures: Sequence[Pixels], box: Box, _: int) -> list[Pixels]:
        dx, dy = (round((box[n + 2] - box[n]) * GROWN / (1 + 2 * GROWN)) for n in (0, 1))
        face = box[0] + dx, box[1] + dy, box[2] - dx, box[3] - dy
        arrays = numbered("original", pictures) | {"boxes": np.array([face] * len(pictures))}
        done = ask_peer(python, "deface_masks.py", arrays, method)
        return [done[f"{method}_{number}"] for number in range(len(pictures))]

    return mask


def _each(change: Callable[[Pixels], Pixels]) -> Callable[[Sequence[Pixels], Box, int], list[Pixels]]:
    def mask(pictures: Sequence[Pixels], box: Box, _: int) -> list[Pixels]:
        masked = [picture.copy() for picture in pictures]
        for picture in masked:
            area = picture[box[1] : box[3], box[0] : box[2]]
            area[:] = change(area)
        return masked

    return mask


def _blurred(area: Pixels) -> Pixels:
    return cv2.GaussianBlur(area, (0, 0), min(area.shape[:2]) / PLAIN)


def _pixelated(area: Pixels) -> Pixels:
    height, width = area.shape[:2]
    cell = max(1, min(height, width) // PLAIN)
    small = cv2.resize(area, (-(-width // cell), -(-height // cell)), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)


def _box(side: int) -> NDArray[np.float64]:
    return np.full((side, side), 1 / side**2)


def _gaussian(deviation: float) -> NDArray[np.float64]:
    line = cv2.getGaussianKernel(round(6 * deviation) | 1, deviation)
    return np.asarray(line @ line.T, np.float64)

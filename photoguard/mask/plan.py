"""From findings to the regions that are masked."""

from __future__ import annotations

from collections.abc import Sequence

from ..photo import Box, Finding, Kind, Method, Region
from ..policy import Masking

STRENGTH = {Method.BLUR: 0, Method.PIXELATE: 1, Method.SOLID: 2}
"""Where regions overlap, the strongest method is the one that is seen."""


def plan(
    findings: Sequence[Finding], masking: Masking, size: tuple[int, int], block: tuple[int, int]
) -> tuple[Region, ...]:
    """The regions to mask, in an order that depends only on the regions themselves.

    Each finding's box is grown outward to the block grid (width, height in pixels; (1, 1) for none) and
    clipped to the picture (width, height). A box inside another one of the same or a stronger method is
    absorbed: its kind is added to the other's. Findings that the policy keeps give no region, and neither
    do findings that lie outside the picture.
    """
    asked: list[tuple[Box, Method, Kind]] = []
    for finding in findings:
        method = masking.method(finding.kind)
        box = _aligned(finding.box, size, block)
        if method is not Method.KEEP and box is not None:
            asked.append((box, method, finding.kind))

    # Strong before weak and large before small: whatever could absorb a region comes before it.
    kinds: dict[tuple[Box, Method], set[Kind]] = {}
    for box, method, kind in sorted(asked, key=lambda a: (-STRENGTH[a[1]], -_area(a[0]), a[0])):
        whole = next((known for known in kinds if _contains(known[0], box)), (box, method))
        kinds.setdefault(whole, set()).add(kind)
    return tuple(Region(box, method, tuple(sorted(found))) for (box, method), found in sorted(kinds.items()))


def _aligned(box: Box, size: tuple[int, int], block: tuple[int, int]) -> Box | None:
    x0, x1 = _grown(box[0], box[2], size[0], block[0])
    y0, y1 = _grown(box[1], box[3], size[1], block[1])
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def _grown(start: int, stop: int, size: int, step: int) -> tuple[int, int]:
    # A finding without area still marks the block it lies in.
    stop = max(stop, start + 1)
    return max(start // step * step, 0), min(-(-stop // step) * step, size)


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _contains(outer: Box, inner: Box) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]

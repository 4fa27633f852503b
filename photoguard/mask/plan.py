"""From findings to the regions that are masked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..photo import Finding, Kind, Method, Region
from ..policy import Masking
from .cells import CELL, contains, touched

STRENGTH = {Method.BLUR: 0, Method.PIXELATE: 1, Method.SOLID: 2}
"""Where regions overlap, the strongest method is the one that is seen."""


def plan(
    findings: Sequence[Finding],
    masking: Masking,
    size: tuple[int, int],
    block: tuple[int, int],
    beyond: int = 0,
) -> tuple[Region, ...]:
    """The regions to mask, in an order that depends only on the regions themselves.

    Each finding is grown outward to the block grid (width, height in pixels; (1, 1) for none), then by `beyond`
    blocks, and clipped to the picture (width, height). Where it has an outline, the cells that the outline touches
    are masked, else its box. What lies within a region of the same or a stronger method is absorbed: its kind is
    added to the other's. A finding's own method goes before the policy's. Findings that are kept give no region, and
    neither do findings outside the picture.
    """
    asked: list[tuple[Region, Kind]] = []
    for finding in findings:
        method = finding.method or masking.method(finding.kind)
        region = None if method is Method.KEEP else _region(finding, method, size, block, beyond)
        if region is not None:
            asked.append((region, finding.kind))

    # Strong before weak and large before small: whatever could absorb a region comes before it.
    kinds: dict[Region, list[Kind]] = {}
    for region, kind in sorted(asked, key=_precedence):
        whole = next((known for known in kinds if contains(known, region)), region)
        kinds.setdefault(whole, []).append(kind)
    regions = (
        replace(region, kinds=(own, *sorted({*others} - {own}))) for region, (own, *others) in kinds.items()
    )
    return tuple(sorted(regions))


def _region(
    finding: Finding, method: Method, size: tuple[int, int], block: tuple[int, int], beyond: int
) -> Region | None:
    """The region of one finding, its kind left open."""
    if any(finding.outline):
        cell = CELL if block == (1, 1) else block
        shape = touched(finding.outline, size, cell, beyond)
        return None if shape is None else Region(shape[0], method, (), shape[1], cell)
    x0, x1 = _grown(finding.box[0], finding.box[2], size[0], block[0])
    y0, y1 = _grown(finding.box[1], finding.box[3], size[1], block[1])
    if x0 >= x1 or y0 >= y1:
        return None
    across, down = beyond * block[0], beyond * block[1]
    box = max(x0 - across, 0), max(y0 - down, 0), min(x1 + across, size[0]), min(y1 + down, size[1])
    return Region(box, method, ())


def _grown(start: int, stop: int, size: int, step: int) -> tuple[int, int]:
    # A finding without area still marks the block it lies in.
    stop = max(stop, start + 1)
    return max(start // step * step, 0), min(-(-stop // step) * step, size)


def _precedence(asked: tuple[Region, Kind]) -> tuple[object, ...]:
    region, kind = asked
    area = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in region.boxes())
    # Of two findings in one place the background is not what it is called after: it is painted otherwise.
    return -STRENGTH[region.method], -area, region, kind is Kind.BACKGROUND, kind

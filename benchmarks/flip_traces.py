"""Why the mirror check does not ask the JPEG grid: whether a flip can be told from how an earlier grid lies.

    python benchmarks/flip_traces.py

JPEG codes blocks of 8 pixels from the left edge. Flipped and saved again, a photo's old blocks count from the right
edge, which shows where the width is no multiple of 8. So does a crop. Printed: the share of photos of a
megapixel and more whose width lets a flip show at all, and, for widths that do, how often the old grid is found where
a flip puts it, in photos that were flipped, and in straight photos that were cropped.
"""

from __future__ import annotations

import mirror_photos as made
import numpy as np

from photoguard import ingest
from photoguard.errors import UnreadablePhoto
from photoguard.photo import Pixels

CLEAR = 4.0
"""Standard deviations of the other six by which one phase must stand out."""


def phase(pixels: Pixels) -> int | None:
    """Where, from 1 to 7, an earlier grid begins; None where none stands out. The present grid lies at 0."""
    grey = pixels.mean(axis=2)
    # What jumps between two columns beyond what both sides lead one to expect (Fan and de Queiroz 2003).
    jump = np.abs(3 * (grey[:, 2:-1] - grey[:, 1:-2]) - (grey[:, 3:] - grey[:, :-3])).mean(axis=0)
    around = np.convolve(np.pad(jump, 4, mode="reflect"), [1 / 16, *[1 / 8] * 7, 1 / 16], "valid")
    columns = np.arange(2, 2 + len(jump)) % 8
    told = np.array([(jump - around)[columns == place].mean() for place in range(8)])
    best = 1 + int(np.argmax(told[1:]))
    others = np.delete(told, [0, best])
    return best if told[best] - others.mean() > CLEAR * others.std() else None


def share(hits: list[bool]) -> str:
    return f"{sum(hits)} of {len(hits)} ({np.mean(hits):.0%})"


def main() -> None:
    chance = np.random.default_rng(8)
    widths: list[int] = []
    for name, content in made.straight_files():
        try:
            size = ingest.read(content).facts.stored_size
        except UnreadablePhoto:
            continue
        if size[0] * size[1] > 1e6 and name.startswith("metadata/"):
            widths.append(size[0])
    print("photos of cameras whose width is no multiple of 8:", share([width % 8 != 0 for width in widths]))
    for first, second in ((75, 90), (85, 85), (92, 75)):
        flipped, cropped = [], []
        for photo in made.pictures("final"):
            wide = photo.shape[1] // 8 * 8 - 8 + int(chance.integers(1, 8))
            taken = made.saved(photo[:, :wide], first)
            sent = made.saved(np.ascontiguousarray(taken[:, ::-1]), second)
            flipped.append(phase(sent) == wide % 8)
            cut = int(chance.integers(1, 64))
            part = made.saved(
                np.ascontiguousarray(made.saved(photo, first)[:, cut : cut + wide - 64]), second
            )
            cropped.append(part.shape[1] % 8 != 0 and phase(part) == part.shape[1] % 8)
        print(
            f"saved at {first}, then at {second}: flipped {share(flipped)}, straight but cropped {share(cropped)}"
        )


if __name__ == "__main__":
    main()

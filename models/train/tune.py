"""Tries thresholds for tattoos on the tuning part, for a person to choose from: more ink covered, or fewer false masks.

    python -m models.train.tune [--pictures 150]

Each pair is tried in photoguard's own detector, everything else as it is. What was chosen stands in
photoguard/detect/tattoos.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, product
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from photoguard.detect import tattoos
from photoguard.photo import CaptureFacts, Container, Photo

from .evaluate import covers, drawn
from .net import MAPS
from .pools import gathered
from .sources import DEFAULT_CACHE, data_folder
from .unseen import Unseen, clinical, clothed, composed, ordinary

EXTENTS, PEAKS = (0.1, 0.15, 0.2, 0.3), (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
Pair = tuple[float, float]


def masked(scene: Unseen, detector: tattoos.TattooDetector) -> Iterator[tuple[Pair, np.ndarray]]:
    """What would be masked in `scene` with each pair of thresholds; the net runs once."""
    height, width = scene.picture.shape[:2]
    photo = Photo(scene.picture, Container.ARRAY, CaptureFacts(stored_size=(width, height)))
    for pair in product(EXTENTS, PEAKS):
        tattoos.EXTENT, tattoos.SURE = pair
        tattoos.DOUBTED = tattoos.SURE  # nobody is asked here
        yield pair, drawn([found for found in detector.find(photo) if found.sure], photo.size)


def found(scenes: Iterable[Unseen], detector: tattoos.TattooDetector) -> dict[Pair, float]:
    """Share of composed tattoos of which half or more is masked."""
    halves: dict[Pair, list[bool]] = {pair: [] for pair in product(EXTENTS, PEAKS)}
    for scene in scenes:
        assert scene.labels is not None
        for pair, mask in masked(scene, detector):
            halves[pair] += [share >= 0.5 for _, share in covers(mask, scene.labels[MAPS.index("tattoo")])]
    return {pair: float(np.mean(values)) for pair, values in halves.items()}


def wrong(scenes: Iterable[Unseen], detector: tattoos.TattooDetector) -> dict[Pair, tuple[float, float]]:
    """Share of pictures without a tattoo in which anything is masked, and the mean masked share of the picture."""
    shares: dict[Pair, list[float]] = {pair: [] for pair in product(EXTENTS, PEAKS)}
    for scene in scenes:
        for pair, mask in masked(scene, detector):
            shares[pair].append(float(mask.mean()))
    return {pair: (float(np.mean(np.array(each) > 0)), float(np.mean(each))) for pair, each in shares.items()}


def main(
    cache: Annotated[Path, typer.Option(help="Folder of the gathered pictures.")] = DEFAULT_CACHE,
    pictures: Annotated[int, typer.Option(help="How many composed pictures.")] = 150,
) -> None:
    """Print one line for each pair of thresholds."""
    cv2.setNumThreads(1)
    data = data_folder()
    if data is None:
        raise typer.BadParameter("Thresholds are chosen on clinical photos, and there are none.")
    pools, detector = gathered(cache, "tune"), tattoos.TattooDetector()
    covered = found(composed("tune", pools, pictures), detector)
    clinics = wrong(clinical(data, "tune"), detector)
    others = wrong(chain(ordinary(pools), clothed(pools)), detector)
    table = Table("extent", "sure", "tattoos covered", "clinical masked", "area", "ordinary masked", "area")
    for pair in product(EXTENTS, PEAKS):
        (photos, area), (fields, space) = clinics[pair], others[pair]
        figures = f"{covered[pair]:.1%}", f"{photos:.1%}", f"{area:.2%}", f"{fields:.1%}", f"{space:.2%}"
        table.add_row(*(f"{threshold:.2f}" for threshold in pair), *figures)
    Console(width=120).print(table)


if __name__ == "__main__":
    typer.run(main)

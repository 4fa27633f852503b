"""How often the body's outline is uncertain where the whole background is to be masked, on clinical photos.

    python benchmarks/background.py [--save FOLDER]

The photos are those of the test part (models/train/split.py), never learned nor tuned from, without the black bands
that made squares of them. With FOLDER, photos and cleaned pictures are written there, for a person to look at: whether
a part of a body is missing no program can say.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from PIL import Image
from rich.console import Console
from rich.table import Table

import photoguard
from models.train.sources import data_folder
from models.train.unseen import clinical
from photoguard.photo import Kind

CUT, UNSURE, NONE = "cut along the body", "outline uncertain, left for a person", "no background seen"


def outcome(cleaned: photoguard.Cleaned) -> str:
    """What became of the background of one photo."""
    if "BACKGROUND_UNSURE" in cleaned.outcome.reasons:
        return UNSURE
    width, height = cleaned.outcome.size or (1, 1)
    room = any(
        found.kind is Kind.BACKGROUND and found.sure and _share(found.box, width * height) > 0.02
        for found in cleaned.outcome.findings
    )
    return CUT if room else NONE


def _share(box: tuple[int, int, int, int], area: int) -> float:
    return (box[2] - box[0]) * (box[3] - box[1]) / area


def main() -> None:
    """Clean the photos and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--save", type=Path)
    save: Path | None = parser.parse_args().save
    data = data_folder()
    if data is None:
        parser.error("The clinical photos are not on this machine (set PHOTOGUARD_DATA).")
    policy = photoguard.Policy.for_channel("social-media")
    counts: Counter[str] = Counter()
    for number, unseen in enumerate(clinical(data, "test")):
        cleaned = photoguard.clean(unseen.picture, policy=policy)
        told = outcome(cleaned)
        counts[told] += 1
        if save is not None and cleaned.data is not None:
            folder = save / told.split(",")[0].replace(" ", "_")
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{number:03}.jpg").write_bytes(cleaned.data)
            Image.fromarray(unseen.picture).save(folder / f"{number:03}-photo.png")
    table = Table("background", "photos", "share")
    for told, count in counts.most_common():
        table.add_row(told, str(count), f"{count / counts.total():.0%}")
    Console().print(table)


if __name__ == "__main__":
    main()

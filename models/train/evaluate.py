"""Measures the net as photoguard uses it, on pictures that were never learned nor tuned from.

    python -m models.train.evaluate [--part tune] [--card models/body.md]

Needs what `models.train.sources` gathered. Without the clinical photos their tables are left out.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from photoguard.detect.body import BodyMaps, body_net
from photoguard.detect.tattoos import TattooDetector
from photoguard.photo import CaptureFacts, Container, Finding, Photo

from .net import MAPS
from .pools import Pools, gathered
from .pools import built_in as small_set
from .sources import DEFAULT_CACHE, data_folder
from .split import Part
from .unseen import TONES, Unseen, clinical, clothed, composed, ordinary, people

Mask = NDArray[np.bool_]
_TATTOO = MAPS.index("tattoo")
_SMALL, _LARGE = 0.01, 0.1
"""Shares of the picture that divide small, middle-sized and large tattoos."""
_HALF = 0.5
"""Share of a tattoo from which it counts as covered."""
_LEAST = 0.001
"""Share of the picture below which a composed spot of ink is not counted: often a motif's rim."""
_ALL = "all"


@dataclass
class Tally:
    """What was counted in one group of scenes."""

    scenes: int = 0
    masked: int = 0
    """Scenes in which anything is masked as a tattoo."""
    asked: int = 0
    """Scenes in which nothing is masked, but a person is asked about something."""
    area: float = 0.0
    """Sum of the masked shares of the pictures."""
    overlaps: NDArray[np.float64] = field(default_factory=lambda: np.zeros((len(MAPS), 2)))
    """Pixels in both and in either of map and label, per map."""
    tattoos: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Covered share of each composed tattoo, by size."""
    asked_about: int = 0
    """Composed tattoos of which half is not masked, but masked or asked about."""


def look(scenes: Iterable[Unseen]) -> dict[str, Tally]:
    """Tallies of `scenes` by skin tone, and of all of them."""
    net, detector = body_net(), TattooDetector()
    tallies: dict[str, Tally] = defaultdict(Tally)
    for scene in scenes:
        height, width = scene.picture.shape[:2]
        photo = Photo(scene.picture, Container.ARRAY, CaptureFacts(stored_size=(width, height)))
        findings = detector.find(photo)
        seen, masked = (
            drawn(some, photo.size) for some in (findings, [found for found in findings if found.sure])
        )
        for tally in (tallies[scene.tone], tallies[_ALL]):
            tally.scenes += 1
            tally.masked += bool(masked.any())
            tally.asked += bool(findings) and not masked.any()
            tally.area += float(masked.mean())
            if scene.labels is not None:
                tally.overlaps += overlaps(net.look(photo), masked, scene.labels)
                for (size, covered), (_, known) in zip(
                    covers(masked, scene.labels[_TATTOO]), covers(seen, scene.labels[_TATTOO]), strict=True
                ):
                    tally.tattoos[size].append(covered)
                    tally.asked_about += covered < _HALF <= known
    return tallies


def drawn(findings: Iterable[Finding], size: tuple[int, int]) -> Mask:
    """The outlines of `findings`, filled, in a picture of this size (width, height)."""
    canvas = np.zeros((size[1], size[0]), np.uint8)
    for found in findings:
        one = np.zeros_like(canvas)
        cv2.fillPoly(one, [np.array(ring, np.int32) for ring in found.outline], 1)
        canvas |= one
    return canvas.astype(bool)


def overlaps(maps: BodyMaps, masked: Mask, labels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """4 x 2: pixels in both and in either of what was found and `labels`. Tattoos as masked, the rest from 0.5 on."""
    size = labels.shape[2], labels.shape[1]
    planes = (maps.body, maps.skin, maps.tattoo, maps.thing)
    found = [cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR) >= 0.5 for plane in planes]
    found[_TATTOO] = masked
    counts = np.zeros((len(MAPS), 2))
    for number, (mine, label) in enumerate(zip(found, labels, strict=True)):
        known, wanted = label <= 1, label == 1
        counts[number] = (mine & wanted).sum(), ((mine | wanted) & known).sum()
    return counts


def covers(masked: Mask, label: NDArray[np.uint8]) -> Iterator[tuple[str, float]]:
    """Size and masked share of each connected tattoo of the label."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats((label == 1).astype(np.uint8), connectivity=8)
    for number in range(1, count):
        area = stats[number, cv2.CC_STAT_AREA] / label.size
        if area >= _LEAST:
            size = "small" if area < _SMALL else "middle" if area < _LARGE else "large"
            yield size, float(masked[parts == number].mean())


def found_table(title: str, tallies: dict[str, Tally]) -> Table:
    """How well maps and tattoos of composed pictures are found, by skin tone."""
    table = Table(title=title)
    for heading in (
        "skin",
        "pictures",
        *(f"IoU {name}" for name in MAPS),
        "tattoos",
        "covered",
        "else asked",
    ):
        table.add_column(heading, justify="left" if heading == "skin" else "right")
    for size in ("small", "middle", "large"):
        table.add_column(f"{size}", justify="right")
    for name, tally in _in_order(tallies):
        overlap = [f"{both / either:.2f}" if either else "–" for both, either in tally.overlaps]
        every = [covered for covers in tally.tattoos.values() for covered in covers]
        table.add_row(
            name,
            str(tally.scenes),
            *overlap,
            str(len(every)),
            _halves(every),
            f"{tally.asked_about / len(every):.0%}" if every else "–",
            *(_halves(tally.tattoos[size]) for size in ("small", "middle", "large")),
        )
    return table


def wrong_table(title: str, tallies: dict[str, Tally]) -> Table:
    """How often and how much is masked in pictures without a tattoo, by skin tone."""
    table = Table(title=title)
    for heading in ("skin", "photos", "masked as tattoo", "mean area", "a person is asked"):
        table.add_column(heading, justify="left" if heading == "skin" else "right")
    for name, tally in _in_order(tallies):
        table.add_row(
            name,
            str(tally.scenes),
            f"{tally.masked} ({tally.masked / tally.scenes:.1%})",
            f"{tally.area / tally.scenes:.2%}",
            f"{tally.asked} ({tally.asked / tally.scenes:.1%})",
        )
    return table


def _in_order(tallies: dict[str, Tally]) -> list[tuple[str, Tally]]:
    order = [name for _, name in TONES]
    named = sorted(
        tallies, key=lambda name: (name == _ALL, order.index(name) if name in order else len(order))
    )
    return [(name, tallies[name]) for name in named if not (name != _ALL and len(tallies) == 2)]


def _halves(covered: list[float]) -> str:
    return f"{np.mean(np.array(covered) >= _HALF):.0%}" if covered else "–"


def tables(part: Part, pools: Pools, data: Path | None, pictures: int) -> Iterator[Table]:
    """Every table for `part`, with so many composed pictures; those of real photos where there are any."""
    yield found_table("Composed pictures", look(composed(part, pools, pictures)))
    if data is not None:
        yield wrong_table("Clinical photos without a tattoo", look(clinical(data, part)))
    yield wrong_table("Ordinary pictures", look(ordinary(pools)))
    yield wrong_table("Pictures of clothed people", look(clothed(pools)))
    if data is not None and part == "test":
        yield wrong_table("Photos of people and places", look(people(data)))


def markdown(table: Table) -> str:
    """The same table for a model card."""
    columns = [[str(cell) for cell in column.cells] for column in table.columns]
    lines = [f"**{table.title}**", ""]
    lines.append("| " + " | ".join(str(column.header) for column in table.columns) + " |")
    lines.append(
        "|" + "|".join("---" if column.justify == "left" else "--:" for column in table.columns) + "|"
    )
    lines += ["| " + " | ".join(row) + " |" for row in zip(*columns, strict=True)]
    return "\n".join(lines) + "\n"


def write(card: Path, parts: Iterable[Table]) -> None:
    """Put the tables between the card's two marks."""
    figures = "\n".join(markdown(table) for table in parts)
    old = card.read_text(encoding="utf-8")
    new = re.sub(
        r"(<!-- figures -->\n).*(<!-- end -->)", lambda m: f"{m[1]}\n{figures}\n{m[2]}", old, flags=re.DOTALL
    )
    card.write_text(new, encoding="utf-8")


def main(
    part: Annotated[Part, typer.Option(help="What is looked at.")] = "test",
    cache: Annotated[Path, typer.Option(help="Folder of the gathered pictures.")] = DEFAULT_CACHE,
    built_in: Annotated[
        bool, typer.Option("--built-in", help="A handful of pictures that needs no cache.")
    ] = False,
    models: Annotated[
        Path | None, typer.Option(help="Folder with the registry.toml of the net to look at.")
    ] = None,
    pictures: Annotated[int, typer.Option(help="How many composed pictures.")] = 300,
    card: Annotated[Path | None, typer.Option(help="Model card to write the tables to.")] = None,
) -> None:
    """Print the tables, one after the other."""
    cv2.setNumThreads(1)
    if models is not None:
        os.environ["PHOTOGUARD_MODELS"] = str(models)
    console, made = Console(width=130), []
    if built_in:
        parts = tables(part, small_set(), None, 6)
    else:
        parts = tables(part, gathered(cache, part), data_folder(), pictures)
    for table in parts:
        made.append(table)
        console.print(table)
    if card is not None:
        write(card, made)


if __name__ == "__main__":
    typer.run(main)

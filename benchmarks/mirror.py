"""How often the mirror check is right: every cue on photos that are straight, and on the same photos flipped.

    python benchmarks/mirror.py [--cue NAME ...] [--count N] [--half final] [--hands FOLDER]

Photos: scikit-image's, sample_images, and those in $PHOTOGUARD_DATA (else ../shared/data), which are no part of
this project. Each is passed on as phones and editors do: saved again, made small for a messenger, cropped, or as
a screenshot. Thresholds were chosen on one half of the photos (`--half tuning`); the other half is for measuring.
Photos of hands with a known side are drawn, see hands.py.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import TypeVar

import cv2
import mirror_photos as made
import numpy as np
from hands import HandModel, draw
from mirror_photos import Chance, as_photo, passed_on
from photos import camera_jpegs
from PIL import Image
from rich.console import Console
from rich.table import Table

from photoguard import ingest
from photoguard.detect.codes import CodeDetector
from photoguard.detect.text import TextDetector
from photoguard.errors import UnreadablePhoto
from photoguard.features import Features, features
from photoguard.home import Home
from photoguard.mirror import batch, camera, check, codes, laterality, orientation, pair, preview, text
from photoguard.mirror.earlier import Earlier
from photoguard.mirror.side import Side
from photoguard.outcome import MirrorCue
from photoguard.photo import Pixels

Look = Callable[[], MirrorCue | None]
_One = TypeVar("_One")
NOTE = """A cue exists: the straight photo or the flipped one gives it (batch, earlier: in every photo). Flagged: it
then says mirrored, decisive or strong. CPU: of one look, the detectors having run before."""


@dataclass
class Row:
    """What one cue said: of each photo straight, and of the same one flipped."""

    always: bool = False
    """The cue speaks of flipped photos only, and should of each of them."""
    straight: list[str | None] = field(default_factory=list)
    flipped: list[str | None] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def both(self, straight: Look, flipped: Look) -> None:
        """One photo, which has been flipped or not."""
        self.straight.append(self._timed(straight))
        self.flipped.append(self._timed(flipped))

    def one(self, straight: Look) -> None:
        """One that can't be called mirrored: it is straight, or there is nothing to compare it with."""
        self.straight.append(self._timed(straight))

    def _timed(self, look: Look) -> str | None:
        start = time.process_time()
        cue = look()
        self.seconds.append(time.process_time() - start)
        if cue is None or (cue.strength == "weak" and cue.says == "mirrored"):
            return None
        return cue.says

    def shown(self, name: str) -> list[str]:
        """As the table shows it."""
        both = list(zip(self.straight, self.flipped, strict=True)) if self.flipped else []
        spoken = [said for said in both if self.always or said != (None, None)]
        return [
            name,
            str(len(self.straight)),
            _share(len(spoken), len(both)),
            _share(sum(flipped == "mirrored" for _, flipped in spoken), len(spoken)),
            _share(sum(flipped == "not_mirrored" for _, flipped in both), len(both)),
            _share(self.straight.count("mirrored"), len(self.straight)),
            f"{1000 * median(self.seconds):.0f} ms",
        ]


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.1%})" if whole else "-"


def spread(all_of_them: list[_One], count: int) -> list[_One]:
    """So many of them at most, from the first to the last."""
    count = min(count, len(all_of_them))
    return [all_of_them[place] for place in np.linspace(0, len(all_of_them) - 1, count).astype(int)]


def flip(pixels: Pixels) -> Pixels:
    return np.ascontiguousarray(pixels[:, ::-1])


def measure_orientation(photos: list[Pixels], chance: Chance) -> dict[str, Row]:
    """Files of four kinds with every value of the tag; the picture itself is never looked at."""
    row, front = Row(), Row()
    for number, pixels in enumerate(photos):
        kind = ("JPEG", "PNG", "WEBP", "TIFF")[number % 4]

        def look(tag: int, kind: str = kind, pixels: Pixels = pixels[:128, :128]) -> MirrorCue | None:
            exif, written = Image.Exif(), io.BytesIO()
            exif[0x0112] = tag
            Image.fromarray(np.ascontiguousarray(pixels)).save(written, kind, exif=exif)
            return orientation.cue(ingest.read(written.getvalue()))

        turn = number // 4 % 4
        row.both(lambda turn=turn: look((1, 3, 6, 8)[turn]), lambda turn=turn: look((2, 4, 5, 7)[turn]))
        selfie = replace(as_photo(pixels), facts=replace(as_photo(pixels).facts, front_camera=True))
        front.one(lambda selfie=selfie: camera.cue(selfie))
    return {"stored orientation": row, "front camera (weak)": front}


def measure_preview(photos: list[Pixels], chance: Chance) -> dict[str, Row]:
    """A phone's photo with a small copy of itself, edited by a program that keeps the copy."""
    exif, mpf, heic, foreign = Row(), Row(), Row(), Row()
    for number, pixels in enumerate(photos):
        edited = passed_on(pixels, number % 3)
        if number % 5 == 0:
            edited = np.rot90(edited, 1 + number % 3)
        thumbnail = made.thumbnail(pixels, number % 3 == 0)
        other = made.thumbnail(photos[number - len(photos) // 2], number % 3 == 0)
        second = made.resized(pixels, 0.5)
        light = made.resized(edited, 512 / max(edited.shape))  # HEIC takes long to write
        held = ingest.read(
            made.with_own_thumbnail(made.resized(pixels, 512 / max(pixels.shape)))
        ).facts.previews
        shown = edited, flip(edited)
        exif.both(*(_preview(made.with_thumbnail(way, thumbnail)) for way in shown))
        mpf.both(*(_preview(made.with_preview(way, second)) for way in shown))
        heic.both(*(_preview(made.with_own_thumbnail(way), held) for way in (light, flip(light))))
        for way in shown:
            foreign.one(_preview(made.with_thumbnail(way, other)))
    return {
        "small copy: EXIF thumbnail": exif,
        "small copy: second picture (MPF)": mpf,
        "small copy: HEIC thumbnail": heic,
        "  EXIF thumbnail of another photo": foreign,
    }


def _preview(file: bytes, held: tuple[bytes, ...] | None = None) -> Look:
    photo = ingest.read(file)
    seen = photo if held is None else replace(photo, facts=replace(photo.facts, previews=held))
    return lambda: preview.cue(seen)


def measure_text(photos: list[Pixels], chance: Chance) -> dict[str, Row]:
    row, detector = Row(), TextDetector()

    def look(shown: Pixels) -> Look:
        photo = as_photo(shown)
        found = detector.find(photo)
        return lambda: text.cue(photo, found, detector.read)

    for number, pixels in enumerate(photos):
        shown = passed_on(made.laid(pixels, made.label(chance), chance), number)
        row.both(look(shown), look(flip(shown)))
    return {"text": row}


def measure_codes(photos: list[Pixels], chance: Chance) -> dict[str, Row]:
    row, detector = Row(), CodeDetector()

    def look(shown: Pixels) -> Look:
        photo = as_photo(shown)
        found = detector.find(photo)
        return lambda: codes.cue(photo, found)

    for number, pixels in enumerate(photos):
        shown = passed_on(made.laid(pixels, made.code(number, chance), chance), number)
        row.both(look(shown), look(flip(shown)))
    return {"codes": row}


def measure_pair(photos: list[Pixels], chance: Chance) -> dict[str, Row]:
    """The same site on another day, and two photos of different sites, which agree neither way."""
    row, foreign = Row(), Row()
    before = [features(as_photo(pixels)) for pixels in photos]
    for number, pixels in enumerate(photos):
        later = passed_on(made.another_day(pixels, chance), number % 3)
        row.both(*(_pair(before[number], way) for way in (later, flip(later))))
        for way in (later, flip(later)):
            known = _pair(before[number - len(photos) // 2], way)
            foreign.one(lambda known=known: None if known() is None else _cue(True))
    return {"pair": row, "  two different sites": foreign}


def _pair(first: Features, shown: Pixels) -> Look:
    def look() -> MirrorCue | None:
        lie = pair.relation(first, features(as_photo(shown)))
        return None if lie is None else _cue(lie is pair.Relation.OPPOSITE)

    return look


def measure_batch(photos: list[Pixels], chance: Chance) -> dict[str, Row]:
    """A run with all photos, and each of them once more: as it is, or flipped; and with only the others."""
    little, much, foreign = Row(always=True), Row(always=True), Row()
    run, others = batch.Run(), batch.Run()
    for number, pixels in enumerate(photos):
        twins = run.add(str(number), batch.trace(as_photo(pixels)))
        if twins:
            Console().print(f"photo {number} is a flipped {', '.join(twins)} already")
    for number, pixels in enumerate(photos):
        for row, edited in (
            (little, made.sent_again(pixels, number)),
            (much, passed_on(pixels, 2 + number % 2)),
        ):
            row.both(*(_twins(run, way) for way in (edited, flip(edited))))
    for number, pixels in enumerate(photos):
        for way in (pixels, flip(pixels)):
            foreign.one(_twins(others, way))
        others.add(str(number), batch.trace(as_photo(pixels)))
    return {
        "batch: saved again, smaller, relit, cut by 4 %": little,
        "batch: cropped by 16 %, or a screenshot": much,
        "  not in the run": foreign,
    }


def _twins(run: batch.Run, shown: Pixels) -> Look:
    photo = as_photo(shown)
    return lambda: _cue(True) if run.twins(batch.trace(photo)) else None


def measure_earlier(photos: list[Pixels], chance: Chance) -> dict[str, Row]:
    """A practice that has released all photos, and one that has released all but this one."""
    little, foreign = Row(always=True), Row()

    def look(known: Earlier, shown: Pixels) -> Look:
        return lambda: known.cue(batch.trace(as_photo(shown)))

    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        every, others = Earlier(Home.at(Path(one))), Earlier(Home.at(Path(two)))
        for pixels in photos:
            every.add([batch.trace(as_photo(pixels))])
        for number, pixels in enumerate(photos):
            edited = made.sent_again(pixels, number)
            little.both(look(every, edited), look(every, flip(edited)))
            for way in (pixels, flip(pixels)):
                foreign.one(look(others, way))
            others.add([batch.trace(as_photo(pixels))])
    return {"earlier run: as in batch, first row": little, "  not in an earlier run": foreign}


def measure_side(photos: list[Pixels], chance: Chance, hands: Path) -> dict[str, Row]:
    row = Row()
    models = {side: HandModel(hands / f"{side}.glb") for side in Side}
    laterality.cue(as_photo(np.zeros((64, 64, 3), np.uint8)), Side.LEFT)  # loads the nets
    for number, pixels in enumerate(photos):
        side = list(Side)[number % 2]
        ground = cv2.GaussianBlur(cv2.resize(pixels, (640, 480)), (0, 0), 3)
        drawn = made.saved(draw(models[side], ground, chance), 85)
        shown = as_photo(drawn), as_photo(flip(drawn))
        row.both(*(lambda photo=photo, side=side: laterality.cue(photo, side) for photo in shown))
    return {"declared side (drawn hands)": row}


def measure_ordinary(count: int) -> dict[str, Row]:
    """Straight photos, the files as they are, in one run: every cue of one photo, and the batch."""
    row, reader, reads_codes, run = Row(), TextDetector(), CodeDetector(), batch.Run()
    for name, content in spread(list(made.straight_files()), count):
        try:
            photo = ingest.read(content)
        except UnreadablePhoto:
            continue
        found = [*reader.find(photo), *reads_codes.find(photo)]
        told = check(photo, found, reader.read).cues
        flags = [cue for cue in told if cue.says == "mirrored" and cue.strength != "weak"]
        twins = run.add(name, batch.trace(photo))
        row.one(lambda flags=flags, twins=twins: _cue(True) if flags or twins else None)
        for cue in flags:
            Console().print(f"flagged: {name}: {cue.detail}")
        for twin in twins:
            Console().print(f"flagged: {name}: the same as {twin}, flipped")
    return {"ordinary photos, all cues": row}


def measure_speed() -> None:
    """Photos of 12 megapixels, as phones write them: all cues of one photo, and a pair."""
    text_detector, code_detector = TextDetector(), CodeDetector()
    with tempfile.TemporaryDirectory() as folder:
        photos = [ingest.read(file.read_bytes()) for file in camera_jpegs(Path(folder), 20)]
    alone, halves = [], []
    for photo in photos:
        found = [*text_detector.find(photo), *code_detector.find(photo)]
        start = time.process_time()
        check(photo, found, text_detector.read)
        batch.trace(photo)
        alone.append(time.process_time() - start)
    for first, second in zip(photos, photos[5:], strict=False):
        start = time.process_time()
        pair.relation(features(first), features(second))
        halves.append(time.process_time() - start)
    for name, took in (("all cues of one photo", alone), ("a pair", halves)):
        Console().print(
            f"{name}, 12 megapixels: {1000 * median(took):.0f} ms, at most {1000 * max(took):.0f} ms of CPU"
        )


def _cue(mirrored: bool) -> MirrorCue:
    says = "mirrored" if mirrored else "not_mirrored"
    return MirrorCue(name="measured", says=says, strength="decisive", detail=".")


MEASURES: dict[str, Callable[[list[Pixels], Chance], dict[str, Row]]] = {
    "orientation": measure_orientation,
    "preview": measure_preview,
    "codes": measure_codes,
    "text": measure_text,
    "pair": measure_pair,
    "batch": measure_batch,
    "earlier": measure_earlier,
}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [*MEASURES, "side", "ordinary", "speed"]
    asked.add_argument("--cue", nargs="+", choices=names, default=names)
    asked.add_argument("--count", type=int, default=1000, help="photos per cue; all there are by default")
    asked.add_argument("--half", choices=made.HALVES, default="final")
    asked.add_argument("--hands", type=Path, help="folder with left.glb and right.glb, see hands.py")
    told = asked.parse_args()
    cv2.setNumThreads(1)
    photos = spread(made.pictures(told.half), told.count)
    console = Console(width=150, highlight=False)
    table = Table(title=f"Mirror check, {told.half} half: {len(photos)} distinct photos", caption=NOTE)
    for column in ("cue", "looked at", "a cue exists", "of those: flagged when flipped"):
        table.add_column(column, justify="left" if column == "cue" else "right")
    for column in ("flipped, called straight", "straight, flagged", "CPU"):
        table.add_column(column, justify="right")
    for name in told.cue:
        rows: dict[str, Row] = {}
        if name in MEASURES:
            rows = MEASURES[name](photos, np.random.default_rng(8))
        elif name == "side" and told.hands is not None:
            rows = measure_side(photos, np.random.default_rng(8), told.hands)
        elif name == "ordinary":
            rows = measure_ordinary(told.count)
        elif name == "speed":
            measure_speed()
        for label, row in rows.items():
            table.add_row(*row.shown(label))
            console.print(" | ".join(row.shown(label)))
    console.print(table)


if __name__ == "__main__":
    main()

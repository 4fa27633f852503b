"""How often the mirror check is right: every cue on photos that are straight, and on the same photos flipped.

    python benchmarks/mirror.py [--cue NAME ...] [--count N] [--half final] [--hands FOLDER]

Photos: scikit-image's, sample_images, and those in $PHOTOGUARD_DATA (else ../shared/data), which are no part of
this project. Each is passed on as phones and editors do: saved again, made small for a messenger, cropped, or as
a screenshot. Thresholds were chosen on one half of the photos (`--half tuning`); the other half is for measuring.
Photos of hands with a known side are drawn, see hands.py. Times are CPU time.
"""

from __future__ import annotations

import argparse
import io
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from zlib import crc32

import cv2
import numpy as np
import piexif
import skimage.data
import zxingcpp
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.table import Table

from photoguard import ingest
from photoguard.features import Features, features
from photoguard.mirror import batch, codes, orientation, pair, preview, text
from photoguard.outcome import MirrorCue
from photoguard.photo import CaptureFacts, Container, Finding, Photo, Pixels

HERE = Path(__file__).resolve().parent
DATA = Path(os.environ.get("PHOTOGUARD_DATA", HERE.parents[1] / "shared" / "data"))
HALVES = ("tuning", "final")
SCENES = ("astronaut", "chelsea", "coffee", "rocket", "retina", "camera", "brick", "grass", "gravel", "moon")
WORDS = (
    *(
        "Müller",
        "Patient",
        "Geburtsdatum",
        "Giovanna",
        "Dupont",
        "Hôpital",
        "Radiologie",
        "Befund",
        "left knee",
    ),
    *(
        "rechte Schulter",
        "ginocchio sinistro",
        "Sample Clinic",
        "Orthopädie",
        "Kontrolle",
        "sterile dressing",
    ),
    *(
        "avant traitement",
        "dopo l'intervento",
        "Cutimed",
        "Betadine",
        "Verbandwechsel",
        "12.03.1957",
        "4711-8822",
    ),
    *(
        "MRN 40072942",
        "LOT 4G2276",
        "EXP 2027-05",
        "Ward 7",
        "Station 3b",
        "Dr. Keller",
        "Day 14",
        "REF 7236",
    ),
)
CODES = {"QRCode": "PAT 4711 / 1957-03-12", "DataMatrix": "PAT 4711", "Aztec": "PAT 4711 left knee"}
Chance = np.random.Generator


@dataclass
class Count:
    """One row: what a cue said of straight photos and of flipped ones."""

    said: dict[bool, list[str | None]] = field(default_factory=lambda: {False: [], True: []})
    seconds: float = 0.0

    def ask(self, flipped: bool, look: Callable[[], MirrorCue | None]) -> None:
        """Time the cue, and keep what it says; weak ones are only said, they flag nothing."""
        start = time.process_time()
        cue = look()
        self.seconds += time.process_time() - start
        silent = cue is None or (cue.strength == "weak" and cue.says == "mirrored")
        self.said[flipped].append(None if silent or cue is None else cue.says)

    def row(self, name: str) -> list[str]:
        """As the table shows it."""
        number = sum(map(len, self.said.values()))
        return [
            name,
            f"{len(self.said[True])} + {len(self.said[False])}",
            self._share(True, "mirrored"),
            self._share(False, "mirrored"),
            self._share(True, None),
            self._share(False, None),
            self._share(True, "not_mirrored"),
            f"{1000 * self.seconds / max(1, number):.0f} ms",
        ]

    def _share(self, flipped: bool, says: str | None) -> str:
        said = self.said[flipped]
        hits = sum(one == says for one in said)
        return f"{hits} ({hits / len(said):.1%})" if said else "-"


def pictures(half: str) -> list[Pixels]:
    """The photos of one half, long side 1200 px at most."""
    named: dict[str, Callable[[], NDArray[np.uint8]]] = {name: getattr(skimage.data, name) for name in SCENES}
    folders = (DATA / "skin", DATA / "faces", DATA / "metadata", HERE.parent / "sample_images" / "pairs")
    for folder in folders:
        for file in sorted(folder.glob("*.jpg")):
            named[file.name] = lambda file=file: np.asarray(ingest.read(file.read_bytes()).pixels)
    chosen = []
    for name, load in named.items():
        if HALVES[crc32(name.encode()) % 2] != half:
            continue
        try:
            pixels = load()
        except Exception:  # some of the metadata photos are damaged on purpose
            continue
        if min(pixels.shape[:2]) >= 256:
            chosen.append(_resized(_rgb(pixels), min(1.0, 1200 / max(pixels.shape[:2]))))
    return chosen


def as_photo(pixels: Pixels) -> Photo:
    return Photo(
        np.ascontiguousarray(pixels), Container.ARRAY, CaptureFacts((pixels.shape[1], pixels.shape[0]))
    )


def passed_on(pixels: Pixels, number: int) -> Pixels:
    """As a phone or an editor passes it on, in turn: saved again, for a messenger, cropped, a screenshot."""
    height, width = pixels.shape[:2]
    if number % 4 == 0:
        return saved(pixels, 75)
    if number % 4 == 1:
        return saved(_resized(pixels, 0.8), 70)
    if number % 4 == 2:
        return saved(pixels[height // 12 : -height // 12, width // 12 : -width // 14], 85)
    small = _resized(pixels, min(1.0, 900 / width, 900 / height))
    screen = np.zeros((1950, 900, 3), np.uint8)
    top, left = (1950 - small.shape[0]) // 2, (900 - small.shape[1]) // 2
    screen[top : top + small.shape[0], left : left + small.shape[1]] = small
    return screen


def saved(pixels: Pixels, quality: int) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(_jpeg(pixels, quality))))


def flips(pixels: Pixels) -> Iterator[tuple[bool, Pixels]]:
    yield False, pixels
    yield True, np.ascontiguousarray(pixels[:, ::-1])


def measure_orientation(half: str, count: int, chance: Chance) -> dict[str, Count]:
    row = Count()
    for number in range(count):
        for flipped, tags in ((False, (1, 3, 6, 8)), (True, (2, 4, 5, 7))):
            facts = CaptureFacts((8, 8), orientation=tags[number % 4])
            photo = Photo(np.zeros((8, 8, 3), np.uint8), Container.JPEG, facts)
            row.ask(flipped, lambda photo=photo: orientation.cue(photo))
    return {"stored orientation": row}


def measure_preview(half: str, count: int, chance: Chance) -> dict[str, Count]:
    """A phone's photo with its thumbnail, edited by a program that keeps the thumbnail."""
    row, foreign = Count(), Count()
    before: bytes | None = None
    for number, pixels in enumerate(islice(cycle(pictures(half)), count)):
        exif = _with_thumbnail(pixels, letterboxed=number % 3 == 0)
        edited = passed_on(pixels, number % 3)
        if number % 5 == 0:
            edited = np.rot90(edited, 1 + number % 3)
        for flipped, shown in flips(edited):
            photo = ingest.read(_jpeg(shown, 85, exif))
            row.ask(flipped, lambda photo=photo: preview.cue(photo))
            if before is not None:
                photo = ingest.read(_jpeg(shown, 85, before))
                foreign.ask(flipped, lambda photo=photo: preview.cue(photo))
        before = exif
    return {"small copy in the file": row, "  small copy of another photo": foreign}


def measure_text(half: str, count: int, chance: Chance) -> dict[str, Count]:
    from photoguard.detect.text import TextDetector

    row, detector = Count(), TextDetector()
    for number, pixels in enumerate(islice(cycle(pictures(half)), count)):
        labelled = _laid(_large(pixels), _label(chance), chance)
        for flipped, shown in flips(passed_on(labelled, number)):
            photo = as_photo(shown)
            found = detector.find(photo)
            row.ask(flipped, lambda photo=photo, found=found: text.cue(photo, found, detector.read))
    return {"text": row}


def measure_codes(half: str, count: int, chance: Chance) -> dict[str, Count]:
    from photoguard.detect.codes import CodeDetector

    row, detector = Count(), CodeDetector()
    for number, pixels in enumerate(islice(cycle(pictures(half)), count)):
        name = list(CODES)[number % len(CODES)]
        barcode = zxingcpp.create_barcode(CODES[name], getattr(zxingcpp.BarcodeFormat, name))
        drawn = np.pad(
            np.asarray(barcode.to_image(scale=int(chance.integers(5, 9)))), 24, constant_values=245
        )
        coded = _laid(_large(pixels), _rgb(drawn), chance)
        for flipped, shown in flips(passed_on(coded, number)):
            photo = as_photo(shown)
            found = detector.find(photo)
            row.ask(flipped, lambda photo=photo, found=found: codes.cue(photo, found))
    return {"codes": row}


def measure_pair(half: str, count: int, chance: Chance) -> dict[str, Count]:
    """The same site on another day, and two photos of different patients."""
    row, foreign = Count(), Count()
    earlier = None
    for number, pixels in enumerate(islice(cycle(pictures(half)), count)):
        later = passed_on(_another_day(pixels, chance), number % 3)
        start = time.process_time()
        first = features(as_photo(pixels))
        row.seconds += time.process_time() - start
        for flipped, shown in flips(later):
            second = features(as_photo(shown))
            row.ask(flipped, lambda first=first, second=second: _relation_cue(first, second))
            if earlier is not None:
                foreign.ask(flipped, lambda other=earlier, second=second: _relation_cue(other, second))
        earlier = first
    return {"pair": row, "  two different sites": foreign}


def measure_batch(half: str, count: int, chance: Chance) -> dict[str, Count]:
    """One run with all photos of the half, and then each once more: as it is, or flipped."""
    row, run = Count(), batch.Run()
    photos = pictures(half)
    for number, pixels in enumerate(photos):
        twins = run.add(str(number), batch.trace(as_photo(pixels)))
        if twins:
            Console().print(f"photo {number} is a flipped {', '.join(twins)} already")
    for number, pixels in enumerate(photos[:count]):
        height, width = pixels.shape[:2]
        light = np.clip(255 * (pixels / 255) ** 1.15, 0, 255).astype(np.uint8)
        cut = light[height // 60 : height - height // 50, width // 50 : width - width // 60]
        edited = (saved(light, 70), saved(_resized(light, 0.6), 70), saved(cut, 80))[number % 3]
        for flipped, shown in flips(edited):
            row.ask(flipped, lambda shown=shown: _twin_cue(run, shown))
    return {"batch": row}


def measure_side(half: str, count: int, chance: Chance, hands: Path) -> dict[str, Count]:
    from hands import HandModel, draw

    from photoguard.mirror import laterality
    from photoguard.mirror.side import Side

    row = Count()
    models = {side: HandModel(hands / f"{side}.glb") for side in Side}
    laterality.cue(as_photo(np.zeros((64, 64, 3), np.uint8)), Side.LEFT)  # loads the nets
    for number, pixels in enumerate(islice(cycle(pictures(half)), count)):
        side = list(Side)[number % 2]
        ground = cv2.GaussianBlur(cv2.resize(pixels, (640, 480)), (0, 0), 3)
        drawn = saved(draw(models[side], ground, chance), 85)
        for flipped, shown in flips(drawn):
            row.ask(flipped, lambda shown=shown, side=side: laterality.cue(as_photo(shown), side))
    return {"declared side (drawn hands)": row}


def measure_ordinary(half: str, count: int, chance: Chance) -> dict[str, Count]:
    """Straight photos as they are, through every cue that one photo can have."""
    from photoguard.detect.codes import CodeDetector
    from photoguard.detect.text import TextDetector
    from photoguard.mirror import check

    row, reader, reads_codes = Count(), TextDetector(), CodeDetector()
    for pixels in islice((photo for part in HALVES for photo in pictures(part)), count):
        photo = as_photo(pixels)
        found = [*reader.find(photo), *reads_codes.find(photo)]

        def look(photo: Photo = photo, found: Sequence[Finding] = found) -> MirrorCue | None:
            cues = check(photo, found, reader.read).cues
            return next((cue for cue in cues if cue.says == "mirrored"), cues[0] if cues else None)

        row.ask(False, look)
        if row.said[False][-1] == "mirrored":
            Console().print("flagged:", [cue.detail for cue in check(photo, found, reader.read).cues])
    return {"ordinary photos, all cues": row}


def _relation_cue(first: Features, second: Features) -> MirrorCue | None:
    lie = pair.relation(first, second)
    return None if lie is None else _said(lie is pair.Relation.OPPOSITE)


def _twin_cue(run: batch.Run, shown: Pixels) -> MirrorCue | None:
    return _said(True) if run.twins(batch.trace(as_photo(shown))) else None


def _said(mirrored: bool) -> MirrorCue:
    says = "mirrored" if mirrored else "not_mirrored"
    return MirrorCue(name="x", says=says, strength="decisive", detail="")


def _another_day(pixels: Pixels, chance: Chance) -> Pixels:
    """Another view of the site, up to 15 degrees and a third of the size apart, the middle healed, other light."""
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D(
        (width / 2, height / 2), chance.uniform(-15, 15), chance.uniform(0.7, 1.35)
    )
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    seen = corners + chance.normal(0, 0.03 * width, corners.shape).astype(np.float32)
    view = cv2.getPerspectiveTransform(corners, seen) @ np.vstack([turn, [0, 0, 1]])
    colour = tuple(int(value) for value in chance.integers(0, 255, 3))
    later = cv2.warpPerspective(pixels, view, (width, height), borderValue=colour).astype(np.float32)
    healed = np.zeros((height, width), np.float32)
    middle = (int(width * chance.uniform(0.35, 0.65)), int(height * chance.uniform(0.35, 0.65)))
    cv2.circle(healed, middle, int(0.15 * width), 1.0, -1)
    healed = cv2.GaussianBlur(healed, (0, 0), 0.04 * width)[..., None]
    later = later * (1 - healed) + cv2.GaussianBlur(later, (0, 0), 0.06 * width) * healed
    later = later[height // 10 : -height // 10, width // 10 : -width // 10]
    slope = np.linspace(*chance.uniform(0.6, 1, 2), later.shape[1])[None, :, None]
    lit = 255 * (np.clip(later / 255, 0, 1) ** chance.uniform(0.7, 1.4)) * slope * chance.uniform(0.9, 1.1, 3)
    noisy = cv2.GaussianBlur(lit, (0, 0), chance.uniform(0.3, 1)) + chance.normal(0, 4, lit.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def _label(chance: Chance) -> Pixels:
    """A printed label: one to three lines of names, dates and words in four languages."""
    lines = [
        " ".join(chance.choice(WORDS, chance.integers(1, 3), replace=False))
        for _ in range(chance.integers(1, 4))
    ]
    size = int(chance.integers(22, 64))
    font = ImageFont.load_default(size)
    words, gap = "\n".join(lines), size // 2
    box = ImageDraw.Draw(Image.new("RGB", (4, 4))).multiline_textbbox((0, 0), words, font=font, spacing=gap)
    paper, ink = (tuple(int(value) for value in chance.integers(low, low + 55, 3)) for low in (200, 5))
    label = Image.new("RGB", (round(box[2]) + 2 * size, round(box[3]) + 2 * size), paper)
    ImageDraw.Draw(label).multiline_text((size, size), words, font=font, fill=ink, spacing=gap)
    return np.asarray(label)


def _laid(pixels: Pixels, label: Pixels, chance: Chance) -> Pixels:
    """The label somewhere in the photo: turned, slanted, in its light, a little out of focus."""
    height, width = pixels.shape[:2]
    high, wide = label.shape[:2]
    scale = min(1.0, 0.8 * width / wide, 0.8 * height / high)
    corners = np.array([(0, 0), (wide, 0), (wide, high), (0, high)], np.float32)
    angle = np.radians(chance.normal(0, 12))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    placed = (corners - (wide / 2, high / 2)) * scale @ turn + chance.normal(0, 0.02 * high * scale, (4, 2))
    room = np.array([width, height]) - np.ptp(placed, axis=0)
    placed += chance.uniform(0, 1, 2) * np.maximum(0, room) - placed.min(axis=0)
    view = cv2.getPerspectiveTransform(corners, placed.astype(np.float32))
    lit = np.clip(label * chance.uniform(0.75, 1), 0, 255).astype(np.uint8)
    laid = cv2.warpPerspective(lit, view, (width, height), flags=cv2.INTER_AREA)
    there = cv2.warpPerspective(np.full((high, wide), 255, np.uint8), view, (width, height)) > 127
    whole = np.where(there[..., None], laid, pixels)
    blurred = cv2.GaussianBlur(whole, (0, 0), chance.uniform(0.4, 1.1)) + chance.normal(0, 3, whole.shape)
    return np.clip(blurred, 0, 255).astype(np.uint8)


def _with_thumbnail(pixels: Pixels, letterboxed: bool) -> bytes:
    """An EXIF block as a camera writes it: a thumbnail of 160 px, in some cameras with bars to make it 4:3."""
    small = Image.fromarray(np.ascontiguousarray(pixels))
    small.thumbnail((160, 120) if letterboxed else (160, 160))
    thumbnail = Image.new("RGB", (160, 120) if letterboxed else small.size)
    thumbnail.paste(small, ((thumbnail.width - small.width) // 2, (thumbnail.height - small.height) // 2))
    told = {"0th": {piexif.ImageIFD.Make: "Camera"}, "1st": {piexif.ImageIFD.Compression: 6}}
    return bytes(piexif.dump({**told, "thumbnail": _jpeg(np.asarray(thumbnail), 75)}))


def _jpeg(pixels: Pixels, quality: int, exif: bytes = b"") -> bytes:
    written = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(written, "JPEG", quality=quality, exif=exif)
    return written.getvalue()


def _large(pixels: Pixels) -> Pixels:
    return _resized(pixels, 1200 / max(pixels.shape[:2]))


def _resized(pixels: Pixels, scale: float) -> Pixels:
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, size, interpolation=how), np.uint8)


def _rgb(pixels: NDArray[np.uint8]) -> Pixels:
    return np.repeat(pixels[..., None], 3, axis=2) if pixels.ndim == 2 else pixels[..., :3]


MEASURES: dict[str, Callable[..., dict[str, Count]]] = {
    "orientation": measure_orientation,
    "preview": measure_preview,
    "codes": measure_codes,
    "text": measure_text,
    "pair": measure_pair,
    "batch": measure_batch,
    "side": measure_side,
    "ordinary": measure_ordinary,
}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--cue", nargs="+", choices=MEASURES, default=list(MEASURES))
    asked.add_argument("--count", type=int, default=200, help="photos per cue")
    asked.add_argument("--half", choices=HALVES, default="final")
    asked.add_argument("--hands", type=Path, help="folder with left.glb and right.glb")
    told = asked.parse_args()
    cv2.setNumThreads(1)
    table = Table(title=f"Mirror check, {told.half} half of the photos")
    for column in (
        "cue",
        "photos",
        "flagged: flipped",
        "straight",
        "no cue: flipped",
        "straight",
        "missed",
        "CPU",
    ):
        table.add_column(column, justify="left" if column == "cue" else "right")
    for name in told.cue:
        if name == "side" and told.hands is None:
            continue
        more = {"hands": told.hands} if name == "side" else {}
        count = told.count * 3 // 2 if name == "ordinary" else told.count
        for label, row in MEASURES[name](told.half, count, np.random.default_rng(8), **more).items():
            table.add_row(*row.row(label))
    Console(width=130).print(table)


if __name__ == "__main__":
    main()

"""Files per second with metadata taken off and nothing else done, beside mat2, exiftool and a Pillow re-encode.

    python benchmarks/metadata.py [--photos 10] [--rounds 5]

Photos of 12 megapixels as a phone writes them (photos.py). mat2 and exiftool get all files in one call, and the
time they need for a picture of one block is taken off, so that no start-up counts; ours and Pillow run in this
process. Ours is the way of a JPEG without masks: read, rebuilt from its own scans through the allow-list,
written, read again and its structure proved. The others prove nothing. Rounds are interleaved, medians count.

Beside the time that passed stands the processor's time: on a busy machine it is the fairer of the two, as a
short job waits longer for its turn than it works.

"Needles" are byte runs put into the metadata that are still in the output; "left behind" is what photoguard's
proof of structure names there. "Same pixels" means that the entropy-coded data is the source's, bit for bit.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from photos import NEEDLES, camera_jpegs
from PIL import Image

from photoguard import jpegfile
from photoguard.egress import jpeg, scans
from photoguard.photo import CaptureFacts, Container, Photo

Clean = Callable[[Sequence[Path], Path], None]
"""Cleans the photos into a folder that exists; outputs keep their order by name."""


Spent = tuple[float, float]
"""Seconds that passed, and seconds that processors worked."""


@dataclass
class Contender:
    """One way to take metadata off."""

    name: str
    clean: Clean
    program: str | None = None
    """The program that it starts; left out where that is not installed."""
    spent: list[Spent] = field(default_factory=list)
    starting: list[Spent] = field(default_factory=list)
    outputs: list[bytes] = field(default_factory=list)

    def per_file(self) -> Spent:
        """Median time per file, start-up taken off."""
        passed, worked = (
            (
                statistics.median(spent[which] for spent in self.spent)
                - statistics.median([spent[which] for spent in self.starting] or [0.0])
            )
            / len(self.outputs)
            for which in (0, 1)
        )
        return passed, worked


def main() -> None:
    """Prints the table."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--photos", type=int, default=10)
    arguments.add_argument("--rounds", type=int, default=5)
    chosen = arguments.parse_args()
    contenders = [
        Contender("photoguard, allow-list walk", walk),
        Contender("mat2", _mat2, "mat2"),
        Contender("mat2 --lightweight", _mat2_lightweight, "mat2"),
        Contender("exiftool -all=", _exiftool, "exiftool"),
        Contender("Pillow, re-encoded at 92", _pillow),
    ]
    contenders = [one for one in contenders if one.program is None or shutil.which(one.program)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photos = camera_jpegs(folder / "photos", chosen.photos)
        tiny = folder / "tiny.jpg"
        Image.new("RGB", (8, 8)).save(tiny)
        for _ in range(chosen.rounds):
            for contender in contenders:
                spent, contender.outputs = _timed(contender.clean, photos, folder)
                contender.spent.append(spent)
                if contender.program:
                    contender.starting.append(_timed(contender.clean, [tiny], folder)[0])
        sources = [photo.read_bytes() for photo in photos]
    _print(contenders, sources)


def _timed(clean: Clean, photos: Sequence[Path], folder: Path) -> tuple[Spent, list[bytes]]:
    out = folder / "out"
    out.mkdir()
    try:
        start, work = time.perf_counter(), _worked()
        clean(photos, out)
        spent = time.perf_counter() - start, _worked() - work
        outputs = [path.read_bytes() for path in sorted(out.iterdir())]
        if len(outputs) != len(photos):
            sys.exit(f"{len(outputs)} of {len(photos)} files came out; what that took says nothing.")
        return spent, outputs
    finally:
        shutil.rmtree(out)


def _worked() -> float:
    """Processor time so far, of this process and of the programs it has started and seen end."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def walk(photos: Sequence[Path], out: Path) -> None:
    no_pixels = np.zeros((1, 1, 3), dtype=np.uint8)  # this way never looks at them
    for path in photos:
        source = path.read_bytes()
        photo = Photo(no_pixels, Container.JPEG, CaptureFacts(stored_size=(1, 1)), source=source)
        target = out / path.name
        target.write_bytes(jpeg.write(photo, no_pixels, ()))
        if jpeg.structure(target.read_bytes()):
            sys.exit("photoguard's output did not pass its own proof.")


def _mat2(photos: Sequence[Path], out: Path, *options: str) -> None:
    copies = [str(shutil.copyfile(photo, out / photo.name)) for photo in photos]
    subprocess.run(["mat2", "--inplace", *options, *copies], check=True, capture_output=True)


def _mat2_lightweight(photos: Sequence[Path], out: Path) -> None:
    _mat2(photos, out, "--lightweight")


def _exiftool(photos: Sequence[Path], out: Path) -> None:
    command = ["exiftool", "-quiet", "-all=", "-o", f"{out}/", *map(str, photos)]
    subprocess.run(command, check=True, capture_output=True)


def _pillow(photos: Sequence[Path], out: Path) -> None:
    for path in photos:
        with Image.open(path) as image:
            fresh = Image.new(image.mode, image.size)
            fresh.paste(image)
        fresh.save(out / path.name, "JPEG", quality=92)


def _scans(data: bytes) -> object:
    """The entropy-coded data of a file's picture and what it is decoded with."""
    return scans.needed(jpegfile.parse(data))


def _print(contenders: Sequence[Contender], sources: Sequence[bytes]) -> None:
    passed, worked = contenders[0].per_file()
    print(f"{len(sources)} photos, {sum(map(len, sources)) / len(sources) / 1e6:.1f} MB each")
    print(
        f"{'':28} | {'files/s':>8} {'ours is':>8} | {'CPU ms/file':>11} {'ours is':>8} | {'same pixels':>11}"
        f" | {'needles':>7} | left behind"
    )
    for contender in contenders:
        its_passed, its_worked = contender.per_file()
        both = list(zip(sources, contender.outputs, strict=True))
        same = all(_scans(source) == _scans(output) for source, output in both)
        needles = {needle for _, output in both for needle in NEEDLES if needle in output}
        left = sorted({name for _, output in both for name in jpeg.structure(output)})
        print(
            f"{contender.name:28} | {1 / its_passed:8.1f} {its_passed / passed:7.1f}x"
            f" | {its_worked * 1e3:11.1f} {its_worked / worked:7.1f}x | {'yes' if same else 'no':>11}"
            f" | {len(needles):>5}/{len(NEEDLES)} | {', '.join(left) or 'nothing'}"
        )


if __name__ == "__main__":
    main()

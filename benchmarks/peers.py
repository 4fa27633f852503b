"""photoguard beside programs that do a part of its work, as whole commands, on photos of 12 megapixels: one table.

    python benchmarks/peers.py [--photos 20] [--metadata-photos 1000] [--rounds 3]

Start-up and report are part of the time. Rounds are interleaved, so that a busy machine slows all alike; medians and
ratios are what counts, and of them those of processor time most. Each section names what its peers do:

- the whole line, beside deface, which finds and blurs upright faces. photoguard also looks for lying faces, text,
  codes, tattoos and mirrored pictures, takes off metadata, proves what it wrote and reports;
- metadata only, beside mat2 and exiftool (Debian's `mat2`, `libimage-exiftool-perl`). Files are copies of 20.
  photoguard also reads every scan through for damage, proves each file, brings it to the disk, keeps its books and
  writes the report; its walk through the allow-list by itself stands in a row of its own;
- text only, beside the Tesseract stage of Presidio's image redactor (Debian's `tesseract-ocr`). The redactor as a
  whole also asks a language model of spaCy's which words are names; that model is in no package registry.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from commands import Contender
from environments import PEERS, peer_python
from photos import camera_jpegs
from rich.console import Console
from rich.table import Table

DEFACE = ("deface==1.5.0", "onnx", "onnxruntime")
TESSERACT = ("pytesseract==0.3.13",)
DISTINCT = 20
PART = Path(__file__).with_name("part.py")

METADATA_ONLY = """
channel = "internal"
background = "keep"
mirrored = "release"
pairs_need_consent = false
masking = {face = "keep", tattoo = "keep", text = "keep", code = "keep", background = "keep"}
"""

Section = tuple[str, int, list[Contender | str]]
"""What is done, to how many photos, and by whom, photoguard first; a sentence for a peer that is not there."""


def main() -> None:
    """Prints the table."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--photos", type=int, default=20)
    arguments.add_argument("--metadata-photos", type=int, default=1000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--only", choices=("line", "metadata", "text"), help="one section of the three")
    arguments.add_argument("--slow-rounds", type=int, default=1, help="rounds of deface at full resolution")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photos = camera_jpegs(folder / "photos", chosen.photos)
        many = _copies(photos[:DISTINCT], folder / "many", chosen.metadata_photos)
        sections: list[Section] = []
        if chosen.only in (None, "line"):
            sections.append(("the whole line", len(photos), list(_whole_line(photos, folder))))
        if chosen.only in (None, "metadata"):
            sections.append(("metadata only", len(many), list(_metadata(many, folder))))
        if chosen.only in (None, "text"):
            sections.append(("text only", len(photos), list(_text(photos, folder))))
        for _, _, contenders in sections:
            there = [one for one in contenders if isinstance(one, Contender)]
            for number in range(chosen.rounds):
                for contender in there:
                    if contender.name != SLOW or number < chosen.slow_rounds:
                        contender.run()
        _print(sections, chosen.rounds)


SLOW = "deface, default"


def _whole_line(photos: Sequence[Path], folder: Path) -> Iterator[Contender | str]:
    out, home = folder / "cleaned", folder / "home"
    command = [
        sys.executable,
        "-m",
        "photoguard",
        "clean",
        str(photos[0].parent),
        "--quiet",
        "--out",
        str(out),
    ]
    yield Contender(
        "photoguard clean",
        [*command, "--home", str(home)],
        before=lambda: shutil.rmtree(out, ignore_errors=True),
        good=(0, 3, 4),
    )
    try:
        deface = peer_python("deface", DEFACE).with_name("deface")
    except subprocess.CalledProcessError:
        yield "deface: could not be installed"
        return
    for name, options in (("deface --scale 640x480", ["--scale", "640x480"]), (SLOW, [])):
        # It takes one output for one input only, and writes beside the photos, as it does for its users.
        copies = folder / "deface"
        command = [str(deface), *options, *(str(copies / photo.name) for photo in photos)]
        yield Contender(name, command, before=lambda to=copies: _fresh(to, photos))


def _metadata(photos: Sequence[Path], folder: Path) -> Iterator[Contender | str]:
    out = folder / "stripped"
    files = [str(photo) for photo in photos]
    copies = [str(out / photo.name) for photo in photos]
    policy, cleaned = folder / "metadata-only.toml", folder / "cleaned"
    policy.write_text(METADATA_ONLY)
    ours = [sys.executable, "-m", "photoguard", "clean", str(photos[0].parent), "--quiet", "--out", str(cleaned),
            "--home", str(folder / "home"), "--policy", str(policy)]  # fmt: skip
    yield Contender("photoguard clean", ours, before=lambda: shutil.rmtree(cleaned, ignore_errors=True))
    walk = [sys.executable, str(PART), "metadata", str(out), *files]
    yield Contender("photoguard's walk through the allow-list", walk, before=lambda: _fresh(out))
    for name, program, command, given in (
        ("mat2", "mat2", ["mat2", "--inplace", *copies], photos),
        ("mat2 --lightweight", "mat2", ["mat2", "--inplace", "--lightweight", *copies], photos),
        ("exiftool -all=", "exiftool", ["exiftool", "-quiet", "-all=", "-o", f"{out}/", *files], ()),
    ):
        if shutil.which(program):
            yield Contender(name, command, before=lambda given=given: _fresh(out, given))
        else:
            yield f"{name}: not installed"


def _text(photos: Sequence[Path], folder: Path) -> Iterator[Contender | str]:
    out = folder / "text"
    files = [str(photo) for photo in photos]
    ours = [sys.executable, str(PART), "text", str(out), *files]
    yield Contender("photoguard's text detector", ours, before=lambda: _fresh(out))
    name = "Tesseract, as Presidio's redactor calls it"
    if not shutil.which("tesseract"):
        yield f"{name}: not installed"
        return
    try:
        python = peer_python("tesseract", TESSERACT)
    except subprocess.CalledProcessError:
        yield f"{name}: pytesseract could not be installed"
        return
    command = [str(python), str(PEERS / "tesseract_text.py"), str(out), *files]
    yield Contender(name, command, before=lambda: _fresh(out))


def _copies(photos: Sequence[Path], folder: Path, count: int) -> list[Path]:
    folder.mkdir()
    copies = [folder / f"IMG_{number:04d}.jpg" for number in range(count)]
    for number, copy in enumerate(copies):
        os.link(photos[number % len(photos)], copy)
    return copies


def _fresh(folder: Path, photos: Sequence[Path] = ()) -> None:
    """The folder with copies of these photos and nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for photo in photos:
        shutil.copy(photo, folder)


def _print(sections: Sequence[Section], rounds: int) -> None:
    table = Table(title=f"photos of 12 megapixels, {os.cpu_count()} cores, medians of {rounds} rounds")
    table.add_column("")
    for column in ("photos/s", "ours against it", "CPU s/photo", "ours against it", "MB of one process"):
        table.add_column(column, justify="right")
    for title, count, contenders in sections:
        table.add_section()
        table.add_row(f"{title}, {count} photos", style="bold")
        first = next(one for one in contenders if isinstance(one, Contender))
        ours = first.typical()
        for contender in contenders:
            if isinstance(contender, str):
                table.add_row(contender)
                continue
            spent = contender.typical()
            table.add_row(
                contender.name,
                f"{count / spent.seconds:.2f}",
                "" if contender is first else f"{spent.seconds / ours.seconds:.2f}x",
                f"{spent.worked / count:.3f}",
                "" if contender is first else f"{spent.worked / ours.worked:.2f}x",
                f"{spent.largest_mb:.0f}",
            )
    Console(width=130).print(table)


if __name__ == "__main__":
    main()

"""One part of photoguard alone, as a command, for peers.py: what a peer does that does no more than this.

python benchmarks/part.py metadata OUT PHOTO...    metadata taken off and the file proved, no pixel looked at
python benchmarks/part.py text OUT PHOTO...        where writing is, a line each
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
from metadata import walk

from photoguard import ingest
from photoguard.detect.text import TextDetector


def text(photos: Sequence[Path], out: Path) -> None:
    """Writes the boxes of each photo's lines."""
    cv2.setNumThreads(1)
    detector = TextDetector()
    for path in photos:
        found = detector.find(ingest.read(path.read_bytes()))
        (out / f"{path.stem}.txt").write_text("\n".join(str(line.box) for line in found))


if __name__ == "__main__":
    what, out, *photos = sys.argv[1:]
    {"metadata": walk, "text": text}[what]([Path(photo) for photo in photos], Path(out))

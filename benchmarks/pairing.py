"""How well comparisons that nobody declared are noticed: two photos of one site, and one picture made of two.

    python benchmarks/pairing.py [--photos FOLDER]

Photos: those of wounds in $PHOTOGUARD_DATA/skin (else ../shared/data/skin), which are no part of this project. Some
of their patients came back, so that the same wound is there several times. COUPLES names those that earlier versions
of this search have found and a person has confirmed: there may be more, which nobody has noticed. The photos are taken
as they are, with their rooms; in a run the cleaned pictures are compared.
"""

from __future__ import annotations

import argparse
import io
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table
from skimage import data

from photoguard.batch import together
from photoguard.features import features
from photoguard.mirror.pair import Relation, relation
from photoguard.pairing.collage import is_collage
from photoguard.photo import CaptureFacts, Container, Photo, Pixels

HERE = Path(__file__).resolve().parent
SKIN = Path(os.environ.get("PHOTOGUARD_DATA", HERE.parents[1] / "shared" / "data")) / "skin"
COUPLES = (
    *("0012 0166", "0012 0172", "0012 0179", "0012 0930", "0166 0172", "0166 0930", "0172 0179", "0172 0930"),
    *("0179 0792", "0020 0399", "0020 0624", "0399 0624", "0091 0606", "0606 0610", "0139 0649", "0139 0853"),
    *("0440 0853", "0578 0853", "0649 0853", "0160 0877", "0229 0481", "0481 0877", "0877 0968", "0194 0270"),
    *("0194 0305", "0194 0443", "0194 0556", "0206 0305", "0270 0443", "0305 0443", "0257 0589", "0309 0655"),
    *("0655 0992", "0737 0801", "0737 0992", "0801 0992", "0324 0536", "0358 0648", "0463 0575", "0532 0731"),
    *("0537 0625", "0540 0714", "0669 0999", "0704 0966"),
)
COPIES = ("0087 0635", "0092 0335", "0220 0664", "0360 0766", "0720 1008")
"""The same photo twice."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--photos", type=Path, default=SKIN)
    folder = parser.parse_args().photos
    cv2.setNumThreads(1)
    photos = {path.stem: _read(path) for path in sorted(folder.glob("*.jpg"))}
    table = Table(title=f"{len(photos)} photos of wounds, {len(COUPLES)} couples of one wound")
    for column in ("", "noticed", "wrongly", "CPU"):
        table.add_column(column, justify="left" if not column else "right")
    table.add_row("two photos of one site", *_same_site(photos))
    table.add_row("  said to be mirrored when one half is flipped", *_mirrored(photos))
    for name in ("beside", "with a bar between", "above"):
        table.add_row(f"one picture of two, {name}", *_collages(photos, name))
    Console(width=120).print(table)


def _same_site(photos: dict[str, Photo]) -> tuple[str, str, str]:
    start = time.process_time()
    thumbnails = {name: _thumbnail(photo) for name, photo in photos.items()}
    pictures = {name: together.seen(small) for name, small in thumbnails.items()}
    with tempfile.TemporaryDirectory(prefix="photoguard-pairing-") as folder:
        told = together.same_site_twice(list(photos), pictures, thumbnails, Path(folder))
        found = {" ".join(names) for names in told}
    spent = (time.process_time() - start) / len(photos)
    new = sorted(found - set(COUPLES))
    Console().print("found, and not in the list:", *new)
    couples = len(photos) * (len(photos) - 1) // 2 - len(COUPLES)
    return (
        f"{len(found & set(COUPLES))} of {len(COUPLES)}",
        f"{len(set(COPIES) & found)} of {len(COPIES)} copies, {len(new)} of {couples:,} others",
        f"{spent * 1000:.0f} ms a photo",
    )


def _mirrored(photos: dict[str, Photo]) -> tuple[str, str, str]:
    start = time.process_time()
    points = {name: features(photos[name]) for name in {half for each in COUPLES for half in each.split()}}
    told = [
        (relation(points[one], points[other]), relation(points[one], points[other].flipped()))
        for one, other in map(str.split, COUPLES)
    ]
    spent = (time.process_time() - start) / len(COUPLES)
    return (
        f"{sum(flipped is Relation.OPPOSITE for _, flipped in told)} of {len(told)}",
        f"{sum(straight is Relation.OPPOSITE for straight, _ in told)} of {len(told)}",
        f"{spent * 1000:.0f} ms a pair",
    )


def _collages(photos: dict[str, Photo], how: str) -> tuple[str, str, str]:
    made = [
        is_collage(_put_together(photos[one], photos[other], how)) for one, other in map(str.split, COUPLES)
    ]
    start = time.process_time()
    single = [is_collage(photo) for photo in (*photos.values(), *_others())]
    spent = (time.process_time() - start) / len(single)
    return f"{sum(made)} of {len(made)}", f"{sum(single)} of {len(single)}", f"{spent * 1000:.0f} ms a photo"


def _put_together(one: Photo, other: Photo, how: str) -> Photo:
    """As a slide or a post shows them, saved as JPEG."""
    axis = 0 if how == "above" else 1
    parts = [_sized(photo.pixels, axis) for photo in (one, other)]
    if how == "with a bar between":
        parts.insert(1, np.full((parts[0].shape[0], 14, 3), 255, np.uint8))
    return _photo(_jpeg(np.concatenate(parts, axis=axis)))


def _sized(pixels: Pixels, axis: int) -> Pixels:
    """With 900 pixels along the seam."""
    height, width = pixels.shape[:2]
    scale = 900 / (height if axis else width)
    return np.asarray(cv2.resize(pixels, (round(width * scale), round(height * scale))), np.uint8)


def _others() -> Iterator[Photo]:
    for name in ("astronaut", "chelsea", "coffee", "rocket", "retina"):
        yield Photo(getattr(data, name)(), Container.ARRAY, CaptureFacts((1, 1)))


def _read(path: Path) -> Photo:
    return _photo(path.read_bytes())


def _photo(jpeg: bytes) -> Photo:
    with Image.open(io.BytesIO(jpeg)) as picture:
        return Photo(np.asarray(picture.convert("RGB")), Container.JPEG, CaptureFacts(picture.size))


def _thumbnail(photo: Photo) -> bytes:
    return _jpeg(photo.scaled(min(1.0, 480 / max(photo.size))))


def _jpeg(pixels: Pixels) -> bytes:
    saved = io.BytesIO()
    Image.fromarray(pixels).save(saved, "JPEG", quality=85)
    return saved.getvalue()


if __name__ == "__main__":
    main()

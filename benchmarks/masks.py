"""What an attacker still gets from a masked face, beside deface's blur and mosaic.

    python benchmarks/masks.py [--deface-python PYTHON]    (three minutes on one core)

Faces: every face of at least 60 px in the photos of $PHOTOGUARD_DATA/faces (else ../shared/data/faces), and
scikit-image's astronaut. Each is taken for a person of its own. Ours and deface get the same face box, grown
by deface's default of 1.3; photoguard's detector takes more, the whole head.

The attackers:
- one who looks: structural similarity (SSIM) of the face at 128 x 128 before and after masking;
- one with a recogniser (dlib's) and the exact place of the face: distance of the encodings, how often it
  says "same person" (under 0.6) and how often the right face is the nearest of all (top 1), as it is and
  after the best of three restorations;
- one who owns the very photo unmasked among all others, masks them all in the same way and compares; and the
  same with another shot of each person (simulated: other light, colour and framing). Who owns the photo needs
  no mask to be undone: this shows what is left, not what is at stake;
- for text, one who knows font and place of a single digit and masks all ten to compare.

"Two people" is the reference: unmasked photos of different people. `solid` holds nothing of the photo: what
it scores is what any flat patch scores.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from environments import ask_peer, numbered, peer_python
from numpy.typing import NDArray
from PIL import Image
from skimage import data
from skimage.metrics import structural_similarity
from skimage.restoration import richardson_lucy

from photoguard.mask import apply, plan
from photoguard.photo import Box, Finding, Kind, Method, Pixels
from photoguard.policy import Masking

RECOGNISER = ("dlib-bin==20.0.1", "face_recognition_models==0.3.0", "numpy<2.3")
DEFACE = ("deface==1.5.0", "onnx", "onnxruntime")
OURS = (Method.BLUR, Method.PIXELATE, Method.SOLID)
SAME_PERSON = 0.6
OTHERS = range(1, 9)
"""SSIM with other people: with this many of them per face."""
GROWN = 1.3
LOOKS = 6
"""How often the owner of the photos masks each of them, to average our noise away."""

Floats = NDArray[np.float64]
Faces = list[Pixels]


@dataclass(frozen=True)
class Way:
    """One way to mask faces. Picture and box belong together by their place in the lists."""

    name: str
    mask: Callable[[Faces, list[Box]], Faces]
    noisy: bool


def main() -> None:
    """Prints the tables."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--deface-python", type=Path, help="an interpreter that has deface 1.5.0")
    deface = arguments.parse_args().deface_python or peer_python("deface", DEFACE)
    recogniser = peer_python("recogniser", RECOGNISER)
    cv2.setNumThreads(1)

    faces, boxes = _faces(recogniser)
    if len(faces) <= max(OTHERS):
        sys.exit("Too few faces to compare. Name a folder that has photos in faces/ with $PHOTOGUARD_DATA.")
    ways = [*(_ours(method) for method in OURS), *(_deface(method, deface) for method in ("blur", "mosaic"))]
    masked = {way.name: way.mask(faces, boxes) for way in ways}
    attacked = {"original": faces, **masked}
    for name, pictures in masked.items():
        for how, restore in RESTORATIONS.items():
            attacked[f"{name}, {how}"] = [restore(*both) for both in zip(pictures, boxes, strict=True)]
    encodings = _encodings(recogniser, attacked, faces, boxes)

    print(f"{len(faces)} faces, each taken for a person of its own. Chance for top 1: {1 / len(faces):.1%}")
    print(f"{'':20} | {'SSIM with':^15} | {'recogniser':^34} | {'owner of photos, top 1':^22}")
    print(
        f"{'':20} | {'own':>7} {'others':>7} | {'distance':>8} {'same':>7} {'top 1':>8} {'restored':>8} |"
        f" {'same shot':>10} {'another':>11}"
    )
    chips = _chips(faces, boxes)
    two = ~np.eye(len(faces), dtype=bool)
    apart = _distances(encodings["original"], encodings["original"])[two]
    alike = _similarity(chips, chips, OTHERS)
    print(
        f"{'two people':20} | {'':7} {alike:7.3f} | {np.median(apart):8.2f} {np.mean(apart < SAME_PERSON):7.1%}"
        f" {'':8} {'':8} | {'':10} {'':11}"
    )
    for way in ways:
        after = _chips(masked[way.name], boxes)
        found = _distances(encodings[way.name], encodings["original"])
        restored = max(
            _top(_distances(encodings[f"{way.name}, {how}"], encodings["original"])) for how in RESTORATIONS
        )
        own = np.diag(found)
        print(
            f"{way.name:20} | {_similarity(chips, after, (0,)):7.3f} {_similarity(chips, after, OTHERS):7.3f}"
            f" | {np.median(own):8.2f} {np.mean(own < SAME_PERSON):7.1%} {_top(found):8.1%} {restored:8.1%}"
            f" | {_owner(way, faces, faces, boxes):10.1%} {_owner(way, faces, _another(faces), boxes):11.1%}"
        )
    print("\nA single digit, font and place known, top 1 of ten by height of the region (chance 10.0%)")
    for method in OURS:
        rates = (f"{height} px {_digits(method, height):6.1%}" for height in (40, 100, 300))
        print(f"{_ours(method).name:20} | {'   '.join(rates)}")


def _faces(recogniser: Path) -> tuple[Faces, list[Box]]:
    """Each face with as much around it as any mask takes, and its box in that piece."""
    folder = Path(os.environ.get("PHOTOGUARD_DATA", Path(__file__).parents[2] / "shared" / "data")) / "faces"
    photos = [np.asarray(Image.open(path).convert("RGB")) for path in sorted(folder.glob("*.jpg"))]
    photos.append(data.astronaut())
    found = ask_peer(recogniser, "recogniser.py", numbered("photo", photos), "locate")["faces"]
    faces, boxes = [], []
    for number, x0, y0, x1, y1 in found.tolist():
        photo, side = photos[number], max(x1 - x0, y1 - y0)
        left, top = max(0, x0 - side), max(0, y0 - side)
        faces.append(np.ascontiguousarray(photo[top : y1 + side, left : x1 + side]))
        boxes.append((max(0, x0) - left, max(0, y0) - top, x1 - left, y1 - top))
    return faces, boxes


def _ours(method: Method) -> Way:
    def mask(faces: Faces, boxes: list[Box]) -> Faces:
        policy = Masking(face=method)
        return [
            apply(face, plan([_finding(box)], policy, (face.shape[1], face.shape[0]), (16, 16)))
            for face, box in zip(faces, boxes, strict=True)
        ]

    return Way(f"photoguard {method.value}", mask, noisy=method is not Method.SOLID)


def _finding(box: Box) -> Finding:
    x0, y0, x1, y1 = box
    dx, dy = (round((GROWN - 1) * side) for side in (x1 - x0, y1 - y0))
    return Finding(Kind.FACE, (x0 - dx, y0 - dy, x1 + dx, y1 + dy), 1.0, "benchmark")


def _deface(method: str, python: Path) -> Way:
    def mask(faces: Faces, boxes: list[Box]) -> Faces:
        arrays = numbered("original", faces) | {"boxes": np.array(boxes)}
        done = ask_peer(python, "deface_masks.py", arrays)
        return [done[f"{method}_{number}"] for number in range(len(faces))]

    return Way(f"deface {method}", mask, noisy=False)


def _sharpened(face: Pixels, box: Box) -> Pixels:
    soft = cv2.GaussianBlur(face, (0, 0), (box[2] - box[0]) / 16)
    return cv2.addWeighted(face, 3.0, soft, -2.0, 0)


def _deconvolved(face: Pixels, box: Box) -> Pixels:
    """Richardson-Lucy for a box blur over half the mask, which is deface's; worked at a quarter for speed."""
    side = max(3, round(GROWN * (box[2] - box[0]) / 8) | 1)
    small = cv2.resize(face, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA).astype(np.float64) / 255
    kernel = np.full((side, side), 1 / side**2)
    sharp = np.dstack([richardson_lucy(small[..., channel], kernel, num_iter=20) for channel in range(3)])
    levels = np.clip(sharp * 255, 0, 255).astype(np.uint8)
    return cv2.resize(levels, (face.shape[1], face.shape[0]), interpolation=cv2.INTER_CUBIC)


def _smoothed(face: Pixels, box: Box) -> Pixels:
    """A mosaic's or a grain's hard steps taken away, which is what recognisers like least."""
    return cv2.GaussianBlur(face, (0, 0), (box[2] - box[0]) / 24)


RESTORATIONS: dict[str, Callable[[Pixels, Box], Pixels]] = {
    "sharpened": _sharpened,
    "deconvolved": _deconvolved,
    "smoothed": _smoothed,
}


def _owner(way: Way, gallery: Faces, shots: Faces, boxes: list[Box]) -> float:
    """How often the right photo looks most like a masked shot, once the gallery is masked in the same way."""
    looks = [way.mask(gallery, boxes) for _ in range(LOOKS if way.noisy else 1)]
    seen = way.mask(shots, boxes)
    rates = []
    for cells in (2, 4, 16):
        expected = np.mean([_averages(look, boxes, cells) for look in looks], axis=0)
        rates.append(_top(_distances(_averages(seen, boxes, cells), expected)))
    return max(rates)


def _averages(faces: Faces, boxes: list[Box], cells: int) -> Floats:
    pieces = (
        face[max(y0, 0) : y1, max(x0, 0) : x1] for face, (x0, y0, x1, y1) in zip(faces, boxes, strict=True)
    )
    grids = [cv2.resize(piece, (cells, cells), interpolation=cv2.INTER_AREA) for piece in pieces]
    return np.array(grids, dtype=np.float64).reshape(len(faces), -1)


def _another(faces: Faces) -> Faces:
    """The same people once more: other light, other colour, framed a little differently."""
    random = np.random.default_rng(1)
    shots = []
    for face in faces:
        height, width = face.shape[:2]
        move = random.normal(0, 0.02, 2) * (width, height)
        moved = cv2.warpAffine(
            face,
            np.array([[1, 0, move[0]], [0, 1, move[1]]]),
            (width, height),
            borderMode=cv2.BORDER_REPLICATE,
        )
        light = random.uniform(0.85, 1.15) * random.normal(1, 0.04, 3)
        gamma = random.uniform(0.85, 1.15)
        shots.append(np.clip(255 * (moved / 255) ** gamma * light, 0, 255).astype(np.uint8))
    return shots


def _digits(method: Method, height: int) -> float:
    random = np.random.default_rng(2)
    width = height * 2 // 3
    scale = height / 34
    pages = []
    for digit in range(10):
        page = np.full((height, width, 3), 235, dtype=np.uint8)
        (wide, high), _ = cv2.getTextSize(str(digit), cv2.FONT_HERSHEY_SIMPLEX, scale, max(1, height // 12))
        at = ((width - wide) // 2, (height + high) // 2)
        cv2.putText(page, str(digit), at, cv2.FONT_HERSHEY_SIMPLEX, scale, (25, 25, 30), max(1, height // 12))
        pages.append(page)
    way, boxes = _ours(method), [(0, 0, width, height)] * 10
    expected = np.mean([_averages(way.mask(pages, boxes), boxes, 2) for _ in range(60)], axis=0)
    # A solid mask is the same for every digit: ties are broken by chance.
    hits = []
    for _ in range(60):
        seen = _averages(way.mask(pages, boxes), boxes, 2)
        distances = _distances(seen, expected) + random.random((10, 10)) * 1e-9
        hits.append(_top(distances))
    return float(np.mean(hits))


def _chips(faces: Faces, boxes: list[Box]) -> Faces:
    pieces = (
        face[max(y0, 0) : y1, max(x0, 0) : x1] for face, (x0, y0, x1, y1) in zip(faces, boxes, strict=True)
    )
    chips = (cv2.resize(piece, (128, 128), interpolation=cv2.INTER_AREA) for piece in pieces)
    return [cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY) for chip in chips]


def _similarity(before: Faces, after: Faces, shifts: Iterable[int]) -> float:
    """Mean SSIM of each face with the one so many places further on; 0 is its own."""
    pairs = [(one, after[(n + shift) % len(after)]) for shift in shifts for n, one in enumerate(before)]
    return float(np.mean([structural_similarity(one, other) for one, other in pairs]))


def _distances(some: Floats, others: Floats) -> Floats:
    return np.linalg.norm(some[:, None] - others[None], axis=2)


def _top(distances: Floats) -> float:
    return float(np.mean(distances.argmin(axis=1) == np.arange(len(distances))))


def _encodings(
    recogniser: Path, attacked: dict[str, Faces], faces: Faces, boxes: list[Box]
) -> dict[str, Floats]:
    sets = {f"set{number}": pictures for number, pictures in enumerate(attacked.values())}
    arrays = {
        name: array for part, pictures in sets.items() for name, array in numbered(part, pictures).items()
    }
    arrays |= numbered("original", faces) | {"boxes": np.array(boxes)}
    done = ask_peer(recogniser, "recogniser.py", arrays, "encode")
    return {name: done[part] for part, name in zip(sets, attacked, strict=True)}


if __name__ == "__main__":
    main()

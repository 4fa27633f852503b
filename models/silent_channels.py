"""Finds the channels of CenterFace that no photo makes active. Needs `onnx`; not needed to use photoguard.

    python models/silent_channels.py original/centerface.onnx FOLDER... > models/centerface_silent.json

FOLDERs hold photos (*.jpg). Each is looked at in four sizes and turns; scikit-image's pictures, its hundred small
faces, plain colours and noise come on top. Printed: for each ReLU of the inverted residuals the channels through
which nothing came.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import skimage.data
from make_centerface import chains, dynamic
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
SIDES = (640, 448, 288, 160)
PICTURES = ("astronaut", "brick", "camera", "cat", "coffee", "coins", "gravel", "grass", "hubble_deep_field", "page",
            "retina", "rocket", "text")  # fmt: skip


def pictures(folders: list[Path]) -> Iterator[Pixels]:
    """RGB, their sides multiples of 32."""
    chance = np.random.default_rng(1)
    for file in (file for folder in folders for file in sorted(folder.glob("*.jpg"))):
        yield from _seen(cv2.cvtColor(cv2.imread(str(file)), cv2.COLOR_BGR2RGB))
    for name in PICTURES:
        picture = getattr(skimage.data, name)()
        yield from _seen(picture if picture.ndim == 3 else np.dstack([picture] * 3))
    faces = np.vstack([np.hstack(skimage.data.lfw_subset()[row : row + 10]) for row in range(0, 100, 10)])
    for side in (250, 500, 1000):
        sheet = cv2.resize((faces * 255).astype(np.uint8), (side, side), interpolation=cv2.INTER_CUBIC)
        yield from _seen(np.dstack([sheet] * 3))
    for level in (0, 64, 128, 192, 255):
        yield np.full((128, 128, 3), level, np.uint8)
    for cell in (1, 2, 4, 16):
        noise = chance.integers(0, 256, (256 // cell, 256 // cell, 3), np.uint8)
        yield cv2.resize(noise, (256, 256), interpolation=cv2.INTER_NEAREST).astype(np.uint8, copy=False)


def _seen(picture: Pixels) -> Iterator[Pixels]:
    for turn, longer in enumerate(SIDES):
        scale = longer / max(picture.shape[:2])
        size = [max(32, round(side * scale / 32) * 32) for side in picture.shape[1::-1]]
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        yield np.ascontiguousarray(np.rot90(small, turn)).astype(np.uint8, copy=False)


def main() -> None:
    """Look at every picture, keep the highest value of each channel, print those that stayed at zero."""
    model = dynamic(onnx.load(sys.argv[1]))
    names = [link.output[0] for chain in chains(model.graph) for link in (chain[1], chain[3])]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    net = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    most = dict.fromkeys(names, np.float32(0))
    for picture in pictures([Path(folder) for folder in sys.argv[2:]]):
        values = net.run(names, {"input.1": cv2.dnn.blobFromImage(picture)})
        most = {
            name: np.maximum(most[name], value.max(axis=(0, 2, 3)))
            for name, value in zip(names, values, strict=True)
        }
    print(json.dumps({name: np.flatnonzero(peak <= 0).tolist() for name, peak in most.items()}))


if __name__ == "__main__":
    main()

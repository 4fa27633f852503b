"""Finds and compares faces with dlib's recogniser. Runs in an environment of its own, see portraits.py.

    recogniser.py locate IN.npz OUT.npz    photo_* (H x W x 3, RGB) -> faces: photo, x0, y0, x1, y1
    recogniser.py encode IN.npz OUT.npz    original_*, boxes and <method>_* -> <method>: faces x 128

A masked face is encoded at the landmarks of the original: the attacker is granted to know where the face is.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

import dlib
import numpy as np

MODELS = Path(find_spec("face_recognition_models").origin).parent / "models"
SUREST = 0.3  # below it dlib's detector also fires on other things


def locate(arrays):
    """Faces of at least 60 px, as dlib's frontal detector sees them."""
    detector = dlib.get_frontal_face_detector()
    faces = []
    for number in range(len(arrays)):
        boxes, _, _ = detector.run(arrays[f"photo_{number}"], 1, SUREST)
        faces += [(number, b.left(), b.top(), b.right(), b.bottom()) for b in boxes if b.width() >= 60]
    return {"faces": np.array(faces)}


def encode(arrays):
    """128 numbers per face and method."""
    landmarks = dlib.shape_predictor(str(MODELS / "shape_predictor_5_face_landmarks.dat"))
    network = dlib.face_recognition_model_v1(str(MODELS / "dlib_face_recognition_resnet_model_v1.dat"))
    boxes = [dlib.rectangle(*map(int, box)) for box in arrays["boxes"]]
    places = [landmarks(arrays[f"original_{number}"], box) for number, box in enumerate(boxes)]
    methods = {name.rsplit("_", 1)[0] for name in arrays.files if name != "boxes"}
    return {
        method: np.array(
            [
                network.compute_face_descriptor(arrays[f"{method}_{n}"], place)
                for n, place in enumerate(places)
            ]
        )
        for method in sorted(methods)
    }


if __name__ == "__main__":
    work, source, target = sys.argv[1:]
    np.savez(target, **{"locate": locate, "encode": encode}[work](np.load(source)))

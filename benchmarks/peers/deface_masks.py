"""Masks faces with deface's own code and defaults. Runs in an environment of its own, see maskings.py.

deface_masks.py METHOD IN.npz OUT.npz    original_* (H x W x 3) and boxes -> METHOD_* (blur or mosaic)
"""

import sys

import numpy as np
from deface.deface import anonymize_frame

if __name__ == "__main__":
    method, source, target = sys.argv[1:]
    arrays = np.load(source)
    masked = {}
    for number, box in enumerate(arrays["boxes"]):
        picture = arrays[f"original_{number}"].copy()
        found = np.array([[*box, 1.0]], dtype=np.float32)
        anonymize_frame(
            found, picture, mask_scale=1.3, replacewith=method, ellipse=True,
            draw_scores=False, replaceimg=None, mosaicsize=20,
        )  # fmt: skip
        masked[f"{method}_{number}"] = picture
    np.savez(target, **masked)

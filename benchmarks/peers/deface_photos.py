"""Masks photos whole, with deface's own code and defaults. Runs in an environment of its own, see recognition.py.

deface_photos.py IN.npz OUT.npz    photo_* (H x W x 3, RGB) -> photo_*
"""

import sys

import numpy as np
from deface.centerface import CenterFace
from deface.deface import anonymize_frame

THRESHOLD, MASK_SCALE = 0.2, 1.3  # the defaults of deface's command line

if __name__ == "__main__":
    source, target = sys.argv[1:]
    net, masked = CenterFace(), {}
    with np.load(source) as photos:
        for name in photos.files:
            picture = photos[name].copy()
            found, _ = net(picture, threshold=THRESHOLD)
            anonymize_frame(
                found, picture, mask_scale=MASK_SCALE, replacewith="blur", ellipse=True,
                draw_scores=False, replaceimg=None, mosaicsize=20,
            )  # fmt: skip
            masked[name] = picture
    np.savez(target, **masked)

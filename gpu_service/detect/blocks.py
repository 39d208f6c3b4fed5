"""The convolutional half of TransNetV2: stacks of dilated, factorised 3-D convolutions.

Attribute names are those of the official weights, so that a state dict loads strictly.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

DILATIONS = (1, 2, 4, 8)

REACH_FRAMES = max(DILATIONS)
"""How far ahead and back a block looks."""


class FactorisedConv3d(nn.Module):
    """A 3x3x3 convolution as 3x3 in space, then 3 dilated taps in time; no bias.

    ``(B, in, T, H, W)`` to ``(B, out, T, H, W)``; zeros stand in beyond every border.
    """

    def __init__(self, in_channels: int, out_channels: int, dilation: int) -> None:
        super().__init__()
        middle = 2 * out_channels
        self.layers = nn.ModuleList(
            [
                nn.Conv3d(in_channels, middle, (1, 3, 3), padding=(0, 1, 1), bias=False),
                nn.Conv3d(
                    middle,
                    out_channels,
                    (3, 1, 1),
                    padding=(dilation, 0, 0),
                    dilation=(dilation, 1, 1),
                    bias=False,
                ),
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


class DilatedBlock(nn.Module):
    """Four factorised convolutions at temporal dilations 1, 2, 4 and 8, side by side.

    ``(B, in, T, H, W)`` to ``(B, 4 * filters, T, H, W)``, batch-normalised, not activated.
    """

    def __init__(self, in_channels: int, filters: int) -> None:
        super().__init__()
        for dilation in DILATIONS:
            branch = FactorisedConv3d(in_channels, filters, dilation)
            self.add_module(f"Conv3D_{dilation}", branch)
        self.bn = nn.BatchNorm3d(4 * filters, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        branches = [self.get_submodule(f"Conv3D_{dilation}")(x) for dilation in DILATIONS]
        normalised: Tensor = self.bn(torch.cat(branches, dim=1))
        return normalised


class DilatedStack(nn.Module):
    """Two dilated blocks with a shortcut round the second, then 2x2 average pooling in space.

    ``(B, in, T, H, W)`` to ``(B, 4 * filters, T, H // 2, W // 2)``.
    """

    def __init__(self, in_channels: int, filters: int) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.DDCNN = nn.ModuleList(
            [DilatedBlock(in_channels, filters), DilatedBlock(4 * filters, filters)]
        )

    def forward(self, x: Tensor) -> Tensor:
        shortcut = functional.relu(self.DDCNN[0](x))
        x = functional.relu(self.DDCNN[1](shortcut)) + shortcut
        return functional.avg_pool3d(x, (1, 2, 2))

"""TransNetV2's convolutions laid out for inference on the CPU; the results are the same.

A factorised 3-D convolution is two 2-D ones: 3x3 over each frame, then three taps along time over
each pixel. The second sees a picture whose rows are frames and whose columns are pixels, which is
the same channels-last memory under another shape. Batch normalisation follows the taps directly,
so that its factors become part of them and its shift their bias.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from gpu_service.detect.blocks import DILATIONS, DilatedBlock, DilatedStack


@dataclass(frozen=True, slots=True, repr=False)
class _Branch:
    spatial: Tensor
    """``(middle, in, 3, 3)``"""
    taps: Tensor
    """``(out, middle, 3, 1)``"""
    bias: Tensor
    """``(out,)``"""
    dilation: int


class FoldedBlock:
    """A :class:`DilatedBlock`; frames take the place of the batch.

    :param dtype: of weights and activations.
    """

    def __init__(self, block: DilatedBlock, dtype: torch.dtype) -> None:
        norm = block.bn
        mean, variance = cast(Tensor, norm.running_mean), cast(Tensor, norm.running_var)
        factors = norm.weight * torch.rsqrt(variance + norm.eps)
        shifts = norm.bias - mean * factors
        count = len(factors) // len(DILATIONS)
        self._branches = []
        for index, dilation in enumerate(DILATIONS):
            layers = cast(nn.ModuleList, block.get_submodule(f"Conv3D_{dilation}.layers"))
            spatial, temporal = (cast(Tensor, layer.weight) for layer in layers)
            own = slice(index * count, (index + 1) * count)
            taps = temporal[..., 0] * factors[own, None, None, None]
            self._branches.append(
                _Branch(
                    _packed(spatial[:, :, 0], dtype),
                    _packed(taps, dtype),
                    shifts[own].to(dtype, copy=True),
                    dilation,
                )
            )

    def __call__(self, x: Tensor) -> Tensor:
        """``(T, in, H, W)`` to ``(T, out, H, W)``, both channels-last; activated."""
        frames, _, height, width = x.shape
        branches = []
        for branch in self._branches:
            middle = functional.conv2d(x, branch.spatial, padding=1)
            rows = middle.permute(0, 2, 3, 1).reshape(1, frames, height * width, -1)
            reach = branch.dilation
            branches.append(
                functional.conv2d(
                    rows.permute(0, 3, 1, 2),
                    branch.taps,
                    branch.bias,
                    padding=(reach, 0),
                    dilation=(reach, 1),
                )
            )
        joined = torch.cat(branches, dim=1).relu_()
        return joined.permute(0, 2, 3, 1).reshape(frames, height, width, -1).permute(0, 3, 1, 2)


class FoldedStack:
    """A :class:`DilatedStack`; frames take the place of the batch.

    :param dtype: of weights and activations.
    """

    def __init__(self, stack: DilatedStack, dtype: torch.dtype) -> None:
        first, second = stack.DDCNN
        self._first = FoldedBlock(cast(DilatedBlock, first), dtype)
        self._second = FoldedBlock(cast(DilatedBlock, second), dtype)

    def __call__(self, x: Tensor, between: Callable[[], None] = lambda: None) -> Tensor:
        """``(T, in, H, W)`` to ``(T, out, H // 2, W // 2)``, both channels-last.

        :param between: called before each block.
        """
        between()
        shortcut = self._first(x)
        between()
        return functional.avg_pool2d(self._second(shortcut).add_(shortcut), 2)


def _packed(weight: Tensor, dtype: torch.dtype) -> Tensor:
    return weight.to(dtype, copy=True).contiguous(memory_format=torch.channels_last)

"""Weights of a block's branches for inference: batch normalisation follows the taps directly, so
that its factors become part of them and its shift their bias."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from gpu_service.detect.blocks import DILATIONS, DilatedBlock


@dataclass(frozen=True, slots=True, repr=False)
class FoldedBranch:
    """One factorised convolution of a block, float32."""

    spatial: Tensor
    """``(middle, in, 3, 3)``"""
    taps: Tensor
    """``(out, middle, 3, 1)``"""
    bias: Tensor
    """``(out,)``"""
    dilation: int


def folded_branches(block: DilatedBlock) -> list[FoldedBranch]:
    """Those of the block, in the order of :data:`~gpu_service.detect.blocks.DILATIONS`."""
    norm = block.bn
    mean, variance = cast(Tensor, norm.running_mean), cast(Tensor, norm.running_var)
    factors = (norm.weight * torch.rsqrt(variance + norm.eps)).detach()
    shifts = (norm.bias - mean * factors).detach()
    count = len(factors) // len(DILATIONS)
    branches = []
    for index, dilation in enumerate(DILATIONS):
        layers = cast(nn.ModuleList, block.get_submodule(f"Conv3D_{dilation}.layers"))
        spatial, temporal = (cast(Tensor, layer.weight).detach() for layer in layers)
        own = slice(index * count, (index + 1) * count)
        taps = temporal[..., 0] * factors[own, None, None, None]
        branches.append(FoldedBranch(spatial[:, :, 0], taps, shifts[own], dilation))
    return branches


def packed_branches(block: DilatedBlock, dtype: torch.dtype) -> list[FoldedBranch]:
    """The same in another type, channels-last."""

    def packed(weight: Tensor) -> Tensor:
        return weight.to(dtype, copy=True).contiguous(memory_format=torch.channels_last)

    return [
        FoldedBranch(
            packed(branch.spatial),
            packed(branch.taps),
            branch.bias.to(dtype, copy=True),
            branch.dilation,
        )
        for branch in folded_branches(block)
    ]


def composed(branch: FoldedBranch) -> Tensor:
    """Both convolutions in one, over the channels of three frames that are the dilation apart.

    There is nothing between the two.

    :returns: ``(out, 3 * in, 3, 3)``, channels-last.
    """
    taps, spatial = branch.taps[..., 0].double(), branch.spatial.double()
    weight = torch.einsum("omt,mcyx->otcyx", taps, spatial).flatten(1, 2).float()
    return weight.contiguous(memory_format=torch.channels_last)

"""The first block, of few channels, as one convolution of nine frames' channels."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from gpu_service.detect.blocks import DILATIONS, REACH_FRAMES, DilatedBlock
from gpu_service.detect.fast.blocks import HELD_FRAMES, Tails
from gpu_service.detect.fast.folding import composed, folded_branches

FEW_CHANNELS = 4
"""Of as many the first block's input is, at most."""

_AT_ONCE_FRAMES = 32
"""Frames convolved at once: what comes out is still in the cache when it is activated."""

_SEEN = sorted({tap * dilation for dilation in DILATIONS for tap in (-1, 0, 1)})
"""The frames that any branch sees, counted from the one that comes out."""


class ComposedBlock:
    """A :class:`DilatedBlock` whose branches are one convolution together.

    Most of its weights are zero, so that it has half as many products again as the branches have; on
    three channels most of the time goes by beside the products, and there is half as much of that,
    with nothing in between and nothing to join.
    """

    def __init__(self, block: DilatedBlock) -> None:
        branches = folded_branches(block)
        filters, inputs = len(branches[0].bias), branches[0].spatial.shape[1]
        weight = torch.zeros(len(branches), filters, len(_SEEN), inputs, 3, 3)
        for branch, own in zip(branches, weight, strict=True):
            frames = [_SEEN.index(tap * branch.dilation) for tap in (-1, 0, 1)]
            own[:, frames] = composed(branch).view(filters, 3, inputs, 3, 3)
        joined = weight.flatten(2, 3).flatten(0, 1).to(torch.bfloat16)
        self._weight = joined.contiguous(memory_format=torch.channels_last)
        self._bias = torch.cat([branch.bias for branch in branches]).to(torch.bfloat16)

    def __call__(self, x: Tensor, before: Tails, after: Tails, y: Tensor, *, ends: bool) -> None:
        """Convolve and activate.

        :param x: ``(T, H, W, in)``.
        :param before: see :meth:`~gpu_service.detect.fast.blocks.FoldedBlock.branches`; here frames.
        :param after: gets the same for those that follow.
        :param y: ``(N, H, W, out)``, contiguous; written.
        :param ends: no more frames follow.
        """
        zeros = x.new_zeros(REACH_FRAMES, *x.shape[1:])
        held = torch.cat([*(before or [zeros]), x, *([zeros] if ends else [])])
        if not ends:
            after.append(held[-HELD_FRAMES:].clone())
        frames, (_, height, width, inputs) = len(y), x.shape
        seen = x.new_empty(_AT_ONCE_FRAMES, height, width, len(_SEEN) * inputs)
        for first in range(0, frames, _AT_ONCE_FRAMES):
            count = min(_AT_ONCE_FRAMES, frames - first)
            for place, frame in enumerate(_SEEN):
                begin = first + REACH_FRAMES + frame
                channels = slice(place * inputs, (place + 1) * inputs)
                seen[:count, ..., channels] = held[begin : begin + count]
            made = functional.conv2d(
                seen[:count].permute(0, 3, 1, 2), self._weight, self._bias, padding=1
            )
            torch.clamp_min(made.permute(0, 2, 3, 1), 0, out=y[first : first + count])

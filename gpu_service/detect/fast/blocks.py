"""TransNetV2's convolutions laid out for inference on the CPU; the results are the same.

A factorised 3-D convolution is two 2-D ones: 3x3 over each frame, then three taps along time over
each pixel. The second sees a picture whose rows are frames and whose columns are pixels, which is
the same channels-last memory under another shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import cast

import torch
from torch import Tensor
from torch.nn import functional

from gpu_service.detect.blocks import DilatedBlock, DilatedStack
from gpu_service.detect.fast.folding import FoldedBranch, folded_branches
from gpu_service.detect.fast.threads import take_threads


class FoldedBlock:
    """A :class:`DilatedBlock`; frames take the place of the batch.

    :param dtype: of weights and activations.
    """

    def __init__(self, block: DilatedBlock, dtype: torch.dtype) -> None:
        self._branches = [
            FoldedBranch(
                _packed(branch.spatial, dtype),
                _packed(branch.taps, dtype),
                branch.bias.to(dtype, copy=True),
                branch.dilation,
            )
            for branch in folded_branches(block)
        ]

    def branches(self, x: Tensor) -> Iterator[Tensor]:
        """One after the other.

        :param x: ``(T, in, H, W)``, channels-last.
        :returns: each ``(1, out, T, H * W)``, channels-last, not activated.
        """
        frames, _, height, width = x.shape
        for branch in self._branches:
            middle = functional.conv2d(x, branch.spatial, padding=1)
            rows = middle.permute(0, 2, 3, 1).reshape(1, frames, height * width, -1)
            reach = branch.dilation
            yield functional.conv2d(
                rows.permute(0, 3, 1, 2),
                branch.taps,
                branch.bias,
                padding=(reach, 0),
                dilation=(reach, 1),
            )

    def __call__(self, x: Tensor) -> Tensor:
        """``(T, in, H, W)`` to ``(T, out, H, W)``, both channels-last; activated."""
        frames, _, height, width = x.shape
        joined = torch.cat(list(self.branches(x)), dim=1).relu_()
        return joined.permute(0, 2, 3, 1).reshape(frames, height, width, -1).permute(0, 3, 1, 2)


class FoldedStack:
    """A :class:`DilatedStack`; frames take the place of the batch.

    :param dtype: of weights and activations.
    """

    def __init__(self, stack: DilatedStack, dtype: torch.dtype) -> None:
        first, second = stack.DDCNN
        self._first = FoldedBlock(cast(DilatedBlock, first), dtype)
        self._second = FoldedBlock(cast(DilatedBlock, second), dtype)

    def __call__(self, x: Tensor, threads: Callable[[], int] = torch.get_num_threads) -> Tensor:
        """``(T, in, H, W)`` to ``(T, out, H // 2, W // 2)``, both channels-last.

        :param threads: how many may work on it now; asked anew before each block.
        """
        take_threads(threads())
        shortcut = self._first(x)
        take_threads(threads())
        return functional.avg_pool2d(self._second(shortcut).add_(shortcut), 2)


class FoldedConvolutions:
    """:class:`~gpu_service.detect.fast.arithmetic.Convolutions` by torch's.

    :param dtype: of weights and activations.
    """

    def __init__(self, stacks: Sequence[DilatedStack], dtype: torch.dtype) -> None:
        self._dtype = dtype
        self._stacks = [FoldedStack(stack, dtype) for stack in stacks]

    def __call__(self, rgb: Tensor, threads: Callable[[], int]) -> tuple[Tensor, Tensor]:
        """See :class:`~gpu_service.detect.fast.arithmetic.Convolutions`."""
        x = (rgb.permute(0, 3, 1, 2).to(torch.float32) / 255).to(self._dtype)
        means = []
        for stack in self._stacks:
            x = stack(x, threads)
            means.append(x.mean(dim=(2, 3), dtype=torch.float32))
        return torch.cat(means, dim=1), x.permute(0, 2, 3, 1).flatten(1).float()


def _packed(weight: Tensor, dtype: torch.dtype) -> Tensor:
    return weight.to(dtype, copy=True).contiguous(memory_format=torch.channels_last)

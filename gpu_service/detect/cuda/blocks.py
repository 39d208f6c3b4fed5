"""TransNetV2's convolutions laid out for inference, over windows that nothing goes before or follows.

The same as those of :mod:`gpu_service.detect.fast.blocks`, which hand over from run to run; here all
that a graph captures has one shape.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor
from torch.nn import functional

from gpu_service.detect.blocks import DilatedBlock, DilatedStack
from gpu_service.detect.fast.folding import packed_branches


class WindowBlock:
    """A :class:`DilatedBlock`; frames take the place of the batch.

    :param dtype: of weights and activations.
    """

    def __init__(self, block: DilatedBlock, dtype: torch.dtype) -> None:
        self._branches = packed_branches(block, dtype)

    def __call__(self, x: Tensor) -> Tensor:
        """``(T, in, H, W)`` to ``(T, out, H, W)``, both channels-last; activated."""
        frames, _, height, width = x.shape
        made = []
        for branch in self._branches:
            middle = functional.conv2d(x, branch.spatial, padding=1)
            rows = middle.permute(0, 2, 3, 1).reshape(1, frames, height * width, -1)
            reach = branch.dilation
            made.append(
                functional.conv2d(
                    rows.permute(0, 3, 1, 2),
                    branch.taps,
                    branch.bias,
                    padding=(reach, 0),
                    dilation=(reach, 1),
                )
            )
        joined = torch.cat(made, dim=1).relu_()
        return joined.permute(0, 2, 3, 1).reshape(frames, height, width, -1).permute(0, 3, 1, 2)


class WindowStack:
    """A :class:`DilatedStack`; frames take the place of the batch.

    :param dtype: of weights and activations.
    """

    def __init__(self, stack: DilatedStack, dtype: torch.dtype) -> None:
        first, second = (cast(DilatedBlock, block) for block in stack.DDCNN)
        self._first = WindowBlock(first, dtype)
        self._second = WindowBlock(second, dtype)

    def __call__(self, x: Tensor) -> Tensor:
        """``(T, in, H, W)`` to ``(T, out, H // 2, W // 2)``, both channels-last."""
        shortcut = self._first(x)
        return functional.avg_pool2d(self._second(shortcut).add_(shortcut), 2)

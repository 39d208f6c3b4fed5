"""TransNetV2's stacks over windows that nothing goes before or follows, in one shape, for a graph."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor
from torch.nn import functional

from gpu_service.detect.blocks import DilatedBlock, DilatedStack
from gpu_service.detect.fast.blocks import FoldedBlock, activated


class WindowStack:
    """A :class:`DilatedStack`; frames take the place of the batch.

    :param dtype: of weights and activations.
    """

    def __init__(self, stack: DilatedStack, dtype: torch.dtype) -> None:
        first, second = (cast(DilatedBlock, block) for block in stack.DDCNN)
        self._first = FoldedBlock(first, dtype)
        self._second = FoldedBlock(second, dtype)

    def __call__(self, x: Tensor) -> Tensor:
        """``(T, in, H, W)`` to ``(T, out, H // 2, W // 2)``, both channels-last."""
        shortcut = activated(self._first, x.permute(0, 2, 3, 1), [], [], ends=True)
        added = activated(self._second, shortcut, [], [], ends=True).add_(shortcut)
        return functional.avg_pool2d(added.permute(0, 3, 1, 2), 2)

"""TransNetV2's stacks over whole runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

import numpy as np
import torch
from torch import Tensor

from gpu_service.detect.blocks import DilatedBlock, DilatedStack
from gpu_service.detect.fast.bfloat16.composed import FEW_CHANNELS, ComposedBlock
from gpu_service.detect.fast.bfloat16.room import Room
from gpu_service.detect.fast.blocks import FoldedBlock
from gpu_service.detect.fast.compiled.joining import join, join_and_pool
from gpu_service.detect.fast.threads import take_threads
from gpu_service.frames import UInt16Array


class Bfloat16Stack:
    """A :class:`DilatedStack` in bfloat16.

    :param stack: not changed, and not needed afterwards.
    """

    def __init__(self, stack: DilatedStack) -> None:
        first, second = (cast(DilatedBlock, block) for block in stack.DDCNN)
        few = stack.in_channels <= FEW_CHANNELS
        self._first = ComposedBlock(first) if few else FoldedBlock(first, torch.bfloat16)
        self._second = FoldedBlock(second, torch.bfloat16)
        self._channels = len(second.bn.weight)

    def __call__(self, x: Tensor, room: Room, threads: Callable[[], int]) -> Tensor:
        """``(T, H, W, in)`` to ``(T, H // 2, W // 2, out)``, both contiguous.

        :param room: for what is in between.
        :param threads: how many may work on it now; asked anew before each block.
        """
        frames, height, width, _ = x.shape
        shortcut = room.take(frames, height, width, self._channels)
        take_threads(threads())
        if isinstance(self._first, ComposedBlock):
            self._first(x, shortcut)
        else:
            join(_branches(self._first, x), _bits(shortcut))
        take_threads(threads())
        made = x.new_empty(frames, height // 2, width // 2, self._channels)
        join_and_pool(_branches(self._second, shortcut), _bits(shortcut), _bits(made))
        return made


def _branches(block: FoldedBlock, x: Tensor) -> Iterator[UInt16Array]:
    return (_bits(branch.permute(0, 2, 3, 1)) for branch in block.branches(x.permute(0, 3, 1, 2)))


def _bits(numbers: Tensor) -> UInt16Array:
    """The tensor's own memory."""
    bits: UInt16Array = numbers.view(torch.int16).numpy().view(np.uint16)
    return bits

"""TransNetV2's stacks over whole runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
import torch
from torch import Tensor

from gpu_service.detect.blocks import DilatedBlock, DilatedStack
from gpu_service.detect.fast.bfloat16.composed import FEW_CHANNELS, ComposedBlock
from gpu_service.detect.fast.bfloat16.room import Room
from gpu_service.detect.fast.blocks import FoldedBlock, StackTails, Tails, frames_out
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

    def begin(self, x: Tensor) -> StackTails:
        """What stands before the first frames, which are these."""
        return StackTails([], x.new_empty(0, *x.shape[1:3], self._second.channels), [])

    def __call__(
        self,
        x: Tensor,
        before: StackTails,
        room: Room,
        threads: Callable[[], int],
        *,
        ends: bool,
    ) -> tuple[Tensor, StackTails]:
        """``(T, H, W, in)`` to ``(N, H // 2, W // 2, out)``, both contiguous; and what is left.

        :param room: for what is in between.
        :param threads: how many may work on it now; asked anew before each block.
        :param ends: no more frames follow.
        """
        frames, height, width, _ = x.shape
        waiting = len(before.shortcut)
        first = frames_out(before.first, frames, ends=ends)
        second = frames_out(before.second, first, ends=ends)
        shortcut = room.take(waiting + first, height, width, self._second.channels)
        shortcut[:waiting] = before.shortcut
        fresh = shortcut[waiting:]
        of_first: Tails = []
        of_second: Tails = []
        take_threads(threads())
        if isinstance(self._first, ComposedBlock):
            self._first(x, before.first, of_first, fresh, ends=ends)
        else:
            branches = self._first.branches(_channels(x), before.first, of_first, ends=ends)
            join(map(_parts, branches), _bits(fresh))
        take_threads(threads())
        branches = self._second.branches(_channels(fresh), before.second, of_second, ends=ends)
        pooled = x.new_empty(second, height // 2, width // 2, self._second.channels)
        join_and_pool(map(_parts, branches), _bits(shortcut[:second]), _bits(pooled))
        return pooled, StackTails(of_first, shortcut[second:].clone(), of_second)


def _channels(x: Tensor) -> Tensor:
    """``(T, H, W, C)`` as ``(T, C, H, W)``."""
    return x.permute(0, 3, 1, 2)


def _parts(branch: list[Tensor]) -> list[UInt16Array]:
    return [_bits(part.permute(0, 2, 3, 1)) for part in branch]


def _bits(numbers: Tensor) -> UInt16Array:
    """The tensor's own memory."""
    bits: UInt16Array = numbers.view(torch.int16).numpy().view(np.uint16)
    return bits

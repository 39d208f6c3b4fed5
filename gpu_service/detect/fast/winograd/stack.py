"""TransNetV2's stacks over runs of any length, in memory that doesn't grow with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
import torch
from torch import Tensor

from gpu_service.detect.blocks import DilatedBlock, DilatedStack
from gpu_service.detect.fast.winograd.block import FEED_FRAMES, REACH_FRAMES, WinogradBlock
from gpu_service.detect.fast.winograd.composed import ComposedBlock
from gpu_service.detect.fast.winograd.hands import Hands
from gpu_service.detect.fast.winograd.joining import join, join_and_pool
from gpu_service.detect.fast.winograd.tiles import LANES
from gpu_service.frames import Float32Array


class WinogradStack:
    """A :class:`~gpu_service.detect.fast.arithmetic.Stack` in float32.

    :param stack: not changed, and not needed afterwards.
    """

    def __init__(self, stack: DilatedStack) -> None:
        first, second = (cast(DilatedBlock, block) for block in stack.DDCNN)
        few = stack.in_channels % LANES
        self._first = ComposedBlock(first) if few else WinogradBlock(first)
        self._second = WinogradBlock(second)
        self._channels = len(second.bn.weight)

    def __call__(self, x: Tensor, threads: Callable[[], int] = lambda: 1) -> Tensor:
        """See :class:`~gpu_service.detect.fast.arithmetic.Stack`."""
        frames, _, height, width = x.shape
        given = x.permute(0, 2, 3, 1).contiguous().numpy()
        pooled = _Pooled(frames, height, width, self._channels)
        with Hands(threads) as hands:
            first = self._first.stream(height, width, hands)
            second = self._second.stream(height, width, hands)
            for at in range(0, frames, FEED_FRAMES):
                shortcut = pooled.shortcut(first.feed(given[at : at + FEED_FRAMES]))
                if len(shortcut):
                    pooled.add(second.feed(shortcut))
            pooled.add(second.feed(pooled.shortcut(first.finish())))
            pooled.add(second.finish())
        return torch.from_numpy(pooled.made).permute(0, 3, 1, 2)


class _Pooled:
    """What comes out of a stack, and the shortcut's frames that still wait for the second block.

    :param frames: that will come out.
    """

    def __init__(self, frames: int, height: int, width: int, channels: int) -> None:
        self.made = np.empty((frames, height // 2, width // 2, channels), np.float32)
        self._waiting = np.empty((FEED_FRAMES + REACH_FRAMES, height, width, channels), np.float32)
        self._held = self._done = 0

    def shortcut(self, branches: list[Float32Array]) -> Float32Array:
        """The first block's frames: ``(N, H, W, channels)``, a view that holds until :meth:`add`."""
        frames = len(branches[0]) if branches else 0
        joined = self._waiting[self._held : self._held + frames]
        if frames:
            pixels = joined[..., 0].size
            join(
                *(branch.reshape(-1) for branch in branches),
                joined.reshape(-1),
                pixels,
                branches[0].shape[-1],
            )
        self._held += frames
        return joined

    def add(self, branches: list[Float32Array]) -> None:
        """Add the second block's frames to those of the shortcut."""
        if not branches:
            return
        frames, height, width, filters = branches[0].shape
        join_and_pool(
            *(branch.reshape(-1) for branch in branches),
            self._waiting.reshape(-1),
            self.made[self._done :].reshape(-1),
            frames,
            height,
            width,
            filters,
        )
        self._done += frames
        self._held -= frames
        self._waiting[: self._held] = self._waiting[frames : frames + self._held]

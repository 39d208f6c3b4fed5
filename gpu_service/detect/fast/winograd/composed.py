"""A dilated block of few input channels over a few frames at a time."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from gpu_service.detect.blocks import REACH_FRAMES, DilatedBlock
from gpu_service.detect.fast.blocks import HELD_FRAMES
from gpu_service.detect.fast.folding import composed, folded_branches
from gpu_service.detect.fast.winograd.hands import Hands
from gpu_service.frames import Float32Array


class ComposedBlock:
    """A :class:`DilatedBlock` whose two convolutions are one, of three frames as many channels.

    There is nothing between the two. Of three channels the composed one needs about half the
    products, and no memory for what would be in between.
    """

    def __init__(self, block: DilatedBlock) -> None:
        self._branches = [
            (composed(branch), branch.bias, branch.dilation) for branch in folded_branches(block)
        ]

    def begin(self, height: int, width: int) -> Float32Array:
        """See :meth:`~gpu_service.detect.fast.winograd.block.WinogradBlock.begin`."""
        channels = self._branches[0][0].shape[1] // 3
        return np.zeros((REACH_FRAMES, height, width, channels), np.float32)

    def stream(self, before: Float32Array, hands: Hands) -> ComposedStream:
        """See :meth:`~gpu_service.detect.fast.winograd.block.WinogradBlock.stream`."""
        return ComposedStream(self._branches, before, hands)


class ComposedStream:
    """Like :class:`~gpu_service.detect.fast.winograd.block.WinogradStream`.

    :param branches: the weights of each, with its bias and its dilation.
    :param before: ``(N, H, W, in)``, the frames before.
    """

    def __init__(
        self, branches: list[tuple[Tensor, Tensor, int]], before: Float32Array, hands: Hands
    ) -> None:
        self._branches = branches
        self._held = before
        self._hands = hands

    def feed(self, x: Float32Array) -> list[Float32Array]:
        """See :class:`~gpu_service.detect.fast.winograd.block.WinogradStream`."""
        held = np.concatenate([self._held, x])
        ready = max(0, len(held) - HELD_FRAMES)
        self._held = held[ready:]
        if not ready:
            return []
        return self._hands.make(
            len(self._branches),
            lambda branch: _convolved(held, ready, *self._branches[branch]),
        )

    def left(self) -> Float32Array:
        """See :class:`~gpu_service.detect.fast.winograd.block.WinogradStream`."""
        return self._held.copy()

    def finish(self) -> list[Float32Array]:
        """See :class:`~gpu_service.detect.fast.winograd.block.WinogradStream`."""
        return self.feed(np.zeros((REACH_FRAMES, *self._held.shape[1:]), np.float32))


def _convolved(
    held: Float32Array, ready: int, weight: Tensor, bias: Tensor, dilation: int
) -> Float32Array:
    first = REACH_FRAMES - dilation
    frames = [held[first + tap * dilation :][:ready] for tap in range(3)]
    x = torch.from_numpy(np.concatenate(frames, axis=3)).permute(0, 3, 1, 2)
    made: Float32Array = functional.conv2d(x, weight, bias, padding=1).permute(0, 2, 3, 1).numpy()
    return made

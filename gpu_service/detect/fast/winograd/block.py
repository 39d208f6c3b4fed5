"""A dilated block over a few frames at a time."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from gpu_service.detect.blocks import REACH_FRAMES, DilatedBlock
from gpu_service.detect.fast.folding import folded_branches
from gpu_service.detect.fast.winograd.convolution import WinogradConvolution
from gpu_service.detect.fast.winograd.hands import Hands
from gpu_service.frames import Float32Array

FEED_FRAMES = 32
"""How many frames a stream takes at once, at most."""


class WinogradBlock:
    """A :class:`DilatedBlock`: 3x3 over each frame, then three taps along time over each pixel."""

    def __init__(self, block: DilatedBlock) -> None:
        branches = folded_branches(block)
        spatial = torch.cat([branch.spatial for branch in branches])
        self._convolution = WinogradConvolution(spatial)
        self._taps = [
            (
                branch.taps.contiguous(memory_format=torch.channels_last),
                branch.bias,
                branch.dilation,
            )
            for branch in branches
        ]
        self._middle = len(spatial) // len(branches)

    def stream(self, height: int, width: int, hands: Hands) -> WinogradStream:
        """Begin with frames of this size."""
        shape = (len(self._taps), FEED_FRAMES + 2 * REACH_FRAMES, height, width, self._middle)
        return WinogradStream(self._convolution, self._taps, np.empty(shape, np.float32), hands)


class WinogradStream:
    """Frames into a block and out of it, :data:`~gpu_service.detect.blocks.REACH_FRAMES` late; zeros
    stand in before and behind them.

    :param taps: of each branch, with its bias and its dilation.
    :param middle: ``(branches, T, H, W, channels)``, for the frames in between.
    """

    def __init__(
        self,
        convolution: WinogradConvolution,
        taps: list[tuple[Tensor, Tensor, int]],
        middle: Float32Array,
        hands: Hands,
    ) -> None:
        self._convolution = convolution
        self._taps = taps
        self._middle = middle
        self._hands = hands
        self._middle[:, :REACH_FRAMES] = 0
        self._held = REACH_FRAMES

    def feed(self, x: Float32Array) -> list[Float32Array]:
        """Take the next frames.

        :param x: ``(N, H, W, in)``, contiguous.
        :returns: of each branch ``(M, H, W, out)``, not activated: the next ones whose following
            frames are known; empty where there are none yet.
        """
        self._convolution(x, self._middle, self._held, self._hands)
        return self._take(len(x))

    def finish(self) -> list[Float32Array]:
        """The frames that are left."""
        self._middle[:, self._held : self._held + REACH_FRAMES] = 0
        return self._take(REACH_FRAMES)

    def _take(self, frames: int) -> list[Float32Array]:
        self._held += frames
        ready = self._held - 2 * REACH_FRAMES
        if ready <= 0:
            return []
        made = self._hands.make(len(self._taps), partial(self._tapped, ready))
        self._held = 2 * REACH_FRAMES
        self._middle[:, : self._held] = self._middle[:, ready : ready + self._held]
        return made

    def _tapped(self, ready: int, branch: int) -> Float32Array:
        taps, bias, dilation = self._taps[branch]
        seen = self._middle[branch, REACH_FRAMES - dilation : REACH_FRAMES + ready + dilation]
        frames, height, width, channels = seen.shape
        rows = torch.from_numpy(seen).view(1, frames, height * width, channels)
        tapped = functional.conv2d(rows.permute(0, 3, 1, 2), taps, bias, dilation=(dilation, 1))
        made: Float32Array = tapped.permute(0, 2, 3, 1).reshape(ready, height, width, -1).numpy()
        return made

"""A dilated block over a few frames at a time."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from gpu_service.detect.blocks import REACH_FRAMES, DilatedBlock
from gpu_service.detect.fast.blocks import HELD_FRAMES
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

    def begin(self, height: int, width: int) -> Float32Array:
        """What stands before the first frame, of this size."""
        return np.zeros((len(self._taps), REACH_FRAMES, height, width, self._middle), np.float32)

    def stream(self, before: Float32Array, hands: Hands) -> WinogradStream:
        """Go on behind those frames."""
        return WinogradStream(self._convolution, self._taps, before, hands)


class WinogradStream:
    """Frames into a block and out of it, :data:`~gpu_service.detect.blocks.REACH_FRAMES` late.

    :param taps: of each branch, with its bias and its dilation.
    :param before: ``(branches, N, H, W, channels)``, behind the first convolution, the frames before.
    """

    def __init__(
        self,
        convolution: WinogradConvolution,
        taps: list[tuple[Tensor, Tensor, int]],
        before: Float32Array,
        hands: Hands,
    ) -> None:
        branches, self._held, *size = before.shape
        self._convolution = convolution
        self._taps = taps
        self._hands = hands
        self._middle = np.empty((branches, FEED_FRAMES + HELD_FRAMES, *size), np.float32)
        self._middle[:, : self._held] = before

    def feed(self, x: Float32Array) -> list[Float32Array]:
        """Take the next frames.

        :param x: ``(N, H, W, in)``, contiguous.
        :returns: of each branch ``(M, H, W, out)``, not activated: the next ones whose following
            frames are known; empty where there are none yet.
        """
        self._convolution(x, self._middle, self._held, self._hands)
        return self._take(len(x))

    def left(self) -> Float32Array:
        """For the stream of the frames that follow."""
        return self._middle[:, : self._held].copy()

    def finish(self) -> list[Float32Array]:
        """The frames that are left; zeros stand behind them."""
        self._middle[:, self._held : self._held + REACH_FRAMES] = 0
        return self._take(REACH_FRAMES)

    def _take(self, frames: int) -> list[Float32Array]:
        self._held += frames
        ready = self._held - HELD_FRAMES
        if ready <= 0:
            return []
        made = self._hands.make(len(self._taps), partial(self._tapped, ready))
        self._held = HELD_FRAMES
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

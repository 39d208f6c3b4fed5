"""TransNetV2's stacks over a few frames at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import numpy as np

from gpu_service.detect.blocks import REACH_FRAMES, DilatedBlock, DilatedStack
from gpu_service.detect.fast.compiled.joining import join, join_and_pool
from gpu_service.detect.fast.winograd.block import FEED_FRAMES, WinogradBlock
from gpu_service.detect.fast.winograd.composed import ComposedBlock
from gpu_service.detect.fast.winograd.hands import Hands
from gpu_service.detect.fast.winograd.tiles import LANES
from gpu_service.frames import Float32Array


class WinogradStack:
    """A :class:`DilatedStack` in float32.

    :param stack: not changed, and not needed afterwards.
    """

    def __init__(self, stack: DilatedStack) -> None:
        first, second = (cast(DilatedBlock, block) for block in stack.DDCNN)
        few = stack.in_channels % LANES
        self._first = ComposedBlock(first) if few else WinogradBlock(first)
        self._second = WinogradBlock(second)
        self.channels = len(second.bn.weight)
        """Of what comes out."""

    def stream(self, parts: Iterator[Float32Array], hands: Hands) -> Iterator[Float32Array]:
        """Frames in, frames out.

        :param parts: the frames, ``(N, H, W, in)`` contiguous, :data:`FEED_FRAMES` at once at most,
            one part at least.
        :returns: as many, ``(N, H // 2, W // 2, channels)`` in parts of other lengths, no longer.
        """
        part = next(parts)
        _, height, width, _ = part.shape
        first = self._first.stream(height, width, hands)
        second = self._second.stream(height, width, hands)
        waiting = _Waiting(height, width, self.channels)
        yield from waiting.pooled(second.feed(waiting.joined(first.feed(part))))
        for part in parts:
            yield from waiting.pooled(second.feed(waiting.joined(first.feed(part))))
        yield from waiting.pooled(second.feed(waiting.joined(first.finish())))
        yield from waiting.pooled(second.finish())


class _Waiting:
    """The shortcut's frames: the second block's are late."""

    def __init__(self, height: int, width: int, channels: int) -> None:
        self._frames = np.empty((FEED_FRAMES + REACH_FRAMES, height, width, channels), np.float32)
        self._held = 0

    def joined(self, branches: list[Float32Array]) -> Float32Array:
        """The first block's frames: ``(N, H, W, channels)``, a view that holds until
        :meth:`pooled`."""
        frames = len(branches[0]) if branches else 0
        joined = self._frames[self._held : self._held + frames]
        self._held += frames
        join(branches, joined)
        return joined

    def pooled(self, branches: list[Float32Array]) -> Iterator[Float32Array]:
        """The second block's frames with those of the shortcut, if there are any."""
        if not branches:
            return
        frames, height, width, filters = branches[0].shape
        made = np.empty((frames, height // 2, width // 2, 4 * filters), np.float32)
        join_and_pool(branches, self._frames[:frames], made)
        self._held -= frames
        self._frames[: self._held] = self._frames[frames : frames + self._held]
        yield made

"""TransNetV2's stacks over a few frames at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np

from gpu_service.detect.blocks import REACH_FRAMES, DilatedBlock, DilatedStack
from gpu_service.detect.fast.compiled.joining import join, join_and_pool
from gpu_service.detect.fast.winograd.block import FEED_FRAMES, WinogradBlock
from gpu_service.detect.fast.winograd.composed import ComposedBlock
from gpu_service.detect.fast.winograd.hands import Hands
from gpu_service.detect.fast.winograd.tiles import LANES
from gpu_service.frames import Float32Array


@dataclass(frozen=True, slots=True, repr=False)
class StackTails:
    """What a stack leaves to the frames that follow.

    :param first: of the first block's stream.
    :param shortcut: ``(N, H, W, channels)``, what came out of it and is still to be added to what
        comes out of the second one.
    :param second: of that one's.
    """

    first: Float32Array
    shortcut: Float32Array
    second: Float32Array


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

    def begin(self, height: int, width: int) -> StackTails:
        """What stands before the first frame, of this size."""
        first, second = (block.begin(height, width) for block in (self._first, self._second))
        return StackTails(first, np.empty((0, height, width, self.channels), np.float32), second)

    def __call__(
        self, parts: Iterable[Float32Array], before: StackTails, hands: Hands, *, ends: bool
    ) -> tuple[list[Float32Array], StackTails]:
        """Frames in, frames out.

        :param parts: the frames, ``(N, H, W, in)`` contiguous, :data:`FEED_FRAMES` at once at most.
        :param ends: no more frames follow.
        :returns: ``(N, H // 2, W // 2, channels)`` in parts of other lengths, no longer; and what is
            left.
        """
        first = self._first.stream(before.first, hands)
        second = self._second.stream(before.second, hands)
        waiting = _Waiting(before.shortcut)
        made: list[Float32Array] = []
        for part in parts:
            made += waiting.pooled(second.feed(waiting.joined(first.feed(part))))
        if ends:
            made += waiting.pooled(second.feed(waiting.joined(first.finish())))
            made += waiting.pooled(second.finish())
        return made, StackTails(first.left(), waiting.left(), second.left())


class _Waiting:
    """The shortcut's frames: the second block's are late."""

    def __init__(self, before: Float32Array) -> None:
        self._held, *size = before.shape
        self._frames = np.empty((FEED_FRAMES + REACH_FRAMES, *size), np.float32)
        self._frames[: self._held] = before

    def joined(self, branches: list[Float32Array]) -> Float32Array:
        """The first block's frames: ``(N, H, W, channels)``, a view that holds until
        :meth:`pooled`."""
        frames = len(branches[0]) if branches else 0
        joined = self._frames[self._held : self._held + frames]
        self._held += frames
        join([[branch] for branch in branches], joined)
        return joined

    def pooled(self, branches: list[Float32Array]) -> Iterator[Float32Array]:
        """The second block's frames with those of the shortcut, if there are any."""
        if not branches:
            return
        frames, height, width, filters = branches[0].shape
        made = np.empty((frames, height // 2, width // 2, 4 * filters), np.float32)
        join_and_pool([[branch] for branch in branches], self._frames[:frames], made)
        self._held -= frames
        self._frames[: self._held] = self._frames[frames : frames + self._held]
        yield made

    def left(self) -> Float32Array:
        """Those that wait."""
        return self._frames[: self._held].copy()

"""TransNetV2's convolutions laid out for inference on the CPU; the results are the same.

A factorised 3-D convolution is two 2-D ones: 3x3 over each frame, then three taps along time over
each pixel. The second sees a picture whose rows are frames and whose columns are pixels, which is
the same channels-last memory under another shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor
from torch.nn import functional

from gpu_service.detect.blocks import REACH_FRAMES, DilatedBlock, DilatedStack
from gpu_service.detect.fast.folding import FoldedBranch, packed_branches
from gpu_service.detect.fast.handover import Handover
from gpu_service.detect.fast.means import aligned
from gpu_service.detect.fast.threads import take_threads

HELD_FRAMES = 2 * REACH_FRAMES
"""What comes out last lies amid so many and one more."""

Tails = list[Tensor]
"""Of each branch the last frames behind its first convolution, ``(N, H * W, middle)``: those that its
second one is still to look at. Empty before the first frame, where zeros stand."""


def frames_out(before: Tails, frames: int, *, ends: bool) -> int:
    """How many frames come out of a block.

    :param frames: that go in.
    :param ends: there will be no more: zeros stand behind them.
    """
    held = len(before[0]) if before else REACH_FRAMES
    return max(0, held + frames + REACH_FRAMES * ends - HELD_FRAMES)


class FoldedBlock:
    """A :class:`DilatedBlock`; frames take the place of the batch.

    :param dtype: of weights and activations.
    """

    def __init__(self, block: DilatedBlock, dtype: torch.dtype) -> None:
        self._branches = packed_branches(block, dtype)
        self.channels = sum(len(branch.bias) for branch in self._branches)
        """Of what comes out."""

    def branches(
        self, x: Tensor, before: Tails, after: Tails, *, ends: bool
    ) -> Iterator[list[Tensor]]:
        """One after the other.

        :param x: ``(T, in, H, W)``, channels-last.
        :param before: what the frames before have left.
        :param after: gets what is left for those to come; nothing if none are.
        :param ends: none are.
        :returns: of each :func:`frames_out` frames, in parts that follow each other, each
            ``(1, out, N, H * W)``, channels-last, not activated.
        """
        frames, _, height, width = x.shape
        for index, branch in enumerate(self._branches):
            middle = x.new_empty(0, height * width, len(branch.spatial))
            if frames:
                made = functional.conv2d(x, branch.spatial, padding=1)
                middle = made.permute(0, 2, 3, 1).reshape(frames, height * width, -1)
            if ends and not before:
                yield [_tapped(middle, branch, beyond=branch.dilation)]
                continue
            tail = middle.new_zeros(REACH_FRAMES, *middle.shape[1:])
            if before:
                tail = before[index]
            if not ends:
                kept = max(0, len(tail) + min(0, frames - HELD_FRAMES))
                after.append(torch.cat([tail[kept:], middle[-HELD_FRAMES:]]))
            trimmed = REACH_FRAMES - branch.dilation
            yield [
                _tapped(seen[trimmed : len(seen) - trimmed], branch)
                for seen in _seen(tail, middle, ends=ends)
            ]


def _seen(tail: Tensor, middle: Tensor, *, ends: bool) -> list[Tensor]:
    """All frames, in parts of which each repeats the last ones of the part before. What is long is not
    copied."""
    zeros = [middle.new_zeros(REACH_FRAMES, *middle.shape[1:])] if ends else []
    if len(middle) < 2 * HELD_FRAMES:
        whole = torch.cat([tail, middle, *zeros])
        return [whole] if len(whole) > HELD_FRAMES else []
    parts = [torch.cat([tail, middle[:HELD_FRAMES]]), middle]
    return parts + [torch.cat([middle[-HELD_FRAMES:], end]) for end in zeros]


def _tapped(seen: Tensor, branch: FoldedBranch, *, beyond: int = 0) -> Tensor:
    """``(1, out, N, H * W)`` of ``(T, H * W, middle)``.

    :param beyond: zeros stand in for so many frames at either end.
    """
    return functional.conv2d(
        seen[None].permute(0, 3, 1, 2),
        branch.taps,
        branch.bias,
        padding=(beyond, 0),
        dilation=(branch.dilation, 1),
    )


@dataclass(frozen=True, slots=True, repr=False)
class StackTails:
    """What a stack leaves to those that follow.

    :param first: of the first block.
    :param shortcut: ``(N, H, W, channels)``, what came out of it and is still to be added to what
        comes out of the second one.
    :param second: of that one.
    """

    first: Tails
    shortcut: Tensor
    second: Tails


class FoldedStack:
    """A :class:`DilatedStack`; frames take the place of the batch.

    :param dtype: of weights and activations.
    """

    def __init__(self, stack: DilatedStack, dtype: torch.dtype) -> None:
        first, second = (cast(DilatedBlock, block) for block in stack.DDCNN)
        self._first = FoldedBlock(first, dtype)
        self._second = FoldedBlock(second, dtype)

    def begin(self, x: Tensor) -> StackTails:
        """What stands before the first frames, which are these."""
        return StackTails([], x.new_empty(0, *x.shape[1:3], self._second.channels), [])

    def __call__(
        self, x: Tensor, before: StackTails, threads: Callable[[], int], *, ends: bool
    ) -> tuple[Tensor, StackTails]:
        """``(T, H, W, in)`` to ``(N, H // 2, W // 2, channels)``, and what is left.

        :param threads: how many may work on it now; asked anew before each block.
        """
        of_first: Tails = []
        of_second: Tails = []
        take_threads(threads())
        first = activated(self._first, x, before.first, of_first, ends=ends)
        shortcut = torch.cat([before.shortcut, first])
        take_threads(threads())
        second = activated(self._second, first, before.second, of_second, ends=ends)
        added = second.add_(shortcut[: len(second)]).permute(0, 3, 1, 2)
        pooled = functional.avg_pool2d(added, 2).permute(0, 2, 3, 1)
        return pooled, StackTails(of_first, shortcut[len(second) :].clone(), of_second)


def activated(block: FoldedBlock, x: Tensor, before: Tails, after: Tails, *, ends: bool) -> Tensor:
    """``(T, H, W, in)`` to ``(N, H, W, out)``; see :meth:`FoldedBlock.branches`."""
    _, height, width, _ = x.shape
    branches = list(block.branches(x.permute(0, 3, 1, 2), before, after, ends=ends))
    if not branches[0]:
        return x.new_empty(0, height, width, block.channels)
    whole = [parts[0] if len(parts) == 1 else torch.cat(parts, dim=2) for parts in branches]
    # Channels last for a batch of windows as well, of which torch does not see that they are.
    joined = torch.cat([branch.permute(0, 2, 3, 1) for branch in whole], dim=3).relu_()
    return joined.reshape(-1, height, width, joined.shape[3])


class FoldedConvolutions:
    """:class:`~gpu_service.detect.fast.arithmetic.Convolutions` by torch's.

    :param dtype: of weights and activations.
    """

    def __init__(self, stacks: Sequence[DilatedStack], dtype: torch.dtype) -> None:
        self._dtype = dtype
        self._stacks = [FoldedStack(stack, dtype) for stack in stacks]

    def __call__(
        self,
        rgb: Tensor,
        threads: Callable[[], int],
        before: Handover | None = None,
        after: Handover | None = None,
    ) -> tuple[Tensor, Tensor]:
        """See :class:`~gpu_service.detect.fast.arithmetic.Convolutions`."""
        x = (rgb.to(torch.float32) / 255).to(self._dtype)
        means = []
        for index, stack in enumerate(self._stacks):
            tails = stack.begin(x) if before is None else before.take(index)
            x, tails = stack(x, tails, threads, ends=after is None)
            if after is not None:
                after.give(index, tails)
            means.append(x.mean(dim=(1, 2), dtype=torch.float32))
        return aligned(means, len(x), before, after), x.flatten(1).float()

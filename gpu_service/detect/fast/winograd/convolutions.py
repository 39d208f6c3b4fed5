"""TransNetV2's convolutions over runs of any length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from gpu_service.detect.blocks import DilatedStack
from gpu_service.detect.fast.winograd.block import FEED_FRAMES
from gpu_service.detect.fast.winograd.hands import Hands
from gpu_service.detect.fast.winograd.stack import WinogradStack
from gpu_service.frames import Float32Array


class WinogradConvolutions:
    """:class:`~gpu_service.detect.fast.arithmetic.Convolutions` in float32.

    Frames go through all stacks a few at a time; what is kept of each is what comes out.
    """

    def __init__(self, stacks: Sequence[DilatedStack]) -> None:
        self._stacks = [WinogradStack(stack) for stack in stacks]

    def __call__(self, rgb: Tensor, threads: Callable[[], int]) -> tuple[Tensor, Tensor]:
        """See :class:`~gpu_service.detect.fast.arithmetic.Convolutions`."""
        means: list[list[Tensor]] = [[] for _ in self._stacks]
        frames, height, width, _ = rgb.shape
        halved = len(self._stacks)
        pixels = (height >> halved) * (width >> halved)
        last = torch.empty(frames, pixels * self._stacks[-1].channels)
        done = 0
        with Hands(threads) as hands:
            parts = _floats(rgb)
            for stack, own in zip(self._stacks, means, strict=True):
                parts = _noting_means(stack.stream(parts, hands), own)
            for part in parts:
                last[done : done + len(part)] = torch.from_numpy(part).flatten(1)
                done += len(part)
        return torch.cat([torch.cat(own) for own in means], dim=1), last


def _floats(rgb: Tensor) -> Iterator[Float32Array]:
    """In ``[0, 1]``, a few frames at a time."""
    for first in range(0, len(rgb), FEED_FRAMES):
        yield rgb[first : first + FEED_FRAMES].to(torch.float32).div_(255).numpy()


def _noting_means(parts: Iterator[Float32Array], means: list[Tensor]) -> Iterator[Float32Array]:
    """The parts; their frames' means are added to the list."""
    for part in parts:
        means.append(torch.from_numpy(part).mean(dim=(1, 2)))
        yield part

"""TransNetV2's convolutions over runs of any length."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import torch
from torch import Tensor

from gpu_service.detect.blocks import DilatedStack
from gpu_service.detect.fast.handover import Handover
from gpu_service.detect.fast.means import aligned
from gpu_service.detect.fast.winograd.block import FEED_FRAMES
from gpu_service.detect.fast.winograd.hands import Hands
from gpu_service.detect.fast.winograd.stack import WinogradStack
from gpu_service.frames import Float32Array


class WinogradConvolutions:
    """:class:`~gpu_service.detect.fast.arithmetic.Convolutions` in float32.

    Frames go through a stack a few at a time; what is kept of each is what comes out.
    """

    def __init__(self, stacks: Sequence[DilatedStack]) -> None:
        self._stacks = [WinogradStack(stack) for stack in stacks]

    def __call__(
        self,
        rgb: Tensor,
        threads: Callable[[], int],
        before: Handover | None = None,
        after: Handover | None = None,
    ) -> tuple[Tensor, Tensor]:
        """See :class:`~gpu_service.detect.fast.arithmetic.Convolutions`."""
        height, width = rgb.shape[1:3]
        parts: Iterable[Float32Array] = _floats(rgb)
        means = []
        with Hands(threads) as hands:
            for index, stack in enumerate(self._stacks):
                tails = stack.begin(height, width) if before is None else before.take(index)
                parts, tails = stack(parts, tails, hands, ends=after is None)
                if after is not None:
                    after.give(index, tails)
                means.append(_means(parts, stack.channels))
                height, width = height // 2, width // 2
        last = [torch.from_numpy(part).flatten(1) for part in parts]
        nothing = torch.empty(0, height * width * stack.channels)
        joined = torch.cat([nothing, *last])
        return aligned(means, len(joined), before, after), joined


def _floats(rgb: Tensor) -> Iterator[Float32Array]:
    """In ``[0, 1]``, a few frames at a time."""
    for first in range(0, len(rgb), FEED_FRAMES):
        yield rgb[first : first + FEED_FRAMES].to(torch.float32).div_(255).numpy()


def _means(parts: Iterable[Float32Array], channels: int) -> Tensor:
    """``(N, channels)`` of all parts' frames."""
    means = [torch.from_numpy(part).mean(dim=(1, 2)) for part in parts]
    return torch.cat([torch.empty(0, channels), *means])

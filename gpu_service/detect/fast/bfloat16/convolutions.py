"""TransNetV2's convolutions over runs of a few windows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from gpu_service.detect.blocks import DilatedStack
from gpu_service.detect.fast.bfloat16.room import Rooms
from gpu_service.detect.fast.bfloat16.stack import Bfloat16Stack
from gpu_service.detect.fast.handover import Handover
from gpu_service.detect.fast.means import aligned


class Bfloat16Convolutions:
    """:class:`~gpu_service.detect.fast.arithmetic.Convolutions` in bfloat16."""

    def __init__(self, stacks: Sequence[DilatedStack]) -> None:
        self._stacks = [Bfloat16Stack(stack) for stack in stacks]
        self._rooms = Rooms()

    def __call__(
        self,
        rgb: Tensor,
        threads: Callable[[], int],
        before: Handover | None = None,
        after: Handover | None = None,
    ) -> tuple[Tensor, Tensor]:
        """See :class:`~gpu_service.detect.fast.arithmetic.Convolutions`."""
        x = (rgb.to(torch.float32) / 255).to(torch.bfloat16)
        means = []
        with self._rooms.one() as room:
            for index, stack in enumerate(self._stacks):
                tails = stack.begin(x) if before is None else before.take(index)
                x, tails = stack(x, tails, room, threads, ends=after is None)
                if after is not None:
                    after.give(index, tails)
                means.append(x.mean(dim=(1, 2), dtype=torch.float32))
        return aligned(means, len(x), before, after), x.flatten(1).float()

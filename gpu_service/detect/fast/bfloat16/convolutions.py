"""TransNetV2's convolutions over runs of a few windows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from gpu_service.detect.blocks import DilatedStack
from gpu_service.detect.fast.bfloat16.room import Rooms
from gpu_service.detect.fast.bfloat16.stack import Bfloat16Stack


class Bfloat16Convolutions:
    """:class:`~gpu_service.detect.fast.arithmetic.Convolutions` in bfloat16."""

    def __init__(self, stacks: Sequence[DilatedStack]) -> None:
        self._stacks = [Bfloat16Stack(stack) for stack in stacks]
        self._rooms = Rooms()

    def __call__(self, rgb: Tensor, threads: Callable[[], int]) -> tuple[Tensor, Tensor]:
        """See :class:`~gpu_service.detect.fast.arithmetic.Convolutions`."""
        x = (rgb.to(torch.float32) / 255).to(torch.bfloat16)
        means = []
        with self._rooms.one() as room:
            for stack in self._stacks:
                x = stack(x, room, threads)
                means.append(x.mean(dim=(1, 2), dtype=torch.float32))
        return torch.cat(means, dim=1), x.flatten(1).float()

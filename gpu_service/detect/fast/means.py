"""What the model compares frames by: the means of their pixels behind every stack."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gpu_service.detect.fast.handover import Handover

_PART = "means"
"""What is handed over, see :class:`~gpu_service.detect.fast.handover.Handover`: of each stack, the means
of the frames that have not come out of the last one."""


def aligned(
    means: Sequence[Tensor], frames: int, before: Handover | None, after: Handover | None
) -> Tensor:
    """The frames that have come out of the last stack; those of the others are there sooner.

    :param means: of each stack ``(N, channels)``, of the frames that this run brings.
    :param frames: that have come out of the last one.
    :returns: ``(frames, 448)``: 64, 128 and 256 of the official model's stacks.
    """
    known = list(means)
    if before is not None:
        known = [torch.cat(pair) for pair in zip(before.take(_PART), means, strict=True)]
    if after is not None:
        after.give(_PART, [own[frames:].clone() for own in known])
    return torch.cat([own[:frames] for own in known], dim=1)

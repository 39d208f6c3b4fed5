"""Weights of :mod:`gpu_service_kernels.bicubic` as tensors."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import torch
from torch import Tensor

from gpu_service_kernels.bicubic import Taps

_KEPT = 16
"""Up to 5 MB each for 1080p; to make one takes longer than to use it."""


@lru_cache(_KEPT)
def dense_taps(taps: Taps, source: int, device: torch.device) -> Tensor:
    """``(output, source)`` float64; every sum of samples with such weights is exact in it."""
    matrix = torch.zeros(len(taps.first), source + taps.size, dtype=torch.float64)
    for row, first, weights in zip(matrix, taps.first, taps.weights, strict=True):
        row[first : first + taps.size] = torch.tensor(weights, dtype=torch.float64)
    return matrix[:, :source].to(device)


def levels_down(taps: Taps, samples: Tensor) -> Tensor:
    """Weight rows as libswscale does in its last step.

    :param samples: ``(source, …)``, 15 bits, as it has them between its steps.
    :returns: ``(output, …)`` 8-bit levels, not clipped, int64.
    """
    weights = dense_taps(taps, len(samples), samples.device)
    sums: Tensor = torch.tensordot(weights, samples.double(), dims=1)
    return (sums.long() + (1 << 18)) >> 19


def packed_taps(taps: Taps, device: torch.device) -> Tensor:
    """For a kernel: ``(output, 1 + size)`` int32, each row its first sample, then its weights.

    The copy to the device has ended when this returns.
    """
    rows = [(first, *weights) for first, weights in zip(taps.first, taps.weights, strict=True)]
    return torch.tensor(rows, dtype=torch.int32).to(device)


def keep_for_stream(taps: Iterable[Tensor]) -> None:
    """Let none of the memory be used for anything else before the current stream is done with it.

    Another stream may have made them, and a cache may drop them before this one has run.
    """
    for one in taps:
        if one.is_cuda:
            one.record_stream(torch.cuda.current_stream(one.device))

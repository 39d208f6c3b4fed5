"""Kernels against the bandwidth of the GPU's memory."""

from __future__ import annotations

import torch

from benchmarks.context import Context
from benchmarks.figures import Figure, Outcome
from benchmarks.gpu.kernels import bytes_a_second, copied_a_second, operations
from benchmarks.gpu.needed import need_gpu

_LEAST_SHARE = 0.8


def run(context: Context) -> Outcome:
    """Each kernel, and a copy of as many bytes right behind it; asked of those that read surfaces."""
    device = torch.device(need_gpu())
    figures = []
    for operation in operations(device):
        moved = operation.bytes_moved()
        reached, copied = [], []
        for _ in range(context.repeats):
            reached.append(bytes_a_second(operation))
            copied.append(copied_a_second(moved, device))
        share = tuple(own / copy for own, copy in zip(reached, copied, strict=True))
        asked = _LEAST_SHARE if operation.name.startswith("surface") else None
        figures += [
            Figure(operation.name, "GB/s", tuple(one / 1e9 for one in reached)),
            Figure(f"{operation.name}, to a copy", "×", share, at_least=asked),
        ]
    return Outcome(figures, {}, [f"on {torch.cuda.get_device_name(device)}"])

"""Decoded surfaces to what the event model sees, 48×27, in one pass over the surfaces."""

from __future__ import annotations

from torch import Tensor

from gpu_service_kernels.dispatch import described_by, kernel_runs
from gpu_service_kernels.surface_to_detector import reference


@described_by(reference.surface_to_detector)
def surface_to_detector(
    surfaces: Tensor, *, width: int, height: int, matrix: str, full_range: bool
) -> Tensor:
    if kernel_runs(surfaces):
        from gpu_service_kernels.surface_to_detector import kernel

        run = kernel.surface_to_detector
    else:
        run = reference.surface_to_detector
    return run(surfaces, width=width, height=height, matrix=matrix, full_range=full_range)

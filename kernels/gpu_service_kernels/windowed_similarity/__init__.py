"""How alike each frame is to those around it, for the event model."""

from __future__ import annotations

from torch import Tensor

from gpu_service_kernels.dispatch import described_by, kernel_runs
from gpu_service_kernels.windowed_similarity import reference


@described_by(reference.windowed_similarity)
def windowed_similarity(features: Tensor) -> Tensor:
    if kernel_runs(features):
        from gpu_service_kernels.windowed_similarity import kernel

        return kernel.windowed_similarity(features)
    return reference.windowed_similarity(features)

"""A decoded surface to the full-size picture that becomes a JPEG."""

from __future__ import annotations

from torch import Tensor

from gpu_service_kernels.dispatch import described_by, kernel_runs
from gpu_service_kernels.surface_to_rgb import reference


@described_by(reference.surface_to_rgb)
def surface_to_rgb(
    surface: Tensor,
    *,
    width: int,
    height: int,
    matrix: str,
    full_range: bool,
    quarter_turns: int = 0,
    mirrored: bool = False,
) -> Tensor:
    if kernel_runs(surface):
        from gpu_service_kernels.surface_to_rgb import kernel

        run = kernel.surface_to_rgb
    else:
        run = reference.surface_to_rgb
    return run(
        surface,
        width=width,
        height=height,
        matrix=matrix,
        full_range=full_range,
        quarter_turns=quarter_turns,
        mirrored=mirrored,
    )

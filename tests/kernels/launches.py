"""Binds and compiles what the ops launch, as on a GPU, but launches nothing.

Run by ``test_launches`` in a process without the interpreter: the ops' own calls go through Triton's
binder and compiler for a Hopper GPU that isn't there. Prints a JSON line a launch.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import torch
from triton.backends.compiler import GPUTarget
from triton.runtime import JITFunction, driver

from gpu_service_kernels.color_histograms.kernel import color_histograms
from gpu_service_kernels.surface_to_detector.kernel import surface_to_detector
from gpu_service_kernels.surface_to_rgb.kernel import surface_to_rgb
from gpu_service_kernels.windowed_similarity.kernel import windowed_similarity


class AbsentGpu:
    """What Triton asks of a driver before it launches."""

    def get_current_target(self) -> object:
        return GPUTarget("cuda", 90, 32)

    def get_current_device(self) -> int:
        return 0

    def get_current_stream(self, _device: int) -> int:
        return 0

    def get_active_torch_device(self) -> torch.device:
        return torch.device("cpu")


def surfaces() -> Iterator[tuple[torch.Tensor, int, int]]:
    for sample in (torch.uint8, torch.uint16):
        yield torch.zeros(54, 64, dtype=sample), 64, 36
        yield torch.zeros(54, 64, dtype=sample), 64, 35
        yield torch.zeros(56, 75, dtype=sample), 71, 37
        yield torch.zeros(2, 2, dtype=sample), 1, 1


def main() -> None:
    driver.set_active(AbsentGpu())
    really_run: Any = JITFunction.run

    def compile_only(self: Any, *arguments: Any, grid: Any, warmup: bool, **options: Any) -> object:
        code = really_run(self, *arguments, grid=grid, warmup=True, **options)
        launch = {"kernel": code.name, "warps": code.metadata.num_warps, "grid": grid}
        sys.stdout.write(json.dumps(launch) + "\n")
        return code

    JITFunction.run = compile_only
    for surface, width, height in surfaces():
        picture: dict[str, Any] = {"width": width, "height": height, "matrix": "bt709"}
        surface_to_detector(surface.repeat(2, 1, 1), **picture, full_range=False)
        for turns in (0, 1):
            surface_to_rgb(surface, **picture, full_range=True, quarter_turns=turns)
    for frames in (torch.zeros(1, 2, 27, 48, 3), torch.zeros(1, 1, 1, 1, 3)):
        color_histograms(frames.to(torch.uint8))
    for features in (torch.zeros(2, 100, 128), torch.zeros(1, 1, 1, dtype=torch.float16)):
        windowed_similarity(features)


if __name__ == "__main__":
    main()

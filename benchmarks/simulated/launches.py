"""In place of the kernels of NVDEC's surfaces, what their launches cost the host."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import numpy as np
import torch
from torch import Tensor

from benchmarks.simulated.marks import frame_numbers, numbered_frames
from benchmarks.simulated.media import FRAME_TICKS
from gpu_service.decode.nvdec.timestamps import ORIGIN

LAUNCH_SECONDS = 50e-6
"""Of one kernel, with Python's lock held: an estimate of what Triton's launcher takes."""


@contextmanager
def kernels_as_launches() -> Iterator[None]:
    """For the block; frames for the model say their numbers, pictures are black.

    Which frame a surface is, the stand-in driver's stamp tells, which is where our own mark would be.
    """

    def to_detector(surfaces: Tensor, **_: object) -> Tensor:
        end = time.perf_counter() + LAUNCH_SECONDS
        stamps = frame_numbers(surfaces.numpy())
        rgb = torch.from_numpy(numbered_frames((stamps - ORIGIN) // FRAME_TICKS))
        _hold_until(end)
        return rgb

    def to_rgb(samples: Tensor, *, width: int, height: int, **_: object) -> Tensor:
        end = time.perf_counter() + LAUNCH_SECONDS
        rgb = torch.from_numpy(np.zeros((height, width, 3), np.uint8))
        _hold_until(end)
        return rgb

    kernels = "gpu_service_kernels"
    with (
        mock.patch(f"{kernels}.surface_to_detector.surface_to_detector", to_detector),
        mock.patch(f"{kernels}.surface_to_rgb.surface_to_rgb", to_rgb),
    ):
        yield


def _hold_until(end: float) -> None:
    while time.perf_counter() < end:
        pass

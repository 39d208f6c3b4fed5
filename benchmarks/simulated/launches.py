"""In place of the kernels of NVDEC's surfaces, what their launches cost the host."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from unittest import mock

import numpy as np
import torch
from torch import Tensor

from benchmarks.simulated.marks import numbered_frames
from gpu_service.decode.nvdec.timestamps import ORIGIN

LAUNCH_SECONDS = 50e-6
"""Of one kernel, with Python's lock held: an estimate of what Triton's launcher takes."""

_STAMP_BYTES = 8


@contextmanager
def kernels_as_launches(frame_duration: Fraction) -> Iterator[None]:
    """For the block; frames for the model say their numbers, pictures are black.

    Which frame a surface is, the stand-in driver's stamp tells.

    :param frame_duration: of the videos, in ticks of their time base.
    """

    def to_detector(surfaces: Tensor, **_: object) -> Tensor:
        _launch()
        stamps = surfaces[:, 0, :_STAMP_BYTES].contiguous().numpy().view("<i8")[:, 0]
        return torch.from_numpy(numbered_frames((stamps - ORIGIN) // int(frame_duration)))

    def to_rgb(samples: Tensor, *, width: int, height: int, **_: object) -> Tensor:
        _launch()
        return torch.from_numpy(np.zeros((height, width, 3), np.uint8))

    kernels = "gpu_service_kernels"
    with (
        mock.patch(f"{kernels}.surface_to_detector.surface_to_detector", to_detector),
        mock.patch(f"{kernels}.surface_to_rgb.surface_to_rgb", to_rgb),
    ):
        yield


def _launch() -> None:
    end = time.perf_counter() + LAUNCH_SECONDS
    while time.perf_counter() < end:
        pass

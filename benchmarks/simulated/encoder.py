"""A JPEG encoder that takes the time of a GPU's."""

from __future__ import annotations

import threading

import numpy as np

from benchmarks.simulated.engines import Engines, sleep_until
from gpu_service.encode.cpu import CpuJpegEncoder
from gpu_service.frames import AnyPicture, Picture

_HEIGHT, _WIDTH = 180, 320


class SimulatedEncoder:
    """A :class:`~gpu_service.encode.base.JpegEncoder` that gives one real, small JPEG.

    :param jpeg_seconds: of one picture; one at a time.
    """

    def __init__(self, *, jpeg_seconds: float) -> None:
        self._seconds = jpeg_seconds
        self._engine = Engines(1)
        self._never = threading.Event()
        noise = np.random.default_rng(0).integers(0, 256, (_HEIGHT, _WIDTH, 3), np.uint8)
        self._jpeg = CpuJpegEncoder().encode(Picture(noise, 0))

    def encode(self, picture: AnyPicture) -> bytes:
        """See :class:`~gpu_service.encode.base.JpegEncoder`."""
        _, end = self._engine.book("jpeg", self._seconds)
        sleep_until(end, self._never)
        return self._jpeg

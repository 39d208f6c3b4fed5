"""What the event model takes on a GPU, and which of its kernels."""

from __future__ import annotations

import io
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from gpu_service.decode.cpu import open_video
from gpu_service.detect.base import Window
from gpu_service.detect.cuda.detector import BatchDetector
from gpu_service.detect.cuda.network import WindowNetwork
from gpu_service.detect.cuda.precision import exact_float32
from gpu_service.detect.cuda.windows import DeviceWindow
from gpu_service.detect.windows import STRIDE_FRAMES
from gpu_service.frames import DetectorFrames

_LEAST_SECONDS = 1.0
_WARM_UPS = 3


def chunks_of(path: Path) -> list[DetectorFrames]:
    """A video's frames as the model sees them, in host memory."""
    with io.FileIO(path) as file:
        decoder = open_video(file, path.name)
        try:
            return list(decoder.scan())
        finally:
            decoder.close()


def windows_of(
    chunks: Iterable[DetectorFrames], detector: BatchDetector, count: int
) -> list[Window]:
    """A video's windows on the GPU, over and over until there are so many."""
    cutter = detector.start()
    found = [one for chunk in chunks for one in cutter.feed(chunk)]
    found += cutter.finish()
    windows = [one for one in found if isinstance(one, DeviceWindow)]
    return [windows[number % len(windows)] for number in range(count)]


def frames_a_second(detector: BatchDetector, windows: Sequence[Window]) -> float:
    """Frames scored, by the calling thread, call after call for a second at least."""
    detector.score(windows)
    scored = 0
    start = time.perf_counter()
    while (taken := time.perf_counter() - start) < _LEAST_SECONDS:
        detector.score(windows)
        scored += len(windows) * STRIDE_FRAMES
    return scored / taken


def shares_of_kernels(network: WindowNetwork, rgb: Tensor) -> Counter[str]:
    """The part of one batch's time on the GPU that each of its kernels takes, by its name.

    :param rgb: a batch, on the GPU.
    """
    with torch.inference_mode(), exact_float32():
        for _ in range(_WARM_UPS):
            network(rgb)
        torch.cuda.synchronize()
        with profile(activities=[ProfilerActivity.CUDA]) as found:
            network(rgb)
            torch.cuda.synchronize()
    taken = Counter[str]()
    for event in found.key_averages():
        taken[event.key] += event.self_device_time_total
    total = sum(taken.values()) or 1
    return Counter({name: time_us / total for name, time_us in taken.items()})

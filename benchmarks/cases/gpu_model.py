"""The event model on a GPU."""

from __future__ import annotations

import time

import torch

from benchmarks.context import Context
from benchmarks.figures import Figure, Outcome, ratios
from benchmarks.gpu.model import chunks_of, frames_a_second, shares_of_kernels, windows_of
from benchmarks.gpu.needed import need_gpu
from gpu_service.detect.cuda.batches import SIZES
from gpu_service.detect.cuda.detector import BatchDetector
from gpu_service.detect.cuda.load import load_cuda_detector
from gpu_service.detect.cuda.network import WindowNetwork
from gpu_service.detect.cuda.precision import FAST_DTYPE
from gpu_service.detect.cuda.runner import EagerRunner, no_windows
from gpu_service.detect.detector import TransNetV2Detector, load_detector
from gpu_service.settings import DetectSettings

_SOURCE = "testvideo.mp4"
_DEFAULT = 0
"""Windows in a batch as the setting has it: all sizes are recorded."""

_BATCHES = 8
"""Of windows in one call."""

_SHOWN = 8
"""Kernels that are named."""

_LARGER = 64
"""Windows in a batch, beyond the default sizes: whether more would pay."""


def run(context: Context) -> Outcome:
    """Loading, real windows by batch size in both modes, the same without graphs, and the fast mode's
    kernels."""
    device = torch.device(need_gpu())
    official = load_detector(DetectSettings(detect_mode="reference"), "cpu")
    if not isinstance(official, TransNetV2Detector):
        raise TypeError(f"the event model is {official.name}")

    def detector(mode: str, size: int) -> BatchDetector:
        settings = DetectSettings.model_validate({"detect_mode": mode, "batch_windows": size})
        return load_cuda_detector(official.model, official.fingerprint, settings, str(device))

    chunks = chunks_of(context.video(_SOURCE))

    def rates(of: BatchDetector, size: int) -> tuple[float, ...]:
        windows = windows_of(chunks, of, _BATCHES * size)
        return tuple(frames_a_second(of, windows) for _ in range(context.repeats))

    figures, by_size = [], {}
    for mode in ("fast", "reference"):
        start = time.perf_counter()
        detector(mode, _DEFAULT)
        loading = time.perf_counter() - start
        figures.append(Figure(f"{mode}, loading with all graphs", "s", (loading,)))
        for size in (*SIZES, _LARGER):
            by_size[mode, size] = rates(detector(mode, size), size)
            name = f"{mode}, {size} windows a batch"
            figures.append(Figure(name, "frames/s", by_size[mode, size]))
    network = WindowNetwork(official.model.to(device), FAST_DTYPE)
    largest = SIZES[-1]
    eager = BatchDetector(
        EagerRunner(network, device, SIZES), official.fingerprint, device, threshold=0.5
    )
    without = rates(eager, largest)
    figures += [
        Figure(f"fast, {largest} windows a batch, without graphs", "frames/s", without),
        Figure("with graphs to without", "×", ratios(by_size["fast", largest], without)),
    ]
    shares = shares_of_kernels(network, no_windows(largest, device))
    notes = [
        f"{share:.1%} of a batch of {largest}: {name}" for name, share in shares.most_common(_SHOWN)
    ]
    return Outcome(figures, {}, [f"on {torch.cuda.get_device_name(device)}", *notes])

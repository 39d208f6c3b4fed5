"""Each kernel's bytes a second, beside a copy of as many bytes on the same device."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from benchmarks.gpu.clips import SIZES

_CALLS = 200
_WARM_UPS = 5
_WINDOWS = 16
_FEATURES = 128


@dataclass(frozen=True, slots=True)
class Operation:
    """A public function of ``kernels/`` with what it is called on.

    :param read: tensors, each counted once.
    """

    name: str
    call: Callable[[], Tensor]
    read: tuple[Tensor, ...]

    def bytes_moved(self) -> int:
        """Read and written at least."""
        return sum(one.nbytes for one in (*self.read, self.call()))


def operations(device: torch.device) -> list[Operation]:
    """All kernels, over the sizes of video that NVDEC is measured on."""
    from gpu_service_kernels.color_histograms import color_histograms
    from gpu_service_kernels.surface_to_detector import surface_to_detector
    from gpu_service_kernels.surface_to_rgb import surface_to_rgb
    from gpu_service_kernels.windowed_similarity import windowed_similarity

    found = []
    for size, (width, height) in SIZES.items():
        for name, surface in _surfaces(width, height, device).items():
            found += [
                _over(function, surface, width, height, f"{name} {size}")
                for function in (surface_to_detector, surface_to_rgb)
            ]
    frames = torch.randint(0, 256, (_WINDOWS, 100, 27, 48, 3), dtype=torch.uint8, device=device)
    features = torch.rand((_WINDOWS, 100, _FEATURES), device=device)
    found.append(Operation("color_histograms", lambda: color_histograms(frames), (frames,)))
    found.append(
        Operation("windowed_similarity", lambda: windowed_similarity(features), (features,))
    )
    return found


def _surfaces(width: int, height: int, device: torch.device) -> dict[str, Tensor]:
    shape = (height * 3 // 2, width)
    eight = torch.randint(16, 235, shape, dtype=torch.uint8, device=device)
    return {"NV12": eight, "P016": (eight.to(torch.int32) << 8).to(torch.uint16)}


def _over(
    function: Callable[..., Tensor], surface: Tensor, width: int, height: int, what: str
) -> Operation:
    def call() -> Tensor:
        return function(surface, width=width, height=height, matrix="bt709", full_range=False)

    name = str(getattr(function, "__name__", function))
    return Operation(f"{name}, {what}", call, (surface,))


def bytes_a_second(operation: Operation, device: torch.device) -> float:
    """What the kernel reaches."""
    return operation.bytes_moved() / _seconds_a_call(operation.call, device)


def copied_a_second(size_bytes: int, device: torch.device) -> float:
    """What a copy of half as many bytes reaches, which reads and writes them."""
    source = torch.zeros(max(1, size_bytes // 2), dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    return 2 * source.nbytes / _seconds_a_call(lambda: target.copy_(source), device)


def _seconds_a_call(call: Callable[[], Tensor], device: torch.device) -> float:
    """Calls behind one another, as a decoder makes them: launching one overlaps the last."""
    calls = _CALLS if device.type == "cuda" else 1
    for _ in range(_WARM_UPS if device.type == "cuda" else 0):
        call()
    _wait(device)
    start = time.perf_counter()
    for _ in range(calls):
        call()
    _wait(device)
    return (time.perf_counter() - start) / calls


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)

"""Each kernel's bytes a second, beside a copy of as many bytes on the same device."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from benchmarks.gpu.clips import SIZES
from gpu_service.decode.nvdec.kept import surfaces_a_launch

_REPLAYS = 20
_WARM_UPS = 3

_PAST_CACHES_BYTES = 256 << 20
"""Of inputs that take turns: more than the level-2 cache of any GPU holds."""

_WINDOWS = 16
_FEATURES = 128


@dataclass(frozen=True, slots=True)
class Operation:
    """A public function of ``kernels/`` with an input of it."""

    name: str
    call: Callable[[Tensor], Tensor]
    example: Tensor

    def bytes_moved(self) -> int:
        """Input and output, each counted once."""
        return self.example.nbytes + self.call(self.example).nbytes


def operations(device: torch.device) -> list[Operation]:
    """All kernels, over the sizes of video that NVDEC is measured on."""
    from gpu_service_kernels.color_histograms import color_histograms
    from gpu_service_kernels.surface_to_detector import surface_to_detector
    from gpu_service_kernels.surface_to_rgb import surface_to_rgb
    from gpu_service_kernels.windowed_similarity import windowed_similarity

    found = []
    for size, (width, height) in SIZES.items():
        for name, surface in _surfaces(width, height, device).items():
            # As a scan has them.
            count = surfaces_a_launch(surface.nbytes)
            batch = surface.repeat(count, 1, 1)
            found += [
                _over(surface_to_detector, batch, width, height, f"{count} {name} {size}"),
                _over(surface_to_rgb, surface, width, height, f"{name} {size}"),
            ]
    frames = torch.randint(0, 256, (_WINDOWS, 100, 27, 48, 3), dtype=torch.uint8, device=device)
    features = torch.rand((_WINDOWS, 100, _FEATURES), device=device)
    found.append(Operation("color_histograms", color_histograms, frames))
    found.append(Operation("windowed_similarity", windowed_similarity, features))
    return found


def _surfaces(width: int, height: int, device: torch.device) -> dict[str, Tensor]:
    shape = (height * 3 // 2, width)
    eight = torch.randint(16, 235, shape, dtype=torch.uint8, device=device)
    return {"NV12": eight, "P016": (eight.to(torch.int32) << 8).to(torch.uint16)}


def _over(
    function: Callable[..., Tensor], surface: Tensor, width: int, height: int, what: str
) -> Operation:
    def call(one: Tensor) -> Tensor:
        return function(one, width=width, height=height, matrix="bt709", full_range=False)

    name = str(getattr(function, "__name__", function))
    return Operation(f"{name}, {what}", call, surface)


def bytes_a_second(operation: Operation) -> float:
    """What the kernel reaches, over inputs that no cache holds."""
    seconds = _seconds_a_call(operation.call, operation.example)
    return operation.bytes_moved() / seconds


def copied_a_second(size_bytes: int, device: torch.device) -> float:
    """What a copy of half as many bytes reaches, which reads and writes them."""
    source = torch.zeros(max(1, size_bytes // 2), dtype=torch.uint8, device=device)
    return 2 * source.nbytes / _seconds_a_call(torch.clone, source)


def _seconds_a_call(call: Callable[[Tensor], Tensor], example: Tensor) -> float:
    """On a GPU one recorded graph of many calls, since to launch a call may take longer than it."""
    if example.device.type != "cuda":
        start = time.perf_counter()
        call(example)
        return time.perf_counter() - start
    inputs = [example.clone() for _ in range(-(-_PAST_CACHES_BYTES // example.nbytes))]

    def call_all() -> None:
        for one in inputs:
            call(one)

    with torch.cuda.device(example.device):
        for _ in range(_WARM_UPS):
            call(example)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            call_all()
        graph.replay()
        torch.cuda.synchronize()
        start = time.perf_counter()
        for _ in range(_REPLAYS):
            graph.replay()
        torch.cuda.synchronize()
        return (time.perf_counter() - start) / (_REPLAYS * len(inputs))

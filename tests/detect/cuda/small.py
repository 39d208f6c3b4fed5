"""A network that is quick, and windows that tell themselves apart."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from gpu_service.detect.cuda.windows import DeviceWindow
from gpu_service.frames import Float32Array, UInt8Array


def brightness(rgb: Tensor) -> Tensor:
    """``(2, N, 50)``: the mean of each kept frame, and one minus it."""
    mean = rgb[:, 25:75].to(torch.float32).mean(dim=(2, 3, 4)) / 255
    return torch.stack([mean, 1 - mean])


def numbered(count: int, seed: int = 0) -> list[UInt8Array]:
    """Windows of noise, each with another level in every frame."""
    rng = np.random.default_rng(seed)
    levels = rng.integers(0, 200, (count, 100, 1, 1, 1), dtype=np.uint8)
    noise = rng.integers(0, 50, (count, 1, 27, 48, 3), dtype=np.uint8)
    return list(levels + noise)


def in_parts(windows: list[UInt8Array], device: torch.device | None = None) -> list[DeviceWindow]:
    """As a cutter makes them, of a chunk that ends within."""
    tensors = [torch.from_numpy(window).to(device) for window in windows]
    return [DeviceWindow((one[:37], one[37:]), 50) for one in tensors]


def expected(windows: list[UInt8Array]) -> Float32Array:
    mean = np.stack(windows)[:, 25:75].mean(axis=(2, 3, 4), dtype=np.float64) / 255
    heads: Float32Array = np.stack([mean, 1 - mean]).astype(np.float32)
    return heads

from __future__ import annotations

import pytest
import torch

from benchmarks.gpu import kernels
from benchmarks.gpu.kernels import bytes_a_second, copied_a_second, operations

CPU = torch.device("cpu")


def test_every_kernel_is_called_and_its_bytes_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "SIZES", {"tiny": (64, 48)})
    monkeypatch.setattr(kernels, "_WINDOWS", 1)
    moved = {one.name: one.bytes_moved() for one in operations(CPU)}
    surface, small, large = 64 * 48 * 3 // 2, 48 * 27 * 3, 64 * 48 * 3
    assert moved == {
        "surface_to_detector, 16 NV12 tiny": 16 * (surface + small),
        "surface_to_detector, 16 P016 tiny": 16 * (2 * surface + small),
        "surface_to_rgb, NV12 tiny": surface + large,
        "surface_to_rgb, P016 tiny": 2 * surface + large,
        "color_histograms": 100 * (27 * 48 * 3 + 512 * 4),
        "windowed_similarity": 4 * 100 * (128 + 101),
    }
    assert all(bytes_a_second(one) > 0 for one in operations(CPU))


def test_a_copy_is_timed_over_as_many_bytes() -> None:
    assert copied_a_second(1000, CPU) > 0

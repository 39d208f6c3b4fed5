"""The kernel against the reference.

Run by ``test_interpreted`` under Triton's interpreter, and by ``tests/gpu/kernels`` on a GPU.
"""

from __future__ import annotations

import pytest
import torch

from gpu_service_kernels.color_histograms import color_histograms, reference
from tests.kernels.poison import forbid, poison_new_memory


@pytest.mark.parametrize(
    "shape", [(2, 3, 27, 48, 3), (1, 1, 1, 1, 3), (1, 2, 5, 7, 3), (0, 4, 2, 2, 3)]
)
def test_kernel_equals_reference(
    monkeypatch: pytest.MonkeyPatch, device: torch.device, shape: tuple[int, ...]
) -> None:
    frames = torch.randint(0, 256, shape, dtype=torch.uint8)
    expected = reference.color_histograms(frames)
    forbid(monkeypatch, reference, "color_histograms")
    poison_new_memory(monkeypatch)
    found = color_histograms(frames.to(device))
    assert found.device == device
    assert torch.equal(found.cpu(), expected)

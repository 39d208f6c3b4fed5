"""The kernel against the reference.

Run by ``test_interpreted`` under Triton's interpreter, and by ``tests/gpu/kernels`` on a GPU.
"""

from __future__ import annotations

import pytest
import torch

from gpu_service_kernels.color_histograms import color_histograms, reference
from tests.kernels.guard import guard_new_memory, guarded
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


@pytest.mark.parametrize("at_end", [True, False], ids=["before", "behind"])
@pytest.mark.parametrize("shape", [(1, 3, 27, 48, 3), (1, 2, 5, 7, 3), (1, 1, 1, 1, 3)])
def test_nothing_beyond_is_read_or_written(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...], at_end: bool
) -> None:
    """The kernel's memory ends before, or begins behind, what the process may not touch."""
    frames = torch.randint(0, 256, shape, dtype=torch.uint8)
    expected = reference.color_histograms(frames)
    forbid(monkeypatch, reference, "color_histograms")
    guard_new_memory(monkeypatch, at_end=at_end)
    assert torch.equal(color_histograms(guarded(frames, at_end=at_end)), expected)

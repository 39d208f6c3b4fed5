"""The kernel against the reference.

Run by ``test_interpreted`` under Triton's interpreter, and by ``tests/gpu/kernels`` on a GPU.
"""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from gpu_service_kernels.windowed_similarity import reference, windowed_similarity
from tests.kernels.guard import guard_new_memory, guarded
from tests.kernels.poison import forbid, poison_new_memory


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16], ids=["float32", "float16"])
@pytest.mark.parametrize(
    "shape", [(2, 100, 128), (1, 117, 33), (1, 1, 1), (0, 5, 8)], ids=lambda shape: str(shape)
)
def test_kernel_equals_reference(
    monkeypatch: pytest.MonkeyPatch,
    device: torch.device,
    shape: tuple[int, int, int],
    dtype: torch.dtype,
) -> None:
    features = functional.normalize(torch.randn(shape), dim=2).to(dtype)
    expected = reference.windowed_similarity(features)
    forbid(monkeypatch, reference, "windowed_similarity")
    poison_new_memory(monkeypatch)
    found = windowed_similarity(features.to(device))
    assert (found.dtype, found.device) == (dtype, device)
    tolerance = 1e-6 if dtype == torch.float32 else 1e-3
    torch.testing.assert_close(found.cpu(), expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("at_end", [True, False], ids=["before", "behind"])
@pytest.mark.parametrize(
    "shape", [(1, 117, 33), (1, 1, 1), (2, 3, 5)], ids=lambda shape: str(shape)
)
def test_nothing_beyond_is_read_or_written(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[int, int, int], at_end: bool
) -> None:
    """The kernel's memory ends before, or begins behind, what the process may not touch."""
    features = functional.normalize(torch.randn(shape), dim=2)
    expected = reference.windowed_similarity(features)
    forbid(monkeypatch, reference, "windowed_similarity")
    guard_new_memory(monkeypatch, at_end=at_end)
    found = windowed_similarity(guarded(features, at_end=at_end))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)

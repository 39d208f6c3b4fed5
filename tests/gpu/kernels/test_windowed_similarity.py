from __future__ import annotations

import pytest
import torch

from tests.kernels.windowed_similarity import interpreted

test_kernel_equals_reference = interpreted.test_kernel_equals_reference


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16], ids=str)
def test_a_batch_of_windows(
    monkeypatch: pytest.MonkeyPatch, device: torch.device, dtype: torch.dtype
) -> None:
    test_kernel_equals_reference(monkeypatch, device, (16, 100, 128), dtype)

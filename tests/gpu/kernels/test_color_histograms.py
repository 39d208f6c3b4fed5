from __future__ import annotations

import pytest
import torch

from tests.kernels.color_histograms import interpreted

test_kernel_equals_reference = interpreted.test_kernel_equals_reference


def test_a_batch_of_windows(monkeypatch: pytest.MonkeyPatch, device: torch.device) -> None:
    test_kernel_equals_reference(monkeypatch, device, (16, 100, 27, 48, 3))

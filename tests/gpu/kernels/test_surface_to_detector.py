from __future__ import annotations

import pytest
import torch

from tests.gpu.kernels.sizes import SIZES
from tests.kernels.surface_to_detector import interpreted

test_kernel_equals_reference = interpreted.test_kernel_equals_reference
test_the_kernel_refuses_what_the_reference_refuses = (
    interpreted.test_the_kernel_refuses_what_the_reference_refuses
)


@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_sizes_of_real_videos(
    monkeypatch: pytest.MonkeyPatch, device: torch.device, width: int, height: int, bits: int
) -> None:
    test_kernel_equals_reference(monkeypatch, device, width, height, bits, 64, 8)

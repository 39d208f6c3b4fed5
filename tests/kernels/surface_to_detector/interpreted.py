"""The kernel against the reference.

Run by ``test_interpreted`` under Triton's interpreter, and by ``tests/gpu/kernels`` on a GPU.
"""

from __future__ import annotations

import pytest
import torch

from gpu_service_kernels.surface_to_detector import reference, surface_to_detector
from tests.kernels.frames import noise, surface_of
from tests.kernels.poison import forbid, poison_new_memory


@pytest.mark.parametrize(
    ("width", "height", "bits", "spare_columns", "spare_rows"),
    [
        pytest.param(64, 8, 8, 0, 0, id="even"),
        pytest.param(65, 7, 10, 14, 2, id="odd-10bit-pitch"),
        pytest.param(2, 2, 8, 0, 0, id="2x2"),
        pytest.param(1, 1, 10, 0, 0, id="1x1"),
        pytest.param(1601, 2, 8, 5, 4, id="more-taps-across-than-a-block"),
        pytest.param(2, 110, 8, 2, 0, id="more-taps-down-than-a-block"),
    ],
)
def test_kernel_equals_reference(
    monkeypatch: pytest.MonkeyPatch,
    device: torch.device,
    width: int,
    height: int,
    bits: int,
    spare_columns: int,
    spare_rows: int,
) -> None:
    surface = surface_of(
        noise(width, height, bits),
        pitch=width + width % 2 + spare_columns,
        spare_rows=spare_rows,
    )
    full_range = bits == 8
    expected = reference.surface_to_detector(
        surface, width=width, height=height, matrix="bt2020", full_range=full_range
    )
    forbid(monkeypatch, reference, "surface_to_detector")
    poison_new_memory(monkeypatch)
    found = surface_to_detector(
        surface.to(device), width=width, height=height, matrix="bt2020", full_range=full_range
    )
    assert found.device == device
    assert torch.equal(found.cpu(), expected)


def test_the_kernel_refuses_what_the_reference_refuses(device: torch.device) -> None:
    with pytest.raises(ValueError, match=r"^matrix: "):
        surface_to_detector(
            torch.zeros(12, 16, dtype=torch.uint8, device=device),
            width=16, height=8, matrix="rgb", full_range=False,
        )  # fmt: skip

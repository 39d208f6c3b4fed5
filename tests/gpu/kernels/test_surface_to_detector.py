from __future__ import annotations

import pytest
import torch

from gpu_service_kernels.surface_to_detector import reference, surface_to_detector
from tests.gpu.kernels.sizes import SIZES
from tests.kernels.surface_to_detector import interpreted

test_kernel_equals_reference = interpreted.test_kernel_equals_reference
test_surfaces_of_a_batch = interpreted.test_surfaces_of_a_batch
test_samples_at_both_ends_of_their_range = interpreted.test_samples_at_both_ends_of_their_range
test_no_surfaces = interpreted.test_no_surfaces
test_the_kernel_refuses_what_the_reference_refuses = (
    interpreted.test_the_kernel_refuses_what_the_reference_refuses
)


@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize(("width", "height"), [*SIZES, (1080, 1920), (854, 480), (426, 240)])
def test_sizes_of_real_videos(
    monkeypatch: pytest.MonkeyPatch, device: torch.device, width: int, height: int, bits: int
) -> None:
    """Upright and narrow ones among them, on rows as far apart as NVDEC has them."""
    interpreted.check_noise(
        monkeypatch,
        device,
        width,
        height,
        bits,
        count=3,
        spare_columns=-width % 256,
        spare_rows=8,
    )


def test_surfaces_past_two_to_the_31(device: torch.device) -> None:
    """Samples from the first to the last."""
    if torch.cuda.get_device_properties(device).total_memory < 6 << 30:
        pytest.skip("needs 2 GiB of the GPU")
    memory = torch.zeros((1 << 31) + (1 << 20), dtype=torch.uint8, device=device)
    surfaces = memory.as_strided((3, 54, 64), (1 << 30, 64, 1))
    surfaces.copy_(torch.randint(0, 256, surfaces.shape, dtype=torch.uint8))
    arguments = {"width": 64, "height": 36, "matrix": "bt709", "full_range": False}
    expected = reference.surface_to_detector(surfaces.cpu(), **arguments)  # type: ignore[arg-type]
    found = surface_to_detector(surfaces, **arguments)  # type: ignore[arg-type]
    assert torch.equal(found.cpu(), expected)

"""What the kernel multiplies is the filter, and its sums are exact."""

from __future__ import annotations

import pytest
import torch

from gpu_service_kernels.surface_to_detector.bands import ALIGN, packed_filters
from gpu_service_kernels.surface_to_detector.filters import detector_filters
from gpu_service_kernels.taps import dense_taps

CPU = torch.device("cpu")
BLOCK = 128


@pytest.mark.parametrize("width", [1, 2, 3, 50, 65, 426, 640, 854, 1080, 1918, 1920, 3840, 8192])
def test_bands_are_the_filters_and_stay_inside(width: int) -> None:
    filters = detector_filters(width, 2)
    packed = packed_filters(width, 2, CPU, group=16, block=BLOCK)
    luma = dense_taps(filters.across_luma, width, CPU)
    chroma_width = (width + 1) // 2
    one = dense_taps(filters.across_chroma, chroma_width, CPU)
    weights = packed.across.double()
    assert packed.across.dtype == torch.float16
    # Partial sums of bytes: below 2**23, so whole numbers in float32.
    assert 255 * int(weights.abs().sum(dim=(1, 3)).max()) < 1 << 23
    assert packed.across.shape[1] == (1 if width >= 640 else 2)
    found = torch.zeros(2, 48, 2 * chroma_width + weights.shape[3], dtype=torch.float64)
    for group, (first, whole, end) in enumerate(packed.spans.tolist()):
        plane, column = divmod(16 * group, 48)
        assert first % ALIGN == 0
        assert whole % BLOCK == 0
        assert 0 <= first + max(whole, end) <= (width, 2 * chroma_width)[plane]
        assert weights.shape[3] >= max(whole, -(-end // ALIGN) * ALIGN)
        assert not weights[group, :, :, end:].any()
        # Little is read in small pieces, and only where the picture ends.
        assert end - whole < ALIGN or width < 3 * BLOCK
        band = weights[group].sum(dim=0)
        found[plane, column : column + 16, first : first + band.shape[1]] = band
    assert torch.equal(found[0, :, :width], luma)
    assert torch.equal(found[1, 0::2, 0 : 2 * chroma_width : 2], one)
    assert torch.equal(found[1, 1::2, 1 : 2 * chroma_width : 2], one)
    assert int(found.count_nonzero()) == int(luma.count_nonzero()) + 2 * int(one.count_nonzero())

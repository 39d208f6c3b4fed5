"""The reference counts what the event model counts."""

from __future__ import annotations

import pytest
import torch

from gpu_service.detect.similarity import color_histograms as of_the_model
from gpu_service_kernels.color_histograms import color_histograms


@pytest.mark.parametrize("shape", [(2, 5, 27, 48, 3), (1, 1, 1, 1, 3)])
def test_as_the_model_counts(shape: tuple[int, ...]) -> None:
    frames = torch.randint(0, 256, shape, dtype=torch.uint8)
    assert torch.equal(color_histograms(frames), of_the_model(frames))


def test_the_bins() -> None:
    frames = torch.tensor([[255, 0, 0], [0, 255, 31], [0, 0, 32]], dtype=torch.uint8)
    counts = color_histograms(frames.reshape(1, 1, 1, 3, 3))[0, 0]
    assert counts.nonzero().flatten().tolist() == [1, 7 << 3, 7 << 6]


@pytest.mark.parametrize(
    "frames",
    [
        torch.zeros(1, 2, 27, 48, 3),
        torch.zeros(2, 27, 48, 3, dtype=torch.uint8),
        torch.zeros(1, 2, 27, 48, 4, dtype=torch.uint8),
        torch.zeros(1, 2, 27, 3, 48, dtype=torch.uint8).transpose(3, 4),
    ],
    ids=["float", "no batch", "four channels", "not contiguous"],
)
def test_other_frames_are_refused(frames: torch.Tensor) -> None:
    with pytest.raises(ValueError, match=r"^frames: "):
        color_histograms(frames)

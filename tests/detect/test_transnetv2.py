from __future__ import annotations

import numpy as np
import pytest
import torch

from gpu_service.detect.similarity import LOOKUP_FRAMES, color_histograms, similarity_band
from gpu_service.detect.transnetv2 import TransNetV2


@pytest.mark.parametrize(("batch", "frames"), [(1, 100), (2, 7), (1, 1)])
def test_every_frame_gets_a_logit_of_each_head(batch: int, frames: int) -> None:
    torch.manual_seed(0)
    model = TransNetV2().eval()
    clip = torch.randint(0, 256, (batch, frames, 27, 48, 3), dtype=torch.uint8)

    with torch.inference_mode():
        single, many = model(clip)

    assert single.shape == many.shape == (batch, frames)
    assert single.dtype == torch.float32
    assert not torch.equal(single, many)


def test_the_band_holds_the_cosine_with_each_neighbour() -> None:
    torch.manual_seed(1)
    features = torch.randn(2, 60, 8, dtype=torch.float64)

    band = similarity_band(features)

    unit = features / features.norm(dim=2, keepdim=True)
    expected = torch.zeros(2, 60, LOOKUP_FRAMES, dtype=torch.float64)
    for frame in range(60):
        for entry in range(LOOKUP_FRAMES):
            other = frame + entry - 50
            if 0 <= other < 60:
                expected[:, frame, entry] = (unit[:, frame] * unit[:, other]).sum(dim=1)
    torch.testing.assert_close(band, expected)


def test_the_histogram_counts_three_bits_a_channel() -> None:
    rng = np.random.default_rng(2)
    frames = rng.integers(0, 256, (1, 3, 27, 48, 3), dtype=np.uint8)

    counts = color_histograms(torch.from_numpy(frames)).numpy()

    coarse = (frames[0].astype(int) // 32).reshape(3, -1, 3)
    bins = coarse @ np.array([64, 8, 1])
    assert counts.shape == (1, 3, 512)
    for frame in range(3):
        assert np.array_equal(counts[0, frame], np.bincount(bins[frame], minlength=512))


def test_the_model_stays_on_the_device_and_type_it_is_given() -> None:
    model = TransNetV2().to("meta").to(torch.bfloat16)

    single, _ = model(torch.empty(1, 10, 27, 48, 3, dtype=torch.uint8, device="meta"))

    assert single.device.type == "meta"

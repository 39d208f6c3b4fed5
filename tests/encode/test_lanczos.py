from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from gpu_service.encode.lanczos import lanczos_weights, scaled_down


@pytest.mark.parametrize(
    ("width", "height", "max_width"), [(320, 180, 160), (321, 181, 100), (300, 2, 7), (64, 48, 63)]
)
def test_pictures_shrink_as_pillow_shrinks_them(width: int, height: int, max_width: int) -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    size = (max_width, max(1, round(height * max_width / width)))
    wanted = np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.LANCZOS))

    scaled = scaled_down(torch.from_numpy(rgb), max_width)

    assert scaled.dtype == torch.uint8
    assert scaled.is_contiguous()
    difference = np.abs(scaled.numpy().astype(int) - wanted)
    assert difference.shape == wanted.shape
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.01


@pytest.mark.parametrize("max_width", [0, 6, 7])
def test_what_is_narrow_enough_stays(max_width: int) -> None:
    rgb = torch.zeros((4, 6, 3), dtype=torch.uint8)
    assert scaled_down(rgb, max_width) is rgb


def test_weights_add_up_to_one() -> None:
    weights = lanczos_weights(1920, 333, torch.device("cpu"))
    assert weights.shape == (333, 1920)
    np.testing.assert_allclose(weights.sum(dim=1), 1, atol=1e-5)

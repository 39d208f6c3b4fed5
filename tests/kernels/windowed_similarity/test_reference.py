"""The reference compares what the event model compares."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from gpu_service.detect.similarity import similarity_band
from gpu_service_kernels.windowed_similarity import windowed_similarity


@pytest.mark.parametrize(("batch", "length", "channels"), [(2, 100, 128), (1, 130, 7), (3, 1, 1)])
def test_as_the_model_compares(batch: int, length: int, channels: int) -> None:
    features = torch.randn(batch, length, channels)
    found = windowed_similarity(functional.normalize(features, dim=2))
    torch.testing.assert_close(found, similarity_band(features), rtol=0, atol=1e-6)


def test_half_precision_is_rounded_once() -> None:
    features = functional.normalize(torch.randn(1, 60, 512), dim=2).half()
    found = windowed_similarity(features)
    assert found.dtype == torch.float16
    torch.testing.assert_close(
        found.float(), windowed_similarity(features.float()), rtol=0, atol=5e-4
    )


@pytest.mark.parametrize(
    "features",
    [torch.zeros(3, 4), torch.zeros(1, 3, 4, dtype=torch.int64), torch.zeros(1, 4, 3).mT],
    ids=["no batch", "integers", "not contiguous"],
)
def test_other_features_are_refused(features: torch.Tensor) -> None:
    with pytest.raises(ValueError, match=r"^features: "):
        windowed_similarity(features)

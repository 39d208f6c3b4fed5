"""The device of the kernels' checks; ``tests/gpu`` runs the same ones on another."""

from __future__ import annotations

import pytest
import torch


@pytest.fixture
def device() -> torch.device:
    """The host, where Triton's interpreter runs kernels."""
    return torch.device("cpu")

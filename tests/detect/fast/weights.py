"""Weights that leave no part of a layer without effect."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import nn

Layer = TypeVar("Layer", bound=nn.Module)


def with_random_norms(layer: Layer) -> Layer:
    """The layer for inference; its normalisations scale and shift every channel differently."""
    with torch.no_grad():
        for module in layer.modules():
            if isinstance(module, nn.BatchNorm3d):
                for values in (module.weight, module.bias, module.running_mean):
                    assert values is not None
                    values.uniform_(-1, 1)
                assert module.running_var is not None
                module.running_var.uniform_(0.5, 2)
    return layer.eval()

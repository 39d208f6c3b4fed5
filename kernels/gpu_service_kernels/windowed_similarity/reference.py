"""Windowed similarity in plain torch."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

REACH = 50
WIDTH = 2 * REACH + 1


def windowed_similarity(features: Tensor) -> Tensor:
    """Dot products of each frame's features with those of the 50 frames before and after it.

    The comparing half of TransNetV2, once each frame's features have length 1. The kernel never
    holds all pairs of frames; sums are float32, whatever the type.

    Works on the current stream and does not wait for it.

    :param features: ``(B, T, C)`` float32 or float16, contiguous.
    :returns: ``(B, T, 101)`` of the same type and device; entry ``[b, t, k]`` compares frames ``t``
        and ``t + k - 50``, zero where there is no such frame.
    :raises ValueError: for features of another shape, type or layout.
    """
    check_features(features)
    padded = functional.pad(features, (0, 0, REACH, REACH))
    neighbours = padded.unfold(1, WIDTH, 1)
    return torch.einsum("btc,btck->btk", features.float(), neighbours.float()).to(features.dtype)


def check_features(features: Tensor) -> None:
    """:raises ValueError: for features of another shape, type or layout."""
    if features.ndim != 3 or features.dtype not in (torch.float32, torch.float16):
        raise ValueError(
            f"features: (B, T, C) of float32 or float16 is needed,"
            f" not {tuple(features.shape)} of {features.dtype}"
        )
    if not features.is_contiguous():
        raise ValueError("features: must be contiguous")

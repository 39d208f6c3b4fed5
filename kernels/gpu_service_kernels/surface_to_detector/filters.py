"""The four filters that take a picture to the event model's size, kept per picture size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from gpu_service_kernels.bicubic import CENTRE, Taps, bicubic_taps

OUTPUT_WIDTH = 48
OUTPUT_HEIGHT = 27

OUTPUT_CHROMA_WIDTH = OUTPUT_WIDTH // 2
"""libswscale gives two pixels of packed RGB one chroma sample; rows have a chroma row each."""

ACROSS_BITS = 14
DOWN_BITS = 12

_SIZES_KEPT = 256
"""Some 60 KB each for 1080p."""


@dataclass(frozen=True)
class Filters:
    """Taps across and down."""

    across_luma: Taps
    across_chroma: Taps
    down_luma: Taps
    down_chroma: Taps


@lru_cache(_SIZES_KEPT)
def detector_filters(width: int, height: int) -> Filters:
    """For 4:2:0 of this size.

    Chroma is taken to lie amid its four luma samples, whatever the video says: so does the CPU
    path, and so did what made the model's reference scores.
    """
    across = ACROSS_BITS, 4
    down = DOWN_BITS, 2
    chroma_width, chroma_height = (width + 1) // 2, (height + 1) // 2
    return Filters(
        _centred(width, OUTPUT_WIDTH, *across),
        _centred(chroma_width, OUTPUT_CHROMA_WIDTH, *across),
        _centred(height, OUTPUT_HEIGHT, *down),
        _centred(chroma_height, OUTPUT_HEIGHT, *down),
    )


def _centred(source: int, output: int, bits: int, align: int) -> Taps:
    return bicubic_taps(
        source, output, one=1 << bits, align=align, source_at=CENTRE, output_at=CENTRE
    )


def dense_taps(taps: Taps, source: int, device: torch.device) -> Tensor:
    """``(output, source)`` float64; every sum of samples with such weights is exact in it."""
    matrix = torch.zeros(len(taps.first), source + taps.size, dtype=torch.float64)
    for row, first, weights in zip(matrix, taps.first, taps.weights, strict=True):
        row[first : first + taps.size] = torch.tensor(weights, dtype=torch.float64)
    return matrix[:, :source].to(device)


@lru_cache(_SIZES_KEPT)
def packed_filters(
    width: int, height: int, device: torch.device
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The same four for a kernel: ``(output, 1 + size)`` int32, each row its first sample, then
    its weights. The copy to the device has ended when this returns."""
    filters = detector_filters(width, height)
    return (
        _packed(filters.across_luma, device),
        _packed(filters.across_chroma, device),
        _packed(filters.down_luma, device),
        _packed(filters.down_chroma, device),
    )


def _packed(taps: Taps, device: torch.device) -> Tensor:
    rows = [(first, *weights) for first, weights in zip(taps.first, taps.weights, strict=True)]
    return torch.tensor(rows, dtype=torch.int32).to(device)

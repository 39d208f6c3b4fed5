"""The filters of :mod:`.filters` as the kernels read them, kept per picture size and device."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from gpu_service_kernels.bicubic import Taps
from gpu_service_kernels.surface_to_detector.filters import (
    OUTPUT_WIDTH,
    SIZES_KEPT,
    detector_filters,
)
from gpu_service_kernels.taps import dense_taps, packed_taps

ALIGN = 16
"""Samples: where a band begins and how far it goes are multiples, so that loads are wide."""

_EXACT = 2048
"""float16 has every integer up to it, and the multiples of it up to 31 times it."""


@dataclass(frozen=True, slots=True)
class PackedFilters:
    """On one device.

    :ivar across: ``(2 × 48 / group, parts, group, band)`` float16: groups of neighbouring columns,
        those of Y first, then those of U and V, which take turns; of each the weights of the samples
        from the group's first, zeros included. A weight is the sum of its parts; one is enough from a
        width of 640 on.
    :ivar spans: ``(2 × 48 / group, 3)`` int32: each group's first sample; how many are read in
        whole blocks; how many count. Those past the blocks end with the picture.
    :ivar down_luma: see :func:`~gpu_service_kernels.taps.packed_taps`.
    :ivar down_chroma: the same.
    """

    across: Tensor
    spans: Tensor
    down_luma: Tensor
    down_chroma: Tensor

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """All of them."""
        return self.across, self.spans, self.down_luma, self.down_chroma


@lru_cache(SIZES_KEPT)
def packed_filters(
    width: int, height: int, device: torch.device, *, group: int, block: int
) -> PackedFilters:
    """For 4:2:0 of this size: on the device some 0.2 MB for 1080p, 0.4 MB for 4K.

    Sums in float32 of products in float16 are exact: a sample is a byte, each weight an integer, and
    the magnitudes of one column's weights sum to less than 2**15 at any width (to 21,600 at most, as
    the cubic overshoots), those of their parts to as much. So every partial sum is an integer below
    255 × 2**15 < 2**23, and float32 has all of these.

    :param group: neighbouring columns that share a band.
    :param block: samples of a whole block, a multiple of :data:`ALIGN`.
    """
    filters = detector_filters(width, height)
    pairs = _interleaved(filters.across_chroma, (width + 1) // 2)
    planes = (dense_taps(filters.across_luma, width, torch.device("cpu")), pairs)
    groups = [columns for plane in planes for columns in plane.reshape(-1, group, plane.shape[1])]
    spans = [_span(columns, block) for columns in groups]
    band = max(max(whole, -(-count // ALIGN) * ALIGN) for _, whole, count in spans)
    weights = torch.zeros(len(groups), group, band, dtype=torch.int32)
    for found, columns, (first, _, _) in zip(weights, groups, spans, strict=True):
        there = columns[:, first : first + band]
        found[:, : there.shape[1]] = there
    return PackedFilters(
        _parts(weights).to(torch.float16).to(device),
        torch.tensor(spans, dtype=torch.int32).to(device),
        packed_taps(filters.down_luma, device),
        packed_taps(filters.down_chroma, device),
    )


def _interleaved(taps: Taps, width: int) -> Tensor:
    """U and V side by side, as samples and as columns, ``(48, 2 × width)``."""
    weights = dense_taps(taps, width, torch.device("cpu"))
    pairs = weights.new_zeros(len(weights), 2, width, 2)
    pairs[:, 0, :, 0] = weights
    pairs[:, 1, :, 1] = weights
    return pairs.reshape(OUTPUT_WIDTH, 2 * width)


def _span(columns: Tensor, block: int) -> tuple[int, int, int]:
    """A row of :attr:`PackedFilters.spans`.

    A band begins early enough that its blocks end where its samples do, or the aligned ones among
    them: what is left over is read in small pieces.
    """
    used = columns.any(dim=0).nonzero()
    first, last = int(used[0]) // ALIGN * ALIGN, int(used[-1]) + 1
    aligned = min(-(-last // ALIGN), columns.shape[1] // ALIGN) * ALIGN
    blocks = max(0, -(-(aligned - first) // block))
    if aligned < blocks * block:
        room = columns.shape[1] // block
        return 0, min(blocks, room) * block, last
    first = min(first, aligned - blocks * block)
    return first, blocks * block, last - first


def _parts(weights: Tensor) -> Tensor:
    """``(groups, group, band)`` to ``(groups, parts, group, band)``.

    Parts have the weight's sign, so that the bound on the sums is theirs as well.
    """
    if int(weights.abs().max()) <= _EXACT:
        return weights.unsqueeze(1)
    low = weights.fmod(_EXACT)
    return torch.stack([low, weights - low], dim=1)

"""Colour histograms in plain torch."""

from __future__ import annotations

import torch
from torch import Tensor

BINS = 512


def color_histograms(frames: Tensor) -> Tensor:
    """Counts of 512 colours, three bits a channel, as TransNetV2 compares frames by.

    Works on the current stream and does not wait for it.

    :param frames: ``(B, T, H, W, 3)`` uint8 RGB, contiguous.
    :returns: ``(B, T, 512)`` float32 on the frames' device; bin ``64 r + 8 g + b``.
    :raises ValueError: for frames of another shape, type or layout.
    """
    check_frames(frames)
    batch, length = frames.shape[:2]
    red, green, blue = (frames >> 5).long().reshape(batch, length, -1, 3).unbind(-1)
    bins = (red << 6) | (green << 3) | blue
    counts = torch.zeros(batch, length, BINS, device=frames.device)
    return counts.scatter_add_(2, bins, torch.ones_like(bins, dtype=counts.dtype))


def check_frames(frames: Tensor) -> None:
    """:raises ValueError: for frames of another shape, type or layout."""
    if frames.ndim != 5 or frames.shape[-1] != 3 or frames.dtype != torch.uint8:
        raise ValueError(
            f"frames: (B, T, H, W, 3) of uint8 is needed,"
            f" not {tuple(frames.shape)} of {frames.dtype}"
        )
    if not frames.is_contiguous():
        raise ValueError("frames: must be contiguous")

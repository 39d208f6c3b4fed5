"""Where chroma is interpolated down the rows, and by which weights, kept per height."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from gpu_service_kernels.bicubic import DOWN_ALIGN, DOWN_ONE, Taps, bicubic_taps
from gpu_service_kernels.surface import SurfaceLayout
from gpu_service_kernels.taps import packed_taps

_HEIGHTS_KEPT = 256
"""Some 22 KB each for 1080p."""


def chroma_taps(layout: SurfaceLayout) -> Taps | None:
    """From a picture's rows of chroma to its rows; None where they are repeated.

    As libswscale does, but for odd widths of more than 8 bits or an odd height: there it interpolates
    along the rows as well. No H.264 or HEVC of 4:2:0 has such a width.
    """
    if layout.width % 2 == 0 and (layout.wide or layout.height % 2 == 1):
        return height_taps(layout.height)
    return None


@lru_cache(_HEIGHTS_KEPT)
def height_taps(height: int) -> Taps:
    """From the rows of chroma of a picture of so many rows to these."""
    return bicubic_taps((height + 1) // 2, height, one=DOWN_ONE, align=DOWN_ALIGN)


@lru_cache(_HEIGHTS_KEPT)
def packed_chroma_taps(height: int, device: torch.device) -> Tensor:
    """The same for a kernel, see :func:`~gpu_service_kernels.taps.packed_taps`."""
    return packed_taps(height_taps(height), device)

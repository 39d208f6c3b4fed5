"""Scaling pictures down on the GPU, as Pillow does on the CPU.

Pillow's Lanczos filter, separable, each pass rounded to whole levels; its weights as a matrix, so
that a pass is one product.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from gpu_service.frames import Float32Array, Int64Array

_LOBES = 3.0


def lanczos_weights(source: int, target: int, device: torch.device) -> Tensor:
    """``(target, source)`` float32: what each new pixel takes of each old one; rows add up to 1.

    :param target: not more than ``source``.
    :param device: of the weights.
    """
    pixels, weights = _taps(source, target)
    dense = torch.zeros((target, source), device=device)
    # Of some pixels beyond the edge, which are given as the last one, the weight is 0.
    return dense.scatter_add_(
        1, torch.from_numpy(pixels).to(device), torch.from_numpy(weights).to(device)
    )


def _taps(source: int, target: int) -> tuple[Int64Array, Float32Array]:
    """Of each new pixel the old ones within its support, and their weights, ``(target, K)`` each."""
    scale = source / target
    support = _LOBES * scale
    centres = (np.arange(target) + 0.5)[:, None] * scale
    # Pillow's bounds: pixels whose centre lies within the support, to the nearest whole one.
    first = np.maximum((centres - support + 0.5).astype(np.int64), 0)
    end = np.minimum((centres + support + 0.5).astype(np.int64), source)
    pixels = first + np.arange((end - first).max())
    distance = (pixels + 0.5 - centres) / scale
    seen = (pixels < end) & (np.abs(distance) < _LOBES)
    weights = np.where(seen, np.sinc(distance) * np.sinc(distance / _LOBES), 0.0)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.minimum(pixels, source - 1), weights.astype(np.float32)


def scaled_down(rgb: Tensor, max_width: int) -> Tensor:
    """The picture at most ``max_width`` wide, aspect kept; 0 keeps every size.

    :param rgb: ``(H, W, 3)`` uint8, on any device; the result is there too.
    """
    height, width = rgb.shape[:2]
    if not max_width or width <= max_width:
        return rgb
    new_height = max(1, round(height * max_width / width))
    across = lanczos_weights(width, max_width, rgb.device)
    down = lanczos_weights(height, new_height, rgb.device)
    planes = rgb.permute(2, 0, 1).to(torch.float32)
    narrowed = _whole(planes @ across.T)
    scaled = _whole(down @ narrowed)
    return scaled.to(torch.uint8).permute(1, 2, 0).contiguous()


def _whole(levels: Tensor) -> Tensor:
    return (levels + 0.5).floor_().clamp_(0, 255)

"""Scaling pictures down on the GPU, as Pillow does on the CPU.

Pillow's Lanczos filter, separable, each pass rounded to whole levels; its weights as a matrix, so
that a pass is one product.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from gpu_service.frames import Float32Array

_LOBES = 3.0


def lanczos_weights(source: int, target: int) -> Float32Array:
    """``(target, source)``: what each new pixel takes of each old one; rows add up to 1.

    :param target: not more than ``source``.
    """
    scale = source / target
    support = _LOBES * scale
    centres = (np.arange(target) + 0.5) * scale
    # Pillow's bounds: pixels whose centre lies within the support, to the nearest whole one.
    first = np.maximum((centres - support + 0.5).astype(np.int64), 0)
    end = np.minimum((centres + support + 0.5).astype(np.int64), source)
    pixels = np.arange(source)
    within = (pixels >= first[:, None]) & (pixels < end[:, None])
    distance = (pixels + 0.5 - centres[:, None]) / scale
    near = np.abs(distance) < _LOBES
    weights = np.where(within & near, np.sinc(distance) * np.sinc(distance / _LOBES), 0.0)
    normalised: Float32Array = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return normalised


def scaled_down(rgb: Tensor, max_width: int) -> Tensor:
    """The picture at most ``max_width`` wide, aspect kept; 0 keeps every size.

    :param rgb: ``(H, W, 3)`` uint8, on any device; the result is there too.
    """
    height, width = rgb.shape[:2]
    if not max_width or width <= max_width:
        return rgb
    new_height = max(1, round(height * max_width / width))
    across = torch.from_numpy(lanczos_weights(width, max_width)).to(rgb.device)
    down = torch.from_numpy(lanczos_weights(height, new_height)).to(rgb.device)
    planes = rgb.permute(2, 0, 1).to(torch.float32)
    narrowed = _whole(planes @ across.T)
    scaled = _whole(down @ narrowed)
    return scaled.to(torch.uint8).permute(1, 2, 0).contiguous()


def _whole(levels: Tensor) -> Tensor:
    return (levels + 0.5).floor_().clamp_(0, 255)

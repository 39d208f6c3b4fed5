"""Windowed similarity in Triton: a block of frames against its surroundings a program."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from gpu_service_kernels.dispatch import described_by, on_device_of
from gpu_service_kernels.windowed_similarity import reference
from gpu_service_kernels.windowed_similarity.reference import REACH, WIDTH, check_features

FRAMES = 16
NEIGHBOURS = 128
"""At least ``FRAMES + 2 * REACH``."""

CHANNELS = 16


@described_by(reference.windowed_similarity)
def windowed_similarity(features: Tensor) -> Tensor:
    check_features(features)
    batch, length, channels = features.shape
    with on_device_of(features):
        result = torch.empty(batch, length, WIDTH, dtype=features.dtype, device=features.device)
        if batch * length:
            grid = (triton.cdiv(length, FRAMES), batch)
            compare[grid](features, result, length, channels)
    return result


@triton.jit(do_not_specialize=["length"])
def compare(
    features,
    result,
    length,
    channels,
    REACH: tl.constexpr = REACH,
    WIDTH: tl.constexpr = WIDTH,
    FRAMES: tl.constexpr = FRAMES,
    NEIGHBOURS: tl.constexpr = NEIGHBOURS,
    CHANNELS: tl.constexpr = CHANNELS,
):
    """To ``result (B, T, 101)``. Grid: blocks of frames, then videos."""
    first = tl.program_id(0) * FRAMES
    video = tl.program_id(1).to(tl.int64) * length
    frame = first + tl.arange(0, FRAMES)
    neighbour = first - REACH + tl.arange(0, NEIGHBOURS)
    frame_there = frame < length
    neighbour_there = (neighbour >= 0) & (neighbour < length)
    products = tl.zeros((FRAMES, NEIGHBOURS), tl.float32)
    for start in range(0, channels, CHANNELS):
        channel = start + tl.arange(0, CHANNELS)
        channel_there = channel < channels
        left = tl.load(
            features + (video + frame)[:, None] * channels + channel[None, :],
            mask=frame_there[:, None] & channel_there[None, :],
            other=0.0,
        )
        right = tl.load(
            features + (video + neighbour)[None, :] * channels + channel[:, None],
            mask=channel_there[:, None] & neighbour_there[None, :],
            other=0.0,
        )
        # Scores are held to the CPU's: no TF32.
        products = tl.dot(left, right, products, input_precision="ieee")
    # Along a row of products the frame's own window begins where the frame does.
    place = tl.arange(0, NEIGHBOURS)[None, :] - tl.arange(0, FRAMES)[:, None]
    tl.store(
        result + (video + frame)[:, None] * WIDTH + place,
        products.to(result.dtype.element_ty),
        mask=frame_there[:, None] & (place >= 0) & (place < WIDTH),
    )

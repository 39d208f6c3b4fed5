"""Colour histograms in Triton: a frame a program, counted in shared memory."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from gpu_service_kernels.color_histograms import reference
from gpu_service_kernels.color_histograms.reference import BINS, check_frames
from gpu_service_kernels.dispatch import described_by, on_device_of

PIXELS = 1024


@described_by(reference.color_histograms)
def color_histograms(frames: Tensor) -> Tensor:
    check_frames(frames)
    batch, length, height, width, _ = frames.shape
    with on_device_of(frames):
        counts = torch.empty(batch, length, BINS, device=frames.device)
        if batch * length:
            count_colors[(batch * length,)](frames, counts, height * width)
    return counts


@triton.jit
def count_colors(frames, counts, pixels, PIXELS: tl.constexpr = PIXELS, BINS: tl.constexpr = BINS):
    """To ``counts (frames, 512)``. Grid: ``(frames,)``."""
    # A day of frames has more bytes than an int32 can count.
    frame = tl.program_id(0).to(tl.int64)
    total = tl.zeros((BINS,), tl.int32)
    for start in range(0, pixels, PIXELS):
        pixel = start + tl.arange(0, PIXELS)
        inside = pixel < pixels
        at = frames + (frame * pixels + pixel) * 3
        red = tl.load(at, mask=inside, other=0).to(tl.int32) >> 5
        green = tl.load(at + 1, mask=inside, other=0).to(tl.int32) >> 5
        blue = tl.load(at + 2, mask=inside, other=0).to(tl.int32) >> 5
        total += tl.histogram((red << 6) | (green << 3) | blue, BINS, mask=inside)
    tl.store(counts + frame * BINS + tl.arange(0, BINS), total.to(tl.float32))

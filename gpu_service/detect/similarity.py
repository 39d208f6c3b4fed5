"""The comparing half of TransNetV2: how alike each frame is to those within 50 frames of it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

LOOKUP_FRAMES = 101
"""A frame is compared with itself and with 50 on either side."""

_BINS = 512


def similarity_band(features: Tensor) -> Tensor:
    """Cosine similarity of each frame with its neighbours.

    :param features: ``(B, T, C)`` float.
    :returns: ``(B, T, 101)``; entry ``[b, t, k]`` compares frames ``t`` and ``t + k - 50``, zero
        where there is no such frame.
    """
    unit = functional.normalize(features, dim=2)
    similarity = torch.bmm(unit, unit.transpose(1, 2))
    reach = LOOKUP_FRAMES // 2
    padded = functional.pad(similarity, (reach, reach)).contiguous()
    batch, frames, width = padded.shape
    # A row step of width + 1 walks down the diagonal: the band, without a gather.
    return padded.as_strided((batch, frames, LOOKUP_FRAMES), (frames * width, width + 1, 1))


def color_histograms(frames: Tensor) -> Tensor:
    """Counts of 512 colours, three bits a channel.

    :param frames: ``(B, T, H, W, 3)`` uint8 RGB.
    :returns: ``(B, T, 512)`` float32.
    """
    batch, length = frames.shape[:2]
    coarse = (frames >> 5).to(torch.int64).reshape(batch, length, -1, 3)
    bins = (coarse[..., 0] << 6) | (coarse[..., 1] << 3) | coarse[..., 2]
    counts = torch.zeros(batch, length, _BINS, device=frames.device)
    return counts.scatter_add_(2, bins, torch.ones_like(bins, dtype=counts.dtype))


class FrameSimilarity(nn.Module):
    """Compares what the convolutions see: stack outputs ``(B, C_i, T, H_i, W_i)`` to ``(B, T, 128)``."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.projection = nn.Linear(channels, 128)
        self.fc = nn.Linear(LOOKUP_FRAMES, 128)

    def forward(self, stack_outputs: Sequence[Tensor]) -> Tensor:
        pooled = torch.cat([x.mean(dim=(3, 4)) for x in stack_outputs], dim=1)
        band = similarity_band(self.projection(pooled.transpose(1, 2)))
        return functional.relu(self.fc(band))


class ColorHistograms(nn.Module):
    """Compares the colours of the frames: ``(B, T, H, W, 3)`` uint8 to ``(B, T, 128)``."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(LOOKUP_FRAMES, 128)

    def forward(self, frames: Tensor) -> Tensor:
        return functional.relu(self.fc(similarity_band(color_histograms(frames))))

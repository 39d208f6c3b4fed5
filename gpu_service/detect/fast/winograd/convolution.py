"""A 3x3 convolution by transformed tiles."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from gpu_service.detect.fast.winograd import tiles
from gpu_service.frames import Float32Array

# G of the paper, times 24.
_G = [[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]


class Workspace:
    """What convolutions need while they compute, one after the other in one thread: 14 MiB."""

    def __init__(self) -> None:
        self.given = np.empty(tiles.POINTS * tiles.PLANE, np.float32)
        self.made = np.empty(tiles.POINTS * tiles.TILES * tiles.MOST_CHANNELS, np.float32)
        self.scratch = np.empty(tiles.SCRATCH, np.float32)

    def given_tiles(self, count: int, channels: int) -> Tensor:
        """``(POINTS, count, channels)``, a view."""
        planes = torch.from_numpy(self.given).view(tiles.POINTS, tiles.PLANE)
        return planes[:, : count * channels].view(tiles.POINTS, count, channels)

    def made_tiles(self, count: int, channels: int) -> Tensor:
        """``(POINTS, count, channels)``, a view, contiguous: torch multiplies into nothing else all
        at once."""
        made = self.made[: tiles.POINTS * count * channels]
        return torch.from_numpy(made).view(tiles.POINTS, count, channels)


class WinogradConvolution:
    """3x3 over each frame, zeros beyond its borders, no bias.

    :param weight: ``(out, in, 3, 3)`` float32; the channels of a group and the inputs are multiples
        of :data:`~gpu_service.detect.fast.winograd.tiles.LANES`.
    :param groups: into how many arrays of their own the outputs go.
    """

    def __init__(self, weight: Tensor, groups: int) -> None:
        self._outputs, self._inputs = weight.shape[:2]
        g = torch.tensor(_G, dtype=torch.float64) / 24
        points = torch.einsum("pi,qj,ocij->pqco", g, g, weight.double())
        self._points = points.reshape(tiles.POINTS, self._inputs, self._outputs).float()
        self._group = self._outputs // groups

    def __call__(self, x: Float32Array, y: Float32Array, first: int, space: Workspace) -> None:
        """Convolve a few frames.

        :param x: ``(N, H, W, in)``, contiguous.
        :param y: ``(groups, T, H, W, out / groups)``, contiguous; its frames ``[first, first + N)``
            are written.
        """
        frames, height, width, inputs = x.shape
        flat_y = y.reshape(-1)[y[0, :first].size :]
        rows = frames * (height + 1) - 1
        total = -(-rows // tiles.OUT) * -(-width // tiles.OUT)
        for start in range(0, total, tiles.TILES):
            count = min(tiles.TILES, total - start)
            tiles.to_tiles(
                x.reshape(-1),
                frames,
                height,
                width,
                inputs,
                start,
                count,
                space.given,
                space.scratch,
            )
            given = space.given_tiles(count, inputs)
            torch.bmm(given, self._points, out=space.made_tiles(count, self._outputs))
            tiles.from_tiles(
                flat_y,
                frames,
                height,
                width,
                self._outputs,
                self._group,
                y[0].size,
                start,
                count,
                space.made,
                space.scratch,
            )

"""A 3x3 convolution by transformed tiles."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from gpu_service.detect.fast.winograd import tiles
from gpu_service.detect.fast.winograd.hands import Hands, Workspace
from gpu_service.frames import Float32Array

# G of F(6x6, 3x3), times 90.
_G = [
    [90, 0, 0],
    [-20, -20, -20],
    [-20, 20, -20],
    [1, 2, 4],
    [1, -2, 4],
    [64, 32, 16],
    [64, -32, 16],
    [0, 0, 90],
]


class WinogradConvolution:
    """3x3 over each frame, zeros beyond its borders, no bias.

    :param weight: ``(out, in, 3, 3)`` float32; the channels of both are multiples of
        :data:`~gpu_service.detect.fast.winograd.tiles.LANES`.
    """

    def __init__(self, weight: Tensor) -> None:
        self._outputs, self._inputs = weight.shape[:2]
        if self._inputs > tiles.MOST_INPUTS or self._outputs > tiles.MOST_OUTPUTS:
            raise ValueError(f"more channels than there is room for: {tuple(weight.shape[:2])}")
        if self._inputs % tiles.LANES or self._outputs % tiles.LANES:
            raise ValueError(f"no multiples of {tiles.LANES}: {tuple(weight.shape[:2])} channels")
        g = torch.tensor(_G, dtype=torch.float64) / 90
        points = torch.einsum("pi,qj,ocij->pqco", g, g, weight.double())
        self._points = points.reshape(tiles.POINTS, self._inputs, self._outputs).float()

    def __call__(self, x: Float32Array, y: Float32Array, first: int, hands: Hands) -> None:
        """Convolve a few frames.

        :param x: ``(N, H, W, in)``, contiguous.
        :param y: ``(groups, T, H, W, out / groups)``, contiguous; its frames ``[first, first + N)``
            are written.
        :raises ValueError: there is no room for them.
        """
        frames, height, width, inputs = x.shape
        group, step = y.shape[-1], y[0].size
        # Compiled code looks at no bounds, and a copy would be written instead of the array.
        if group % tiles.LANES or first + frames > y.shape[1] or not y.flags.c_contiguous:
            raise ValueError(f"{x.shape} at {first} does not fit into {y.shape}")
        flat_x, flat_y = x.reshape(-1), y.reshape(-1)[y[0, :first].size :]
        size = (frames, height, width)

        def convolve(start: int, count: int, space: Workspace) -> None:
            tiles.to_tiles(flat_x, *size, inputs, start, count, space.given, space.scratch)
            given = space.given_tiles(count, inputs)
            torch.bmm(given, self._points, out=space.made_tiles(count, self._outputs))
            tiles.from_tiles(
                flat_y, *size, self._outputs, group, step, start, count, space.made, space.scratch
            )

        rows = frames * (height + 1) - 1
        total = -(-rows // tiles.OUT) * -(-width // tiles.OUT)
        hands.share(
            partial(convolve, start, min(tiles.TILES, total - start))
            for start in range(0, total, tiles.TILES)
        )

"""Windows in which too little changes for any transition, by their frames alone.

Two frames that lie a few frames apart are compared by the mean change of small cells. A cut changes
most of the picture between neighbours, so it shows at every lag; a flash at the short ones; a slow
dissolve hardly changes anything from one frame to the next, but much over half a second. Where no
pair of frames, at any lag, differs by more than the limits, the official protocol sees no
transition.

That is measured, not derived: ``python -m benchmarks.fast_mode`` takes every frame of the shared
and the composed videos that the official protocol scores above 0.3, and prints how many times the
limits the changes around it are; the least is the margin.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gpu_service.detect.windows import MARGIN_FRAMES, STRIDE_FRAMES
from gpu_service.frames import DETECTOR_HEIGHT, DETECTOR_WIDTH, Float32Array, UInt8Array

LIMITS: Mapping[int, float] = {1: 7.5, 2: 7.5, 4: 7.5, 8: 7.5, 16: 10.5}
"""By lag in frames, the largest change of a quiet window, in levels of 255."""

AROUND_FRAMES = 12
"""How far beyond a window's kept frames changes count."""

_LOOKED_AT = slice(MARGIN_FRAMES - AROUND_FRAMES, MARGIN_FRAMES + STRIDE_FRAMES + AROUND_FRAMES)
_CELL = 3


def is_quiet(window: UInt8Array) -> bool:
    """Whether the kept frames of an official window need no model.

    :param window: ``(100, 27, 48, 3)`` uint8.
    """
    return restlessness(window) <= 1.0


def restlessness(window: UInt8Array) -> float:
    """The largest change around a window's kept frames, as a multiple of the limit for its lag.

    The change is the mean over cells of 3x3 pixels, which even out noise, of the channel that
    changes most.

    :param window: ``(100, 27, 48, 3)`` uint8.
    """
    cells = _cells(window[_LOOKED_AT])
    most = 0.0
    for lag, limit in LIMITS.items():
        changes = np.abs(cells[lag:] - cells[:-lag]).max(axis=2).mean(axis=1)
        most = max(most, float(changes.max(initial=0)) / limit)
    return most


def _cells(rgb: UInt8Array) -> Float32Array:
    """``(N, 144, 3)`` means."""
    rows, columns = DETECTOR_HEIGHT // _CELL, DETECTOR_WIDTH // _CELL
    cells = rgb.reshape(len(rgb), rows, _CELL, columns, _CELL, 3)
    means: Float32Array = cells.mean(axis=(2, 4), dtype=np.float32)
    return means.reshape(len(rgb), rows * columns, 3)

"""Windows in which too little changes for any transition, by their frames alone.

Two frames that lie a few frames apart are compared by the change of small cells. A cut changes most
of the picture between neighbours, so it shows at every lag; a flash at the short ones; a slow
dissolve hardly changes anything from one frame to the next, but much over half a second. All of
them come in bursts, while something that moves before a fixed camera does so throughout. A window
is quiet in one of three ways:

- *hardly anything* changes at any lag;
- *little* changes, and steadily: no moment changes many times more than most do;
- a *part* changes, as steadily, and most cells stay as they are over half a second, which a
  dissolve, a fade or a wipe does not let them.

There the official protocol sees no transition. That is measured, not derived: ``python -m
benchmarks.fast_mode`` takes every frame of the shared and the composed videos that the official
protocol scores above 0.3, and prints how many times the limits the changes around it are; the least
is the margin.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gpu_service.detect.windows import MARGIN_FRAMES, STRIDE_FRAMES
from gpu_service.frames import Float32Array, UInt8Array

HARDLY: Mapping[int, float] = {1: 4.5, 2: 4.5, 4: 4.5, 8: 4.5, 16: 6.5}
"""By lag in frames, the largest mean change where hardly anything changes, in levels of 255."""

LITTLE: Mapping[int, float] = {1: 7.5, 2: 7.5, 4: 7.5, 8: 7.5, 16: 10.5}
"""The same where little does."""

PART: Mapping[int, float] = {1: 3.5, 2: 6.0, 4: 9.5, 8: 13.0, 16: 16.0}
"""The same where a part does."""

REST: Mapping[int, float] = {8: 6.0, 16: 11.0}
"""By lag, how much the calmer cells may change where a part does: :data:`REST_SHARE` of them change
no more."""

REST_SHARE = 0.4

STEADY = 6.0
"""How many times the change of most moments that of the liveliest may be, at a lag of
:data:`STEADY_LAG`."""

STEADY_LAG = 4
_NOISE = 0.3
"""Added to what most moments change, or a single moving pixel before a still would be a burst."""

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
    """The largest change around a window's kept frames, as a multiple of its limit; of the ways to
    be quiet, the one that it is nearest to.

    The change of a cell of 3x3 pixels, which evens out noise, is that of the channel that changes
    most.

    :param window: ``(100, 27, 48, 3)`` uint8.
    """
    cells = _cells(window[_LOOKED_AT])
    hardly = little = part = burst = 0.0
    for lag in LITTLE:
        changes = np.abs(cells[:, lag:] - cells[:, :-lag]).max(axis=0)
        means = changes.mean(axis=1)
        most = float(means.max())
        hardly = max(hardly, most / HARDLY[lag])
        little = max(little, most / LITTLE[lag])
        part = max(part, most / PART[lag])
        if lag in REST:
            rank = int(REST_SHARE * changes.shape[1])
            calmer = np.partition(changes, rank, axis=1)[:, rank]
            part = max(part, float(calmer.max()) / REST[lag])
        if lag == STEADY_LAG:
            burst = most / (float(np.median(means)) + _NOISE) / STEADY
    return min(hardly, max(little, burst), max(part, burst))


def _cells(rgb: UInt8Array) -> Float32Array:
    """``(3, N, 144)`` means."""
    # Slices of whole numbers add up some ten times faster than a mean over two axes.
    rows = rgb[:, 0::_CELL].astype(np.uint16)
    for place in range(1, _CELL):
        rows += rgb[:, place::_CELL]
    sums = rows[:, :, 0::_CELL].copy()
    for place in range(1, _CELL):
        sums += rows[:, :, place::_CELL]
    # Channels first: the largest of three arrays is found sooner than that of each three numbers.
    by_channel = sums.reshape(len(rgb), -1, 3).transpose(2, 0, 1)
    cells: Float32Array = by_channel.astype(np.float32, order="C")
    cells /= _CELL * _CELL
    return cells

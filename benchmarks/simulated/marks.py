"""Frame numbers written into pixels: scores must come of the right frames, whatever the batch."""

from __future__ import annotations

import numpy as np

from gpu_service.frames import (
    DETECTOR_HEIGHT,
    DETECTOR_WIDTH,
    Int64Array,
    UInt8Array,
)

_BYTES = 8


def marked_frames(first: int, count: int) -> UInt8Array:
    """Black frames ``(count, 27, 48, 3)`` that carry the numbers ``first``, ``first + 1``, …."""
    return numbered_frames(np.arange(first, first + count))


def numbered_frames(numbers: Int64Array) -> UInt8Array:
    """Black frames ``(N, 27, 48, 3)`` that carry these numbers."""
    count = len(numbers)
    rgb = np.zeros((count, DETECTOR_HEIGHT, DETECTOR_WIDTH, 3), np.uint8)
    marks = numbers.astype("<i8").view(np.uint8)
    rgb.reshape(count, -1)[:, :_BYTES] = marks.reshape(count, _BYTES)
    return rgb


def frame_numbers(rgb: UInt8Array) -> Int64Array:
    """The numbers that ``(N, …)`` uint8 frames carry in their first bytes."""
    marks = np.ascontiguousarray(rgb.reshape(len(rgb), -1)[:, :_BYTES])
    return marks.view("<i8")[:, 0].astype(np.int64)

"""The official protocol of TransNetV2: overlapping windows, of which the middle counts.

A window is 100 frames, the next begins 50 later, and only its middle 50 are kept. Before the first
frame stand 25 repeats of it, after the last as many of that one as fill the last window. Knows
nothing of the model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gpu_service.frames import UInt8Array

WINDOW_FRAMES = 100
STRIDE_FRAMES = 50
MARGIN_FRAMES = 25


@dataclass(frozen=True, slots=True, repr=False)
class Window:
    """One input of the model.

    :param rgb: ``(100, H, W, 3)`` uint8, its own memory.
    :param kept: how many scores count: those of window frames ``[25, 25 + kept)``.
    """

    rgb: UInt8Array
    kept: int

    @property
    def nbytes(self) -> int:
        """Bytes of the pixels."""
        return self.rgb.nbytes

    @property
    def waited_seconds(self) -> float:
        """None: windows have nothing to do with each other."""
        return 0.0

    def when_ready(self, tell: Callable[[], None]) -> bool:
        """Always."""
        return True

    def __repr__(self) -> str:
        return f"Window(kept={self.kept})"


class WindowStream:
    """Cuts a stream of frames into windows; holds at most 100 frames between calls."""

    def __init__(self) -> None:
        self._tail: UInt8Array | None = None
        self._unscored = 0

    def feed(self, rgb: UInt8Array) -> list[Window]:
        """Take the next ``(N, H, W, 3)`` frames, return the windows that they complete."""
        if len(rgb) == 0:
            return []
        if self._tail is None:
            self._tail = np.repeat(rgb[:1], MARGIN_FRAMES, axis=0)
        self._unscored += len(rgb)
        return self._cut(np.concatenate([self._tail, rgb]))

    def finish(self) -> list[Window]:
        """No more frames: return the windows of those that are left; the stream starts afresh."""
        if self._tail is None:
            return []
        last_block = self._unscored % STRIDE_FRAMES or STRIDE_FRAMES
        repeats = MARGIN_FRAMES + STRIDE_FRAMES - last_block
        padded = np.concatenate([self._tail, np.repeat(self._tail[-1:], repeats, axis=0)])
        windows = self._cut(padded)
        self._tail = None
        return windows

    def _cut(self, frames: UInt8Array) -> list[Window]:
        windows = []
        start = 0
        while start + WINDOW_FRAMES <= len(frames):
            kept = min(STRIDE_FRAMES, self._unscored)
            windows.append(Window(frames[start : start + WINDOW_FRAMES].copy(), kept))
            self._unscored -= kept
            start += STRIDE_FRAMES
        # A copy, so that a large chunk isn't kept alive by the few frames that are still needed.
        self._tail = frames[start:].copy()
        return windows

"""Official windows that are next to each other, joined into runs that are scored together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gpu_service.detect.windows import STRIDE_FRAMES, Window
from gpu_service.frames import UInt8Array


def run_windows(given: int, most: Sequence[int]) -> int:
    """How many windows the next run may have.

    :param given: windows of the video before it, quiet ones too.
    :param most: how many the first run may have, one that begins behind so many windows, and so on.
    """
    for windows in most:
        if given < windows:
            break
        given -= windows
    return windows


@dataclass(frozen=True, slots=True, repr=False)
class Run:
    """One input of the model.

    :param rgb: ``(50 * n + 50, H, W, 3)`` uint8, its own memory: ``n`` official windows, of which
        each begins 50 frames after the one before.
    :param kept: how many scores count: those of run frames ``[25, 25 + kept)``.
    """

    rgb: UInt8Array
    kept: int

    @property
    def nbytes(self) -> int:
        """Bytes of the pixels."""
        return self.rgb.nbytes

    def __repr__(self) -> str:
        return f"Run(windows={len(self.rgb) // STRIDE_FRAMES - 1}, kept={self.kept})"


def joined(windows: list[Window]) -> Run:
    """The run of a video's windows that follow each other, at least one."""
    first, *others = windows
    rgb = np.concatenate([first.rgb, *(window.rgb[-STRIDE_FRAMES:] for window in others)])
    return Run(rgb, sum(window.kept for window in windows))
